"""Features that point the same way or the opposite way, and features that fire in the same documents more or
less often than by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.counting import active_counts
from saerch_desktop.features.significance import less_often, more_often, q_values

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.sae.weights import Sae

SUPPORT: Final = 5  # shared documents without which two features are not said to go together
EXPECTED: Final = 10  # documents that would be shared by chance, without which seeing few means nothing
SELDOM: Final = 0.5  # of what chance would give: more than that is not called rare
Q: Final = 0.05  # false-discovery rate over all features that are compared with one

_CODES_COUNTED = 1 << 21  # of one feature's documents; more are sampled
_LEAST_COUNTED = 1 << 14


@dataclass(frozen=True, slots=True)
class Cooccurrence:
    """Another feature and the documents both fire in.

    count: how many, an estimate where only a sample was counted. lift: how many times more often than if they
    were independent. npmi: the same on a scale from -1 (never together) over 0 (independent) to 1 (always
    together) (Bouma 2009). expected: documents they would share by chance. q: false-discovery rate at which
    this is more (or for those that seldom meet, less) than chance.
    """

    feature: int
    count: int
    lift: float
    npmi: float
    expected: float = 0.0
    q: float = 1.0


@dataclass(frozen=True, slots=True)
class Company:
    """What a feature fires together with, by descending NPMI, and what it seldom meets, by ascending NPMI.

    counted: its documents that were looked at; estimated: whether they are a sample of them.
    """

    together: tuple[Cooccurrence, ...]
    rarely: tuple[Cooccurrence, ...]
    counted: int
    estimated: bool


def nearest(
    sae: Sae, feature: int, n: int, among: NDArray[np.bool_] | None = None
) -> list[tuple[int, float]]:
    """The `n` features of highest decoder cosine to `feature`, best first; `among` (n_features,) limits the
    choice.
    """
    return by_direction(sae, feature, n, among)[0]


def opposite(
    sae: Sae, feature: int, n: int, among: NDArray[np.bool_] | None = None
) -> list[tuple[int, float]]:
    """The `n` features of lowest decoder cosine to `feature`, lowest first."""
    return by_direction(sae, feature, n, among)[1]


def by_direction(
    sae: Sae, feature: int, n: int, among: NDArray[np.bool_] | None = None
) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """`nearest` and `opposite` in one product with the decoder."""
    cosines = sae.decoder @ sae.decoder[feature]
    # The feature itself is left out of the candidates by its id; cutting it from the array would shift the
    # ids behind it.
    allowed = np.ones(cosines.size, np.bool_) if among is None else among.copy()
    allowed[feature] = False
    candidates = np.flatnonzero(allowed)
    ordered = candidates[np.argsort(-cosines[candidates], kind="stable")]
    backwards = candidates[np.argsort(cosines[candidates], kind="stable")]
    return (
        [(int(other), float(cosines[other])) for other in ordered[:n]],
        [(int(other), float(cosines[other])) for other in backwards[:n]],
    )


def company(features: FeatureSet, feature: int, n: int, seed: int = 0) -> Company:
    """At most `n` features that go together with `feature` and `n` that it seldom meets.

    Both by a one-sided hypergeometric test with a false-discovery rate of at most `Q` over all features that
    could have passed: going together takes `SUPPORT` shared documents; seldom meeting takes `EXPECTED` of
    them by chance, and at most `SELDOM` of that. Where the feature has more documents than about two million
    activations, a sample of them is counted, spread evenly over its activations from a place that `seed`
    chooses. UserError when the codes are damaged.
    """
    total = features.documents
    rows, estimated = _counted_rows(features.inverted.of(feature)[0], features.codes.width, seed, feature)
    if rows.size == 0:
        return Company((), (), 0, False)
    counts = active_counts(features, rows)
    frequency = np.diff(features.inverted.starts)
    own, drawn = int(frequency[feature]), int(rows.size)
    expected = frequency * (drawn / total)
    possible = frequency >= SUPPORT
    possible[feature] = False
    often = np.flatnonzero(possible & (counts >= SUPPORT) & (counts > expected))
    chances = more_often(counts[often], frequency[often], drawn, total)
    q_often = q_values(chances, int(np.count_nonzero(possible)))
    rare_enough = expected >= EXPECTED
    rare_enough[feature] = False
    seldom = np.flatnonzero(rare_enough & (counts <= SELDOM * expected))
    q_seldom = q_values(
        less_often(counts[seldom], frequency[seldom], drawn, total), int(np.count_nonzero(rare_enough))
    )

    def described(others: NDArray[np.int64], q: NDArray[np.float64]) -> list[Cooccurrence]:
        kept = q <= Q
        return [
            _described(int(other), int(counts[other]), float(expected[other]), float(rate), own, drawn, total)
            for other, rate in zip(others[kept], q[kept], strict=True)
        ]

    together = sorted(described(often, q_often), key=lambda found: (-found.npmi, found.feature))
    # Of those never met, the one that was to be met most often comes first.
    rarely = sorted(
        described(seldom, q_seldom), key=lambda found: (found.npmi, -found.expected, found.feature)
    )
    return Company(tuple(together[:n]), tuple(rarely[:n]), drawn, estimated)


def _counted_rows(
    rows: NDArray[np.int32], width: int, seed: int, feature: int
) -> tuple[NDArray[np.int64], bool]:
    """The documents to count in, ascending, and whether they are a sample of `rows`."""
    most = max(_LEAST_COUNTED, _CODES_COUNTED // width)
    if rows.size <= most:
        return np.sort(rows).astype(np.int64), False
    begin = np.random.default_rng([seed, feature]).random()
    places = ((np.arange(most) + begin) * (rows.size / most)).astype(np.int64)
    return np.sort(rows[np.minimum(places, rows.size - 1)]).astype(np.int64), True


def _described(
    other: int, count: int, expected: float, q: float, own: int, drawn: int, total: int
) -> Cooccurrence:
    scale = own / drawn
    shared = count * scale
    lift = count / expected
    return Cooccurrence(other, round(shared), lift, _npmi(lift, shared, total), expected * scale, q)


def _npmi(lift: float, shared: float, total: int) -> float:
    """-1 for features that never meet; 0 where both fire everywhere: such say nothing about each other."""
    if shared <= 0:
        return -1.0
    if shared >= total:
        return 0.0
    return float(np.log(lift) / -np.log(shared / total))
