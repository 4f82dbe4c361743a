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
    elapsed_s: float  # since the stage began
    eta_s: float | None

    @property
    def fraction(self) -> float | None:
        """Share of the whole job done, counting stages as equal; None while the stage's size is unknown."""
        if not self.total:
            return None
        return (self.stage_index + min(1.0, self.done / self.total)) / self.stage_count


Listener = Callable[[Update], None]


class Progress:
    """Handed down through every long function. Without a listener it only checks for cancellation.

    A job that has several stages names them first with `plan`; a function then calls `begin` for its own
    stage and `advance` with absolute counts. Both raise `Cancelled` after `cancel` (from any thread).
    """

    def __init__(self, listener: Listener | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._listener = listener
        self._clock = clock
        self._cancel = threading.Event()
        self._stages: list[str] = []
        self._stage = ""
        self._total: int | None = None
        self._unit = ""
        self._began = clock()
        self._first = 0

    def plan(self, stages: Sequence[str]) -> None:
        """Name the stages to come, in order; `begin` with one of these names then knows its place."""
        self._stages = list(stages)

    def begin(self, stage: str, total: int | None = None, unit: str = "", done: int = 0) -> None:
        """Enter a stage of `total` units (None: unknown), `done` of them there already (a resumed job)."""
        self._stage, self._total, self._unit = stage, total, unit
        self._began, self._first = self._clock(), done
        if stage not in self._stages:
            self._stages.append(stage)
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
        self._listener(
            Update(
                stage=self._stage,
                stage_index=self._stages.index(self._stage),
                stage_count=len(self._stages),
                done=done,
                total=self._total,
                unit=self._unit,
                detail=detail,
                elapsed_s=elapsed,
                eta_s=eta,
            )
        )

    def cancel(self) -> None:
        """Ask the job to stop at its next check."""
        self._cancel.set()

    @property
    def cancelled(self) -> bool:
        return self._cancel.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if the job should stop."""
        if self._cancel.is_set():
            raise Cancelled
