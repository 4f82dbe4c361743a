"""Reading one document: its text whole and selectable, its fields, and the features it is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.features.label import Label
from saerch_desktop.library.documents import Document
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.chips import FeatureChip, FlowLayout
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.theme import UNIT, color

_COLUMN = 190 * UNIT  # lines longer than this are hard to read
_FIRST = 8  # chips shown before "more"


class ReadingView(QTextEdit):
    """Read-only text in a column of comfortable width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName("Text of the document")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(2 * UNIT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.setViewportMargins(0, 0, max(0, self.width() - _COLUMN), 0)
        super().resizeEvent(event)

    def show_text(self, text: str, fields: Sequence[tuple[str, str]]) -> None:
        """The text, and beneath it the fields of its source record."""
        self.clear()
        cursor = QTextCursor(self.document())
        spaced, plain = QTextBlockFormat(), QTextCharFormat()
        spaced.setLineHeight(125.0, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.setBlockFormat(spaced)
        cursor.insertText(text, plain)
        if fields:
            head, key = QTextCharFormat(), QTextCharFormat()
            head.setFont(theme.scaled(self.font(), 1.0, self.font().Weight.DemiBold))
            for style in (head, key):
                style.setForeground(color(theme.tokens().text_muted))
            apart = QTextBlockFormat(spaced)
            apart.setTopMargin(4 * UNIT)
            cursor.insertBlock(apart)
            cursor.insertText("Source record", head)
            for name, value in fields:
                cursor.insertBlock(spaced)
                cursor.insertText(f"{name}: ", key)
                cursor.insertText(value, plain)
        self.moveCursor(QTextCursor.MoveOperation.Start)


class DocumentPane(QWidget):
    """Shows one `Document`. `use_as_query` carries its row."""

    use_as_query = Signal(int)
    feature_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Document")
        self._document: Document | None = None
        self._all_chips = False
        self._empty = EmptyState(
            "document",
            "No document chosen",
            "Choose a result, and read it here with the features it is made of.",
        )
        self._page = QWidget()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)

        self._title = QLabel()
        theme.set_role(self._title, "title")
        self._about = QLabel()
        theme.set_role(self._about, "muted")
        for label in (self._title, self._about):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._ask = QPushButton("Use as query")
        self._ask.setAccessibleName("Use this document as the query")
        self._ask.setToolTip("Search for documents like this one")
        self._ask.clicked.connect(self._query)
        self._made_of = QLabel("Made of")
        self._made_of.setToolTip("The features active in this document, strongest first")
        theme.set_role(self._made_of, "heading")
        self._chips = QWidget()
        self._chips.setAccessibleName("Features of the document")
        self._flow = FlowLayout(self._chips)
        self._more = QPushButton()
        self._more.setParent(self._chips)
        self._more.clicked.connect(self._toggle_chips)
        self.text = ReadingView()
        self.setFocusProxy(self.text)
        theme.notifier.changed.connect(self._show_text)

        row = QHBoxLayout()
        row.addWidget(self._about, 1)
        row.addWidget(self._ask, 0, Qt.AlignmentFlag.AlignTop)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(3 * UNIT, 3 * UNIT, 3 * UNIT, 3 * UNIT)
        page.setSpacing(UNIT)
        page.addWidget(self._title)
        page.addLayout(row)
        page.addSpacing(UNIT)
        page.addWidget(self._made_of)
        page.addWidget(self._chips)
        page.addSpacing(UNIT)
        page.addWidget(self.text, 1)

    def set_document(
        self,
        document: Document | None,
        features: Sequence[tuple[int, str, float]] = (),
        claims: Mapping[int, Label] | None = None,
    ) -> None:
        """Show a document. features: (feature, label, activation), strongest first. claims: by feature, what
        its label rests on.
        """
        self._document = document
        self._stack.setCurrentWidget(self._empty if document is None else self._page)
        if document is None:
            return
        self._title.setText(document.title or document.id)
        self._title.setAccessibleName(f"Title: {document.title or document.id}")
        parts = [document.id, document.date or "", *(f"{value}" for _, value in document.facets)]
        self._about.setText(" · ".join(part for part in parts if part))
        self._about.setToolTip(wording.tip("\n".join(f"{name}: {value}" for name, value in document.facets)))
        self._show_text()
        self._show_features(features, claims or {})

    def _show_text(self) -> None:
        if self._document is not None:
            shown = {self._document.title, self._document.text, self._document.id}
            fields = [(name, _plain(value)) for name, value in self._document.metadata.items()]
            self.text.show_text(self._document.text, [f for f in fields if f[1] and f[1] not in shown])

    def _show_features(self, features: Sequence[tuple[int, str, float]], claims: Mapping[int, Label]) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            if (widget := item.widget()) is not None and widget is not self._more:
                widget.hide()
                widget.deleteLater()
        strongest = max((activation for _, _, activation in features), default=0.0) or 1.0
        for feature, label, activation in features:
            share, claim = activation / strongest, claims.get(feature)
            chip = FeatureChip(feature, label, activation, share, self._chips, claim)
            chip.clicked.connect(self._chosen)
            self._flow.addWidget(chip)
        self._flow.addWidget(self._more)
        self._all_chips = False
        self._made_of.setVisible(bool(features))
        self._chips.setVisible(bool(features))
        self._fold()

    def _fold(self) -> None:
        chips = self._chip_list()
        for place, chip in enumerate(chips):
            chip.setVisible(self._all_chips or place < _FIRST)
        rest = len(chips) - _FIRST
        self._more.setVisible(rest > 0)
        self._more.setText("Fewer" if self._all_chips else f"{rest} more")
        self._more.setAccessibleName(
            "Show fewer features" if self._all_chips else f"Show {rest} more features"
        )
        self._more.setToolTip(self._more.accessibleName())
        self._flow.invalidate()
        self._chips.updateGeometry()

    def _chip_list(self) -> list[FeatureChip]:
        items = (self._flow.itemAt(place) for place in range(self._flow.count()))
        return [w for item in items if item is not None and isinstance(w := item.widget(), FeatureChip)]

    def _toggle_chips(self) -> None:
        self._all_chips = not self._all_chips
        self._fold()

    def _chosen(self) -> None:
        chip = self.sender()
        if isinstance(chip, FeatureChip):
            self.feature_chosen.emit(chip.feature)

    def _query(self) -> None:
        if self._document is not None:
            self.use_as_query.emit(self._document.row)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
