"""Background work: one runner, four lanes, results delivered on the GUI thread and never after a cancel."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from saerch_desktop.progress import Update
from saerch_desktop.ui.job import Hold, Job, Lane, Outcome, State
from saerch_desktop.ui.jobs_queue import (
    Gate,
    InlineExecutor,
    Ticket,
    WaitingLine,
    Work,
    work_off,
    yield_to_window,
)

__all__ = ["Deliver", "Job", "JobRunner", "Lane", "State", "Work"]

_SHUTDOWN_S = 5.0

Deliver = Callable[[Any], None]


# Nice values let the window's thread run first while torch keeps every core busy (threads that
# torch's kernels start inherit them); a query should still overtake a training.
_WORKERS: dict[Lane, tuple[int, int]] = {
    Lane.MODEL: (1, 5),
    Lane.IO: (3, 5),
    Lane.TRAIN: (1, 10),
    Lane.REMOTE: (1, 10),
}


class JobRunner(QObject):
    """Owns the worker threads. `submit` from the GUI thread only; `inline` runs all at once (tests)."""

    started = Signal(object)  # Job
    jobs_changed = Signal()
    _arrived = Signal(int, object)
    _moved = Signal(int, object)
    _noted = Signal(int, str)

    def __init__(self, parent: QObject | None = None, *, inline: bool = False) -> None:
        super().__init__(parent)
        self._inline = inline
        self._executors: dict[Lane, Executor] = {}
        self._lines = {lane: WaitingLine() for lane in Lane}
        self._jobs: dict[int, Job] = {}
        self._numbers = itertools.count(1)
        self._closed = False
        self._gate = Gate(self)
        kind = Qt.ConnectionType.DirectConnection if inline else Qt.ConnectionType.QueuedConnection
        self._arrived.connect(self._on_arrived, kind)
        self._moved.connect(self._on_moved, kind)
        self._noted.connect(self._on_noted, kind)

    def look_up(
        self,
        title: str,
        work: Work,
        *,
        key: str | None,
        fail: Callable[[BaseException, str], None],
        done: Deliver | None = None,
        cancelled: Callable[[], None] | None = None,
        lane: Lane = Lane.IO,
        doing: str = "",
    ) -> Job:
        """A quiet job that answers the newest question of its kind. fail(error, doing) tells why it could
        not, `doing` being the title where nothing else is said.
        """
        return self.submit(
            title,
            work,
            lane=lane,
            key=key,
            quiet=True,
            done=done,
            failed=lambda error: fail(error, doing or title),
            cancelled=cancelled,
        )

    def submit(
        self,
        title: str,
        work: Work,
        *,
        lane: Lane = Lane.IO,
        key: str | None = None,
        quiet: bool = False,
        done: Deliver | None = None,
        failed: Deliver | None = None,
        cancelled: Callable[[], None] | None = None,
        progressed: Deliver | None = None,
        opens: Path | None = None,
    ) -> Job:
        """Start `work(progress)` on a lane. Of one `key` the newest wins: earlier jobs are cancelled.

        opens: the library that shows what came of it.
        """
        if key is not None:
            self.cancel_keys((key,))
        job = Job(next(self._numbers), title, lane, key, quiet, self)
        job.opens = opens
        for signal, slot in (
            (job.done, done),
            (job.failed, failed),
            (job.cancelled, cancelled),
            (job.progressed, progressed),
        ):
            if slot is not None:
                signal.connect(slot)
        job.changed.connect(self.jobs_changed)
        job.progress = self._gate.progress(job.number)
        self._jobs[job.number] = job
        if self._closed:
            job.state = State.STOPPING
            self._finish(job, Outcome(State.CANCELLED))
            return job
        number, line = job.number, self._lines[lane]
        line.put(Ticket(number, work, job.progress))
        job.queue = Hold(lambda: line.withdraw(number), lambda held: self._hold_back(lane, number, held))
        self.started.emit(job)
        self.jobs_changed.emit()
        self._call_worker(lane)
        job.finished.connect(self.jobs_changed)
        if job.state.over:  # it ran inline
            self._forget(job)
        return job

    def jobs(self, *, quiet: bool = False) -> list[Job]:
        """The jobs that are not over: those begun, oldest first, then those that wait, in their order.

        quiet: also the ones too short to list.
        """
        found = [job for job in self._jobs.values() if not job.state.over and (quiet or not job.quiet)]
        waiting = [number for line in self._lines.values() for number in line.numbers()]
        place = {number: at for at, number in enumerate(waiting)}
        return sorted(found, key=lambda job: place.get(job.number, -1))

    def move(self, job: Job, to: int) -> None:
        """Let a waiting job be the `to`-th of those of its lane that wait (0: next)."""
        if self._lines[job.lane].move(job.number, to):
            self.jobs_changed.emit()

    def waiting(self, lane: Lane) -> list[Job]:
        """The jobs of a lane that no worker has taken, the next one first."""
        numbers = self._lines[lane].numbers()
        return [self._jobs[number] for number in numbers if number in self._jobs]

    def cancel_keys(self, keys: Iterable[str]) -> None:
        """Cancel the jobs that carry one of these keys."""
        wanted = frozenset(keys)
        for job in list(self._jobs.values()):
            if job.key in wanted:
                job.cancel()

    def cancel_all(self) -> None:
        for job in list(self._jobs.values()):
            job.cancel()

    def shutdown(self, limit_s: float = _SHUTDOWN_S) -> bool:
        """Cancel everything and wait for the workers; False when some did not stop within the limit."""
        self._closed = True
        self.cancel_all()
        deadline = time.monotonic() + limit_s
        self._gate.close()
        for executor in self._executors.values():
            executor.shutdown(wait=False, cancel_futures=True)
        for executor in self._executors.values():
            for thread in list(getattr(executor, "_threads", ())):
                thread.join(max(0.0, deadline - time.monotonic()))
        stopped = not any(t.is_alive() for e in self._executors.values() for t in getattr(e, "_threads", ()))
        for job in list(self._jobs.values()):
            self._finish(job, Outcome(State.CANCELLED))
        return stopped

    def tell_moved(self, number: int, update: Update | None) -> None:
        """From a worker: a job began (None) or has come further."""
        self._moved.emit(number, update)

    def tell_noted(self, number: int, line: str) -> None:
        """From a worker: a line for a job's log."""
        self._noted.emit(number, line)

    def tell_arrived(self, number: int, outcome: Outcome) -> None:
        """From a worker: a job is over."""
        self._arrived.emit(number, outcome)

    def _call_worker(self, lane: Lane) -> None:
        self._executor(lane).submit(work_off, self._gate, self._lines[lane])

    def _hold_back(self, lane: Lane, number: int, held: bool) -> bool:
        there = self._lines[lane].hold_back(number, held)
        if there and not held and not self._closed:
            self._call_worker(lane)  # the one that came for it may have gone away empty-handed
        return there

    def _executor(self, lane: Lane) -> Executor:
        if lane not in self._executors:
            workers, nice = _WORKERS[lane]
            self._executors[lane] = (
                InlineExecutor()
                if self._inline
                else ThreadPoolExecutor(
                    workers, f"saerch-{lane}", initializer=yield_to_window, initargs=(nice,)
                )
            )
        return self._executors[lane]

    def _on_moved(self, number: int, update: Update | None) -> None:
        job = self._jobs.get(number)
        if job is None or job.state.over or job.state is State.STOPPING:
            return
        if job.state is not State.PAUSED:
            job.state = State.RUNNING
        if update is None:
            job.begun, job.started_at = True, time.monotonic()
        else:
            job.update_now = update
            job.progressed.emit(update)
        job.changed.emit()

    def _on_noted(self, number: int, line: str) -> None:
        job = self._jobs.get(number)
        if job is not None:
            job.noted.emit(line)

    def _on_arrived(self, number: int, outcome: Outcome) -> None:
        job = self._jobs.get(number)
        if job is not None:
            self._finish(job, outcome)

    def _finish(self, job: Job, outcome: Outcome) -> None:
        try:
            job.settle(outcome)
        finally:
            self._forget(job)

    def _forget(self, job: Job) -> None:
        if self._jobs.pop(job.number, None) is not None:
            self.jobs_changed.emit()
            job.deleteLater()
