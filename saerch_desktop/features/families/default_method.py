"""Families as this program finds them: communities of associated features at three resolutions."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.association import Association, association
from saerch_desktop.features.families.communities import communities
from saerch_desktop.features.families.family import Families, Family, Link, key_of
from saerch_desktop.features.families.hierarchy import links
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.families.cooccurrence import PairCounts
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.vectors import Vectors

LARGEST: Final = 0.05  # of the live features
RESOLUTIONS: Final = (2.0, 8.0, 32.0)  # broad, middle, fine; times the resolution asked for
MAIN_LEVEL: Final = 1
_SMALLEST: Final = 2


def default_families(
    features: FeatureSet,
    pairs: PairCounts,
    vectors: Vectors | None,
    *,
    resolution: float = 1.0,
    seed: int = 0,
    progress: Progress,
) -> Families:
    """Families of the live features at three levels, and which features are more general than which.

    resolution: above 1 for more and smaller families. The same seed gives the same result. Raises UserError
    (damaged codes), Cancelled.
    """
    began = time.monotonic()
    live = int(np.count_nonzero(pairs.frequency))
    graph = association(pairs)
    progress.begin("Finding families", len(RESOLUTIONS), "levels")
    partitions = []
    for level, broadness in enumerate(RESOLUTIONS):
        largest = max(_SMALLEST, int(LARGEST * live))
        partitions.append(communities(graph, broadness * resolution, seed, largest))
        progress.advance(level + 1)
    above = links(features, pairs, vectors, progress, seed)
    return Families(
        method="default",
        sae_sha256=features.sae.sha256,
        seed=seed,
        options={"resolution": resolution},
        live=live,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=time.monotonic() - began,
        families=_families(graph, partitions, above),
        links=above,
    )


def _families(
    graph: Association, partitions: list[NDArray[np.int32]], above: tuple[Link, ...]
) -> tuple[Family, ...]:
    strength = graph.matrix()
    out: dict[str, Family] = {}
    broader = np.full(graph.size, "", dtype=object)
    for level, partition in enumerate(partitions):
        keys = broader.copy()
        for one in range(int(partition.max(initial=-1)) + 1):
            inside = np.flatnonzero(partition == one)
            if inside.size < _SMALLEST:
                continue
            key = key_of("default", inside.tolist())
            if key not in out:
                belongs = np.asarray(strength[inside][:, inside].sum(axis=1)).ravel()
                members = [int(member) for member in inside[np.argsort(-belongs, kind="stable")]]
                root = _root(members, above)
                if root is not None:
                    members = [root, *(member for member in members if member != root)]
                parents = sorted({parent for parent in broader[inside] if parent})
                out[key] = Family(
                    key=key, members=tuple(members), root=root, parents=tuple(parents[:1]), level=level
                )
            keys[inside] = key
        broader = keys
    return tuple(out.values())


def _root(members: list[int], above: tuple[Link, ...]) -> int | None:
    inside = set(members)
    below: dict[int, int] = {}
    for link in above:
        if link.parent in inside and link.child in inside:
            below[link.parent] = below.get(link.parent, 0) + 1
    if not below:
        return None
    best = max(sorted(below), key=lambda member: below[member])
    return best if below[best] * 2 >= len(members) - 1 else None
