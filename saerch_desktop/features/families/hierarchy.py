"""Which feature is more general than which: containment, and a part in rebuilding the documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.family import Link
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.families.cooccurrence import PairCounts
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.vectors import Vectors

CONTAINMENT: Final = 0.4  # P(parent active | child active)
BROADER: Final = 1.5  # times as many documents as the child has
PARENTS: Final = 3
GAIN: Final = 0.005
SAMPLE: Final = 48  # documents of a child that are rebuilt


def links(
    features: FeatureSet, pairs: PairCounts, vectors: Vectors | None, progress: Progress, seed: int = 0
) -> tuple[Link, ...]:
    """At most `PARENTS` parents of each feature, by descending containment; the parent always has more
    documents, so there are no circles. Without vectors the gain stays unknown. Raises Cancelled.
    """
    frequency = pairs.frequency
    swap = frequency[pairs.left] < frequency[pairs.right]
    parent = np.where(swap, pairs.right, pairs.left)
    child = np.where(swap, pairs.left, pairs.right)
    containment = pairs.counts / np.maximum(1, frequency[child])
    wanted = (containment >= CONTAINMENT) & (frequency[parent] >= BROADER * frequency[child])
    parent, child, containment = parent[wanted], child[wanted], containment[wanted]
    order = np.lexsort((parent, -containment, child))
    out: list[Link] = []
    starts = np.flatnonzero(np.diff(child[order], prepend=-1))
    groups = np.split(order, starts[1:]) if order.size else []
    progress.begin("Finding more general features", len(groups), "features")
    for number, group in enumerate(groups):
        if number % 64 == 0:
            progress.advance(number)
        one = int(child[group[0]])
        above = parent[group]
        gains = None if vectors is None else gain(features, vectors, one, above, seed)
        kept = 0
        for place, candidate in enumerate(group):
            if gains is not None and gains[place] < GAIN:
                continue
            out.append(
                Link(
                    parent=int(parent[candidate]),
                    child=one,
                    containment=min(1.0, float(containment[candidate])),
                    gain=None if gains is None else float(gains[place]),
                )
            )
            kept += 1
            if kept == PARENTS:
                break
    return tuple(out)


def gain(
    features: FeatureSet,
    vectors: Vectors,
    child: int,
    parents: Sequence[int] | NDArray[np.integer],
    seed: int,
) -> NDArray[np.float64]:
    """(p,) by how much each parent's part of the code lowers the squared error on the child's documents, as a
    share of the error without it; the child's own part may take over what it can.
    """
    rows = np.sort(features.inverted.of(child)[0])
    if rows.size > SAMPLE:
        begin = np.random.default_rng([seed, child]).random()
        rows = rows[((np.arange(SAMPLE) + begin) * (rows.size / SAMPLE)).astype(np.int64)]
    ids, values = features.codes.indices[rows], features.codes.values[rows]
    rest = vectors.gather(rows) - features.sae.decode(ids, values)
    decoder = features.sae.decoder
    out = np.zeros(len(parents))
    with_it = float(np.square(rest).sum())
    for place, parent in enumerate(parents):
        part = np.where(ids == parent, values, 0).sum(1)
        without = rest + part[:, None] * decoder[parent]
        without -= (without @ decoder[child])[:, None] * decoder[child]
        error = float(np.square(without).sum())
        out[place] = 1 - with_it / error if error > 0 else 0.0
    return out
