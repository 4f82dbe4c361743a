"""How families fare when other documents of the same kind had been at hand."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.association import Association, evidence, nearest
from saerch_desktop.features.families.communities import leiden
from saerch_desktop.features.families.company import NEIGHBOURS, Profiles
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.families.cooccurrence import PairCounts

RESAMPLES: Final = 5
_WORKERS: Final = 2


def resampled(
    pairs: PairCounts, known: Association, company: Profiles, wider: Association, seed: int
) -> Association:
    """The graph of features alike in company as it would be with other documents.

    Drawing documents with repetition makes each count vary like Poisson's with that mean, so the counts of
    the `known` pairs are drawn and no document is read. Whose company is alike is sought among the pairs of
    `wider` (more neighbours than needed), in the dimensions of `company`.
    """
    random = np.random.default_rng([seed, RESAMPLES])
    place = _places(pairs, known)
    drawn = evidence(pairs.where(place), random.poisson(pairs.counts[place]))
    found = np.flatnonzero(drawn > 0)
    rows = company.of(Association(known.size, known.left[found], known.right[found], drawn[found]))
    cosine = np.einsum("ij,ij->i", rows[wider.left], rows[wider.right]).astype(np.float64)
    positive = np.flatnonzero(cosine > 0)
    graph = Association(wider.size, wider.left[positive], wider.right[positive], cosine[positive])
    return nearest(graph, NEIGHBOURS)


@dataclass(frozen=True, slots=True, eq=False)
class Firmness:
    """stability (groups,): the mean over the resamples of the Jaccard index of each group of features with
    the community there that is most like it. belongs (n,): in which share of the resamples a feature is in
    that community; 0 for one in no group.
    """

    stability: NDArray[np.float64]
    belongs: NDArray[np.float64]


def firmness(
    groups: Sequence[NDArray[np.int64]],
    graphs: Sequence[Association],
    resolution: float,
    seed: int,
    progress: Progress,
) -> Firmness:
    """How groups of features fare in resampled graphs, whose communities are found at the same resolution.

    One run of the Leiden method each, so that the figures are rather low than high. Raises Cancelled.
    """
    stability = np.zeros(len(groups))
    belongs = np.zeros(graphs[0].size if graphs else 0)

    def one_run(number: int) -> NDArray[np.int32]:
        progress.check()  # by each run: the pool waits for all of them, also after a stop
        return leiden(graphs[number].matrix(), resolution, seed + number)

    with ThreadPoolExecutor(_WORKERS, "saerch-leiden") as pool:
        found = pool.map(one_run, range(len(graphs)))
        for partition in found:
            progress.check()
            sizes = np.bincount(partition)
            for place, group in enumerate(groups):
                of, shared = np.unique(partition[group], return_counts=True)
                jaccard = shared / (group.size + sizes[of] - shared)
                best = int(np.argmax(jaccard))
                stability[place] += jaccard[best]
                belongs[group] += partition[group] == of[best]
    return Firmness(stability / max(1, len(graphs)), belongs / max(1, len(graphs)))


def _places(pairs: PairCounts, known: Association) -> NDArray[np.bool_]:
    """(m,) which of the pairs are among the known."""
    size = np.int64(pairs.features)
    return np.isin(pairs.left * size + pairs.right, known.left * size + known.right, assume_unique=True)
