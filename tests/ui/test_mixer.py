"""The mixer: complete edits live, silence when set from outside, order that waits for the hand to leave."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from ui.made_up import LONG, mixer_features

from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.mixer import Mixer, MixerFeature

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def mixer(qtbot) -> Mixer:
    made = Mixer()
    qtbot.addWidget(made)
    made.resize(360, 560)
    made.show()
    made.set_features(mixer_features())
    return made


def pull(mixer: Mixer, feature: int, value: float) -> None:
    """A real click on the groove."""
    slider = mixer.rows.row_of(feature).slider
    QTest.mouseClick(slider, LEFT, NONE, QPoint(round(slider.x_of(value)), slider.height() // 2))


def test_edits_are_complete_and_live(mixer: Mixer) -> None:
    seen: list[tuple[Edit, ...]] = []
    mixer.edits_changed.connect(seen.append)
    pull(mixer, 1, 1.0)
    pull(mixer, 3, -0.5)
    assert [edit.feature for edit in seen[-1]] == [1, 3]
    assert seen[-1][0].delta == pytest.approx(1.0 - 0.45, abs=0.02)
    assert seen[-1] == mixer.edits()
    QTest.keyClick(mixer.rows.row_of(1).slider, Qt.Key.Key_0)
    assert [edit.feature for edit in seen[-1]] == [3]


def test_setting_edits_is_silent_and_shown(mixer: Mixer, qtbot) -> None:
    edits = (Edit(0, 0.25), Edit(4, -0.5))
    with qtbot.assertNotEmitted(mixer.edits_changed):
        mixer.set_edits(edits)
    assert mixer.edits() == edits, "to the last bit"
    assert mixer.rows.row_of(0).value.text() == "×1.50"
    assert mixer.rows.row_of(4).delta() == pytest.approx(-0.5)
    with qtbot.assertNotEmitted(mixer.edits_changed):
        mixer.set_edits(())
    assert mixer.edits() == ()
    assert mixer.rows.row_of(0).delta() == 0.0


def test_edits_of_features_not_shown_stay_in_the_tuple(mixer: Mixer) -> None:
    seen: list[tuple[Edit, ...]] = []
    mixer.edits_changed.connect(seen.append)
    mixer.set_edits((Edit(99, 0.4),))
    pull(mixer, 0, 1.0)
    assert [edit.feature for edit in seen[-1]] == [0, 99]
    mixer.set_features([*mixer_features(), MixerFeature(99, "late", 0.0, 0.5)])
    assert mixer.rows.row_of(99).delta() == 0.4
    assert [edit.feature for edit in mixer.edits()] == [0, 99]


def test_new_features_keep_what_is_steered(mixer: Mixer, qtbot) -> None:
    mixer.set_edits((Edit(2, 0.3),))
    with qtbot.assertNotEmitted(mixer.edits_changed):
        mixer.set_features([MixerFeature(2, "label 2", 0.1, 0.4), MixerFeature(50, "other", 0.2, 0.4)])
    assert mixer.edits() == (Edit(2, 0.3),)
    assert mixer.rows.row_of(2).slider.activation() == pytest.approx(0.4)


def test_reset_all_emits_nothing_left(mixer: Mixer, qtbot) -> None:
    mixer.set_edits((Edit(0, 0.25), Edit(4, -0.5)))
    with qtbot.waitSignal(mixer.edits_changed) as caught:
        mixer.reset()
    assert caught.args == [()]
    with qtbot.assertNotEmitted(mixer.edits_changed):
        mixer.reset()


def test_changed_rows_rise_only_when_the_hand_has_left(mixer: Mixer) -> None:
    outside = mixer._reset
    pull(mixer, 3, 1.2)
    assert mixer.rows.features() == [0, 1, 2, 3, 4, 5], "nothing jumps while pointer and focus are here"
    QTest.keyClick(mixer.rows.row_of(3).slider, Qt.Key.Key_Right)
    assert mixer.rows.features() == [0, 1, 2, 3, 4, 5]
    QApplication.sendEvent(mixer.rows, QEvent(QEvent.Type.Leave))
    assert mixer.rows.features() == [3, 0, 1, 2, 4, 5]
    outside.setFocus()
    mixer.set_edits(())
    assert mixer.rows.features() == [0, 1, 2, 3, 4, 5]
    tops = [mixer.rows.row_of(feature).y() for feature in mixer.rows.features()]
    assert tops == sorted(tops)


def test_typing_a_value(mixer: Mixer, qtbot) -> None:
    line = mixer.rows.row_of(0).value
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "-1,5")
    with qtbot.waitSignal(mixer.edits_changed) as caught:
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert caught.args[0] == (Edit(0, pytest.approx(-1.25)),), "one and a half times, below zero"
    assert line.text() == "×−1.50"


@pytest.mark.parametrize("text", ["much", "", "nan", "inf", "1e99"])
def test_typing_nonsense_changes_nothing(mixer: Mixer, qtbot, text: str) -> None:
    line = mixer.rows.row_of(0).value
    line.selectAll()
    line.insert(text)
    with qtbot.assertNotEmitted(mixer.edits_changed):
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert line.text() == "×1.00"


def test_typing_the_shown_natural_value_is_no_edit(mixer: Mixer) -> None:
    mixer.set_edits((Edit(1, 0.3),))
    line = mixer.rows.row_of(1).value
    line.selectAll()
    QTest.keyClicks(line, "1")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert mixer.edits() == ()


def test_the_reset_button_appears_with_a_change_only(mixer: Mixer, qtbot) -> None:
    row = mixer.rows.row_of(2)
    assert row.back is None
    pull(mixer, 2, 1.1)
    assert row.back.isVisible()
    QTest.mouseClick(row.back, LEFT)
    assert mixer.edits() == ()
    assert not row.back.isVisible()


def test_labels_elide_and_open_the_feature(mixer: Mixer, qtbot) -> None:
    row = mixer.rows.row_of(4)
    assert row.label.shown_text().endswith("…")
    assert LONG in row.label.toolTip()
    with qtbot.waitSignal(mixer.feature_chosen) as caught:
        QTest.mouseClick(row.label, LEFT)
    assert caught.args == [4]
    row.slider.setFocus()
    with qtbot.waitSignal(mixer.feature_chosen):
        QTest.keyClick(row.slider, Qt.Key.Key_Return)


def test_up_and_down_go_from_slider_to_slider(mixer: Mixer, qtbot) -> None:
    mixer.activateWindow()
    mixer.rows.row_of(0).slider.setFocus()
    qtbot.waitUntil(mixer.rows.row_of(0).slider.hasFocus)
    QTest.keyClick(mixer.rows.row_of(0).slider, Qt.Key.Key_Down)
    assert mixer.rows.row_of(1).slider.hasFocus()
    QTest.keyClick(mixer.rows.row_of(1).slider, Qt.Key.Key_Up)
    assert mixer.rows.row_of(0).slider.hasFocus()


def test_adding_a_feature_by_its_label(mixer: Mixer, qtbot) -> None:
    mixer.activateWindow()
    mixer._add.setFocus()
    qtbot.waitUntil(mixer._add.hasFocus)
    with qtbot.waitSignal(mixer.feature_search) as asked:
        QTest.keyClicks(mixer._add, "tides")
    assert asked.args == ["t"]
    mixer.set_matches([(70, "ocean tides"), (71, "tidal disruption")])
    assert mixer._popup.isVisible()
    QTest.keyClick(mixer._popup, Qt.Key.Key_Down)
    with qtbot.waitSignal(mixer.feature_added) as added:
        QTest.keyClick(mixer._popup, Qt.Key.Key_Return)
    assert added.args == [70]
    assert mixer.rows.features()[0] == 70
    assert mixer.rows.row_of(70).slider.activation() == 0.0
    assert mixer._add.text() == ""
    assert mixer.edits() == ()


def test_choosing_a_feature_already_there_only_goes_to_it(mixer: Mixer, qtbot) -> None:
    mixer._add.setText("label")
    mixer.set_matches([(3, "label 3")])
    with qtbot.assertNotEmitted(mixer.feature_added):
        mixer._take_first()
    assert mixer.rows.features() == [0, 1, 2, 3, 4, 5]


def test_the_mode_switch(mixer: Mixer, qtbot) -> None:
    with qtbot.waitSignal(mixer.mode_changed) as caught:
        QTest.mouseClick(mixer.modes.buttons["paper"], LEFT)
    assert caught.args == ["paper"]
    with qtbot.assertNotEmitted(mixer.mode_changed):
        mixer.set_mode("residual")
    assert mixer.modes.buttons["residual"].isChecked()


def test_counts_and_the_empty_mixer(mixer: Mixer) -> None:
    mixer.set_edits((Edit(0, 0.1),))
    assert mixer._count.whole() == "1 of 6 changed"
    mixer.set_features([])
    assert mixer._empty.isVisible()
    assert not mixer._add.isVisible()


@pytest.mark.parametrize("width", [240, 299, 372, 639, 640, 1200])
def test_rows_fit_every_width(mixer: Mixer, width: int) -> None:
    mixer.set_edits((Edit(4, -0.3),))
    mixer.resize(width, 500)
    for feature in mixer.rows.features():
        row = mixer.rows.row_of(feature)
        made = [row.label, row.slider, row.value, row.grade, *row.switches.values(), row.back, row.more]
        parts = [part for part in made if part is not None and not part.isHidden()]
        for part in parts:
            assert row.rect().contains(part.geometry()), (feature, part)
            assert part.width() >= 24
        for one in parts:
            for other in parts:
                assert one is other or not one.geometry().intersects(other.geometry())


def test_a_hundred_features(mixer: Mixer) -> None:
    mixer.set_features([MixerFeature(f, f"f{f}", 0.1, 0.2) for f in range(100)])
    assert len(mixer.rows.features()) == 20
    QTest.mouseClick(mixer.rows.others.button, LEFT)
    mixer.rows.row_of(99).slider.setFocus(Qt.FocusReason.TabFocusReason)
    assert len(mixer.rows.features()) == 100
    mixer.set_features(mixer_features(2))
    assert mixer.rows.features() == [0, 1]
    assert sum(row.isVisible() for row in mixer.rows._rows) == 2
