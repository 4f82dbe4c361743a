"""The line in which conditions are typed, with names and values offered as one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QLineEdit

from saerch_desktop.search.where_syntax import LONGEST
from saerch_desktop.ui import theme
from saerch_desktop.ui.keymap import keymap

Complete = Callable[[str], Sequence[tuple[str, str]]]
"""A word that is being typed → (what to put in its place, what it is)."""


class _Offers(QStringListModel):
    """The lines shown; what each puts in is asked for by `Qt.UserRole`."""

    def __init__(self, parent: QLineEdit) -> None:
        super().__init__(parent)
        self.offers: tuple[tuple[str, str], ...] = ()

    def show(self, offers: Sequence[tuple[str, str]]) -> None:
        self.offers = tuple(offers)
        self.setStringList([said for _, said in offers])

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role == Qt.ItemDataRole.UserRole and index.isValid():
            return self.offers[index.row()][0]
        return super().data(index, role)


class FilterLine(QLineEdit):
    """`entered` carries what was typed, on Enter; `begun`: the user came here; `left`: Escape on nothing."""

    entered = Signal(str)
    begun = Signal()
    escaped = Signal()

    def __init__(self, complete: Complete) -> None:
        super().__init__()
        self._complete = complete
        self.setMaxLength(LONGEST)
        self.setPlaceholderText("Add a filter…")
        self.setAccessibleName("Add a filter")
        keymap.tell(
            self,
            "Keep the search to some documents: words, “quoted words”, name:value, year>=2020, #12>0.2 for"
            " a feature; OR, - for not, and parentheses. Enter adds it",
            "add-filter",
        )
        theme.make_clearable(self)
        self._offers = _Offers(self)
        self.completer_ = QCompleter(self._offers, self)
        self.completer_.setWidget(self)
        self.completer_.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer_.setCompletionRole(Qt.ItemDataRole.DisplayRole)
        self.completer_.setMaxVisibleItems(12)
        self._popup.setAccessibleName("What can stand here")
        self.completer_.activated[QModelIndex].connect(self._take)  # type: ignore[index]  # stubs know no overloads
        self.textEdited.connect(lambda _: self.offer())
        self.returnPressed.connect(self._enter)

    @property
    def _popup(self) -> QAbstractItemView:
        """Asked for anew each time: the completer's own list may outlive what was kept of it here."""
        popup = self.completer_.popup()
        assert popup is not None
        return popup

    # Completion ------------------------------------------------------------------------------------------

    def token(self) -> tuple[int, str]:
        """Where the word under the cursor begins, and it up to the cursor."""
        text = self.text()[: self.cursorPosition()]
        inside, start = False, 0
        for place, sign in enumerate(text):
            if sign == '"':
                inside = not inside
            elif not inside and sign in " ()":
                start = place + 1
        return start, text[start:]

    def offer(self) -> None:
        """Show what the word that is being typed may become."""
        _, token = self.token()
        offers = list(self._complete(token)) if token and self.hasFocus() else []
        self._offers.show([one for one in offers if one[0] != token])
        if self._offers.offers:
            self.completer_.complete()
        else:
            self._popup.hide()

    def _take(self, index: QModelIndex) -> None:
        put = index.data(Qt.ItemDataRole.UserRole)
        start, token = self.token()
        text, end = self.text(), start + len(token)
        self.setText(f"{text[:start]}{put}{text[end:]}")
        self.setCursorPosition(start + len(put))
        if put.endswith(":"):
            self.offer()

    # Events ----------------------------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.begun.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        popup = self._popup
        if popup.isVisible() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # The list hands its keys to the line first: it takes Enter where a line of it is chosen.
            if popup.currentIndex().isValid():
                event.ignore()
                return
            popup.hide()
        if event.key() == Qt.Key.Key_Escape:
            if popup.isVisible():
                popup.hide()
            elif self.text():
                self.clear()
            else:
                self.escaped.emit()
            return
        super().keyPressEvent(event)

    def _enter(self) -> None:
        self._popup.hide()
        if text := self.text().strip():
            self.entered.emit(text)
