"""One undo for several histories: what was done last is taken back first."""

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
        self._stacks = tuple(stacks)
        self._places = {stack: stack.index() for stack in stacks}
        self._done: list[QUndoStack] = []  # whose step each was, the last at the end
        self._undone: list[QUndoStack] = []
        for stack in stacks:
            stack.indexChanged.connect(lambda _, s=stack: self._moved(s))

    def take_in(self, stack: QUndoStack) -> None:
        """One more history, which has no steps yet."""
        self._stacks = (*self._stacks, stack)
        self._places[stack] = stack.index()
        stack.indexChanged.connect(lambda _: self._moved(stack))

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

    def shutdown(self) -> None:
        """Say nothing more: stacks empty themselves while they are destroyed."""
        for stack in self._stacks:
            stack.blockSignals(True)

    # The order may know more steps of a full stack than that remembers: only what can still be done is asked.

    def _undoable(self) -> QUndoStack | None:
        return next((stack for stack in reversed(self._done) if stack.canUndo()), None)

    def _redoable(self) -> QUndoStack | None:
        return next((stack for stack in reversed(self._undone) if stack.canRedo()), None)

    def _moved(self, stack: QUndoStack) -> None:
        before, now = self._places[stack], stack.index()
        self._places[stack] = now
        if stack.count() == 0:
            self._done = [other for other in self._done if other is not stack]
        full = now == before == stack.undoLimit()  # it forgot its oldest step for a new one
        for _ in range(max(now - before, int(full))):
            _take_last(self._undone, stack)
            self._done.append(stack)
        for _ in range(before - now if stack.count() else 0):
            _take_last(self._done, stack)
            self._undone.append(stack)
        ahead = stack.count() - now  # a new step ends what could have been redone
        while self._undone.count(stack) > ahead:
            self._undone.remove(stack)
        self.changed.emit()


def _take_last(steps: list[QUndoStack], stack: QUndoStack) -> None:
    for place in range(len(steps) - 1, -1, -1):
        if steps[place] is stack:
            del steps[place]
            return
