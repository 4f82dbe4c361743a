"""The desk for what the analyst changes about families: shown at once, saved beside the window, with undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from saerch_desktop.errors import UserError
from saerch_desktop.ui.jobs import Lane

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.families.edits import Edit
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.ui.controller import Controller

_DOING: Final = "Saving changes to families"


class FamilyChanges(QObject):
    """`changed(FamilyBook)`: the same families with other changes laid over them."""

    changed = Signal(object)

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._features: FeatureSet | None = None
        self._folder: Path | None = None
        self._book: FamilyBook | None = None
        self._edits: tuple[Edit, ...] = ()
        self._on_disk: tuple[Edit, ...] = ()
        self._writing = False
        self.known: Callable[[FamilyBook], FamilyBook] = lambda book: book
        """Gives changed families the figures that were worked out for them before."""
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(200)
        controller.undo.take_in(self.undo_stack)

    def laid_over(self, features: FeatureSet, book: FamilyBook | None) -> FamilyBook | None:
        """A book as it was read, with what is not saved yet. The history stays while it is the same SAE's."""
        if features.folder != self._folder:
            self.leave()
        unsaved = self._edits != self._on_disk
        self._features, self._folder = features, features.folder
        if book is None:
            self._book = None
            return None
        if unsaved:
            # The change is on its way to the disk, so what was read from there may lack it.
            gone = {edit.id for edit in self._on_disk} - {edit.id for edit in self._edits}
            kept = [edit for edit in book.edits if edit.id not in gone]
            known = {edit.id for edit in kept}
            book = book.edited([*kept, *(edit for edit in self._edits if edit.id not in known)])
        else:
            self._on_disk = book.edits
        book = self.known(book)
        self._book, self._edits = book, book.edits
        return book

    def measured(self, book: FamilyBook) -> None:
        """The families as they are, with figures; nothing is to be saved."""
        if self._book is not None and book.built is self._book.built and book.edits == self._edits:
            self._book = book
            self.changed.emit(book)

    def leave(self) -> None:
        """The library closes, or other features are looked at: the history is over."""
        self.flush()
        self.undo_stack.clear()
        self._book = self._folder = self._features = None
        self._edits = self._on_disk = ()

    def put(self, words: str, edits: Sequence[Edit]) -> None:
        """Make these changes as one undo step called `words`."""
        if self._book is not None and edits:
            self.undo_stack.push(_Step(self, words, tuple(edits)))

    def forget(self, words: str, edits: Sequence[Edit]) -> None:
        """Take changes away as one undo step, such as those that fit no longer."""
        if self._book is not None and edits:
            self.undo_stack.push(_Step(self, words, tuple(edits), away=True))

    def add(self, edits: Sequence[Edit]) -> None:
        """Put changes behind the others (also by redo)."""
        self._apply((*self._edits, *edits))

    def take_away(self, edits: Sequence[Edit]) -> None:
        """Make them no longer (also by undo)."""
        gone = {edit.id for edit in edits}
        self._apply(tuple(edit for edit in self._edits if edit.id not in gone))

    def flush(self) -> None:
        """Write now what has not been written: the window closes. A failure is told."""
        from saerch_desktop.features.families.edits import save_edits

        if self._features is None or self._edits == self._on_disk:
            return
        count = self._features.sae.config.features
        try:
            self._on_disk = save_edits(self._features.folder, count, self._edits, self._on_disk)
        except UserError as error:
            self._controller.fail(error, _DOING)

    # Inside ----------------------------------------------------------------------------------------------

    def _apply(self, edits: tuple[Edit, ...]) -> None:
        if self._book is None:
            return
        self._edits = edits
        self._book = self.known(self._book.edited(edits))
        self.changed.emit(self._book)
        self._save()

    def _save(self) -> None:
        features = self._features
        if features is None or self._writing or self._edits == self._on_disk:
            return
        self._writing = True
        folder, count = features.folder, features.sae.config.features
        wanted, former = self._edits, self._on_disk

        def work(progress: object) -> tuple[Edit, ...]:
            from saerch_desktop.features.families.edits import save_edits

            return save_edits(folder, count, wanted, former)

        def done(there: tuple[Edit, ...]) -> None:
            self._writing = False
            if folder != self._folder:
                return
            self._on_disk = there
            if self._edits == wanted and there != wanted and self._book is not None:
                # Another window has changed something too: show it.
                self._edits = there
                self._book = self.known(self._book.edited(there))
                self.changed.emit(self._book)
            self._save()

        def failed(error: BaseException) -> None:
            self._writing = False
            self._controller.fail(error, _DOING)

        self._controller.runner.submit(
            _DOING,
            work,
            lane=Lane.IO,
            quiet=True,
            done=done,
            failed=failed,
            cancelled=lambda: setattr(self, "_writing", False),
        )


class _Step(QUndoCommand):
    def __init__(self, desk: FamilyChanges, words: str, edits: tuple[Edit, ...], away: bool = False) -> None:
        super().__init__(words)
        self._edits = edits
        self._there, self._gone = desk.add, desk.take_away
        if away:
            self._there, self._gone = self._gone, self._there

    def redo(self) -> None:
        self._there(self._edits)

    def undo(self) -> None:
        self._gone(self._edits)
