"""How the command line shows a long job on standard error, and how Ctrl-C reaches it."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, TextIO

from saerch_desktop.errors import Cancelled
from saerch_desktop.progress import Listener, Progress, Update

INTERRUPTED = 130  # what shells expect of a program that Ctrl-C ended
_BAR_S = 0.1
_LINE_S = 15.0


class Interrupted(Exception):
    """The user stopped the job; `kept` says what is still there."""

    def __init__(self, kept: str) -> None:
        super().__init__(kept)
        self.kept = kept


class StageClock:
    """Measures how long each stage of a job took, by the moments it was reported."""

    def __init__(self, inner: Listener | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._inner = inner
        self._clock = clock
        self._stages: list[tuple[str, float]] = []

    def __call__(self, update: Update) -> None:
        if not self._stages or self._stages[-1][0] != update.stage:
            self._stages.append((update.stage, self._clock()))
        if self._inner is not None:
            self._inner(update)

    def durations(self) -> list[tuple[str, float]]:
        """(stage, seconds) in the order they ran; the last one lasts until now."""
        ends = [began for _, began in self._stages[1:]] + [self._clock()]
        return [(stage, end - began) for (stage, began), end in zip(self._stages, ends, strict=True)]


class _Lines:
    """For a stream that is not a terminal: a line when a stage begins and now and then while it lasts."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._stage = ""
        self._said = 0.0

    def __call__(self, update: Update) -> None:
        now = self._clock()
        if update.stage == self._stage and now - self._said < _LINE_S:
            return
        line = describe(update) if update.stage == self._stage else f"{_place(update)} …"
        self._stage, self._said = update.stage, now
        print(line, file=self._stream, flush=True)


class _Bar:
    """For people at a terminal: one live line with stage, bar, count and time left."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._stage = ""
        self._task: Any = None
        self._said = 0.0

    def __call__(self, update: Update) -> None:
        now = time.monotonic()
        finished = update.total is not None and update.done >= update.total
        if update.stage != self._stage:
            self._finish()
            self._stage = update.stage
            self._task = self._bar.add_task(_place(update), total=update.total, tail="")
        elif now - self._said < _BAR_S and not finished:
            return
        self._said = now
        self._bar.update(self._task, completed=update.done, total=update.total, tail=_tail(update))

    def _finish(self) -> None:
        if (
            self._task is not None
        ):  # else the clock of a stage of unknown size would run on beside the next one
            self._bar.update(self._task, total=1, completed=1)
            self._bar.stop_task(self._task)


@contextlib.contextmanager
def job(
    kept: str, *, quiet: bool = False, stream: TextIO | None = None
) -> Iterator[tuple[Progress, StageClock]]:
    """Run a long job: yields its `Progress` and the clock of its stages.

    The first Ctrl-C asks the job to stop at its next safe point, the second stops it at once; both end in
    `Interrupted(kept)`. quiet: show nothing (for `--json`).
    """
    out = stream or sys.stderr
    with contextlib.ExitStack() as stack:
        listener: Listener | None
        if quiet:
            listener = None
        elif out.isatty():
            listener = _Bar(stack.enter_context(_rich_bar(out)))
        else:
            listener = _Lines(out)
        clock = StageClock(listener)
        progress = Progress(clock)
        stack.enter_context(_interruptible(progress, out))
        try:
            yield progress, clock
        except (Cancelled, KeyboardInterrupt) as stopped:
            raise Interrupted(kept) from stopped


def describe(update: Update) -> str:
    """One plain line for an update, such as `[2/5] Embedding: 1,200 of 4,800 texts, about 40 s left`."""
    tail = _tail(update)
    return f"{_place(update)}: {tail}" if tail else f"{_place(update)} …"


def _place(update: Update) -> str:
    if update.stage_count < 2:
        return update.stage
    return f"[{update.stage_index + 1}/{update.stage_count}] {update.stage}"


def _tail(update: Update) -> str:
    parts: list[str] = []
    unit = f" {update.unit}" if update.unit else ""
    if update.total:
        parts.append(f"{update.done:,} of {update.total:,}{unit}")
    elif update.done:
        parts.append(f"{update.done:,}{unit}")
    if update.detail:
        parts.append(update.detail)
    if update.cost:
        parts.append(update.cost)
    if update.eta_s is not None and update.eta_s >= 1:
        parts.append(f"about {duration(update.eta_s)} left")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Seconds in the words of people: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


@contextlib.contextmanager
def _rich_bar(stream: TextIO) -> Iterator[Any]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[tail]}", markup=False),
        TimeElapsedColumn(),
    )
    with RichProgress(
        *columns, console=Console(file=stream), redirect_stdout=False, redirect_stderr=False
    ) as bar:
        yield bar


@contextlib.contextmanager
def _interruptible(progress: Progress, stream: TextIO) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set signal handlers
        return

    def stop(signum: int, frame: FrameType | None) -> None:
        if progress.cancelled:
            raise KeyboardInterrupt
        progress.cancel()
        print("Stopping at the next safe point. Press Ctrl-C again to stop at once.", file=stream, flush=True)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
