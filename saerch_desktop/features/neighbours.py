"""Features that point the same way, the opposite way, or fire in the same documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

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
    return _extremes(sae, feature, n, among, 1.0)


def opposite(
    sae: Sae, feature: int, n: int, among: NDArray[np.bool_] | None = None
) -> list[tuple[int, float]]:
    """The `n` features of lowest decoder cosine to `feature`, lowest first."""
    return _extremes(sae, feature, n, among, -1.0)


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
    place.
    """
    # In the order of the file, so that the disk is read forwards.
    rows = np.sort(inverted.of(feature)[0])
    counts = np.zeros(inverted.features, np.int64)
    for at in range(0, rows.size, _BLOCK_ROWS):
        chosen = rows[at : at + _BLOCK_ROWS]
        ids, values = codes.indices[chosen], codes.values[chosen]
        active = values > 0
        counts += np.bincount(ids.reshape(-1) if active.all() else ids[active], minlength=inverted.features)
    return counts


def _extremes(
    sae: Sae, feature: int, n: int, among: NDArray[np.bool_] | None, sign: float
) -> list[tuple[int, float]]:
    cosines = sae.decoder @ sae.decoder[feature]
    ranking = (np.float32(-sign) * cosines).astype(np.float64)
    # The feature itself is put last, not cut out: cutting would shift the ids behind it.
    ranking[feature] = np.inf
    if among is not None:
        ranking[~among] = np.inf
    order = np.lexsort((np.arange(ranking.size), ranking))[:n]
    return [(int(other), float(cosines[other])) for other in order if np.isfinite(ranking[other])]


def _npmi(lift: float, count: int, total: int) -> float:
    """0 where both fire everywhere: such features say nothing about each other."""
    if count >= total:
        return 0.0
    return float(np.log(lift) / -np.log(count / total))
