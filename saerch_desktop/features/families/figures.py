"""How good families are: what is measured of each, and of all together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.family import Families, Family, Figures
from saerch_desktop.features.families.overlap_sums import (
    GroupSums,
    group_sums,
    overlap_with_all,
    partition_sums,
)

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.progress import Progress

_AT_ONCE: Final = 16  # families between two looks at whether to stop


@dataclass(frozen=True, slots=True)
class Summary:
    """All families of one method together.

    families, covered: how many, and how many features are in any. coverage, largest_share: of the live
    features, those covered and those in the largest family. size_mean, size_median: members. r, r_paper:
    medians over the families that have them. block_ratio: mean overlap of two features of one group over that
    of two covered features of different groups, each feature counted in one group (`homes`); None where
    there is nothing to compare.
    """

    families: int
    covered: int
    coverage: float
    largest_share: float
    size_mean: float
    size_median: float
    r: float | None
    r_paper: float | None
    block_ratio: float | None


def measure(features: FeatureSet, families: Families, progress: Progress) -> Families:
    """The same families with density, r, r_paper, inside and block_ratio filled in; stability stays.

    Exact, from all documents and all pairs (paper section 6.2; see `Figures` for what is mended). One pass
    over the codes and one over the documents of each family's members. Raises Cancelled.
    """
    with_all = overlap_with_all(features, progress)
    live = int(np.count_nonzero(np.diff(features.inverted.starts)))
    progress.begin("Measuring families", len(families.families), "families")
    measured = []
    for number, family in enumerate(families.families):
        if number % _AT_ONCE == 0:
            progress.advance(number)
        measured.append(family.model_copy(update={"figures": _figures(features, family, with_all, live)}))
    progress.advance(len(measured))
    return families.model_copy(update={"families": tuple(measured)})


def summary(
    features: FeatureSet, families: Families, progress: Progress, groups: NDArray[np.int32] | None = None
) -> Summary:
    """What `Summary` says of measured families. groups (n,): the group of each feature for the block ratio,
    -1 for none; without it, of each the narrowest family. Raises Cancelled.

    The paper divides its block ratio by that of the features in their former order. The mean of that divisor
    over all orders is 1, and one order is as good as another: it is left out. So are a feature's overlap with
    itself, and features that no family covers; no block is skipped.
    """
    n = features.sae.config.features
    if groups is None:
        groups = homes(families.families, n)
    inside, among = partition_sums(features, groups, progress)
    sizes = np.bincount(groups[groups >= 0], minlength=1).astype(np.float64)
    pairs_inside = float((sizes * (sizes - 1)).sum() / 2)
    pairs_among = float(sizes.sum() * (sizes.sum() - 1) / 2)
    covered = len(families.covered)
    live = max(1, int(np.count_nonzero(np.diff(features.inverted.starts))))
    members = np.asarray([len(family.members) for family in families.families] or [0])
    return Summary(
        families=len(families.families),
        covered=covered,
        coverage=covered / live,
        largest_share=float(members.max()) / live,
        size_mean=float(members.mean()),
        size_median=float(np.median(members)),
        r=_median(family.figures.r for family in families.families),
        r_paper=_median(family.figures.r_paper for family in families.families),
        block_ratio=_ratio(_mean(inside, pairs_inside), _mean(among - inside, pairs_among - pairs_inside)),
    )


def homes(families: Iterable[Family], features: int, widest: bool = False) -> NDArray[np.int32]:
    """(features,) int32: of the families a feature is in, the place of the narrowest (or widest); -1: none.

    Of equally large ones the first counts.
    """
    out = np.full(features, -1, np.int32)
    order = sorted(enumerate(families), key=lambda found: len(found[1].members) * (-1 if widest else 1))
    for place, family in reversed(order):
        out[list(family.members)] = place
    return out


def _figures(features: FeatureSet, family: Family, with_all: NDArray[np.float64], live: int) -> Figures:
    members = np.asarray(sorted(set(family.members)), np.int64)
    m = members.size
    sums = group_sums(features, members, family.root)
    outside = float(with_all[members].sum()) - 2 * sums.pairs
    inside = _mean(sums.pairs, m * (m - 1) / 2)
    r, r_paper = _over_children(sums, m) if family.root is not None else (None, None)
    return family.figures.model_copy(
        update={
            "density": sums.documents / max(1, features.documents),
            "r": r,
            "r_paper": r_paper,
            "inside": inside,
            "block_ratio": _ratio(inside, _mean(max(0.0, outside), m * (live - m))),
        }
    )


def _over_children(sums: GroupSums, members: int) -> tuple[float | None, float | None]:
    """r and r_paper of a family with a root."""
    children = members - 1
    row = _mean(sums.with_root, children)
    block = max(0.0, sums.pairs - sums.with_root)
    bare = _mean(block, children * (children - 1) / 2)
    with_diagonal = _mean(2 * block + children, children * children)
    return _ratio(row, bare), _ratio(row, with_diagonal)


def _mean(total: float, count: float) -> float | None:
    return total / count if count > 0 else None


def _ratio(above: float | None, below: float | None) -> float | None:
    if above is None or below is None or below <= 1e-12:
        return None
    return above / below


def _median(values: Iterable[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(np.median(there)) if there else None
