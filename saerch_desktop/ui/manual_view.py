"""Shows one page of the manual, with pictures from the manual's own folder and from nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QImage, QResizeEvent, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

from saerch_desktop.ui import theme

_MARGIN = 12 * theme.UNIT


class ManualView(QTextBrowser):
    """`wanted(file)` asks for another page. Links that lead out of the manual are shown, never followed."""

    wanted = Signal(str)

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = folder.resolve()
        self._text = ""
        self.setOpenLinks(False)
        self.setAccessibleName("Page of the manual")
        self.document().setDocumentMargin(5 * theme.UNIT)
        # Always there: a bar that came while a page is made would make the page anew inside the first.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.anchorClicked.connect(self._follow)

    def show_page(self, text: str) -> None:
        """text: Markdown."""
        self._text = text
        self.setMarkdown(text)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return None
        place = (self._folder / QUrl(name).path()).resolve()
        if not place.is_relative_to(self._folder):
            return None
        picture = QImage(str(place))
        room = self.viewport().width() - _MARGIN
        if picture.isNull() or picture.width() <= room:
            return picture
        return picture.scaledToWidth(max(1, room), Qt.TransformationMode.SmoothTransformation)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._text and event.size().width() != event.oldSize().width():
            at = self.verticalScrollBar().value()
            self.setMarkdown(self._text)
            self.verticalScrollBar().setValue(at)

    def _follow(self, url: QUrl) -> None:
        if url.isRelative() and url.path().endswith(".md"):
            self.wanted.emit(url.path())
        elif url.hasFragment() and not url.path():
            self.scrollToAnchor(url.fragment())
