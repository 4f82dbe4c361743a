"""The forms of the families pane: building, and changes that fit no longer. One of them is open at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saerch_desktop.ui.families_build import BuildDialog
from saerch_desktop.ui.families_changes import FamilyChanges
from saerch_desktop.ui.families_conflicts import ConflictsDialog
from saerch_desktop.ui.families_desk import FamiliesDesk

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


class FamilyForms:
    """`dialog`: the one that is open. A form deletes itself when it is left, and is forgotten here."""

    def __init__(self, window: MainWindow, desk: FamiliesDesk, changes: FamilyChanges) -> None:
        self._window = window
        self._desk = desk
        self._changes = changes
        self.dialog: BuildDialog | ConflictsDialog | None = None

    def ask_build(self) -> None:
        """Open the form of a build."""
        book = self._window.store.book
        dialog = BuildDialog(len(book.edits) if book is not None else 0, self._window)
        dialog.wished.connect(self._desk.build)
        self._show(dialog)

    def show_conflicts(self) -> None:
        """List the changes that fit no longer."""
        book = self._window.store.book
        dialog = ConflictsDialog(book.conflicts if book is not None else (), self._window)
        dialog.forgotten.connect(lambda edits: self._changes.forget("forgetting changes", edits))
        self._show(dialog)

    def close(self) -> None:
        """Leave the one that is open."""
        if self.dialog is not None:
            self.dialog.close()

    def _show(self, dialog: BuildDialog | ConflictsDialog) -> None:
        self.close()
        self.dialog = dialog
        dialog.finished.connect(lambda _: setattr(self, "dialog", None))
        dialog.show()
