"""What waits for a worker, in an order that can be changed; and the workers' way back to the window."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, Protocol

from saerch_desktop.errors import Cancelled
from saerch_desktop.progress import Progress, Update
from saerch_desktop.ui.job import Outcome, State

_EMIT_EVERY_S = 0.05

Work = Callable[[Progress], Any]


@dataclass(slots=True, eq=False)
class Ticket:
    """Work that no worker has taken yet. held: it is not to be taken now."""

    number: int
    work: Work
    progress: Progress
    held: bool = False


class WaitingLine:
    """The tickets of one lane, first in front. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tickets: list[Ticket] = []

    def put(self, ticket: Ticket) -> None:
        with self._lock:
            self._tickets.append(ticket)

    def take(self) -> Ticket | None:
        """The first that is not held; None when there is none."""
        with self._lock:
            for place, ticket in enumerate(self._tickets):
                if not ticket.held:
                    return self._tickets.pop(place)
        return None

    def withdraw(self, number: int) -> bool:
        """Take a ticket out; False when it is no longer waiting."""
        with self._lock:
            kept = [ticket for ticket in self._tickets if ticket.number != number]
            there = len(kept) < len(self._tickets)
            self._tickets = kept
            return there

    def hold_back(self, number: int, held: bool) -> bool:
        """False when the ticket is no longer waiting."""
        with self._lock:
            for ticket in self._tickets:
                if ticket.number == number:
                    ticket.held = held
                    return True
        return False

    def move(self, number: int, to: int) -> bool:
        """Put a ticket at place `to`, counted among those that wait (0: next); False when it has gone."""
        with self._lock:
            found = next((ticket for ticket in self._tickets if ticket.number == number), None)
            if found is None:
                return False
            self._tickets.remove(found)
            self._tickets.insert(max(0, to), found)
            return True

    def numbers(self) -> list[int]:
        with self._lock:
            return [ticket.number for ticket in self._tickets]


class _Told(Protocol):
    """What the gate tells: a runner's signals."""

    def tell_moved(self, number: int, update: Update | None) -> None: ...

    def tell_noted(self, number: int, line: str) -> None: ...

    def tell_arrived(self, number: int, outcome: Outcome) -> None: ...


class Gate:
    """The workers' only way to the runner. Once closed nobody out there touches, or keeps, a Qt object."""

    def __init__(self, runner: _Told) -> None:
        self._lock = threading.RLock()
        self._runner: _Told | None = runner

    def close(self) -> None:
        with self._lock:
            self._runner = None

    def moved(self, number: int, update: Update | None) -> None:
        with self._lock:
            if self._runner is not None:
                self._runner.tell_moved(number, update)

    def noted(self, number: int, line: str) -> None:
        with self._lock:
            if self._runner is not None:
                self._runner.tell_noted(number, line)

    def arrived(self, number: int, outcome: Outcome) -> None:
        with self._lock:
            if self._runner is not None:
                self._runner.tell_arrived(number, outcome)

    def progress(self, number: int) -> Progress:
        """A progress that reports through this gate, not more often than anybody can see."""
        last: list[Any] = [0.0, -1, None]

        def listen(update: Update) -> None:
            now = time.monotonic()
            new_stage = update.stage_index != last[1]
            complete = update.total is not None and update.done >= update.total
            again = update is last[2]  # told twice: it rests now
            if new_stage or complete or again or now - last[0] >= _EMIT_EVERY_S:
                last[0], last[1] = now, update.stage_index
                self.moved(number, update)
            last[2] = update

        return Progress(listen, noted=lambda line: self.noted(number, line))


class InlineExecutor(Executor):
    """Runs work at once on the caller's thread: what tests use in place of worker threads."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        future.set_result(fn(*args, **kwargs))
        return future


def work_off(gate: Gate, line: WaitingLine) -> None:
    """On a worker's thread: the next of the line, if there is one."""
    ticket = line.take()
    if ticket is None:
        return
    try:
        ticket.progress.check()
        gate.moved(ticket.number, None)
        outcome = Outcome(State.DONE, value=ticket.work(ticket.progress))
    except Cancelled:
        outcome = Outcome(State.CANCELLED)
    except Exception as error:  # noqa: BLE001  every kind of failure must reach the window
        outcome = Outcome(State.FAILED, error=error)
    gate.arrived(ticket.number, outcome)


def yield_to_window(nice: int) -> None:
    """On Linux a nice value belongs to a thread; elsewhere the system favours the foreground by itself."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
