"""Which feature is more general than which: containment, and a part in rebuilding the documents."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.family import Link
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.families.cooccurrence import PairCounts
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.vectors import Vectors

CONTAINMENT: Final = 0.3  # P(parent active | child active)
LIFT: Final = 2.0  # times what it would be by chance
BROADER: Final = 1.5  # times as many documents as the child has
PARENTS: Final = 3
_TESTED: Final = 6  # candidates of each child, by containment
GAIN: Final = 0.01
SAMPLE: Final = 16  # documents of a child that are rebuilt
_AT_ONCE: Final = 128  # children
_WORKERS: Final = 2


def links(
    features: FeatureSet, pairs: PairCounts, vectors: Vectors | None, progress: Progress, seed: int = 0
) -> tuple[Link, ...]:
    """At most `PARENTS` parents of each feature, by descending containment.

    A parent has clearly more documents, so there are no circles; it is active in many of the child's, more
    than by chance; and it takes part in rebuilding them (`gains`), since features that merely fire together
    often give pairs that mean nothing (Tree SAE, 2026). Without vectors that is not asked, and the gain is
    None. Raises UserError (damaged codes), Cancelled.
    """
    parent, child, containment = _candidates(pairs)
    starts = np.flatnonzero(np.diff(child, prepend=-1))
    stops = np.append(starts[1:], child.size)
    progress.begin("Finding more general features", int(starts.size), "features")
    parts = [
        slice(int(starts[first]), int(stops[min(first + _AT_ONCE, starts.size) - 1]))
        for first in range(0, starts.size, _AT_ONCE)
    ]

    def tested(part: slice) -> list[Link]:
        progress.check()
        found = None if vectors is None else gains(features, vectors, child[part], parent[part], seed)
        return _links(parent[part], child[part], containment[part], found)

    out: list[Link] = []
    with ThreadPoolExecutor(_WORKERS, "saerch-links") as pool:
        for number, found in enumerate(pool.map(tested, parts)):
            progress.advance(number * _AT_ONCE)
            out += found
    progress.advance(int(starts.size))
    return tuple(out)


def gains(
    features: FeatureSet,
    vectors: Vectors,
    children: NDArray[Any],
    parents: NDArray[Any],
    seed: int = 0,
) -> NDArray[np.float64]:
    """(p,) by how much each parent's part of the code lowers the squared error on its child's documents, as a
    share of the error without it; the child's own part may take over what it can.

    children, parents (p,): pairs of features. Of each child's documents at most `SAMPLE` are looked at,
    spread over its activations.
    """
    each, place = np.unique(children, return_inverse=True)
    drawn = [_sample(features, int(one), seed) for one in each]
    rows, inverse = np.unique(np.concatenate(drawn), return_inverse=True)
    ids, values = features.codes.indices[rows], features.codes.values[rows]
    rest = vectors.gather(rows) - _rebuilt(features, ids, values)
    squares = np.square(rest).sum(axis=1, dtype=np.float64)
    decoder = features.sae.decoder
    starts = np.concatenate(([0], np.cumsum([part.size for part in drawn])))
    out = np.zeros(len(children))
    for number, (one, parent) in enumerate(zip(place, parents, strict=True)):
        at = inverse[starts[one] : starts[one + 1]]
        child, general = decoder[each[one]], decoder[parent]
        part = np.where(ids[at] == parent, values[at], 0).sum(axis=1)
        left = rest[at]
        # The square of rest + part · general, and how long it is along the child's direction.
        without = squares[at] + 2 * part * (left @ general) + part * part
        along = left @ child + part * float(general @ child)
        error = float(np.sum(without - np.square(along)))
        out[number] = 1 - float(squares[at].sum()) / error if error > 1e-12 else 0.0
    return out


def _candidates(
    pairs: PairCounts,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Pairs (parent, child, containment) by child and descending containment, a few of each child."""
    frequency = pairs.frequency
    swap = frequency[pairs.left] < frequency[pairs.right]
    parent = np.where(swap, pairs.right, pairs.left)
    child = np.where(swap, pairs.left, pairs.right)
    containment = np.minimum(1.0, pairs.counts / np.maximum(1, frequency[child]))
    wanted = np.flatnonzero(
        (containment >= np.maximum(CONTAINMENT, LIFT * frequency[parent] / max(1, pairs.documents)))
        & (frequency[parent] >= BROADER * frequency[child])
    )
    order = wanted[np.lexsort((parent[wanted], -containment[wanted], child[wanted]))]
    of = child[order]
    rank = np.arange(order.size) - np.searchsorted(of, of)
    order = order[rank < _TESTED]
    return parent[order], child[order], containment[order]


def _links(
    parents: NDArray[np.int32],
    children: NDArray[np.int32],
    containment: NDArray[np.float64],
    found: NDArray[np.float64] | None,
) -> list[Link]:
    out: list[Link] = []
    kept: dict[int, int] = {}
    for number, (parent, child) in enumerate(zip(parents.tolist(), children.tolist(), strict=True)):
        gain = None if found is None else float(found[number])
        if (gain is not None and not gain >= GAIN) or kept.get(child, 0) >= PARENTS:
            continue
        kept[child] = kept.get(child, 0) + 1
        out.append(Link(parent=parent, child=child, containment=float(containment[number]), gain=gain))
    return out


def _sample(features: FeatureSet, feature: int, seed: int) -> NDArray[np.int64]:
    """At most `SAMPLE` of its documents that have a vector, evenly from strongest to weakest activation."""
    rows = np.asarray(features.inverted.of(feature)[0], np.int64)
    if rows.size <= SAMPLE:
        return rows
    begin = np.random.default_rng([seed, feature]).random()
    return rows[((np.arange(SAMPLE) + begin) * (rows.size / SAMPLE)).astype(np.int64)]


def _rebuilt(
    features: FeatureSet, ids: NDArray[np.int32], values: NDArray[np.float32]
) -> NDArray[np.float32]:
    """`Sae.decode` of many documents by one sparse product."""
    from scipy.sparse import csr_array

    starts = np.arange(len(ids) + 1, dtype=np.int64) * ids.shape[1]
    codes = csr_array((values.ravel(), ids.ravel(), starts), (len(ids), features.sae.config.features))
    return np.asarray(codes @ features.sae.decoder + features.sae.pre_bias, np.float32)
