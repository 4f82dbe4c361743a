"""Pictures of explanations: one result, two results, and the marks in a document."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from saerch_desktop.ui.why_part import WhyPart
from saerch_desktop.ui.window import MainWindow

_OTHER = 10  # the place of the result that the chosen one is compared with


def explanations(window: MainWindow, shoot: Callable[[str, QWidget], None]) -> None:
    """Explain a result of the search shown; shoot: writes a picture of a widget under a name."""
    part = next(part for part in window.parts if isinstance(part, WhyPart))
    shown = window.store.ranking
    if part.dock is None or shown is None or len(shown.ranking.rows) < 2:
        return
    rows = shown.ranking.rows.tolist()
    part.explain(rows[0])
    shoot("window-why", window)
    part.compare(rows[0], rows[min(_OTHER, len(rows) - 1)])
    shoot("why-two", part.why)
    part.dock.hide()
    window.controller.inspect.document(rows[0])
    window.reveal("document")
    shoot("document-marks", window.document_pane)
