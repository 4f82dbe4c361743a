"""Families in the mixer: one slider for several features, above the others, by mouse and by keyboard."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from ui.made_up import LONG, mixer_features

from saerch_desktop.features.families.family import FamilyName
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.mixer import Mixer
from saerch_desktop.ui.mixer_entries import BlendEntry

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
NAMED = FamilyName(text="Halos", source="members")
HALOS = BlendEntry("a", "Halos", 0.35, 1.0, 7, "", NAMED)
WIDE = BlendEntry("b", LONG, 0.0, 0.0, 1, "Families were built anew.", None)


@pytest.fixture
def mixer(qtbot) -> Mixer:
    made = Mixer()
    qtbot.addWidget(made)
    made.resize(372, 560)
    made.show()
    made.set_features(mixer_features())
    made.set_blends([HALOS, WIDE])
    return made


def test_a_family_says_what_it_is(mixer: Mixer) -> None:
    row, other = mixer.rows.family_row("a"), mixer.rows.family_row("b")
    assert row.caption() == "family · 7 features"
    assert other.caption() == "family · 1 feature"
    assert row.accessibleName() == "Halos, family · 7 features"
    assert row.slider.accessibleName() == "Amount of Halos"
    assert "changed by +1.00" in row.slider.accessibleDescription()
    assert row.value.text() == "×1.35"
    assert row.grade.isVisible()
    assert not other.grade.isVisible()
    assert "built anew" in other.toolTip()
    assert "built anew" in other.accessibleDescription()
    assert other.label.shown_text().endswith("…")
    for widget in (row, row.slider, row.value, row.remove, row.back, row.label):
        assert widget.accessibleName()
        assert widget.toolTip()
    assert mixer._count.whole() == "1 of 8 changed"


def test_families_stand_above_all_features(mixer: Mixer) -> None:
    mixer.set_edits((Edit(3, 0.5),))
    tops = [mixer.rows.family_row(key).y() for key in "ab"]
    features = [mixer.rows.row_of(feature).y() for feature in mixer.rows.features()]
    assert tops + features == sorted(tops + features)
    assert mixer.rows.features()[0] == 3


def test_moving_it_is_told_live_and_leaves_the_edits_alone(mixer: Mixer, qtbot) -> None:
    seen: list[tuple[str, float]] = []
    mixer.blend_moved.connect(lambda key, amount: seen.append((key, amount)))
    slider = mixer.rows.family_row("a").slider
    with qtbot.assertNotEmitted(mixer.edits_changed):
        QTest.mouseClick(slider, LEFT, NONE, QPoint(round(slider.x_of(2.35)), slider.height() // 2))
        QTest.keyClick(slider, Qt.Key.Key_0)
    assert seen[0] == ("a", pytest.approx(2.0, abs=0.05))
    assert seen[-1] == ("a", 0.0)


def test_setting_is_silent_and_to_the_last_bit(mixer: Mixer, qtbot) -> None:
    row = mixer.rows.family_row("a")
    with qtbot.assertNotEmitted(mixer.blend_moved):
        mixer.set_blends([replace(HALOS, amount=0.1 + 0.2), WIDE])
        mixer.set_blends([replace(HALOS, amount=0.1 + 0.2, label="Renamed", note="It was renamed."), WIDE])
    assert mixer.rows.family_row("a") is row, "its slider stays the same one"
    assert row.delta() == 0.1 + 0.2
    assert row.label.text() == "Renamed"
    assert row.slider.accessibleName() == "Amount of Renamed"
    assert "It was renamed." in row.toolTip()


def test_a_hand_on_the_slider_is_not_pushed_away(mixer: Mixer) -> None:
    row = mixer.rows.family_row("a")
    at = QPoint(round(row.slider.x_of(1.35)), row.slider.height() // 2)
    QTest.mousePress(row.slider, LEFT, NONE, at)
    mixer.set_blends([replace(HALOS, amount=-1.0), WIDE])
    assert row.delta() == 1.0
    QTest.mouseRelease(row.slider, LEFT, NONE, at)


@pytest.mark.parametrize("typed", ["-1,5", "−1.5×", " -1.5 "])
def test_typing_an_amount(mixer: Mixer, qtbot, typed: str) -> None:
    line = mixer.rows.family_row("a").value
    line.setFocus()
    line.selectAll()
    line.insert(typed)
    with qtbot.waitSignal(mixer.blend_moved) as caught:
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert caught.args == ["a", pytest.approx(-1.85)]
    assert line.text() == "×−1.50"


@pytest.mark.parametrize("typed", ["much", "×", "nan", "1e99"])
def test_typing_nonsense_changes_nothing(mixer: Mixer, qtbot, typed: str) -> None:
    line = mixer.rows.family_row("a").value
    line.selectAll()
    line.insert(typed)
    with qtbot.assertNotEmitted(mixer.blend_moved):
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert line.text() == "×1.35"


def test_removing_by_mouse_and_by_key(mixer: Mixer, qtbot) -> None:
    with qtbot.waitSignal(mixer.blend_removed) as caught:
        QTest.mouseClick(mixer.rows.family_row("b").remove, LEFT)
    assert caught.args == ["b"]
    mixer.activateWindow()
    slider = mixer.rows.family_row("a").slider
    slider.setFocus()
    qtbot.waitUntil(slider.hasFocus)
    with qtbot.waitSignal(mixer.blend_removed) as caught:
        QTest.keyClick(slider, Qt.Key.Key_Delete)
    assert caught.args == ["a"]
    mixer.set_blends([WIDE])
    assert mixer.rows.family_row("a") is None
    assert mixer.rows.family_row("b").slider.hasFocus(), "the keyboard goes on where a row was taken away"
    mixer.set_blends([])
    assert mixer.rows.row_of(0).slider.hasFocus()
    assert mixer.rows.row_of(0).y() == 0


def test_the_keyboard_goes_through_families_and_features(mixer: Mixer, qtbot) -> None:
    mixer.activateWindow()
    mixer.rows.family_row("a").slider.setFocus()
    qtbot.waitUntil(mixer.rows.family_row("a").slider.hasFocus)
    QTest.keyClick(mixer.rows.family_row("a").slider, Qt.Key.Key_Down)
    assert mixer.rows.family_row("b").slider.hasFocus()
    QTest.keyClick(mixer.rows.family_row("b").slider, Qt.Key.Key_Down)
    assert mixer.rows.row_of(0).slider.hasFocus()
    QTest.keyClick(mixer.rows.row_of(0).slider, Qt.Key.Key_Up)
    assert mixer.rows.family_row("b").slider.hasFocus()
    with qtbot.waitSignal(mixer.blend_chosen) as caught:
        QTest.keyClick(mixer.rows.family_row("b").slider, Qt.Key.Key_Return)
    assert caught.args == ["b"]
    with qtbot.waitSignal(mixer.blend_chosen) as caught:
        QTest.mouseClick(mixer.rows.family_row("a").label, LEFT)
    assert caught.args == ["a"]
    QTest.keyClick(mixer.rows.family_row("a").slider, Qt.Key.Key_Tab)
    assert mixer.rows.family_row("b").value.hasFocus() or mixer.rows.family_row("a").value.hasFocus()


def test_adding_a_family_by_its_name(mixer: Mixer, qtbot) -> None:
    mixer.activateWindow()
    mixer._add.setFocus()
    qtbot.waitUntil(mixer._add.hasFocus)
    QTest.keyClicks(mixer._add, "dust")
    mixer.set_matches([("c", "Lanes of dust (family of 4)"), (70, "grains of dust")])
    with qtbot.waitSignal(mixer.blend_wanted) as wanted, qtbot.assertNotEmitted(mixer.feature_added):
        QTest.keyClick(mixer._popup, Qt.Key.Key_Down)
        QTest.keyClick(mixer._popup, Qt.Key.Key_Return)
    assert wanted.args == ["c"]
    qtbot.waitUntil(lambda: mixer._add.text() == "")
    mixer.set_blends([BlendEntry("c", "Dust", 0.0, 0.0, 4, "", None), HALOS, WIDE])
    assert mixer.focusWidget() is mixer.rows.family_row("c").slider, "the keyboard goes on at the new slider"
    mixer.rows.family_row("a").slider.setFocus()
    mixer.set_blends([WIDE, HALOS, BlendEntry("d", "Gas", 0.0, 0.0, 4, "", None)])
    assert mixer.focusWidget() is not mixer.rows.family_row("d").slider, "one that nobody asked for here"


def test_reset_all_asks_for_one_step(mixer: Mixer, qtbot) -> None:
    mixer.set_edits((Edit(0, 0.25),))
    with qtbot.waitSignal(mixer.all_reset), qtbot.assertNotEmitted(mixer.edits_changed):
        mixer.reset()
    mixer.set_blends([replace(HALOS, amount=0.0), WIDE])
    with qtbot.waitSignal(mixer.edits_changed), qtbot.assertNotEmitted(mixer.all_reset):
        mixer.reset()


def test_pending_families_are_marked(mixer: Mixer) -> None:
    mixer.set_pending(frozenset({"a", 2}))
    assert mixer.rows.family_row("a")._pending
    assert mixer.rows.row_of(2)._pending
    assert not mixer.rows.family_row("b")._pending
    mixer.set_pending(frozenset())
    assert not mixer.rows.family_row("a")._pending


def test_counts(mixer: Mixer) -> None:
    mixer.set_blends([replace(HALOS, amount=0.0)])
    assert mixer._count.whole() == "1 family · 6 features"
    mixer.set_blends([replace(HALOS, amount=0.0), WIDE])
    assert mixer._count.whole() == "2 families · 6 features"
    mixer.set_blends([])
    assert mixer._count.whole() == "6 features"


@pytest.mark.parametrize("width", [240, 299, 372, 639, 640, 1200])
def test_rows_fit_every_width(mixer: Mixer, width: int) -> None:
    mixer.set_blends([HALOS, replace(WIDE, amount=-0.5, claim=NAMED)])
    mixer.resize(width, 500)
    for key in "ab":
        row = mixer.rows.family_row(key)
        made = (row.grade, row.label, row.slider, row.value, row.back, row.remove, *row.switches.values())
        shown = [part for part in made if not part.isHidden()]
        for part in shown:
            assert row.rect().contains(part.geometry()), (key, part)
            assert part.width() >= 24
        places = [*(part.geometry() for part in shown), row._icon, row._caption, row._change]
        for n, one in enumerate(places):
            assert not any(one.intersects(other) for other in places[n + 1 :]), (key, n)
