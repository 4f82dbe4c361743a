"""Background work: one runner, four lanes, results delivered on the GUI thread and never after a cancel."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from saerch_desktop.errors import Cancelled
from saerch_desktop.progress import Progress, Update

log = logging.getLogger(__name__)

_EMIT_EVERY_S = 0.05
_SHUTDOWN_S = 5.0

Work = Callable[[Progress], Any]
Deliver = Callable[[Any], None]


class Lane(StrEnum):
    """Which workers a job may use; jobs of one lane wait for each other."""

    MODEL = "model"  # the embedder and the search engine: one at a time
    IO = "io"  # reading documents and cards
    TRAIN = "train"  # long jobs that write the library: one at a time
    REMOTE = "remote"  # long jobs that mostly wait for a service's answers


# Nice values let the window's thread run first while torch keeps every core busy (threads that
# torch's kernels start inherit them); a query should still overtake a training.
_WORKERS: dict[Lane, tuple[int, int]] = {
    Lane.MODEL: (1, 5),
    Lane.IO: (3, 5),
    Lane.TRAIN: (1, 10),
    Lane.REMOTE: (1, 10),
}


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        return self in (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class _Outcome:
    state: State
    value: Any = None
    error: BaseException | None = None


class Job(QObject):
    """One piece of work, seen from the GUI thread. Emits one of done, failed, cancelled, then finished."""

    progressed = Signal(object)  # progress.Update
    done = Signal(object)
    failed = Signal(object)  # the exception
    cancelled = Signal()
    finished = Signal()
    changed = Signal()

    def __init__(
        self, number: int, title: str, lane: Lane, key: str | None, quiet: bool, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.number = number
        self.title = title
        self.lane = lane
        self.key = key
        self.quiet = quiet  # not listed in the job bar: over in a moment
        self.state = State.WAITING
        self.update_now: Update | None = None
        self.started_at = time.monotonic()
        self.progress = Progress()
        self._future: Future[None] | None = None

    def cancel(self) -> None:
        """Ask the work to stop; from now on only `cancelled` can follow, once the worker has let go."""
        if self.state.over or self.state is State.STOPPING:
            return
        self.state = State.STOPPING
        self.progress.cancel()
        self.changed.emit()
        if self._future is not None and self._future.cancel():
            self._settle(_Outcome(State.CANCELLED))

    def _settle(self, outcome: _Outcome) -> None:
        if self.state.over:
            return
        if self.state is State.STOPPING:
            if outcome.error is not None and not isinstance(outcome.error, Cancelled):
                log.info("%s failed while it was being stopped", self.title, exc_info=outcome.error)
            outcome = _Outcome(State.CANCELLED)
        self.state = outcome.state
        self.changed.emit()  # before anybody answers the result with a dialog, which would keep us here
        if outcome.state is State.DONE:
            self.done.emit(outcome.value)
        elif outcome.state is State.FAILED:
            self.failed.emit(outcome.error)
        else:
            self.cancelled.emit()
        self.finished.emit()


class InlineExecutor(Executor):
    """Runs work at once on the caller's thread: what tests use in place of worker threads."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        future.set_result(fn(*args, **kwargs))
        return future


class _Gate:
    """The workers' only way to the runner. Once closed nobody out there touches, or keeps, a Qt object."""

    def __init__(self, runner: JobRunner) -> None:
        self._lock = threading.RLock()
        self._runner: JobRunner | None = runner

    def close(self) -> None:
        with self._lock:
            self._runner = None

    def moved(self, number: int, update: Update | None) -> None:
        with self._lock:
            if self._runner is not None:
                self._runner._moved.emit(number, update)

    def arrived(self, number: int, outcome: _Outcome) -> None:
        with self._lock:
            if self._runner is not None:
                self._runner._arrived.emit(number, outcome)

    def listener(self, number: int) -> Callable[[Update], None]:
        last = [0.0, -1]

        def listen(update: Update) -> None:
            now = time.monotonic()
            new_stage = update.stage_index != last[1]
            complete = update.total is not None and update.done >= update.total
            if new_stage or complete or now - last[0] >= _EMIT_EVERY_S:
                last[0], last[1] = now, update.stage_index
                self.moved(number, update)

        return listen


class JobRunner(QObject):
    """Owns the worker threads. `submit` from the GUI thread only; `inline` runs all at once (tests)."""

    started = Signal(object)  # Job
    jobs_changed = Signal()
    _arrived = Signal(int, object)
    _moved = Signal(int, object)

    def __init__(self, parent: QObject | None = None, *, inline: bool = False) -> None:
        super().__init__(parent)
        self._inline = inline
        self._executors: dict[Lane, Executor] = {}
        self._jobs: dict[int, Job] = {}
        self._numbers = itertools.count(1)
        self._closed = False
        self._gate = _Gate(self)
        kind = Qt.ConnectionType.DirectConnection if inline else Qt.ConnectionType.QueuedConnection
        self._arrived.connect(self._on_arrived, kind)
        self._moved.connect(self._on_moved, kind)

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
    ) -> Job:
        """Start `work(progress)` on a lane. Of one `key` the newest wins: earlier jobs are cancelled."""
        if key is not None:
            self.cancel_keys((key,))
        job = Job(next(self._numbers), title, lane, key, quiet, self)
        for signal, slot in (
            (job.done, done),
            (job.failed, failed),
            (job.cancelled, cancelled),
            (job.progressed, progressed),
        ):
            if slot is not None:
                signal.connect(slot)
        job.changed.connect(self.jobs_changed)
        job.progress = Progress(self._gate.listener(job.number))
        self._jobs[job.number] = job
        if self._closed:
            job.state = State.STOPPING
            self._finish(job, _Outcome(State.CANCELLED))
            return job
        self.started.emit(job)
        self.jobs_changed.emit()
        number, progress = job.number, job.progress
        future = self._executor(lane).submit(_run, self._gate, number, work, progress)
        job._future = future
        job.finished.connect(self.jobs_changed)
        if job.state.over:  # it ran inline
            self._forget(job)
        return job

    def jobs(self, *, quiet: bool = False) -> list[Job]:
        """The jobs that are not over, oldest first; `quiet` includes the ones too short to list."""
        return [job for job in self._jobs.values() if not job.state.over and (quiet or not job.quiet)]

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
            self._finish(job, _Outcome(State.CANCELLED))
        return stopped

    def _executor(self, lane: Lane) -> Executor:
        if lane not in self._executors:
            workers, nice = _WORKERS[lane]
            self._executors[lane] = (
                InlineExecutor()
                if self._inline
                else ThreadPoolExecutor(
                    workers, f"saerch-{lane}", initializer=_yield_to_window, initargs=(nice,)
                )
            )
        return self._executors[lane]

    def _on_moved(self, number: int, update: Update | None) -> None:
        job = self._jobs.get(number)
        if job is None or job.state.over or job.state is State.STOPPING:
            return
        job.state = State.RUNNING
        if update is None:
            job.started_at = time.monotonic()
        else:
            job.update_now = update
            job.progressed.emit(update)
        job.changed.emit()

    def _on_arrived(self, number: int, outcome: _Outcome) -> None:
        job = self._jobs.get(number)
        if job is not None:
            self._finish(job, outcome)

    def _finish(self, job: Job, outcome: _Outcome) -> None:
        try:
            job._settle(outcome)
        finally:
            self._forget(job)

    def _forget(self, job: Job) -> None:
        if self._jobs.pop(job.number, None) is not None:
            self.jobs_changed.emit()
            job.deleteLater()


def _run(gate: _Gate, number: int, work: Work, progress: Progress) -> None:
    """On the worker's thread."""
    try:
        progress.check()
        gate.moved(number, None)
        outcome = _Outcome(State.DONE, value=work(progress))
    except Cancelled:
        outcome = _Outcome(State.CANCELLED)
    except Exception as error:  # noqa: BLE001  every kind of failure must reach the window
        outcome = _Outcome(State.FAILED, error=error)
    gate.arrived(number, outcome)


def _yield_to_window(nice: int) -> None:
    """On Linux a nice value belongs to a thread; elsewhere the system favours the foreground by itself."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
