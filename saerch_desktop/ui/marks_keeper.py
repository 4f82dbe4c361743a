"""Writes the analyst's decisions to disk beside the window, in the order they were made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from saerch_desktop.errors import UserError
from saerch_desktop.features.marks import save_marks
from saerch_desktop.ui.jobs import JobRunner, Lane

if TYPE_CHECKING:
    from saerch_desktop.features.marks import Mark

_DOING = "Saving names and notes"
Fail = Callable[[BaseException, str], None]


@dataclass(slots=True)
class _Waiting:
    """Of one SAE's folder: what is being written, and what was decided meanwhile."""

    features: int
    writing: dict[int, Mark] = field(default_factory=dict)
    later: dict[int, Mark] = field(default_factory=dict)
    busy: bool = False

    def all(self) -> dict[int, Mark]:
        return {**self.writing, **self.later}


class MarksKeeper(QObject):
    """One write at a time for each SAE: what is decided meanwhile is written together, after it.

    What could not be written is told, stays in memory, and is tried again with the next decision.
    """

    def __init__(self, runner: JobRunner, fail: Fail, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._fail = fail
        self._waiting: dict[Path, _Waiting] = {}

    def keep(self, folder: Path, features: int, marks: Iterable[Mark]) -> None:
        """Write these marks soon; of one feature the last one counts."""
        waiting = self._waiting.setdefault(folder, _Waiting(features))
        waiting.later.update({mark.feature: mark for mark in marks})
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
                    save_marks(folder, waiting.features, waiting.all().values())
                except UserError as error:
                    self._fail(error, _DOING)
                else:
                    waiting.writing, waiting.later = {}, {}

    def _write(self, folder: Path, waiting: _Waiting) -> None:
        waiting.busy = True
        waiting.writing, waiting.later = waiting.all(), {}
        marks = list(waiting.writing.values())

        def done(value: object) -> None:
            waiting.busy, waiting.writing = False, {}
            if waiting.later:
                self._write(folder, waiting)

        def failed(error: BaseException) -> None:
            waiting.busy = False
            self._fail(error, _DOING)

        self._runner.submit(
            _DOING,
            lambda progress: save_marks(folder, waiting.features, marks),
            lane=Lane.IO,
            quiet=True,
            done=done,
            failed=failed,
            cancelled=lambda: setattr(waiting, "busy", False),
        )
