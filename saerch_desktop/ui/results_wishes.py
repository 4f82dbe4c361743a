"""What a row of the results can be asked for: by menu, by key, by the buttons under the pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu

from saerch_desktop.ui import theme

if TYPE_CHECKING:
    from saerch_desktop.ui.results_view import ResultsTable

COMPARED: Final = 2
_KEYS: Final = {
    Qt.Key.Key_Plus: "more",
    Qt.Key.Key_Minus: "less",
    Qt.Key.Key_W: "why",
    Qt.Key.Key_Space: "read",
}
_HELD: Final = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier  # a plus may need them


class RowWishes(QObject):
    """Tells by the table's signals what is wanted of its current and selected documents."""

    def __init__(self, table: ResultsTable) -> None:
        super().__init__(table)
        self._table = table
        self._steering = True
        self.actions: dict[str, QAction] = {}
        for key, text, icon, act in (
            ("read", "Read", "document", self.read),
            ("query", "Use as query", "query-by", self.as_query),
            ("more", "More like this\t+", "up", self.more),
            ("less", "Less like this\t−", "down", self.less),
            ("why", "Why is it here?\tW", "info", self.why),
            ("titles", "Copy titles", "copy", lambda: self.copy("titles")),
            ("ids", "Copy identifiers", "", lambda: self.copy("ids")),
        ):
            self._make(key, text, icon, act)
        self.actions["titles"].setShortcut(QKeySequence.StandardKey.Copy)
        self.actions["titles"].setShortcutContext(Qt.ShortcutContext.WidgetShortcut)

    def _make(self, key: str, text: str, icon: str, act: Callable[[], None]) -> None:
        action = QAction(text, self._table)
        if icon:
            theme.set_icon(action, icon)
        action.triggered.connect(lambda _=False: act())
        self._table.addAction(action)
        self.actions[key] = action

    def set_steering(self, steering: bool) -> None:
        """Whether there are features to raise, lower and explain with."""
        self._steering = steering

    @property
    def steering(self) -> bool:
        return self._steering and not self._table.results.keyword

    # Acts ------------------------------------------------------------------------------------------------

    def do(self, what: str) -> None:
        """By name: "read", "more", "less", "why"."""
        {"read": self.read, "more": self.more, "less": self.less, "why": self.why}[what]()

    def read(self) -> None:
        if (document := self._table.current_document()) is not None:
            self._table.document_chosen.emit(document)

    def as_query(self) -> None:
        """Search for what is like the document, or like all that are selected."""
        selected = self._table.selected_documents()
        if len(selected) > 1:
            self._table.selection_as_query.emit(tuple(selected))
        elif (document := self._table.current_document()) is not None:
            self._table.document_as_query.emit(document)

    def more(self) -> None:
        if self.steering and (document := self._table.current_document()) is not None:
            self._table.like_more.emit(document)

    def less(self) -> None:
        if self.steering and (document := self._table.current_document()) is not None:
            self._table.like_less.emit(document)

    def why(self) -> None:
        """Of the document, or of two that are selected why one is above the other."""
        selected = tuple(self._table.selected_documents())
        current = self._table.current_document()
        if len(selected) == COMPARED:
            self._table.why_asked.emit(selected)
        elif current is not None:
            self._table.why_asked.emit((current,))

    def copy(self, what: str) -> None:
        rows = tuple(self._table.selected_documents())
        if rows:
            self._table.copy_wanted.emit(what, rows)

    # Menu and keys ---------------------------------------------------------------------------------------

    def menu_at(self, where: QPoint) -> None:
        """Open the menu of the selected documents."""
        table = self._table
        if not (table.indexAt(where).isValid() or table.currentIndex().isValid()):
            return
        chosen = len(table.selected_documents())
        acts = self.actions
        acts["query"].setText("Use selection as query" if chosen > 1 else "Use as query")
        acts["why"].setText("Why is one above the other?\tW" if chosen == COMPARED else "Why is it here?\tW")
        acts["titles"].setText("Copy titles" if chosen > 1 else "Copy title")
        acts["ids"].setText("Copy identifiers" if chosen > 1 else "Copy identifier")
        for key in ("more", "less"):
            acts[key].setEnabled(self.steering)
        menu = QMenu(table)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for key, action in acts.items():
            if key in ("more", "titles"):
                menu.addSeparator()
            menu.addAction(action)
        for more in table.further_actions:
            menu.addAction(more)
        menu.popup(table.viewport().mapToGlobal(where))

    def takes(self, event: QKeyEvent) -> bool:
        """Whether a key meant one of these; then it is done."""
        what = _KEYS.get(Qt.Key(event.key()))
        plain = not event.modifiers() & ~_HELD
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if what is None or not plain or (shifted and what not in ("more", "less")):
            return False
        self.do(what)
        return True
