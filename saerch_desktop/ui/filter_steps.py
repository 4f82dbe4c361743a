"""One change of the filters, to be taken back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from saerch_desktop.search.filters import Filters


class FilterStep(QUndoCommand):
    """Puts one set of filters in the place of another."""

    def __init__(self, put: Callable[[Filters], None], old: Filters, new: Filters) -> None:
        super().__init__(_words(old, new))
        self._put, self._old, self._new = put, old, new

    def redo(self) -> None:
        self._put(self._new)

    def undo(self) -> None:
        self._put(self._old)


def _words(old: Filters, new: Filters) -> str:
    """What was done, as it stands after “Undo”."""
    before, after = {chip.text for chip in old.chips}, {chip.text for chip in new.chips}
    added, gone = after - before, before - after
    if added and not gone:
        return "adding a filter" if len(added) == 1 else "adding filters"
    if gone and not added:
        return "removing a filter" if len(gone) == 1 else "removing filters"
    return "changing filters"
