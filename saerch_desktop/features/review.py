"""In which order the names of features are best looked at by a person, and between which names to choose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.label import Detection, Label

if TYPE_CHECKING:
    from saerch_desktop.features.labels import Labels
    from saerch_desktop.features.marks import Mark
    from saerch_desktop.features.statistics import FeatureStatistics

Order = Literal["impact × doubt", "impact", "doubt", "number"]

ORDERS: Final[tuple[Order, ...]] = ("impact × doubt", "impact", "doubt", "number")
MOST_CANDIDATES: Final = 9
"""As many as there are keys for."""

_UNTESTED: Final = 0.9  # doubt: less than of a name that failed its test, more than of most that were tested
_UNNAMED: Final = 1.0
_LONGEST_GAP: Final = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name to choose. source: whose it is; detection: its test, None while untested.

    auroc: of its test where the interval was not kept, as for a source's second thoughts; else None.
    """

    text: str
    source: str
    detection: Detection | None
    auroc: float | None = None


def impact(statistics: FeatureStatistics) -> NDArray[np.float64]:
    """(n,) 0 to 1: how much of all activation a feature carries, on a log scale; 0 for dead features.

    Total activation (count × mean) against the median of the live features, so that one very common feature
    does not make all others alike.
    """
    total = statistics.count * statistics.mean.astype(np.float64)
    live = total > 0
    if not live.any():
        return np.zeros(total.size)
    logs = np.log1p(total / float(np.median(total[live])))
    return np.asarray(logs / logs.max(), dtype=np.float64)


def doubt(label: Label | None) -> float:
    """0 to 1: how little a name has been shown to hold.

    1 without a name, or where the test's interval reaches chance. Else 1 minus how far the interval's lower
    end is from chance, the less the wider the interval. 0.9 while untested.
    """
    if label is None:
        return _UNNAMED
    if label.detection is None:
        return _UNTESTED
    low, high = label.detection.low, label.detection.high
    sure = max(0.0, 2.0 * low - 1.0) * (1.0 - min(1.0, max(0.0, high - low)))
    return 1.0 - sure


def review_order(
    labels: Labels,
    statistics: FeatureStatistics,
    order: Order = "impact × doubt",
    only: Iterable[int] | None = None,
) -> list[int]:
    """Features whose names wait for a verdict: flagged ones first, then by `order`, equal ones by number.

    Verified and dead features are left out. only: choose among these (all).
    """
    weights = impact(statistics)
    among = range(labels.features) if only is None else sorted(set(only))
    marks = labels.marks()
    ranked: list[tuple[bool, float, int]] = []
    for feature in among:
        if not 0 <= feature < weights.size or weights[feature] <= 0:
            continue
        mark = marks.get(feature)
        if mark is not None and mark.verified:
            continue
        value = _weight(order, float(weights[feature]), labels.get(feature))
        ranked.append((not (mark is not None and mark.flagged), -value, feature))
    return [feature for _, _, feature in sorted(ranked)]


def _weight(order: Order, share: float, label: Label | None) -> float:
    if order == "number":
        return 0.0
    if order == "impact":
        return share
    return doubt(label) if order == "doubt" else share * doubt(label)


def candidates(labels: Labels, feature: int, most: int = MOST_CANDIDATES) -> tuple[Candidate, ...]:
    """The shown name first, then those of the other sources, then what the sources would say instead.

    Each text once, without regard to case; those turned down are left out.
    """
    claims = labels.claims(feature)
    down = {text.casefold() for text in labels.mark(feature).rejected}
    found: dict[str, Candidate] = {}
    for claim in claims:
        found.setdefault(claim.text.casefold(), Candidate(claim.text, claim.source, claim.detection))
    for claim in claims:
        for other in claim.alternatives:
            folded = other.text.casefold()
            if folded not in down:
                found.setdefault(folded, Candidate(other.text, claim.source, None, other.auroc))
    return tuple(found.values())[:most]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was done about one feature. what: a word for the list of decisions; name: of the feature then.

    before: its marks until then. settles: whether the feature is done with; passing it over or flagging it
    does not. at: seconds of a clock that only runs on. step: the step of undo that it made, 0 without one.
    """

    feature: int
    what: str
    name: str
    before: Mark
    settles: bool
    at: float
    step: int = 0


class ReviewQueue:
    """Which feature is next, what was decided, and the way back.

    Features that were passed over come again at the end.
    """

    def __init__(self, order: Sequence[int], settled: int = 0) -> None:
        """order: features to look at, of `review_order`. settled: how many were verified before."""
        self._waiting = dict.fromkeys(order)
        self._passed: dict[int, None] = {}
        self._settled = settled
        self._revisited: int | None = None
        self.decisions: list[Decision] = []

    @property
    def current(self) -> int | None:
        """The feature to judge now, None at the end."""
        if self._revisited is not None:
            return self._revisited
        return next(iter(self._waiting or self._passed), None)

    @property
    def done(self) -> int:
        """How many are settled: verified before, or decided now."""
        return self._settled + len({decision.feature for decision in self._verdicts()})

    @property
    def total(self) -> int:
        verdicts = {decision.feature for decision in self._verdicts()}
        return self._settled + len(verdicts | self._waiting.keys() | self._passed.keys())

    def upcoming(self, count: int) -> list[int]:
        """The features after the current one, as far as is known now."""
        ahead = (feature for part in (self._waiting, self._passed) for feature in part)
        return list(islice((feature for feature in ahead if feature != self.current), count))

    def decide(self, decision: Decision) -> None:
        """Settle a feature, or pass it over, and go on to the next."""
        self.decisions.append(decision)
        self._revisited = None
        self._remove(decision.feature)
        if not decision.settles:
            self._passed[decision.feature] = None

    def adopt(self, decisions: Iterable[Decision]) -> None:
        """Take over decisions that were made in another order; they can be taken back and gone back to."""
        self.decisions = list(decisions)
        verified = {decision.feature for decision in self._verdicts()}
        self._settled -= len(verified - self._waiting.keys())
        for decision in self._verdicts():
            self._remove(decision.feature)

    def remark(self, decision: Decision) -> None:
        """Keep something that was done to a feature, to be taken back like a verdict, and stay there."""
        self.decisions.append(decision)

    def settle(self, feature: int) -> None:
        """Its name was verified elsewhere: it need not be looked at."""
        if feature in self._waiting or feature in self._passed:
            self._remove(feature)
            self._settled += 1

    def take_back(self, decision: Decision) -> None:
        """Undo a decision: its feature is the current one again."""
        self.decisions.remove(decision)
        self._remove(decision.feature)
        self._waiting = {decision.feature: None, **self._waiting}
        self._revisited = None

    def visit(self, feature: int) -> None:
        """Look at a feature again, or out of turn, without changing anything yet."""
        self._revisited = feature

    def pace(self, now: float, over: int = 20) -> float | None:
        """Verdicts a minute, over the last ones; None before there are two.

        now: of the decisions' clock. A gap counts as at most a minute: a longer one only says how long one
        was away.
        """
        times = [decision.at for decision in self._verdicts()][-over:]
        if len(times) < 2:
            return None
        spent = sum(min(_LONGEST_GAP, later - earlier) for earlier, later in pairwise([*times, now]))
        return 60.0 * len(times) / spent if spent > 0 else None

    def _verdicts(self) -> list[Decision]:
        return [decision for decision in self.decisions if decision.settles]

    def _remove(self, feature: int) -> None:
        self._waiting.pop(feature, None)
        self._passed.pop(feature, None)


def in_words(count: int, total: int, pace: float | None) -> str:
    """How far one is: "412 of 1,200 · 14 a minute"."""
    said = f"{count:,} of {total:,}"
    return said if pace is None else f"{said} · {pace:.0f} a minute"
