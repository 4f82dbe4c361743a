"""Strips of the mixer: mute, solo, lock, units, a pointer that rests, sums of the weak, menu and limit."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.made_up import mixer_features

from saerch_desktop.search.blends import Blend, BlendEdit
from saerch_desktop.search.mix import Mix, Steer
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.mixer import Mixer, MixerFeature
from saerch_desktop.ui.mixer_budget import read_budget
from saerch_desktop.ui.mixer_carriers import CarrierEntry
from saerch_desktop.ui.mixer_entries import BlendEntry
from saerch_desktop.ui.mixer_fold import fold
from saerch_desktop.ui.slider import BipolarSlider

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
HALOS = BlendEntry("a", "Halos", 0.35, 1.0, 7, "", None)
EMPTY = frozenset()


@pytest.fixture
def mixer(qtbot: QtBot) -> Mixer:
    made = Mixer()
    qtbot.addWidget(made)
    made.resize(372, 760)
    made.show()
    made.set_features(mixer_features())
    made.set_blends([HALOS])
    return made


def focus(mixer: Mixer, qtbot: QtBot, slider: BipolarSlider) -> None:
    mixer.activateWindow()
    slider.setFocus()
    qtbot.waitUntil(slider.hasFocus)


def hover(slider: BipolarSlider, x: float) -> None:
    where = QPointF(x, slider.height() / 2)
    button = Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, where, slider.mapToGlobal(where), button, button, NONE)
    QApplication.sendEvent(slider, event)


# Mute, solo, lock -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "switch"), [(Qt.Key.Key_M, "muted"), (Qt.Key.Key_S, "soloed"), (Qt.Key.Key_L, "locked")]
)
def test_each_has_a_key_and_a_button(mixer: Mixer, qtbot: QtBot, key: Qt.Key, switch: str) -> None:
    row = mixer.rows.row_of(2)
    focus(mixer, qtbot, row.slider)
    with qtbot.waitSignal(mixer.switched) as caught, qtbot.assertNotEmitted(mixer.edits_changed):
        QTest.keyClick(row.slider, key)
    assert caught.args == [2, switch, True]
    with qtbot.waitSignal(mixer.switched) as caught:
        QTest.mouseClick(mixer.rows.family_row("a").switches[switch], LEFT)
    assert caught.args == ["a", switch, True]
    mixer.set_mix(Mix(blends=(), **{switch: frozenset({2})}), EMPTY)
    with qtbot.waitSignal(mixer.switched) as caught:
        QTest.keyClick(row.slider, key)
    assert caught.args == [2, switch, False]


def test_letters_typed_into_a_value_switch_nothing(mixer: Mixer, qtbot: QtBot) -> None:
    line = mixer.rows.row_of(2).value
    line.setFocus()
    with qtbot.assertNotEmitted(mixer.switched):
        QTest.keyClicks(line, "msl")


def test_what_is_switched_is_shown_and_said(mixer: Mixer) -> None:
    mixer.set_mix(Mix(muted=frozenset({1}), locked=frozenset({"a"})), frozenset({1}))
    row, family = mixer.rows.row_of(1), mixer.rows.family_row("a")
    assert row.switches["muted"].isChecked()
    assert not row.switches["soloed"].isChecked()
    assert row.switches["muted"].accessibleName() == "Mute label 1"
    assert family.switches["locked"].isChecked()
    assert "locked" in family.slider.accessibleDescription()
    assert mixer._reset.isEnabled(), "what is muted can be reset"
    mixer.set_mix(Mix(), EMPTY)
    assert not row.switches["muted"].isChecked()


def test_a_locked_strip_does_not_move(mixer: Mixer, qtbot: QtBot) -> None:
    mixer.set_mix(Mix(edits=(Edit(1, 0.3), Edit(2, 0.2)), locked=frozenset({1})), EMPTY)
    row = mixer.rows.row_of(1)
    with qtbot.assertNotEmitted(mixer.edits_changed):
        QTest.mouseClick(row.slider, LEFT, NONE, QPoint(10, 8))
        QTest.mouseDClick(row.slider, LEFT, NONE, QPoint(10, 8))
        for key in (Qt.Key.Key_Right, Qt.Key.Key_0, Qt.Key.Key_Home):
            QTest.keyClick(row.slider, key)
        QTest.keyClicks(row.value, "3")
        QTest.keyClick(row.value, Qt.Key.Key_Return)
    assert row.delta() == 0.3
    assert row.back is None or row.back.isHidden()
    mixer.set_blends([])
    mixer.reset()
    assert mixer.edits() == (Edit(1, 0.3),)


def test_in_a_narrow_mixer_a_lock_shows_where_it_is_on(mixer: Mixer) -> None:
    mixer.resize(240, 760)
    assert mixer.rows.row_of(1).switches["locked"].isHidden()
    mixer.set_mix(Mix(locked=frozenset({1})), EMPTY)
    row = mixer.rows.row_of(1)
    assert row.switches["locked"].isVisible()
    assert not row.switches["locked"].geometry().intersects(row.switches["soloed"].geometry())


# Units ------------------------------------------------------------------------------------------------


def test_units_turn_at_a_press(mixer: Mixer, qtbot: QtBot) -> None:
    line = mixer.rows.row_of(0).value
    assert line.text() == "×1.00"
    with qtbot.waitSignal(mixer.units_changed) as caught, qtbot.assertNotEmitted(mixer.edits_changed):
        QTest.mouseClick(mixer.head.units, LEFT)
    assert caught.args == ["activation"]
    assert line.text() == "0.50"
    assert mixer.rows.family_row("a").value.text() == "×1.35"
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "x1.5")
    with qtbot.waitSignal(mixer.edits_changed) as caught:
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert caught.args[0] == (Edit(0, pytest.approx(0.25)),)
    assert line.text() == "0.75"
    mixer.set_features([*mixer_features(), MixerFeature(9, "late", 0.2, 0.4)])
    assert mixer.rows.row_of(9).value.text() == "0.20", "what comes later reads the same"


def test_what_is_explained_is_said(mixer: Mixer) -> None:
    mixer.set_explained(0.834, 32)
    assert mixer.head.explained.text == "83 % explained by 32 features"
    assert "83.4 %" in mixer.head.explained.toolTip()
    mixer.set_explained(None, 0)
    assert mixer.head.explained.text == ""


# A pointer that rests ---------------------------------------------------------------------------------


def test_a_pointer_that_rests_asks_what_would_happen(mixer: Mixer, qtbot: QtBot) -> None:
    slider = mixer.rows.row_of(1).slider
    x = slider.x_of(1.0)
    with qtbot.waitSignal(mixer.preview_wanted) as caught, qtbot.assertNotEmitted(mixer.edits_changed):
        hover(slider, x)
    feature, change = caught.args
    assert feature == 1
    assert change == pytest.approx(1.0 - 0.45, abs=0.02)
    with qtbot.waitSignal(mixer.preview_wanted) as caught:
        hover(slider, slider.x_of(-0.4))
    assert caught.args[1] < 0
    with qtbot.waitSignal(mixer.preview_ended):
        QApplication.sendEvent(slider, QEvent(QEvent.Type.Leave))


def test_one_that_passes_or_presses_asks_nothing(mixer: Mixer, qtbot: QtBot) -> None:
    slider = mixer.rows.row_of(1).slider
    with qtbot.assertNotEmitted(mixer.preview_wanted, wait=400):
        hover(slider, slider.x_of(1.0))
        QApplication.sendEvent(slider, QEvent(QEvent.Type.Leave))
    with qtbot.waitSignal(mixer.preview_wanted):
        hover(slider, slider.x_of(1.0))
    with qtbot.waitSignal(mixer.preview_ended):
        QTest.mouseClick(slider, LEFT, NONE, QPoint(round(slider.x_of(1.0)), 8))


def test_over_its_handle_nothing_is_foretold(mixer: Mixer, qtbot: QtBot) -> None:
    slider = mixer.rows.row_of(1).slider
    with qtbot.assertNotEmitted(mixer.preview_wanted, wait=400):
        hover(slider, slider.x_of(slider.activation()))
    mixer.set_mix(Mix(locked=frozenset({1})), EMPTY)
    with qtbot.assertNotEmitted(mixer.preview_wanted, wait=400):
        hover(slider, slider.x_of(1.0))


# Weak features ----------------------------------------------------------------------------------------


def test_weak_features_are_summed_until_one_wants_them(mixer: Mixer, qtbot: QtBot) -> None:
    many = [MixerFeature(f, f"f{f}", 1.0 - f / 100, 0.5) for f in range(32)]
    mixer.set_features(many)
    rows = mixer.rows
    assert rows.features() == list(range(20))
    assert rows.folded == tuple(range(20, 32))
    assert rows.others.isVisible()
    assert rows.others.text == "Σ 12 others"
    share = sum(f.natural for f in many[20:]) / sum(f.natural for f in many)
    assert f"{100 * share:.1f} %" in rows.others.toolTip()
    assert rows.others.y() > rows.row_of(19).y()
    assert mixer._count.whole() == "1 of 33 changed"
    QTest.mouseClick(rows.others.button, LEFT)
    assert rows.features() == list(range(32))
    QTest.mouseClick(rows.others.button, LEFT)
    assert len(rows.features()) == 20


def test_a_weak_one_that_is_touched_has_a_strip(mixer: Mixer, qtbot: QtBot) -> None:
    many = [MixerFeature(f, f"f{f}", 1.0 - f / 100, 0.5) for f in range(32)]
    mixer.set_features(many)
    with qtbot.assertNotEmitted(mixer.edits_changed):
        mixer.set_mix(Mix(edits=(Edit(30, 0.2),), muted=frozenset({29})), frozenset({29}))
    assert mixer.rows.row_of(30).delta() == 0.2
    assert mixer.rows.row_of(29).switches["muted"].isChecked()
    assert mixer.edits() == (Edit(30, 0.2),)
    assert len(mixer.rows.folded) == 10


def test_few_are_not_worth_a_sum() -> None:
    many = [MixerFeature(f, "", 0.5, 0.5) for f in range(23)]
    assert fold(many, ()).summed == ()
    added = [MixerFeature(90 + n, "", 0.0, 0.5) for n in range(9)]
    found = fold([*added, *many, MixerFeature(50, "", 0.1, 0.5)], {22})
    assert [f.feature for f in found.summed] == [20, 21, 50] or not found.summed
    assert {f.feature for f in added} <= {f.feature for f in found.shown}, "what was added is always there"


# Waiting, limits, offers --------------------------------------------------------------------------------


def test_a_strip_that_waits_turns_until_it_is_there(mixer: Mixer, qtbot: QtBot) -> None:
    row = mixer.rows.row_of(2)
    mixer.set_pending({2})
    turn = row._turn
    qtbot.waitUntil(lambda: row._turn > turn)
    mixer.set_pending(())
    assert not mixer.rows._turning.isActive()


def test_the_limit_is_chosen_typed_and_taken_back(mixer: Mixer, qtbot: QtBot) -> None:
    mixer.activateWindow()
    bar = mixer.budget
    line = bar.choice.lineEdit()
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "85 %")
    with qtbot.waitSignal(mixer.budget_changed) as caught:
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert caught.args == [0.85]
    assert bar.choice.currentText() == "cos ≥ 0.85"
    line.selectAll()
    QTest.keyClicks(line, "far")
    with qtbot.assertNotEmitted(mixer.budget_changed):
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert bar.choice.currentText() == "cos ≥ 0.85"
    with qtbot.assertNotEmitted(mixer.budget_changed):
        mixer.set_mix(Mix(budget=None), EMPTY)
    assert bar.choice.currentText() == "Any change"
    QTest.keyClick(bar.choice, Qt.Key.Key_Down)
    assert caught.args == [0.85]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("0.9", (True, 0.9)), (".9", (True, 0.9)), ("0,9", (True, 0.9)), ("90 %", (True, 0.9)),
     ("any", (True, None)), ("", (True, None)), ("cos ≥ 0.7", (True, 0.7)), ("1", (False, None)),
     ("-0.5", (False, None)), ("nan", (False, None)), ("2", (False, None))],
)  # fmt: skip
def test_limits_are_read(typed: str, meant: tuple[bool, float | None]) -> None:
    known, least = read_budget(typed)
    assert known == meant[0]
    if known:
        assert least == pytest.approx(meant[1]) if meant[1] is not None else least is None


def test_what_the_limit_holds_is_said_and_marked(mixer: Mixer) -> None:
    mixer.set_mix(Mix(edits=(Edit(1, 0.4), Edit(2, -0.3)), locked=frozenset({2}), budget=0.9), EMPTY)
    mixer.set_steer(Steer((Edit(1, 0.2), Edit(2, -0.3)), (), 0.5, 0.71))
    mixer.set_nearness(0.9, "residual")
    assert mixer.budget.said.text() == "Held at 50 % of your changes"
    assert "0.71" in mixer.budget.said.toolTip()
    assert mixer.budget.figure.text() == "cos 0.90"
    assert "held at" in mixer.rows.row_of(1).slider.accessibleDescription()
    assert "held at" not in mixer.rows.row_of(2).slider.accessibleDescription()
    mixer.set_steer(Steer((Edit(1, 0.399), Edit(2, -0.3)), (), 0.998, 0.899))
    assert mixer.budget.said.text() == "Held at over 99 % of your changes"
    mixer.set_steer(Steer((Edit(2, -0.3),), (), 0.0, 0.6))
    assert mixer.budget.said.text() == "Locked sliders alone go past the limit"
    mixer.set_nearness(0.6, "paper")
    assert "paper mode" in mixer.budget.said.text()
    mixer.set_steer(Steer((Edit(1, 0.4),), ()))
    mixer.set_mix(Mix(edits=(Edit(1, 0.4),)), EMPTY)
    assert mixer.budget.said.isHidden()


CARRIERS = (CarrierEntry(3, "discs", 0.24, 6.1), CarrierEntry(4, "stars", 0.1, 2.0))


def test_lowering_asks_for_what_carries_the_same_and_offers_it(mixer: Mixer, qtbot: QtBot) -> None:
    slider = mixer.rows.row_of(1).slider
    with qtbot.waitSignal(mixer.lowered) as caught:
        QTest.mouseClick(slider, LEFT, NONE, QPoint(round(slider.x_of(0.0)), 8))
    assert caught.args == [1]
    with qtbot.assertNotEmitted(mixer.lowered):
        QTest.mouseClick(slider, LEFT, NONE, QPoint(round(slider.x_of(1.0)), 8))
    mixer.offer_carriers(1, CARRIERS)
    offer = mixer.rows.offer
    assert offer.isVisible()
    assert mixer.rows.row_of(1).y() < offer.y() < mixer.rows.row_of(2).y()
    assert offer.said.text() == "2 other features carry 34 % of the same: lower together?"
    QTest.mouseClick(offer.evidence, LEFT)
    ticks = [tick for tick, _ in offer._lines]
    assert ticks[0].isVisible()
    assert ticks[0].accessibleName() == "Lower discs too"
    QTest.keyClick(ticks[0], Qt.Key.Key_Space)
    with qtbot.waitSignal(mixer.lower_together) as caught:
        QTest.mouseClick(offer.accept, LEFT)
    assert caught.args == [1, (4,)]
    assert offer.isHidden()


def test_an_offer_can_be_refused_and_needs_something_ticked(mixer: Mixer, qtbot: QtBot) -> None:
    mixer.offer_carriers(1, CARRIERS[:1])
    offer = mixer.rows.offer
    assert offer.said.text() == "1 other feature carries 24 % of the same: lower together?"
    QTest.mouseClick(offer.evidence, LEFT)
    QTest.keyClick(offer._lines[0][0], Qt.Key.Key_Space)
    assert not offer.accept.isEnabled()
    with qtbot.waitSignal(mixer.lowering_refused) as caught:
        QTest.mouseClick(offer.no, LEFT)
    assert caught.args == [1]
    assert offer.isHidden()


def test_sliders_that_are_no_families_look_otherwise(mixer: Mixer, qtbot: QtBot) -> None:
    together = BlendEntry("carriers:1", "accretion", 1.0, -0.5, 3, "", None, "together")
    plain = BlendEntry("way", "A − B", 0.0, 0.3, 0, "", None, "direction")
    mixer.set_blends([together, plain])
    one, other = mixer.rows.family_row("carriers:1"), mixer.rows.family_row("way")
    assert one.caption() == "moved together · 3 features"
    assert one.value.text() == "×0.50"
    assert other.caption() == "plain direction"
    assert other.value.text() == "0.30"
    with qtbot.assertNotEmitted(mixer.blend_chosen):
        QTest.mouseClick(other.label, LEFT)


# The menu ---------------------------------------------------------------------------------------------


def test_a_strip_has_a_menu_by_mouse_button_and_key(mixer: Mixer, qtbot: QtBot) -> None:
    row = mixer.rows.row_of(1)
    for reason in (QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard):
        with qtbot.waitSignal(mixer.menu_wanted) as caught:
            QApplication.sendEvent(
                row, QContextMenuEvent(reason, QPoint(5, 5), row.mapToGlobal(QPoint(5, 5)))
            )
        assert caught.args[0] == 1
    row._offer_more(True)
    with qtbot.waitSignal(mixer.menu_wanted):
        QTest.mouseClick(row.more, LEFT)
    assert row.more.accessibleName() == "More about label 1"


def test_every_control_is_named(mixer: Mixer) -> None:
    blend = Blend("a", "Halos", (1,), (1.0,))
    mixer.set_mix(Mix(blends=(BlendEdit(blend, 1.0),)), EMPTY)
    for row in (mixer.rows.row_of(0), mixer.rows.family_row("a")):
        for part in (row.slider, row.value, *row.switches.values()):
            assert part.accessibleName()
            assert part.toolTip()
    for part in (mixer.head.units, mixer.budget.choice, mixer.budget.meter, mixer.rows.others.button):
        assert part.accessibleName() or part.text()
