"""One piece of background work, seen from the window's thread."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from saerch_desktop.errors import Cancelled
from saerch_desktop.progress import Progress, Update

log = logging.getLogger(__name__)


class Lane(StrEnum):
    """Which workers a job may use; jobs of one lane wait for each other."""

    MODEL = "model"  # the embedder and the search engine: one at a time
    IO = "io"  # reading documents and cards
    TRAIN = "train"  # long jobs that write the library: one at a time
    REMOTE = "remote"  # long jobs that mostly wait for a service's answers


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        return self in (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Outcome:
    state: State
    value: Any = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """What a job that has not begun can ask of its queue. Each says whether it was still waiting there."""

    withdraw: Callable[[], bool] = lambda: False
    hold_back: Callable[[bool], bool] = lambda held: False


class Job(QObject):
    """One piece of work. Emits one of done, failed, cancelled, then finished."""

    progressed = Signal(object)  # progress.Update
    noted = Signal(str)  # a line for its log
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
        self.quiet = quiet  # not listed among the jobs: over in a moment
        self.state = State.WAITING
        self.begun = False  # whether a worker has taken it
        self.update_now: Update | None = None
        self.started_at = time.monotonic()
        self.opens: Path | None = None  # the library it writes
        self.again: Callable[[], object] | None = None  # starts it once more, where that makes sense
        self.progress = Progress()
        self.queue = Hold()

    @property
    def pausable(self) -> bool:
        return self.state in (State.WAITING, State.RUNNING)

    def pause(self) -> None:
        """Let the work rest at its next safe point; a job that waits stays waiting until `resume`."""
        if not self.pausable:
            return
        self.state = State.PAUSED
        self.progress.pause()
        self.queue.hold_back(True)
        self.changed.emit()

    def resume(self) -> None:
        """Go on after `pause`."""
        if self.state is not State.PAUSED:
            return
        self.state = State.RUNNING if self.begun else State.WAITING
        self.progress.resume()
        self.queue.hold_back(False)
        self.changed.emit()

    def cancel(self) -> None:
        """Ask the work to stop; from now on only `cancelled` can follow, once the worker has let go."""
        if self.state.over or self.state is State.STOPPING:
            return
        self.state = State.STOPPING
        self.progress.cancel()
        self.changed.emit()
        if self.queue.withdraw():
            self.settle(Outcome(State.CANCELLED))

    def settle(self, outcome: Outcome) -> None:
        """Take the outcome, once; for the runner."""
        if self.state.over:
            return
        if self.state is State.STOPPING:
            if outcome.error is not None and not isinstance(outcome.error, Cancelled):
                log.info("%s failed while it was being stopped", self.title, exc_info=outcome.error)
            outcome = Outcome(State.CANCELLED)
        self.state = outcome.state
        self.queue = Hold()  # lets go of the runner, which is to die when nobody needs it
        self.changed.emit()  # before anybody answers the result with a dialog, which would keep us here
        if outcome.state is State.DONE:
            self.done.emit(outcome.value)
        elif outcome.state is State.FAILED:
            self.failed.emit(outcome.error)
        else:
            self.cancelled.emit()
        self.finished.emit()
