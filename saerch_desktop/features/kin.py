"""Features that point the same way or the opposite way, and features that fire in the same documents more or
less often than by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.significance import less_often, more_often, q_values

if TYPE_CHECKING:
    from saerch_desktop.features.inverted import InvertedIndex
    from saerch_desktop.sae.codes import Codes
    from saerch_desktop.sae.weights import Sae

SUPPORT: Final = 5  # shared documents without which two features are not said to go together
EXPECTED: Final = 10  # documents that would be shared by chance, without which seeing few means nothing
SELDOM: Final = 0.5  # of what chance would give: more than that is not called rare
Q: Final = 0.05  # false-discovery rate over all features that are compared with one

_BLOCK_ROWS = 1 << 13
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


def company(
    inverted: InvertedIndex,
    codes: Codes,
    feature: int,
    n: int,
    documents: int | None = None,
    seed: int = 0,
) -> Company:
    """At most `n` features that go together with `feature` and `n` that it seldom meets.

    Both by a one-sided hypergeometric test with a false-discovery rate of at most `Q` over all features that
    could have passed: going together takes `SUPPORT` shared documents; seldom meeting takes `EXPECTED` of
    them by chance, and at most `SELDOM` of that. Where the feature has more documents than about two million
    activations, a sample of them is counted, spread evenly over its activations from a place that `seed`
    chooses. documents: how many have a vector (default: all rows).
    """
    total = codes.rows if documents is None else documents
    rows, estimated = _counted_rows(inverted.of(feature)[0], codes.width, seed, feature)
    if rows.size == 0:
        return Company((), (), 0, False)
    counts = active_counts(codes, rows, inverted.features)
    frequency = np.diff(inverted.starts)
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


def shared_counts(inverted: InvertedIndex, codes: Codes, feature: int) -> NDArray[np.int64]:
    """In how many documents each feature fires together with `feature`, (n,) int64, exactly; its own count at
    its own place. UserError when the codes are damaged.
    """
    # In the order of the file, so that the disk is read forwards.
    return active_counts(codes, np.sort(inverted.of(feature)[0]), inverted.features)


def active_counts(codes: Codes, rows: NDArray[np.integer], features: int) -> NDArray[np.int64]:
    """In how many of the documents in `rows` (m,) each of so many features is active, (features,) int64.

    Fastest with ascending rows. UserError when the codes are damaged.
    """
    counts = np.zeros(features, np.int64)
    for at in range(0, rows.size, _BLOCK_ROWS):
        chosen = rows[at : at + _BLOCK_ROWS]
        ids = np.take(codes.indices, chosen, axis=0)
        if ids.min(initial=0) < 0 or ids.max(initial=0) >= counts.size:
            raise UserError(
                "The codes of the documents name features that do not exist.",
                "They are derived from the weights and the vectors, so nothing is lost.",
                "Run check with repair: they are computed again.",
            )
        # Activations come by strength: where the last one is positive, all are.
        partly = np.flatnonzero(codes.values[chosen, -1] <= 0)
        counts += np.bincount(ids.reshape(-1), minlength=counts.size)
        if partly.size:
            silent = np.take(codes.values, chosen[partly], axis=0) <= 0
            counts -= np.bincount(ids[partly][silent], minlength=counts.size)
    return counts


def _counted_rows(
    rows: NDArray[np.int32], width: int, seed: int, feature: int
) -> tuple[NDArray[np.int32], bool]:
    """The documents to count in, ascending, and whether they are a sample of `rows`."""
    most = max(_LEAST_COUNTED, _CODES_COUNTED // width)
    if rows.size <= most:
        return np.sort(rows), False
    begin = np.random.default_rng([seed, feature]).random()
    places = ((np.arange(most) + begin) * (rows.size / most)).astype(np.int64)
    return np.sort(rows[np.minimum(places, rows.size - 1)]), True


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
