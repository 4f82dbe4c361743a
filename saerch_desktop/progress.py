"""How long work tells how far it is, and learns that it should stop; knows neither Qt nor terminals."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from saerch_desktop.errors import Cancelled


@dataclass(frozen=True, slots=True)
class Update:
    """One moment of a job. `eta_s` is for the current stage, None until a rate is known."""

    stage: str
    stage_index: int  # 0-based
    stage_count: int
    done: int
    total: int | None
    unit: str
    detail: str
    elapsed_s: float  # since the stage began, without pauses
    eta_s: float | None
    whole_eta_s: float | None = None  # of the whole job, where every later stage's length is known
    share: tuple[float, float] | None = None  # where the stage begins and ends in the whole, of 0 to 1
    cost: str = ""  # what was spent so far, in words

    @property
    def fraction(self) -> float | None:
        """Share of the whole job done, counting stages as equal unless their lengths were foretold; None
        while the stage's size is unknown.
        """
        if not self.total:
            return None
        within = min(1.0, self.done / self.total)
        if self.share is not None:
            first, last = self.share
            return first + within * (last - first)
        return (self.stage_index + within) / self.stage_count

    @property
    def rate(self) -> float | None:
        """Units of this stage a second; None until that is known."""
        if not self.total or not self.eta_s or self.done >= self.total:
            return None
        return (self.total - self.done) / self.eta_s


Listener = Callable[[Update], None]


class Progress:
    """Handed down through every long function. Without a listener it only checks for cancellation.

    A job that has several stages names them first with `plan`; a function then calls `begin` for its own
    stage and `advance` with absolute counts. Both raise `Cancelled` after `cancel`, and wait between `pause`
    and `resume` (all three from any thread). Pauses count neither as time taken nor in any estimate.
    """

    def __init__(
        self,
        listener: Listener | None = None,
        clock: Callable[[], float] = time.monotonic,
        noted: Callable[[str], None] | None = None,
    ) -> None:
        """noted: is given the lines of the job's log."""
        self._listener = listener
        self._clock = clock
        self._noted = noted
        self._cancel = threading.Event()
        self._waiters = threading.Condition()
        self._paused = False
        self._resting_since: float | None = None
        self._latest: Update | None = None
        self._seconds: dict[str, float] = {}
        self._cost = ""
        self._index = 0
        self._after: float | None = None  # how long all later stages take
        self._share: tuple[float, float] | None = None
        self._stages: list[str] = []
        self._stage = ""
        self._total: int | None = None
        self._unit = ""
        self._began = clock()
        self._first = 0

    def plan(self, stages: Sequence[str], seconds: Sequence[float] | None = None) -> None:
        """Name the stages to come, in order; `begin` with one of these names then knows its place.

        seconds: how long each is expected to take, so that the whole job's share and time left are known.
        """
        self._stages, self._index = list(stages), 0
        self._seconds = dict(zip(stages, seconds, strict=True)) if seconds is not None else {}

    def begin(self, stage: str, total: int | None = None, unit: str = "", done: int = 0) -> None:
        """Enter a stage of `total` units (None: unknown), `done` of them there already (a resumed job)."""
        with self._waiters:
            self._stage, self._total, self._unit = stage, total, unit
            self._began, self._first = self._clock(), done
            if stage not in self._stages:
                self._stages.append(stage)
            self._place()
        self.advance(done)

    def advance(self, done: int, detail: str = "") -> None:
        """Say that `done` units of the stage are finished."""
        self.check()
        if self._listener is None:
            return
        elapsed = self._clock() - self._began
        new = done - self._first
        eta = None
        if self._total and new > 0:
            eta = max(0.0, elapsed / new * (self._total - done))
        self._latest = Update(
            stage=self._stage,
            stage_index=self._index,
            stage_count=len(self._stages),
            done=done,
            total=self._total,
            unit=self._unit,
            detail=detail,
            elapsed_s=elapsed,
            eta_s=eta,
            whole_eta_s=None if eta is None or self._after is None else eta + self._after,
            share=self._share,
            cost=self._cost,
        )
        self._listener(self._latest)

    def note(self, line: str) -> None:
        """Add a line to the job's log, where somebody keeps one."""
        if self._noted is not None:
            self._noted(line)

    def spent(self, words: str) -> None:
        """What the job has cost so far, as the user reads it; told with the next `advance`."""
        self._cost = words

    def cancel(self) -> None:
        """Ask the job to stop at its next check, also while it is paused."""
        with self._waiters:
            self._cancel.set()
            self._waiters.notify_all()

    @property
    def cancelled(self) -> bool:
        return self._cancel.is_set()

    def pause(self) -> None:
        """Let the job rest at its next check, until `resume`."""
        with self._waiters:
            self._paused = True

    def resume(self) -> None:
        """Go on; does nothing when the job was not paused."""
        with self._waiters:
            self._paused = False
            if self._resting_since is not None:
                self._began += self._clock() - max(self._resting_since, self._began)
                self._resting_since = None
            self._waiters.notify_all()

    @property
    def paused(self) -> bool:
        """Whether the job is to rest; `resting` says whether it does."""
        return self._paused

    @property
    def resting(self) -> bool:
        return self._resting_since is not None

    def check(self) -> None:
        """Raise `Cancelled` if the job should stop; wait while it is paused."""
        if self._paused and not self._cancel.is_set():
            self._rest()
        if self._cancel.is_set():
            raise Cancelled

    def _rest(self) -> None:
        with self._waiters:
            if not self._paused:
                return
            first = self._resting_since is None
            if first:
                self._resting_since = self._clock()
        if first and self._listener is not None and self._latest is not None:
            self._listener(self._latest)  # nothing new, except that it rests now
        with self._waiters:
            while self._paused and not self._cancel.is_set():
                self._waiters.wait()

    def _place(self) -> None:
        """Where the stage lies among all; asked once for each stage, as `advance` is called very often.

        Of stages called alike the next one is meant: a job never goes back.
        """
        places = [place for place, stage in enumerate(self._stages) if stage == self._stage]
        self._index = next((place for place in places if place >= self._index), places[0])
        known = [self._seconds.get(stage) for stage in self._stages]
        later = known[self._index + 1 :]
        self._after = sum(s for s in later if s is not None) if None not in later else None
        whole = sum(s for s in known if s is not None)
        self._share = None
        if None not in known and whole > 0:
            before = sum(s for s in known[: self._index] if s is not None)
            self._share = before / whole, (before + self._seconds[self._stage]) / whole
