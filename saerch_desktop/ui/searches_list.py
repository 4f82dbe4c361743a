"""The searches of this library, newest first: what was asked, what it was kept to, how the sliders stood."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.line_table import LineTable
from saerch_desktop.ui.recipe_words import kept_briefly, kept_to, moved, when
from saerch_desktop.ui.saved_search import SavedSearch
from saerch_desktop.ui.theme import UNIT

_COLUMNS = (
    ("Search", "What was asked"),
    ("Sliders", "How the mixer was left"),
    ("Kept to", "Whether words counted, and how many filters there were"),
    ("Used", "When it was last in force"),
)


class SearchesList(QWidget):
    """`chosen(SavedSearch)`: show it again; `forget_wanted`: remember none of them."""

    chosen = Signal(object)
    forget_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._all: list[SavedSearch] = []
        self._shown: list[SavedSearch] = []
        self.line = QLineEdit()
        theme.make_clearable(self.line)
        theme.lead_with(self.line, "search", "Find")
        self.line.setPlaceholderText("Find a search…")
        describe(self.line, "Find a search", "Words of the search, or of what it was kept to")
        self.table = LineTable(
            _COLUMNS, "Earlier searches", "Enter shows a search again, as it was left", spared=(1,)
        )
        self.again = QPushButton("Search again")
        self.again.setProperty("primary", "true")
        describe(
            self.again,
            "Search again",
            "Show it again with its filters and sliders; nothing is embedded anew (Enter)",
        )
        self.forget = QPushButton("Forget all…")
        describe(self.forget, "Forget all", "Remember none of these searches any longer")
        self.empty = EmptyState(
            "search",
            "No searches yet",
            "What you search for in this library is listed here. It stays among your own settings on this"
            " computer; it is not a part of the library.",
            "Go to the query",
            "Type a new query",
            does="find",
        )
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * UNIT)
        buttons.addWidget(self.again)
        buttons.addStretch(1)
        buttons.addWidget(self.forget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        layout.setSpacing(2 * UNIT)
        for widget in (self.line, self.empty, self.table):
            layout.addWidget(widget, 0 if widget is self.line else 1)
        layout.addLayout(buttons)
        self.line.textChanged.connect(lambda _: self._narrow())
        self.line.returnPressed.connect(self._choose)
        self.table.opened.connect(lambda _: self._choose())
        self.again.clicked.connect(self._choose)
        self.forget.clicked.connect(self.forget_wanted)
        self.set_searches([])

    def set_searches(self, searches: Sequence[SavedSearch]) -> None:
        """Show other searches."""
        self._all = list(searches)
        some = bool(self._all)
        for widget in (self.line, self.table, self.again, self.forget):
            widget.setVisible(some)
        self.empty.setVisible(not some)
        self._narrow()

    def _narrow(self) -> None:
        words = self.line.text().casefold().split()
        self._shown = [
            one
            for one in self._all
            if all(word in f"{_text(one)} {kept_to(one)}".casefold() for word in words)
        ]
        self.table.fill(
            [((_text(one), moved(one), kept_briefly(one), when(one.made)), _tip(one)) for one in self._shown]
        )
        self.again.setEnabled(bool(self._shown))

    def _choose(self) -> None:
        row = self.table.current()
        if 0 <= row < len(self._shown):
            self.chosen.emit(self._shown[row])


def _text(search: SavedSearch) -> str:
    return search.query.text if search.query is not None else ""


def _tip(search: SavedSearch) -> str:
    return "\n".join(line for line in (_text(search), kept_to(search), moved(search)) if line)
