"""The jobs as the user sees them: running, waiting, interrupted, over; each with its log."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Update
from saerch_desktop.ui import jobs_words, wording
from saerch_desktop.ui.job import Job, State
from saerch_desktop.workflow.job_journal import Left

LINES: Final = 400


@dataclass(eq=False)
class JobEntry:
    """One job. job: None once it is over, and for one that another run of the program left."""

    number: int
    title: str
    job: Job | None = None
    left: Left | None = None
    state: State = State.WAITING
    update: Update | None = None
    log: deque[str] = field(default_factory=lambda: deque(maxlen=LINES))
    began: float = field(default_factory=time.monotonic)
    seconds: float | None = None  # how long it took
    trouble: str = ""
    opens: Path | None = None
    again: Callable[[], object] | None = None
    by_battery: bool = False  # paused because the computer runs on its battery

    def write(self, line: str) -> None:
        """Add a line to the log, with the time of day."""
        self.log.append(f"{time.strftime('%H:%M:%S')}  {line}")

    @property
    def over(self) -> bool:
        return self.state.over

    @property
    def waiting(self) -> bool:
        """Whether its place among those that wait can be changed."""
        return self.job is not None and not self.job.begun and not self.over

    @property
    def state_words(self) -> str:
        if self.left is not None:
            return "Interrupted"
        if self.state is State.PAUSED and self.by_battery:
            return "Paused: on battery"
        return jobs_words.STATES[self.state]

    @property
    def first_line(self) -> str:
        """Where it is."""
        if self.left is not None:
            return interrupted(self.left)
        if self.trouble:
            return self.trouble
        if self.state is State.CANCELLED:
            return "What was finished before stays." if self.seconds is not None else "It had not begun."
        if self.state is State.DONE:
            return f"It took {wording.duration(self.seconds or 0.0)}."
        if self.update is None or self.state is State.STOPPING:
            return jobs_words.before_it_runs(self.state)
        return jobs_words.place(self.update)

    @property
    def second_line(self) -> str:
        """How fast, how long still, at what cost."""
        if self.left is not None or self.update is None:
            return ""
        if self.over:
            return self.update.cost
        if self.state in (State.PAUSED, State.STOPPING):
            return " · ".join(part for part in (self.update.detail, self.update.cost) if part)
        return jobs_words.pace(self.update)

    @property
    def share(self) -> float | None:
        """How much of the bar is full; None without a bar."""
        if self.left is not None:
            return self.left.share
        return None if self.over or self.update is None else jobs_words.share_done(self.update)

    @property
    def whole(self) -> str:
        """All of it in one sentence, for tooltips and assistive technology."""
        said = (self.title, self.state_words, self.first_line.rstrip("."), self.second_line)
        return ". ".join(part for part in said if part)


def interrupted(left: Left) -> str:
    """How far a job was that another run of the program left."""
    far = "" if left.share is None else f" at {left.share:.0%}".replace("%", " %")
    stage = f" ({left.stage})" if left.stage else ""
    gone = "" if left.kept.library.exists() else " Its library is no longer there."
    if left.parked:
        return f"It was put off{far}{stage}.{gone}"
    return f"It was interrupted{far}{stage}.{gone}"


def reason(error: BaseException) -> str:
    """Why a job failed, in one line."""
    if isinstance(error, UserError):
        return error.happened
    return f"{type(error).__name__}: {error}".strip().rstrip(":")[:300]
