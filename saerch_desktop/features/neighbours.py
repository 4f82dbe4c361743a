"""Features that point the same way, the opposite way, or fire in the same documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.inverted import InvertedIndex

if TYPE_CHECKING:
    from saerch_desktop.sae.codes import Codes
    from saerch_desktop.sae.weights import Sae

_BLOCK_ROWS = 1 << 13


@dataclass(frozen=True, slots=True)
class Cooccurrence:
    """Another feature and the documents both fire in.

    lift: how many times more often than if they were independent. npmi: the same on a scale from -1 (never
    together) over 0 (independent) to 1 (always together) (Bouma 2009).
    """

    feature: int
    count: int
    lift: float
    npmi: float


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


def cooccurring(
    inverted: InvertedIndex, codes: Codes, feature: int, n: int, documents: int | None = None
) -> list[Cooccurrence]:
    """The `n` features that share most documents with `feature`, by (-count, feature).

    Counts are exact: the codes of every document where `feature` is active are read. documents: how many have
    a vector (default: all rows).
    """
    total = codes.rows if documents is None else documents
    counts = shared_counts(inverted, codes, feature)
    own = int(counts[feature])
    counts[feature] = 0
    best = (
        np.lexsort((np.arange(counts.size), -counts))[:n]
        if n < counts.size
        else np.argsort(-counts, kind="stable")
    )
    frequency = np.diff(inverted.starts)
    found = []
    for other in best:
        count = int(counts[other])
        if count == 0:
            break
        lift = count * total / (own * int(frequency[other]))
        found.append(Cooccurrence(int(other), count, lift, _npmi(lift, count, total)))
    return found


def shared_counts(inverted: InvertedIndex, codes: Codes, feature: int) -> NDArray[np.int64]:
    """In how many documents each feature fires together with `feature`, (n,) int64; its own count at its own
    place. UserError when the codes are damaged.
    """
    # In the order of the file, so that the disk is read forwards.
    rows = np.sort(inverted.of(feature)[0])
    counts = np.zeros(inverted.features, np.int64)
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


def _npmi(lift: float, count: int, total: int) -> float:
    """0 where both fire everywhere: such features say nothing about each other."""
    if count >= total:
        return 0.0
    return float(np.log(lift) / -np.log(count / total))
