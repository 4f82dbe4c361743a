"""One undo for several histories: what was changed last is taken back first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack


class UndoDesk(QObject):
    """Steering and decisions about features are undone apart, because a new query ends the former's history.

    `changed` says that what can be undone or redone may be another thing now.
    """

    changed = Signal()

    def __init__(self, stacks: Sequence[QUndoStack], parent: QObject) -> None:
        super().__init__(parent)
        self._order = list(stacks)  # the one changed last at the end
        for stack in stacks:
            stack.indexChanged.connect(lambda _, s=stack: self._touched(s))

    @property
    def can_undo(self) -> bool:
        return self._undoable() is not None

    @property
    def can_redo(self) -> bool:
        return self._redoable() is not None

    @property
    def undo_words(self) -> str:
        """What undo would take back, such as "tagging"; "" when there is nothing."""
        stack = self._undoable()
        return stack.undoText() if stack is not None else ""

    @property
    def redo_words(self) -> str:
        """What redo would repeat; "" when there is nothing."""
        stack = self._redoable()
        return stack.redoText() if stack is not None else ""

    def undo(self) -> None:
        stack = self._undoable()
        if stack is not None:
            stack.undo()

    def redo(self) -> None:
        stack = self._redoable()
        if stack is not None:
            stack.redo()

    def _undoable(self) -> QUndoStack | None:
        return next((stack for stack in reversed(self._order) if stack.canUndo()), None)

    def _redoable(self) -> QUndoStack | None:
        return next((stack for stack in reversed(self._order) if stack.canRedo()), None)

    def shutdown(self) -> None:
        """Say nothing more: stacks empty themselves while they are destroyed."""
        for stack in self._order:
            stack.blockSignals(True)

    def _touched(self, stack: QUndoStack) -> None:
        if stack.canUndo() or stack.canRedo():
            self._order.remove(stack)
            self._order.append(stack)
        self.changed.emit()
