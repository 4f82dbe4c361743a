"""The Why pane: what is explained, its places and scores in a line, and the table of what adds how much."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from saerch_desktop.errors import UserError
from saerch_desktop.search.why import Why
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.elided import ElidedButton
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.form_parts import tool
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.ui.why_desk import Compared, Explained, FoundWords
from saerch_desktop.ui.why_lines import Named, Sheet, of_comparison, of_why, of_words
from saerch_desktop.ui.why_table import WhyTable

_QUERY = ("Go to the query", "Type a new query")
_NOTHING = (
    "No result to explain",
    "Search, then choose a result: here you see which features and which of your changes put it where it is. "
    "Choose two results to see why one is above the other.",
)


class WhyPane(QWidget):
    """`shown`: whether the pane is seen. Features and sliders are walked through and opened."""

    shown = Signal(bool)
    feature_walked = Signal(int)
    feature_opened = Signal(int)
    slider_walked = Signal(str)
    family_opened = Signal(str)
    document_chosen = Signal(int)
    alone_wanted = Signal()

    def __init__(self, named: Named, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Why")
        self._named = named
        self._subject: Any = None  # what is explained: Explained, Compared, FoundWords
        self._rows: tuple[int, ...] = ()
        self._empty = EmptyState("chart", *_NOTHING, *_QUERY, does="find")
        self.table = WhyTable()
        self.table.walked.connect(self._walk)
        self.table.opened.connect(self._open)
        self.setFocusProxy(self.table)
        page = QWidget()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self._titles = tuple(ElidedButton(hint="Press to read this document") for _ in range(2))
        for place, button in enumerate(self._titles):
            button.clicked.connect(lambda _=False, at=place: self._read(at))
        self._above, self._below = QLabel("Upper"), QLabel("Lower")
        for label in (self._above, self._below):
            theme.set_role(label, "muted")
        self.about = QLabel()
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        theme.set_role(self.about, "muted")
        self.about.setFont(theme.figures(self.about.font()))
        self.copy_button = tool("copy", "Copy the explanation", "Copy all of this as text")
        self.copy_button.clicked.connect(self.copy)
        self.alone_button = tool(
            "close", "Leave the comparison", "Explain only the document that was chosen last"
        )
        self.alone_button.clicked.connect(self.alone_wanted)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(3 * UNIT, 2 * UNIT, 3 * UNIT, 2 * UNIT)
        layout.setSpacing(UNIT)
        for line in (
            (self._above, self._titles[0], self.copy_button, self.alone_button),
            (self._below, self._titles[1]),
        ):
            row = QHBoxLayout()
            row.setSpacing(2 * UNIT)
            for widget in line:
                row.addWidget(widget, 1 if isinstance(widget, ElidedButton) else 0)
            layout.addLayout(row)
        layout.addWidget(self.about)
        layout.addWidget(self.table, 1)

    # What is shown ---------------------------------------------------------------------------------------

    def show_why(self, found: Explained) -> None:
        """Explain one document."""
        why = found.why
        self._subject = found
        self._head(((why.row, found.title),))
        self._say(_standing(why, found.steered))
        self._show(of_why(why, self._named))

    def show_comparison(self, found: Compared) -> None:
        """Explain the lead of one document over another."""
        above, below = found.comparison.above, found.comparison.below
        self._subject = found
        self._head(((above.row, found.titles[0]), (below.row, found.titles[1])))
        ahead = f"lead {wording.signed(found.comparison.total, 4)}"
        if above.fused is not None and below.fused is not None:
            lead = wording.signed(above.fused.score - below.fused.score, 4)
            ahead = f"lead in this list {lead}, in meaning {wording.signed(found.comparison.total, 4)}"
        self._say(f"{_placed(above)} above {_placed(below).lower()} · {ahead}")
        self._show(of_comparison(found.comparison, self._named))

    def show_words(self, found: FoundWords) -> None:
        """Say which words of the query a document holds."""
        self._subject = found
        self._head(((found.row, found.title),))
        if found.place is None:
            self._say("Not among the documents found")
        else:
            score = "" if found.score is None else f" · score by words (BM25) {found.score:.2f}"
            self._say(f"Place {found.place:,} in a search by words{score}")
        self._show(of_words(found.words))

    def show_nothing(self) -> None:
        self._subject, self._rows = None, ()
        self._empty.set_texts(*_NOTHING, *_QUERY, does="find")
        self._stack.setCurrentIndex(0)
        self.table.show_sheet(None)

    def show_trouble(self, error: UserError) -> None:
        """Say why there is no explanation."""
        self.show_nothing()
        self._empty.set_texts(error.happened, f"{error.meaning} {error.remedy}")

    def renamed(self) -> None:
        """Names changed: read them anew."""
        subject = self._subject
        if isinstance(subject, Explained):
            self.show_why(subject)
        elif isinstance(subject, Compared):
            self.show_comparison(subject)
        elif isinstance(subject, FoundWords):
            self.show_words(subject)

    def copy(self) -> None:
        """Put the explanation on the clipboard as text, its columns between tabs."""
        sheet = self.table.lines.sheet
        if sheet is not None:
            titles = [button.text() for button in self._titles[: len(self._rows)]]
            QGuiApplication.clipboard().setText("\n".join([*titles, self.about.text(), "", sheet.plain()]))

    def _head(self, documents: tuple[tuple[int, str], ...]) -> None:
        two = len(documents) == 2
        self._rows = tuple(row for row, _ in documents)
        for button, (_, title) in zip(self._titles, documents, strict=False):
            button.set_text(" ".join(title.split()))
        for widget in (self._above, self._below, self._titles[1], self.alone_button):
            widget.setVisible(two)

    def _say(self, text: str) -> None:
        self.about.setText(text)
        self.about.setAccessibleName(text)

    def _show(self, sheet: Sheet) -> None:
        self.table.show_sheet(sheet)
        self._stack.setCurrentIndex(1)

    # What the user does ----------------------------------------------------------------------------------

    def _walk(self, key: int | str) -> None:
        if isinstance(key, int):
            self.feature_walked.emit(key)
        else:
            self.slider_walked.emit(key)

    def _open(self, key: int | str) -> None:
        if isinstance(key, int):
            self.feature_opened.emit(key)
        else:
            self.family_opened.emit(key)

    def _read(self, place: int) -> None:
        if place < len(self._rows):
            self.document_chosen.emit(self._rows[place])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.shown.emit(False)

    def sizeHint(self) -> QSize:
        return QSize(150 * UNIT, 70 * UNIT)


def _placed(why: Why) -> str:
    return f"Place {why.place:,}" if why.place is not None else "A place further down"


def _standing(why: Why, steered: bool) -> str:
    """Place and score, and what they were without steering."""
    kind = "score" if why.fused is None else "score by meaning"
    score = f"{kind} {why.score:.4f}".replace("-", "−")
    if not steered:
        return f"{_placed(why)} · {score}"
    before = f"{why.score_before:.4f}".replace("-", "−")
    place = _placed(why)
    if why.place is not None and why.place_before is not None:
        moved = wording.rank_change(why.place_before, why.place)
        place += f" · unsteered {why.place_before:,} ({moved if moved != wording.SAME else 'not moved'})"
    return f"{place} · {score}, unsteered {before} ({wording.signed(why.change, 4)})"
