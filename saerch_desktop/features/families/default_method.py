"""Families as this program finds them: features that keep the same company, at three levels.

Pairs that go together more often than by chance are weighted by the evidence for it (`association`). From
them comes the company that each feature keeps (`company`), and features of like company are joined into
communities (`communities`); one that most resamples put elsewhere is left out (`resampling`). Why so:
docs/decisions/0007-families.md.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.association import association, nearest
from saerch_desktop.features.families.communities import agreed, communities, within
from saerch_desktop.features.families.company import NEIGHBOURS, alike, profiles
from saerch_desktop.features.families.family import Families, Family, Figures, Link, key_of
from saerch_desktop.features.families.hierarchy import links
from saerch_desktop.features.families.resampling import RESAMPLES, firmness, resampled
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.families.cooccurrence import PairCounts
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.vectors import Vectors

LARGEST: Final = 0.05  # of the live features: the most that a family has
MAIN_LEVEL: Final = 0  # the level of which the families are the most stable
FIRM: Final = 0.5  # share of the resamples that must put a member into its family
_SMALLEST: Final = 3  # two of like company may never meet: they are no family yet
_BROADEST: Final = 6.0  # resolution of the broad level, where there are features enough
_BROAD, _MIDDLE, _FINE = 64, 60, 25  # live features over a level's resolution
_WIDER: Final = 2  # times as many neighbours, among which resamples look for theirs


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """groups: the features of each family. stability (len(groups),) of each."""

    groups: list[NDArray[np.int64]]
    stability: NDArray[np.float64]


def default_families(
    features: FeatureSet,
    pairs: PairCounts,
    vectors: Vectors | None,
    *,
    resolution: float = 1.0,
    seed: int = 0,
    progress: Progress,
) -> Families:
    """Families of the live features, broad, middle and fine, each within one of the level above, and which
    features are more general than which.

    resolution: above 1 for more and smaller families. vectors: without them links are not tested for their
    part in rebuilding documents. The same seed gives the same result. Raises UserError (damaged codes),
    Cancelled.
    """
    began = time.monotonic()
    live = int(np.count_nonzero(pairs.frequency))
    levels = _levels(pairs, live, resolution, seed, progress)
    above = links(features, pairs, vectors, progress, seed)
    return Families(
        method="default",
        sae_sha256=features.sae.sha256,
        seed=seed,
        options={"resolution": resolution},
        live=live,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=time.monotonic() - began,
        families=_families(pairs, levels, above),
        links=above,
    )


def resolutions(live: int, resolution: float) -> tuple[float, float, float]:
    """Of the broad, middle and fine level. The broad one has about as many families however many features
    there are; those of the other two have about as many features each.
    """
    broad = min(_BROADEST, max(1.0, live / _BROAD))
    return broad * resolution, max(broad, live / _MIDDLE) * resolution, max(broad, live / _FINE) * resolution


def _levels(pairs: PairCounts, live: int, resolution: float, seed: int, progress: Progress) -> list[_Level]:
    steps = resolutions(live, resolution)
    progress.begin("Finding families", 2 + len(steps), "steps")
    known = association(pairs)
    company = profiles(known, seed)
    progress.advance(1)
    wider = alike(company.rows, progress, _WIDER * NEIGHBOURS)
    graph = nearest(wider, NEIGHBOURS)
    others = []
    for number in range(RESAMPLES):
        progress.check()
        others.append(resampled(pairs, known, company, wider, seed + number))
    progress.advance(2)
    levels: list[_Level] = []
    for number, step in enumerate(steps):
        largest = max(_SMALLEST, int(LARGEST * live))
        partition = communities(agreed(graph, step, seed, progress), step, seed, largest, progress)
        found = [np.flatnonzero(partition == one) for one in range(int(partition.max(initial=-1)) + 1)]
        if number == MAIN_LEVEL:
            belongs = firmness(found, others, step, seed, progress).belongs
            partition = np.where(belongs >= FIRM, partition, -1)
            found = [group[belongs[group] >= FIRM] for group in found]
        groups = [group for group in found if group.size >= _SMALLEST]
        levels.append(_Level(groups, firmness(groups, others, step, seed, progress).stability))
        # Families of the next level lie within those of this one.
        graph = within(graph, partition)
        others = [within(other, partition) for other in others]
        progress.advance(3 + number)
    return levels


def _families(pairs: PairCounts, levels: list[_Level], above: tuple[Link, ...]) -> tuple[Family, ...]:
    strength = pairs.matrix(np.maximum(pairs.npmi(), 0.0))
    below: dict[int, set[int]] = {}
    for link in above:
        below.setdefault(link.parent, set()).add(link.child)
    out: dict[str, Family] = {}
    broader: dict[int, str] = {}
    for number, level in enumerate(levels):
        keys: dict[int, str] = {}
        for group, stability in zip(level.groups, level.stability, strict=True):
            key = key_of("default", group.tolist())
            keys |= dict.fromkeys(group.tolist(), key)
            if key in out:  # it is not divided at this level
                continue
            belongs = np.asarray(strength[group][:, group].sum(axis=1)).ravel()
            members = [int(member) for member in group[np.argsort(-belongs, kind="stable")]]
            root = _root(members, below)
            if root is not None:
                members = [root, *(member for member in members if member != root)]
            parent = broader.get(members[0])
            out[key] = Family(
                key=key,
                members=tuple(members),
                root=root,
                parents=() if parent is None else (parent,),
                level=number,
                figures=Figures(stability=float(stability)),
            )
        broader = keys
    return tuple(out.values())


def _root(members: list[int], below: dict[int, set[int]]) -> int | None:
    """The member that stands over at least half of the others, directly or through one another."""
    inside = set(members)
    reached: dict[int, set[int]] = {}

    def under(member: int) -> set[int]:
        if member not in reached:
            direct = below.get(member, set()) & inside
            reached[member] = direct.union(*(under(child) for child in direct))
        return reached[member]

    best = max(members, key=lambda member: len(under(member)))
    return best if 2 * len(under(best)) >= len(members) - 1 > 0 else None
