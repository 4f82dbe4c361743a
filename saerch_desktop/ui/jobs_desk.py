"""The desk of jobs: keeps a list of all that ran, waits or was interrupted, and acts on it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from saerch_desktop.progress import Progress, Update
from saerch_desktop.ui.job import Job, State
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.jobs_entries import JobEntry, reason
from saerch_desktop.workflow.job_journal import Left

if TYPE_CHECKING:
    from saerch_desktop.ui.controller import Controller

_MOST_OVER: Final = 40


class JobsDesk(QObject):
    """`listed`: entries came, went or changed places; `moved(entry)`: one of them has changed;
    `left_changed(tuple[Left, ...])`: what earlier runs of the program left is another; `all_over`: the last
    job has ended.
    """

    listed = Signal()
    moved = Signal(object)
    left_changed = Signal(object)
    all_over = Signal()

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._runner = controller.runner
        self._kept = controller.library.kept
        self._live: dict[int, JobEntry] = {}
        self._over: list[JobEntry] = []  # newest first
        self._left: list[JobEntry] = []
        self._numbers = 0
        self._order: list[int] = []
        self._runner.started.connect(self._started)
        self._runner.jobs_changed.connect(self._look)

    # What there is ---------------------------------------------------------------------------------------

    def entries(self) -> list[JobEntry]:
        """Those begun, those that wait in their order, those that were interrupted, those over."""
        live = [self._live[job.number] for job in self._runner.jobs() if job.number in self._live]
        return [*live, *self._left, *self._over]

    def live(self) -> list[JobEntry]:
        """Those that are not over."""
        return [entry for entry in self.entries() if not entry.over and entry.left is None]

    @property
    def left(self) -> tuple[Left, ...]:
        return tuple(entry.left for entry in self._left if entry.left is not None)

    def can_go_on(self, entry: JobEntry) -> bool:
        """Whether a job could be gone on with after the program was left."""
        return entry.job is not None and entry.job in self._kept

    # What is done ----------------------------------------------------------------------------------------

    def pause(self, entry: JobEntry) -> None:
        """Pause it, or let it go on."""
        if entry.job is None:
            return
        entry.by_battery = False
        if entry.state is State.PAUSED:
            entry.job.resume()
        else:
            entry.job.pause()

    def stop(self, entry: JobEntry) -> None:
        if entry.job is not None:
            entry.job.cancel()

    def move(self, entry: JobEntry, by: int) -> None:
        """Let a waiting job come `by` places later (earlier: negative)."""
        if not entry.waiting or entry.job is None:
            return
        numbers = [job.number for job in self._runner.waiting(entry.job.lane)]
        if entry.number in numbers:  # else a worker has just taken it
            self._runner.move(entry.job, max(0, numbers.index(entry.number) + by))

    def move_before(self, entry: JobEntry, other: JobEntry | None) -> None:
        """Let a waiting job come just before another one of its kind; at the end without one."""
        if not entry.waiting or entry.job is None:
            return
        numbers = [job.number for job in self._runner.waiting(entry.job.lane) if job.number != entry.number]
        there = other is not None and other.number in numbers
        self._runner.move(entry.job, numbers.index(other.number) if there and other else len(numbers))

    def clear(self) -> None:
        """Forget what is over."""
        self._over = []
        self._look()

    def forget(self, entry: JobEntry) -> None:
        """Take one that is over off the list, or leave one that was interrupted as it is."""
        if entry.left is not None:
            self._kept.journal.forget(entry.left)
            self._left.remove(entry)
            self.left_changed.emit(self.left)
        elif entry in self._over:
            self._over.remove(entry)
        self._look()

    def again(self, entry: JobEntry) -> None:
        """Start a job once more that failed or was stopped."""
        if entry.again is not None and entry.over:
            self._over.remove(entry)
            entry.again()
            self._look()

    def go_on(self, left: Left) -> None:
        """Go on with what another run of the program left."""
        entry = self._of(left)
        if entry is None:
            return
        self._controller.library.long_job(left.title, left.kept.library, kept=left.kept)
        self.forget(entry)

    def leave(self, left: Left) -> None:
        """Do not go on with it; what it had finished stays in its library."""
        entry = self._of(left)
        if entry is not None:
            self.forget(entry)

    def _of(self, left: Left) -> JobEntry | None:
        return next((one for one in self._left if one.left is not None and one.left.file == left.file), None)

    def open_result(self, entry: JobEntry) -> None:
        if entry.opens is not None:
            self._controller.library.open(entry.opens)

    # The next start --------------------------------------------------------------------------------------

    def look_for_left(self, go_on: bool) -> None:
        """Find what earlier runs left. go_on: begin at once with what was put off on purpose."""

        def read(progress: Progress) -> list[tuple[Left, bool]]:
            return [(left, _is_there(left.kept.library)) for left in self._kept.journal.left()]

        def done(read: list[tuple[Left, bool]]) -> None:
            found = [left for left, _ in read]
            known = {left.file for left in self.left}
            for left in found:
                if left.file not in known:
                    self._numbers -= 1
                    self._left.append(JobEntry(self._numbers, left.title, left=left))
            for left, there in read:
                if go_on and left.parked and there:
                    self.go_on(left)
            self.left_changed.emit(self.left)
            self._look()

        self._runner.submit("Looking for interrupted jobs", read, quiet=True, key="left jobs", done=done)

    def _look(self) -> None:
        """At every move of every job, also of those not listed: only another order is passed on."""
        order = [entry.number for entry in self.entries()]
        if order != self._order:
            self._order = order
            self.listed.emit()

    # Events ----------------------------------------------------------------------------------------------

    def _started(self, job: Job) -> None:
        if job.quiet:
            return
        entry = JobEntry(job.number, job.title, job)
        self._live[job.number] = entry
        waiting = [other for other in self._runner.waiting(job.lane) if other.number != job.number]
        busy = any(
            other.lane is job.lane and other.begun and other.number != job.number
            for other in self._runner.jobs()
        )
        entry.write("Waits for another job" if waiting or (busy and job.lane is Lane.TRAIN) else "Began")
        job.progressed.connect(lambda update: self._progressed(entry, update))
        job.noted.connect(entry.write)
        job.changed.connect(lambda: self._changed(entry))
        job.done.connect(lambda _: entry.write("Finished"))
        job.failed.connect(lambda error: self._failed(entry, error))
        job.cancelled.connect(lambda: entry.write("Stopped"))
        job.finished.connect(lambda: self._finished(entry))

    def _progressed(self, entry: JobEntry, update: Update) -> None:
        if entry.update is None or entry.update.stage != update.stage:
            entry.write(update.stage[:1].upper() + update.stage[1:])
        entry.update = update
        self.moved.emit(entry)

    def _changed(self, entry: JobEntry) -> None:
        job = entry.job
        if job is None:
            return
        if job.state is not entry.state:
            if job.state is State.PAUSED:
                entry.write("Paused")
            elif entry.state is State.PAUSED and not job.state.over and job.state is not State.STOPPING:
                entry.write("Goes on")
            elif job.state is State.RUNNING:
                entry.began = time.monotonic()
        entry.state = job.state
        self.moved.emit(entry)

    def _failed(self, entry: JobEntry, error: BaseException) -> None:
        entry.trouble = reason(error)
        entry.write(f"Failed: {entry.trouble}")

    def _finished(self, entry: JobEntry) -> None:
        job = entry.job
        if job is None:
            return
        entry.state, entry.opens, entry.again = job.state, job.opens, job.again
        if job.begun or job.update_now is not None:
            entry.seconds = time.monotonic() - entry.began
        entry.job = None
        self._live.pop(entry.number, None)
        self._over = [entry, *self._over][:_MOST_OVER]
        self._look()
        if not self._live:
            self.all_over.emit()


def _is_there(library: Path) -> bool:
    """A path that no system can look for is not there."""
    try:
        return library.exists()
    except (OSError, ValueError):
        return False
