"""One change of a library's recipes, to be taken back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand


class RecipeStep(QUndoCommand):
    """Pushed once it has succeeded: a change that failed must never be taken back. redo, undo: each writes to
    the library beside the window, and says so.
    """

    def __init__(self, words: str, redo: Callable[[], None], undo: Callable[[], None]) -> None:
        super().__init__(words)
        self._redo, self._undo = redo, undo
        self._done = True

    def redo(self) -> None:
        if self._done:
            self._done = False
        else:
            self._redo()

    def undo(self) -> None:
        self._undo()
