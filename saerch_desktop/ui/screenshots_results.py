"""Pictures of the results: what a slider would move, the unsteered list, what moved out, the last place."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QWidget

from saerch_desktop.ui.results_part import ResultsPart
from saerch_desktop.ui.window import MainWindow

Shoot = Callable[[str, QWidget], None]


def results(window: MainWindow, shoot: Shoot) -> None:
    """A steered search must be shown; it is shown again afterwards."""
    part = next(part for part in window.parts if isinstance(part, ResultsPart))
    table, search = part.table, window.controller.search
    if part.store.ranking is None:
        return
    features = search.entries()
    if features:
        feature = features[-1]
        search.want_preview(feature.feature, 2 * feature.scale)
        shoot("results-preview", window.search_pane)
        search.end_preview()
    part.set_baseline(True)
    shoot("results-unsteered", window.search_pane)
    part.set_baseline(False)
    table.point_at(table.rowAt(table.viewport().height() // 3))
    shoot("results-row", window.search_pane)
    table.point_at(-1)
    part.show_left()
    QApplication.processEvents()
    if part.left is not None:
        shoot("results-moved-out", part.left)
        part.left.close()
    table.scrollToBottom()
    shoot("results-end", window.search_pane)
    table.scrollToTop()
