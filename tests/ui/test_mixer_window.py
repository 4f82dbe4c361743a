"""The mixer in the real window: what switches and limit do to the ranking, undo, and what it offers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs

from saerch_desktop.search.mix import Mix
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.mixer_part import MixerPart
from saerch_desktop.ui.mixer_row import MixerRow
from saerch_desktop.ui.window import MainWindow

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def opened(window: MainWindow, steerable: Path) -> MainWindow:
    window.controller.library.open(steerable)
    window.controller.search.like_document(9)
    return window


def strip(window: MainWindow, place: int) -> MixerRow:
    """The strip of the query's feature at that place, strongest first."""
    feature = int(window.store.query.indices[place])
    row = window.search_pane.mixer.rows.row_of(feature)
    assert row is not None
    return row


def press(window: MainWindow, qtbot: QtBot, row: MixerRow, key: Qt.Key) -> None:
    """A key on the slider that has the focus."""
    window.activateWindow()
    row.slider.setFocus()
    qtbot.waitUntil(row.slider.hasFocus)
    QTest.keyClick(row.slider, key)


def ranking(window: MainWindow) -> Any:
    return window.store.ranking.ranking


def scores(window: MainWindow, changes: dict[int, float]) -> np.ndarray:
    """All scores by the plain definition: X q + Σ Δ X d."""
    session = window.controller.library.session
    assert session is not None
    vectors = session.library.vectors
    decoder = session.features.sae.decoder.astype(np.float64)
    x = vectors.gather(np.arange(vectors.rows)).astype(np.float64)
    q = window.store.query.vector.astype(np.float64) + sum(d * decoder[f] for f, d in changes.items())
    return x @ q


def natural(window: MainWindow) -> dict[int, float]:
    query = window.store.query
    return dict(zip(query.indices.tolist(), query.values.tolist(), strict=True))


def test_muting_takes_a_feature_out_of_the_query(opened: MainWindow, qtbot: QtBot) -> None:
    row = strip(opened, 0)
    feature = row.feature.feature
    press(opened, qtbot, row, Qt.Key.Key_M)
    assert opened.store.mix == Mix(muted=frozenset({feature}))
    expected = scores(opened, {feature: -natural(opened)[feature]})
    shown = ranking(opened)
    np.testing.assert_allclose(shown.scores, expected[shown.rows], atol=1e-5)
    assert shown.scores[0] == pytest.approx(expected.max(), abs=1e-5)
    assert row.switches["muted"].isChecked()
    opened.controller.undo.undo()
    assert not ranking(opened).steered
    assert not row.switches["muted"].isChecked()
    opened.controller.undo.redo()
    QTest.mouseClick(row.switches["muted"], LEFT)
    assert opened.store.mix == Mix()


def test_solo_leaves_one_to_be_heard(opened: MainWindow) -> None:
    row = strip(opened, 1)
    QTest.mouseClick(row.switches["soloed"], LEFT)
    others = {f: -value for f, value in natural(opened).items() if f != row.feature.feature}
    shown = ranking(opened)
    np.testing.assert_allclose(shown.scores, scores(opened, others)[shown.rows], atol=1e-5)
    assert strip(opened, 0)._quiet
    assert not row._quiet
    assert opened.actions_table["hear-all"].isEnabled()
    opened.actions_table["hear-all"].trigger()
    assert not ranking(opened).steered
    assert not opened.actions_table["hear-all"].isEnabled()
    opened.controller.undo.undo()
    assert opened.store.mix.soloed == {row.feature.feature}


def test_a_locked_strip_stays_where_all_is_reset(opened: MainWindow, qtbot: QtBot) -> None:
    search = opened.controller.search
    one, two = strip(opened, 0).feature.feature, strip(opened, 1).feature.feature
    search.edit([Edit(one, 0.3), Edit(two, -0.1)])
    press(opened, qtbot, strip(opened, 0), Qt.Key.Key_L)
    opened.actions_table["reset"].trigger()
    assert opened.store.mix.edits == (Edit(one, 0.3),)
    assert strip(opened, 0).delta() == 0.3
    assert strip(opened, 1).delta() == 0.0


def test_the_limit_is_kept_and_said(opened: MainWindow, qtbot: QtBot) -> None:
    opened.activateWindow()
    mixer = opened.search_pane.mixer
    row = strip(opened, 0)
    slider = row.slider
    QTest.mouseClick(slider, LEFT, NONE, QPoint(round(slider.x_of(slider.reach()[0] * 0.9)), 8))
    free = ranking(opened).fidelity
    assert free < 0.95
    assert mixer.budget.figure.text() == f"cos {free:.2f}"
    opened.actions_table["mixer-limit"].trigger()
    line = mixer.budget.choice.lineEdit()
    qtbot.waitUntil(line.hasFocus)
    QTest.keyClicks(line, "0.95")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert ranking(opened).fidelity == pytest.approx(0.95, abs=1e-4)
    assert mixer.budget.figure.text() == "cos 0.95"
    assert mixer.budget.said.text().startswith("Held at ")
    assert row.delta() == opened.store.mix.edits[0].delta, "the slider stays where the hand put it"
    assert abs(opened.store.edits[0].delta) < abs(row.delta())
    opened.controller.undo.undo()
    assert ranking(opened).fidelity == pytest.approx(free)
    assert mixer.budget.choice.currentText() == "Any change"


def test_what_is_explained_is_told(opened: MainWindow) -> None:
    share = opened.controller.search.explained
    assert share is not None
    query, session = opened.store.query, opened.controller.library.session
    rebuilt = session.features.sae.decode(query.indices[None], query.values[None])[0].astype(np.float64)
    centre, q = session.features.sae.pre_bias.astype(np.float64), query.vector.astype(np.float64)
    assert share == pytest.approx(1 - ((q - rebuilt) ** 2).sum() / ((q - centre) ** 2).sum(), abs=1e-6)
    text = opened.search_pane.mixer.head.explained.text
    assert text == f"{round(100 * share)} % explained by {len(query.indices)} features"


def test_lowering_together_is_one_slider_and_one_step(opened: MainWindow) -> None:
    search = opened.controller.search
    one, two = strip(opened, 0).feature.feature, strip(opened, 1).feature.feature
    value = natural(opened)
    search.edit([Edit(one, -value[one] / 2)])
    before = opened.store.mix
    opened.search_pane.mixer.lower_together.emit(one, (two,))
    (edit,) = opened.store.mix.blends
    assert edit.amount == pytest.approx(-0.5)
    assert edit.blend.features == (one, two)
    assert opened.store.mix.edits == ()
    shown = ranking(opened)
    expected = scores(opened, {one: -value[one] / 2, two: -value[two] / 2})
    np.testing.assert_allclose(shown.scores, expected[shown.rows], atol=1e-5)
    row = opened.search_pane.mixer.rows.family_row(edit.blend.key)
    assert row.caption() == "moved together · 2 features"
    assert row.value.text() == "×0.50"
    opened.controller.undo.undo()
    assert opened.store.mix == before


def test_what_carries_the_same_is_offered_once_asked_for(opened: MainWindow, monkeypatch: Any) -> None:
    from saerch_desktop.search import lowering

    row = strip(opened, 0)
    other = strip(opened, 1).feature.feature
    found = lowering.Carrier(other, 0.2, 0.3, 0.5, 4.0)
    monkeypatch.setattr(lowering, "carriers", lambda features, query, feature: (found,))
    slider = row.slider
    QTest.mouseClick(slider, LEFT, NONE, QPoint(round(slider.x_of(0.0)), 8))
    offer = opened.search_pane.mixer.rows.offer
    assert offer.isVisible()
    assert "30 %" in offer.said.text()
    opened.controller.undo.undo()
    assert offer.isHidden(), "what is lowered no longer needs no company"
    QTest.keyClick(slider, Qt.Key.Key_M)
    assert offer.isVisible()
    QTest.mouseClick(offer.no, LEFT)
    QTest.keyClick(slider, Qt.Key.Key_M)
    QTest.keyClick(slider, Qt.Key.Key_M)
    assert offer.isHidden(), "refused for this query"


def test_the_menu_of_a_strip(opened: MainWindow, qtbot: QtBot) -> None:
    row = strip(opened, 0)
    opened.search_pane.mixer.menu_wanted.emit(row.key, QPoint(10, 10))
    menu = opened.search_pane.mixer.findChild(QMenu)
    assert menu is not None
    names = [action.text().split("\t")[0] for action in menu.actions() if action.text()]
    assert names[:4] == ["Mute", "Solo", "Lock", "Back to natural"]
    menu.close()
    part = next(part for part in opened.parts if isinstance(part, MixerPart))

    def choose(text: str) -> None:
        next(choice for choice in part.choices(row) if choice.text == text).run()

    choose("Out of the query")
    assert row.slider.activation() == 0.0
    choose("Twice as much")
    assert row.delta() == pytest.approx(row.feature.natural)
    choose("Mute")
    assert row.feature.feature in opened.store.mix.muted
    choose("Hide documents with much of it")
    (chip,) = opened.store.filters.chips
    assert chip.out
    assert chip.text.startswith(f"#{row.feature.feature}>")


def test_a_feature_added_by_hand_can_go_and_comes_back_by_undo(opened: MainWindow) -> None:
    search = opened.controller.search
    absent = next(f for f in range(32) if f not in natural(opened))
    search.add(absent)
    rows = opened.search_pane.mixer.rows
    search.edit([Edit(absent, 0.4)])
    search.remove(absent)
    assert rows.row_of(absent) is None
    assert not ranking(opened).steered
    opened.controller.undo.undo()
    assert rows.row_of(absent).delta() == 0.4
    assert ranking(opened).steered


def test_the_keyboard_gets_to_the_mixer(opened: MainWindow, qtbot: QtBot) -> None:
    opened.activateWindow()
    opened.actions_table["go-mixer"].trigger()
    qtbot.waitUntil(strip(opened, 0).slider.hasFocus)
    QTest.keyClick(strip(opened, 0).slider, Qt.Key.Key_Right)
    assert strip(opened, 0).delta() > 0


def test_units_are_remembered(opened: MainWindow, open_window: Any, fake_dialogs: FakeDialogs) -> None:
    opened.actions_table["mixer-units"].trigger()
    assert strip(opened, 0).measure.units == "activation"
    assert open_window().search_pane.mixer.rows._units == "activation"


@pytest.mark.threaded
def test_a_cold_slider_waits_without_holding_anything_up(
    window: MainWindow, steerable: Path, qtbot: QtBot, monkeypatch: Any
) -> None:
    """Its column is made once, however far the hand goes meanwhile, and the last place counts."""
    import threading

    from saerch_desktop.search.columns import Columns

    window.controller.library.open(steerable)
    qtbot.waitUntil(lambda: window.controller.library.session is not None, timeout=20_000)
    search = window.controller.search
    search.like_document(9)
    qtbot.waitUntil(lambda: window.store.ranking is not None, timeout=20_000)
    qtbot.waitUntil(lambda: not window.controller.runner.jobs(quiet=True), timeout=20_000)
    absent = next(f for f in range(32) if f not in natural(window))
    gate, made = threading.Event(), []
    make = Columns._make

    def slowly(self: Columns, wanted: list[Any], progress: Any) -> Any:
        made.append(list(wanted))
        assert gate.wait(20)
        return make(self, wanted, progress)

    monkeypatch.setattr(Columns, "_make", slowly)
    pending: list[frozenset[Any]] = []
    search.pending_changed.connect(pending.append)
    for delta in (0.1, 0.2, 0.3):
        search.edit([Edit(absent, delta)])
    assert pending[-1] == {absent}
    assert not ranking(window).steered
    gate.set()
    qtbot.waitUntil(lambda: ranking(window).edits == (Edit(absent, 0.3),), timeout=20_000)
    assert pending[-1] == frozenset()
    assert made == [[absent]]


@pytest.mark.threaded
def test_many_changes_at_once_are_ranked_beside_the_window(
    window: MainWindow, steerable: Path, qtbot: QtBot, monkeypatch: Any
) -> None:
    """A worker ranks; what moves meanwhile is ranked after that, once, and where it came to rest."""
    import threading

    from saerch_desktop.ui import steering_ranking

    window.controller.library.open(steerable)
    qtbot.waitUntil(lambda: window.controller.library.session is not None, timeout=20_000)
    search = window.controller.search
    search.like_document(9)
    qtbot.waitUntil(lambda: window.store.ranking is not None, timeout=20_000)
    qtbot.waitUntil(lambda: not window.controller.runner.jobs(quiet=True), timeout=20_000)
    one, two, *_ = natural(window)
    monkeypatch.setattr(steering_ranking, "_LIGHT", 0)
    gate, threads = threading.Event(), []
    rank = steering_ranking.ranked

    def slowly(*given: Any) -> Any:
        threads.append(threading.current_thread())
        assert gate.wait(20)
        return rank(*given)

    monkeypatch.setattr(steering_ranking, "ranked", slowly)
    for delta in (0.1, 0.2, 0.3):
        search.edit([Edit(one, delta), Edit(two, delta)])
    assert not ranking(window).steered
    gate.set()
    wanted = (Edit(one, 0.3), Edit(two, 0.3))
    qtbot.waitUntil(lambda: ranking(window).edits == wanted, timeout=20_000)
    assert len(threads) == 2
    assert threading.main_thread() not in threads


@pytest.mark.threaded
def test_a_column_that_cannot_be_made_is_told_and_waited_for_no_longer(
    window: MainWindow, steerable: Path, qtbot: QtBot, monkeypatch: Any
) -> None:
    from saerch_desktop.errors import UserError
    from saerch_desktop.search.columns import Columns

    window.controller.library.open(steerable)
    qtbot.waitUntil(lambda: window.controller.library.session is not None, timeout=20_000)
    search = window.controller.search
    search.like_document(9)
    qtbot.waitUntil(lambda: window.store.ranking is not None, timeout=20_000)
    qtbot.waitUntil(lambda: not window.controller.runner.jobs(quiet=True), timeout=20_000)
    absent = next(f for f in range(32) if f not in natural(window))

    def fail(self: Columns, wanted: list[Any], progress: Any) -> Any:
        raise UserError("The vectors cannot be read.", "Nothing was steered.", "Check the disk.")

    monkeypatch.setattr(Columns, "_make", fail)
    pending: list[frozenset[Any]] = []
    search.pending_changed.connect(pending.append)
    search.edit([Edit(absent, 0.2)])
    qtbot.waitUntil(lambda: bool(window.store.notices), timeout=20_000)
    assert pending == [{absent}, frozenset()]
    assert window.search_pane.mixer.rows.row_of(absent)._pending is False


def test_undo_says_what_it_takes_back(opened: MainWindow) -> None:
    search = opened.controller.search
    one = strip(opened, 0).feature.feature
    for act, words in (
        (lambda: search.mute(one), "muting"),
        (lambda: search.solo(one), "solo"),
        (lambda: search.lock(one), "locking"),
        (lambda: search.set_budget(0.9), "the limit"),
        (lambda: search.edit([Edit(one, 0.2)]), "steering"),
    ):
        act()
        assert opened.controller.undo.undo_words == words
