"""How a running training is watched and spoken to from other threads. Loads no torch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from saerch_desktop.sae.alarms import Alarm
from saerch_desktop.sae.record import RunRecord
from saerch_desktop.sae.remedies import Act, Remedy

EVERY_SECONDS: Final = 0.5


class Discarded(Exception):
    """The training was told to throw away what it has; features: to be begun again with so many, or None."""

    def __init__(self, features: int | None = None) -> None:
        super().__init__("discarded")
        self.features = features


@dataclass(frozen=True, slots=True)
class Example:
    """A feature as it is now: its strongest documents in a sample, and in how many of it it is active.

    rows, values: strongest first. texts: the documents' titles, where somebody who knows them added them.
    """

    feature: int
    rows: tuple[int, ...]
    values: tuple[float, ...]
    active: int
    sample: int
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """How a training stands. documents, total: seen so far and in all, counted with repetition. passes: of
    the whole training. dead: share of the features that have been silent for long. unexplained: smoothed,
    of training documents. features: how many there are.
    """

    record: RunRecord
    documents: int
    total: int
    passes: int
    features: int
    dead: float
    unexplained: float
    seconds: float
    alarms: tuple[Alarm, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    examples: tuple[Example, ...] = ()
    looked: int = 0  # how often examples have been looked for


class Reins:
    """What is asked of a training; taken up after its next update. Every method may be called anywhere."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop = False
        self._discard: Discarded | None = None
        self._changes: list[Act] = []

    def stop(self) -> None:
        """End it here and keep its best weights."""
        with self._lock:
            self._stop = True

    def discard(self, features: int | None = None) -> None:
        """End it and keep nothing; it may begin again with `features`."""
        with self._lock:
            self._discard = Discarded(features)

    def apply(self, remedy: Remedy) -> None:
        """Do what a remedy says."""
        if remedy.act == "stop":
            self.stop()
        elif remedy.act == "fewer features":
            self.discard(remedy.features)
        else:
            with self._lock:
                self._changes.append(remedy.act)

    @property
    def stopping(self) -> bool:
        return self._stop

    def refuse_discarded(self) -> None:
        """Raise Discarded once that was asked for."""
        if self._discard is not None:
            raise self._discard

    def taken(self) -> tuple[Act, ...]:
        """The changes asked for since the last call. Raises Discarded."""
        self.refuse_discarded()
        with self._lock:
            taken, self._changes = tuple(self._changes), []
            return taken


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """told: called with a `Moment` from the training's thread, at most every half second but at every end of
    a pass. examples: whether to look for example features.
    """

    told: Callable[[Moment], None]
    reins: Reins = field(default_factory=Reins)
    examples: bool = True
