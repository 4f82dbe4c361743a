"""The dock “What the SAE says” in the real window: reading back, making it stick, and a rewrite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from chat_support import ChatService
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from ui.search_support import (
    TopicEmbedder,
    embedder,
    open_and_wait,
    searching,
    semantic,
    semantic_original,
)
from window_support import OpenWindow

from saerch_desktop.search.reencode import STICK_KEY
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.reencode_part import ReencodePart
from saerch_desktop.ui.reencode_table import Column
from saerch_desktop.ui.settings_live import live
from saerch_desktop.ui.window import MainWindow

__all__ = ["TopicEmbedder", "embedder", "searching", "semantic", "semantic_original"]

LEFT = Qt.MouseButton.LeftButton


class Rewriter(ChatService):
    def thought(self, body: dict[str, Any]) -> str:
        return "QUERY: dust around planets"


@pytest.fixture
def model() -> Iterator[Rewriter]:
    service = Rewriter(())
    yield service
    service.stop()


def part_of(window: MainWindow) -> ReencodePart:
    return next(part for part in window.parts if isinstance(part, ReencodePart))


def ask(window: MainWindow) -> None:
    query = window.search_pane.query
    QTest.mouseClick(query, LEFT)
    QTest.keyClicks(query, "light of stars")
    QTest.keyClick(query, Qt.Key.Key_Return)


def shown(window: MainWindow, qtbot: QtBot) -> ReencodePart:
    """The dock beside a search that is steered, read back."""
    part = part_of(window)
    ask(window)
    assert part.dock is not None
    part.dock.show()
    steer(window)
    qtbot.waitUntil(lambda: part.reencode.table.spoken.rowCount() > 0, timeout=5000)
    qtbot.waitUntil(lambda: reads_as_steered(window), timeout=5000)
    return part


def steer(window: MainWindow, delta: float = 0.4) -> Edit:
    query = window.store.query
    session = window.controller.library.session
    assert session is not None
    assert session.features is not None
    live = np.flatnonzero(session.features.statistics.count > 0)
    edit = Edit(int(np.setdiff1d(live, query.indices)[0]), delta)
    window.controller.search.edit((edit,))
    return edit


def reads_as_steered(window: MainWindow) -> bool:
    edits = {edit.feature: edit.delta for edit in window.store.ranking.ranking.edits}
    rows = {one.feature: one for one in part_of(window).reencode.table.spoken.rows}
    return all(f in rows and abs(rows[f].wanted - d) < 1e-4 for f, d in edits.items() if d > 0)


def test_the_table_follows_the_sliders(searching: MainWindow, qtbot: QtBot) -> None:
    part = shown(searching, qtbot)
    pane, model = part.reencode, part.reencode.table.spoken
    first = pane.about.text()
    assert first.startswith("Read back with an error of")
    edit = steer(searching, 0.7)
    qtbot.waitUntil(lambda: reads_as_steered(searching), timeout=5000)
    row = next(at for at, one in enumerate(model.rows) if one.feature == edit.feature)
    assert model.index(row, Column.WANTED).data() == "0.70"
    assert model.index(row, Column.NATURAL).data() == "–"
    off = model.rows[row].got - 0.7
    assert model.index(row, Column.DIFFERENCE).data().endswith(f"{off:+.3f}".replace("-", "−"))
    assert model.index(0, Column.DIFFERENCE).data(Qt.ItemDataRole.AccessibleTextRole)


def test_what_sticks_becomes_a_slider_and_one_step_of_undo(searching: MainWindow, qtbot: QtBot) -> None:
    part = shown(searching, qtbot)
    part.handlers()["make-stick"]()
    pane = part.reencode
    assert pane.tabs.currentIndex() == 1
    qtbot.waitUntil(lambda: part.desk.found is not None, timeout=5000)
    found = part.desk.found
    assert found is not None
    assert found.after.nmse < 0.5 * found.before.nmse
    assert "cosine to your query" in pane.found.text()
    assert pane.curve.table.rowCount() == len(found.curve)
    table = pane.curve.table
    assert [table.item(row, 2).text() for row in range(len(found.curve))].index("taken") == found.best
    former = searching.store.mix
    before = searching.store.ranking.ranking.rows.tolist()
    QTest.mouseClick(pane.use, LEFT)
    assert searching.store.mix.blends[0].blend.key == STICK_KEY
    session = searching.controller.library.session
    assert session is not None
    steered = session.engine.steered_vector(searching.store.ranking.ranking)
    assert steered == pytest.approx(found.vector, abs=1e-5)
    assert not pane.use.isEnabled()  # what was found was for the former steering
    searching.controller.search.undo_stack.undo()
    assert searching.store.mix == former
    assert searching.store.ranking.ranking.rows.tolist() == before


def test_enter_opens_a_feature(searching: MainWindow, qtbot: QtBot) -> None:
    part = shown(searching, qtbot)
    table = part.reencode.table
    table.setFocus()
    table.setCurrentIndex(table.spoken.index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert searching.store.feature == table.spoken.rows[1].feature
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert searching.store.feature == table.spoken.rows[1].feature


def test_without_a_search_it_says_what_will_be_here(searching: MainWindow) -> None:
    part = part_of(searching)
    assert part.dock is not None
    part.dock.show()
    assert part.conditions() == {"reencodable": False}
    assert part.reencode.tabs.isHidden() or not part.reencode.tabs.isVisible()


def test_a_rewrite_is_compared_and_can_be_searched_for(
    searching: MainWindow, qtbot: QtBot, model: Rewriter
) -> None:
    part = shown(searching, qtbot)
    part.handlers()["rewrite-query"]()
    tab = part.reencode.rewrite
    assert not tab.go.isEnabled()
    assert not model.seen
    tab.address.setText(model.url)
    tab.model.setFocus()
    QTest.keyClicks(tab.model, "scripted")
    assert not tab.network.isEnabled()  # a service on this computer needs none
    QTest.mouseClick(tab.go, LEFT)
    qtbot.waitUntil(lambda: tab.text.text() == "dust around planets", timeout=10_000)
    assert len(model.seen) == 1
    assert "same as by steering" in tab.message.text()
    assert tab.table.rowCount() >= 10
    steer(searching, 0.6)
    assert "has changed" in tab.message.text()
    assert tab.table.isHidden()


def test_the_network_is_allowed_for_one_job_only(searching: MainWindow, qtbot: QtBot) -> None:
    part = shown(searching, qtbot)
    tab = part.reencode.rewrite
    part.handlers()["rewrite-query"]()
    tab.address.setText("https://example.org/v1")
    tab.model.setText("m")
    assert tab.settings().allow_network is False
    QTest.mouseClick(tab.go, LEFT)
    qtbot.waitUntil(lambda: "needs the network" in tab.message.text(), timeout=5000)
    assert not tab.network.isEnabled()
    assert "lock is on" in tab.network.toolTip()
    live.change(offline_lock=False)
    QTest.mouseClick(tab.network, LEFT, pos=QPoint(8, tab.network.height() // 2))
    assert tab.settings().allow_network
    tab.set_busy(True)
    assert tab.go.text() == "Stop"
    tab.set_busy(False)
    assert not tab.network.isChecked()


@pytest.mark.threaded
def test_on_workers_only_the_newest_reading_is_shown(
    open_window: OpenWindow, semantic: Any, embedder: TopicEmbedder, qtbot: QtBot
) -> None:
    window = open_window()
    open_and_wait(window, semantic, qtbot)
    ask(window)
    qtbot.waitUntil(lambda: window.store.ranking is not None, timeout=20_000)
    part = part_of(window)
    assert part.dock is not None
    part.dock.show()
    for delta in (0.1, 0.2, 0.3, 0.4, 0.5):
        steer(window, delta)
    qtbot.waitUntil(
        lambda: reads_as_steered(window) and bool(part.reencode.table.spoken.rows), timeout=20_000
    )
    part.desk.stick()
    qtbot.waitUntil(lambda: part.desk.found is not None, timeout=20_000)
