"""An analyst's first hour: open, ask, drag a feature, inspect it, reset, close, reopen as left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from window_support import OpenWindow, drag_to, press, release, slider_of

from saerch_desktop.ui.window import MainWindow

pytestmark = pytest.mark.threaded
PATIENCE_MS = 60_000


def rows(window: MainWindow) -> list[int]:
    return window.store.ranking.ranking.rows.tolist()


def ask(window: MainWindow, qtbot: QtBot) -> None:
    """Type a query, or take a document as one where nothing on this computer can embed."""
    if window.store.library.semantic:
        window.activateWindow()
        qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClicks(window.search_pane.query, "random numbers from a distribution")
        qtbot.keyClick(window.search_pane.query, Qt.Key.Key_Return)
    else:
        window.controller.inspect.document(3)
        qtbot.waitUntil(lambda: window.store.document is not None)
        window.actions_table["document-as-query"].trigger()
    qtbot.waitUntil(lambda: window.store.ranking is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.controller.runner.jobs(quiet=True), timeout=PATIENCE_MS)


def plain_cosine(window: MainWindow) -> list[int]:
    """The best hundred by cosine, computed here from the vectors alone; ties by row."""
    vectors = window.controller.library.session.library.vectors
    scores = vectors.block(0, vectors.rows) @ window.store.query.vector
    return np.lexsort((np.arange(len(scores)), -scores))[:100].tolist()


def test_open_ask_drag_inspect_reset_close_reopen(
    open_window: OpenWindow, library: Path, qtbot: QtBot
) -> None:
    window = open_window()
    window.controller.library.open(library)
    qtbot.waitUntil(lambda: window.store.library is not None, timeout=PATIENCE_MS)
    assert window.store.library.documents == 400

    ask(window, qtbot)
    plain = rows(window)
    assert plain == plain_cosine(window)
    model = window.search_pane.results.table.model()
    assert model.rowCount() == 400
    entries = window.controller.search.entries()
    assert entries
    assert all(entry.natural > 0 for entry in entries)

    # The strongest feature is dragged far down: the ranking follows while the button is still held.
    first = entries[0]
    slider = slider_of(window, first.feature)
    press(slider)
    target = round(slider.x_of(-2 * first.scale))
    seen = []
    for share in (0.25, 0.5, 0.75, 1.0):
        start = slider.x_of(slider.natural())
        drag_to(slider, round(start + (target - start) * share))
        seen.append(tuple(rows(window)))
    assert slider.is_dragging()
    assert len(set(seen)) > 1
    assert list(seen[-1]) != plain
    ranking = window.store.ranking.ranking
    np.testing.assert_allclose(
        ranking.contributions.sum(axis=1), ranking.scores - ranking.scores_before, atol=1e-5
    )
    assert ranking.moved_in == ranking.moved_out > 0
    release(slider, target)
    steered, edits = rows(window), window.store.edits

    # Looking at the feature fills the inspector with its documents.
    window.search_pane.feature_chosen.emit(first.feature)
    qtbot.waitUntil(lambda: window.store.card is not None and window.store.card.feature == first.feature)
    card = window.store.card
    assert card.top
    assert window.feature_dock.isVisible()
    strongest = window.controller.library.session.features.inverted.of(first.feature)[0][0]
    assert card.top[0].row == int(strongest)

    # Everything back to natural is plain search again, exactly.
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert window.store.edits == ()
    assert rows(window) == plain
    np.testing.assert_array_equal(window.store.ranking.ranking.scores, window.store.query.base[plain])
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert rows(window) == steered

    text = window.search_pane.query.text()
    window.close()
    again = open_window()
    again.restore()
    qtbot.waitUntil(lambda: again.store.ranking is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: again.store.card is not None, timeout=PATIENCE_MS)
    assert rows(again) == steered
    assert again.store.edits == edits
    assert again.search_pane.query.text() == text
    assert slider_of(again, first.feature).change() == pytest.approx(edits[0].delta)
    assert again.store.card.feature == first.feature
    assert again.store.notices == ()
