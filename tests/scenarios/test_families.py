"""An analyst builds families, opens one, steers by it with a double click, and takes it all back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from window_support import OpenWindow

from saerch_desktop.ui.families_part import FamiliesPart
from saerch_desktop.ui.window import MainWindow

pytestmark = pytest.mark.threaded
PATIENCE_MS = 120_000


def rows(window: MainWindow) -> list[int]:
    return window.store.ranking.ranking.rows.tolist()


def at_rest(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.controller.runner.jobs(quiet=True), timeout=PATIENCE_MS)


def place_of(part: FamiliesPart, node: str) -> QPoint:
    """Where a node of the graph is drawn."""
    view = part.families.graph.view
    ((x, y),) = view.camera.screen(np.array([view.positions()[node]]))
    return QPoint(round(x), round(y))


def double_click(part: FamiliesPart, node: str) -> None:
    view, at = part.families.graph.view, place_of(part, node)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def test_build_open_double_click_follow_undo(open_window: OpenWindow, library: Path, qtbot: QtBot) -> None:
    window = open_window()
    part = next(part for part in window.parts if isinstance(part, FamiliesPart))
    window.controller.library.open(library)
    qtbot.waitUntil(lambda: window.store.library is not None, timeout=PATIENCE_MS)
    window.controller.inspect.document(3)
    qtbot.waitUntil(lambda: window.store.document is not None, timeout=PATIENCE_MS)
    window.actions_table["document-as-query"].trigger()
    qtbot.waitUntil(lambda: window.store.ranking is not None, timeout=PATIENCE_MS)
    at_rest(window, qtbot)
    plain = rows(window)

    # There are none yet; the one button builds them.
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_7, Qt.KeyboardModifier.ControlModifier)
    empty = part.families.empty.state
    assert empty.isVisible()
    QTest.mouseClick(empty._button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.store.book is not None, timeout=PATIENCE_MS)
    at_rest(window, qtbot)
    assert [notice.happened for notice in window.store.notices if "found" not in notice.happened] == []

    # The pane opens on the overview: families, no features.
    graph = part.families.graph.view.graph
    assert graph.nodes
    assert {node.kind for node in graph.nodes} == {"family"}

    # One click tells about a family, two make a slider of it, and the ranking follows.
    node = max(graph.nodes, key=lambda node: node.size)
    double_click(part, node.id)
    qtbot.waitUntil(lambda: bool(window.store.blends), timeout=PATIENCE_MS)
    at_rest(window, qtbot)
    assert window.store.family == node.key
    assert part.families.detail.title.whole == node.name
    slider = window.search_pane.mixer.rows.family_row(node.key)
    assert slider is not None
    assert slider.isVisible()
    assert window.store.blends[0].amount == 1.0
    steered = rows(window)
    assert steered != plain
    blend = window.store.blends[0].blend
    session = window.controller.library.session
    target = (
        window.store.query.vector
        + np.asarray(blend.weights) @ session.features.sae.decoder[list(blend.features)]
    )
    scores = session.library.vectors.block(0, session.library.vectors.rows) @ target
    np.testing.assert_allclose(window.store.ranking.ranking.scores, scores[steered], atol=1e-5)

    # Undo takes slider and ranking back at once.
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    at_rest(window, qtbot)
    assert window.store.blends == ()
    assert window.search_pane.mixer.rows.family_row(node.key) is None
    assert rows(window) == plain

    # What it is made of is one step away, and the graph keeps where things are.
    qtbot.keyClick(part.families.graph.view, Qt.Key.Key_G)
    qtbot.keyClick(part.families.graph.view, Qt.Key.Key_F)
    at_rest(window, qtbot)
    assert part.families.focus.family == node.key
    assert part.families.graph.view.graph.focus == node.key
    assert part.families.graph.view.graph.ids != graph.ids
    before = part.families.graph.view.positions()
    part.families.header.back.click()
    at_rest(window, qtbot)
    part.families.header.forward.click()
    at_rest(window, qtbot)
    after = part.families.graph.view.positions()
    assert after == {node: pytest.approx(place) for node, place in before.items()}

    # Closing and opening again, the families are there.
    window.close()
    again = open_window()
    again.restore()
    qtbot.waitUntil(lambda: again.store.book is not None, timeout=PATIENCE_MS)
    assert node.key in again.store.book.families
