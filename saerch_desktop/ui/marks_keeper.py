"""Writes the analyst's decisions to disk beside the window, in the order they were made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from saerch_desktop.errors import UserError
from saerch_desktop.features.marks import save_marks
from saerch_desktop.ui.jobs import JobRunner, Lane

if TYPE_CHECKING:
    from saerch_desktop.features.marks import Mark

_DOING = "Saving names and notes"
Fail = Callable[[BaseException, str], None]


@dataclass(slots=True)
class _Waiting:
    """Of one SAE's folder: what is being written, and what was decided meanwhile.

    former: what the decisions started from, as far as they are not on disk.
    """

    features: int
    writing: dict[int, Mark] = field(default_factory=dict)
    later: dict[int, Mark] = field(default_factory=dict)
    former: dict[int, Mark] = field(default_factory=dict)
    later_former: dict[int, Mark] = field(default_factory=dict)
    busy: bool = False

    def all(self) -> dict[int, Mark]:
        return {**self.writing, **self.later}

    def begin(self) -> tuple[list[Mark], dict[int, Mark]]:
        """Take everything up for writing: the marks, and what they started from."""
        self.writing, self.later = self.all(), {}
        self.former, self.later_former = {**self.later_former, **self.former}, {}
        return list(self.writing.values()), dict(self.former)

    def end(self) -> None:
        """What was taken up is on disk."""
        self.writing, self.former = {}, {}


class MarksKeeper(QObject):
    """One write at a time for each SAE: what is decided meanwhile is written together, after it.

    What could not be written is told, stays in memory, and is tried again with the next decision. `saved`
    carries the folder and all marks that are on disk then, those of other windows among them.
    """

    saved = Signal(object, object)  # Path, Mapping[int, Mark]

    def __init__(self, runner: JobRunner, fail: Fail, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._fail = fail
        self._waiting: dict[Path, _Waiting] = {}

    def keep(self, folder: Path, features: int, changes: Iterable[tuple[Mark, Mark]]) -> None:
        """Write these changes (former mark, new mark) soon; of one feature the last one counts."""
        waiting = self._waiting.setdefault(folder, _Waiting(features))
        for former, mark in changes:
            waiting.later[mark.feature] = mark
            waiting.later_former.setdefault(mark.feature, former)
        if not waiting.busy:
            self._write(folder, waiting)

    def unsaved(self, folder: Path | None) -> list[Mark]:
        """What is not known to be on disk."""
        waiting = self._waiting.get(folder) if folder is not None else None
        return list(waiting.all().values()) if waiting is not None else []

    def flush(self) -> None:
        """Write all that is left on this thread: nobody else will. A failure is told."""
        for folder, waiting in self._waiting.items():
            if waiting.all():
                try:
                    save_marks(folder, waiting.features, *waiting.begin())
                except UserError as error:
                    self._fail(error, _DOING)
                else:
                    waiting.end()

    def _write(self, folder: Path, waiting: _Waiting) -> None:
        waiting.busy = True
        marks, former = waiting.begin()

        def done(on_disk: object) -> None:
            waiting.busy = False
            waiting.end()
            if waiting.later:
                self._write(folder, waiting)
            self.saved.emit(folder, on_disk)

        def failed(error: BaseException) -> None:
            waiting.busy = False
            self._fail(error, _DOING)

        self._runner.submit(
            _DOING,
            lambda progress: save_marks(folder, waiting.features, marks, former),
            lane=Lane.IO,
            quiet=True,
            done=done,
            failed=failed,
            cancelled=lambda: setattr(waiting, "busy", False),
        )
