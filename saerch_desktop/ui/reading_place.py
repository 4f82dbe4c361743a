"""How far one had read: in the document, and in what is told about the feature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractScrollArea, QScrollArea, QWidget

from saerch_desktop.ui.part import Part
from saerch_desktop.ui.view_values import ViewValues

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


class ReadingPlace(Part):
    """Goes back there once the same document, or feature, is shown again."""

    view_name = "reading"
    _shown = Signal(str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._left = ViewValues()
        self._waiting: set[str] = set()
        self._shown.connect(self._come_back, Qt.ConnectionType.QueuedConnection)
        self.store.document_changed.connect(lambda view: self._shown.emit("document") if view else None)
        self.store.card_changed.connect(lambda card: self._shown.emit("feature") if card else None)

    def kept_view(self) -> Mapping[str, Any]:
        return {
            what: area.verticalScrollBar().value()
            for what in ("document", "feature")
            if (area := self._area(what)) is not None
        }

    def show_view(self, kept: ViewValues) -> None:
        self._left, self._waiting = kept, {"document", "feature"}
        for what in self._waiting:
            self._shown.emit(what)

    def _come_back(self, what: str) -> None:
        there = self.store.document if what == "document" else self.store.card
        area = self._area(what)
        if what in self._waiting and there is not None and area is not None:
            self._waiting.discard(what)
            area.verticalScrollBar().setValue(self._left.whole(what, 0, most=1 << 30))

    def _area(self, what: str) -> QAbstractScrollArea | None:
        if what == "document":
            return self.window.document_pane.text
        pane: QWidget = self.window.feature_pane
        return pane.findChild(QScrollArea)
