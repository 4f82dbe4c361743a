"""Reading one document: its text whole and selectable, its fields, and the features it is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from saerch_desktop.features.label import Label
from saerch_desktop.library.documents import Document
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.chips import FeatureChip, FlowLayout
from saerch_desktop.ui.document_marks import Marked
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.marks_bar import MarksBar
from saerch_desktop.ui.reading_view import ReadingView, marked_html
from saerch_desktop.ui.theme import UNIT

_FIRST, _FIRST_LOW = 8, 2  # chips shown before "more", and in a pane that is low
_LOW = 140 * UNIT


class DocumentPane(QWidget):
    """Shows one `Document`. `use_as_query` carries its row; `sentences_wanted`: whether they are seen."""

    use_as_query = Signal(int)
    feature_chosen = Signal(int)
    sentences_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Document")
        self._document: Document | None = None
        self._marked, self._asked = Marked(), False
        self._all_chips = False
        self._empty = EmptyState(
            "document",
            "No document chosen",
            "Choose a result, and read it here with the features it is made of.",
            "Go to the query",
            "Type a new query",
            does="find",
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
        self.marks = MarksBar()
        self.marks.hide()
        self.marks.shown_changed.connect(self._marks_switched)
        self.marks.stepped.connect(self.text.step)
        theme.notifier.changed.connect(self._recolour)

        row = QHBoxLayout()
        row.addWidget(self._made_of, 1)
        # Beside a short word: what the document is called may be long.
        row.addWidget(self._ask, 0, Qt.AlignmentFlag.AlignRight)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(3 * UNIT, 3 * UNIT, 3 * UNIT, 3 * UNIT)
        page.setSpacing(UNIT)
        page.addWidget(self._title)
        page.addWidget(self._about)
        page.addSpacing(UNIT)
        page.addLayout(row)
        page.addWidget(self._chips)
        page.addSpacing(UNIT)
        page.addWidget(self.marks)
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
        self._show_title()
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
            self._show_marks()

    def _recolour(self) -> None:
        if self._document is not None:
            self._show_title()
            self._show_text()

    def _show_title(self) -> None:
        """The title, with the words of the query in it marked."""
        assert self._document is not None
        title = self._document.title
        spans: tuple[tuple[int, int], ...] = ()
        if self._document.row == self._marked.row and self.marks.words.isChecked():
            spans = self._marked.title_words
        if title and spans:
            self._title.setTextFormat(Qt.TextFormat.RichText)
            self._title.setText(marked_html(title, spans))
        else:
            self._title.setTextFormat(Qt.TextFormat.PlainText)
            self._title.setText(title or self._document.id)

    # Marks -----------------------------------------------------------------------------------------------

    def show_marked(self, marked: Marked, query: bool, features: bool) -> None:
        """Mark words and sentences, where they are of the document shown.

        query: whether there are words to look for; features: whether there are any for sentences to drive.
        """
        self._marked, self._asked = marked, query
        self.marks.show_marked(marked, query, features)
        if self._document is not None:
            self._show_title()
            self._show_marks()

    def _show_marks(self) -> None:
        here = self._document is not None and self._document.row == self._marked.row
        words = self._marked.words if here and self.marks.words.isChecked() else ()
        sentences = self._marked.sentences if here and self.marks.sentences.isChecked() else ()
        self.text.mark(words, sentences)

    def _marks_switched(self) -> None:
        self._tell_wanted()
        self.marks.show_marked(self._marked, self._asked, not self.marks.sentences.isHidden())
        if self._document is not None:
            self._show_title()
            self._show_marks()

    def _tell_wanted(self) -> None:
        self.sentences_wanted.emit(self.isVisible() and self.marks.sentences.isChecked())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tell_wanted()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tell_wanted()

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
        self._chips.setVisible(bool(features))
        self._fold()

    def _few(self) -> int:
        """How many chips leave room to read in."""
        return _FIRST if self.height() >= _LOW else _FIRST_LOW

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (self.height() >= _LOW) != (event.oldSize().height() >= _LOW):
            self._fold()

    def _fold(self) -> None:
        chips = self._chip_list()
        self._made_of.setVisible(bool(chips) and self.height() >= _LOW)
        for place, chip in enumerate(chips):
            chip.setVisible(self._all_chips or place < self._few())
        rest = len(chips) - self._few()
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
