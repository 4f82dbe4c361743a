"""Families by the default method and by the paper's, side by side: size, tightness, stability, truth."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.families.cooccurrence import PairCounts, count_pairs, pairs_for
from saerch_desktop.features.families.default_method import default_families
from saerch_desktop.features.families.family import Families
from saerch_desktop.features.families.figures import Summary, homes, measure, summary
from saerch_desktop.features.families.pair_counts import FEWEST
from saerch_desktop.features.families.paper import LATER_THRESHOLD, clean_features, paper_families
from saerch_desktop.features.families.rare_pairs import with_rare
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.progress import Progress
from saerch_desktop.study.facet_tree import FacetTree, facet_tree, places_of

if TYPE_CHECKING:
    from saerch_desktop.library.facet_column import FacetColumn
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors

RESAMPLES: Final = 10
SEEDS: Final = (0, 1, 2)

Groups = NDArray[np.int32]
# Families from pairs, by a seed.
Build = Callable[[PairCounts, int, Progress], Families]


@dataclass(frozen=True, slots=True)
class MethodFigures:
    """One method's families. families, coverage, largest_share, r, block_ratio: see `figures.Summary`.

    ami: mean adjusted mutual information (Vinh, Epps and Bailey 2010) of the features' groups with those
    found in resampled documents: 1 for the same groups, 0 for no more alike than by chance. agreement: of the
    groups with the facet (`agreement_with`), None without one. seconds: of finding the families, the counting
    of pairs not included.
    """

    families: int
    coverage: float
    largest_share: float
    r: float | None
    block_ratio: float | None
    ami: float | None
    agreement: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class FamilyStudy:
    """Both methods on one SAE. compared: features in families of both methods and with a place in the facet,
    on which the agreement is measured; levels, values: of the facet's tree. counting_seconds: of the pairs.
    """

    sae: str
    live: int
    resamples: int
    default: MethodFigures
    paper: MethodFigures
    compared: int | None
    levels: int | None
    values: int | None
    counting_seconds: float

    def as_dict(self) -> dict[str, Any]:
        return {"default": asdict(self.default), "paper": asdict(self.paper)}


def study_families(
    library: Library, name: str, progress: Progress, truth: str | None = None, resamples: int = RESAMPLES
) -> FamilyStudy:
    """Build both methods' families anew and measure them. truth: a facet, best a hierarchical one.

    Stability: as many documents as there are are drawn with repetition, `resamples` times; pairs are counted
    and families built anew each time, the default method with three seeds in turn. Where a feature is in
    several families, it is put into one to be compared: once into its narrowest and once into its widest,
    for both methods, and for each figure the better of the two counts. Agreement is measured at equal
    coverage: on the features that both methods have in a family and that have a place in the facet. Raises
    UserError (no such SAE or facet), Cancelled. Changes no families.
    """
    features = FeatureSet.open(library, name)
    column = _facet(library, truth, progress) if truth is not None else None
    began = time.monotonic()
    pairs = pairs_for(features, progress)
    counting = time.monotonic() - began
    # The paper's method counts pairs that meet once or twice, too; the other one does not.
    every = with_rare(features, pairs, LATER_THRESHOLD)
    methods = _methods(features, library.vectors)
    built: list[Families] = []
    seconds: list[float] = []
    for method in methods:
        began = time.monotonic()
        built.append(method(every, SEEDS[0], progress))
        seconds.append(time.monotonic() - began)
    n = features.sae.config.features
    read = [_readings(found, n) for found in built]
    totals = [
        [summary(features, measured, progress, groups) for groups in readings]
        for measured, readings in zip((measure(features, one, progress) for one in built), read, strict=True)
    ]
    stable = _stability(features, read, resamples, progress)
    agreements: list[float | None] = [None, None]
    compared = tree = None
    if column is not None:
        tree = facet_tree(column)
        agreements, compared = _agreements(places_of(features, column, tree, progress), tree, read)
    default, paper = (
        _figures(total, ami, agreement, took)
        for total, ami, agreement, took in zip(totals, stable, agreements, seconds, strict=True)
    )
    live = int(np.count_nonzero(pairs.frequency))
    values = len(tree.values) if tree is not None else None
    levels = tree.depths if tree is not None else None
    return FamilyStudy(name, live, resamples, default, paper, compared, levels, values, counting)


def same_groups(full: Groups, other: Groups) -> float | None:
    """The adjusted mutual information of two groupings of features, over those that `full` groups.

    One that `other` leaves out counts as a group of its own, so that losing features is not rewarded. None
    where `full` has no groups.
    """
    from sklearn.metrics import adjusted_mutual_info_score

    inside = np.flatnonzero(full >= 0)
    if inside.size == 0:
        return None
    alone = int(other.max(initial=-1)) + 1 + np.arange(inside.size)
    found = np.where(other[inside] >= 0, other[inside], alone)
    return float(adjusted_mutual_info_score(full[inside], found))


def agreement_with(groups: Groups, places: NDArray[np.int64], tree: FacetTree) -> float | None:
    """How well groups of features follow the tree: the mean over its levels of the adjusted mutual
    information of the groups with the values at that level. None where no feature has both.

    groups (n,), -1 for none; places (n,) of each feature in the tree, -1 for none; features that lack either
    are left out. That measure is 0 for groups at random whatever their sizes, so that neither a few large nor
    many small groups have it easier.
    """
    from sklearn.metrics import adjusted_mutual_info_score

    both = (groups >= 0) & (places >= 0)
    if not both.any():
        return None
    levels = [tree.at_depth(depth)[places[both]] for depth in range(tree.depths)]
    return float(np.mean([adjusted_mutual_info_score(level, groups[both]) for level in levels]))


def _agreements(
    places: NDArray[np.int64], tree: FacetTree, read: Sequence[Sequence[Groups]]
) -> tuple[list[float | None], int]:
    """At equal coverage: for both methods on the same features, those that both cover and the facet knows."""
    common = (places >= 0) & (read[0][0] >= 0) & (read[1][0] >= 0)
    limited = np.where(common, places, -1)
    return (
        [_best(agreement_with(groups, limited, tree) for groups in readings) for readings in read],
        int(np.count_nonzero(common)),
    )


def _stability(
    features: FeatureSet,
    read: Sequence[Sequence[Groups]],
    resamples: int,
    progress: Progress,
) -> list[float | None]:
    # The steps of each build are not shown, but they stop when this study does.
    quiet = Progress(lambda _: progress.check())
    n = features.sae.config.features
    usable = np.setdiff1d(np.arange(features.codes.rows), features.without_vector)
    alike: list[list[list[float | None]]] = [[[] for _ in readings] for readings in read]
    progress.begin("Building families from resampled documents", resamples, "resamples")
    for number in range(resamples):
        progress.advance(number)
        drawn = np.random.default_rng([number, usable.size]).choice(usable, usable.size)
        pairs = count_pairs(features, quiet, drawn, fewest=1)
        for method, readings, scores in zip(_methods(features, None), read, alike, strict=True):
            again = _readings(method(pairs, SEEDS[number % len(SEEDS)], quiet), n)
            for before, after, found in zip(readings, again, scores, strict=True):
                found.append(same_groups(before, after))
    progress.advance(resamples)
    return [_best(_mean(found) for found in scores) for scores in alike]


def _methods(features: FeatureSet, vectors: Vectors | None) -> tuple[Build, Build]:
    """By default, and by the paper. vectors: for testing links, without which the families are the same."""
    clean = clean_features(features.labels, features.statistics.density)

    def by_default(pairs: PairCounts, seed: int, progress: Progress) -> Families:
        often = pairs.where(pairs.counts >= FEWEST)
        return default_families(features, often, vectors, seed=seed, progress=progress)

    def by_paper(pairs: PairCounts, _: int, progress: Progress) -> Families:
        return paper_families(pairs, clean, progress=progress)

    return by_default, by_paper


def _readings(found: Families, features: int) -> Sequence[Groups]:
    return homes(found.families, features), homes(found.families, features, widest=True)


def _figures(
    totals: Sequence[Summary], ami: float | None, agreement: float | None, seconds: float
) -> MethodFigures:
    one = totals[0]
    ratio = _best(total.block_ratio for total in totals)
    return MethodFigures(one.families, one.coverage, one.largest_share, one.r, ratio, ami, agreement, seconds)


def _facet(library: Library, name: str, progress: Progress) -> FacetColumn:
    from saerch_desktop.library.facet_column import read_facets

    facets = read_facets(library.documents, len(library.documents), progress)
    if name not in facets:
        raise UserError(
            f"The documents have no facet “{name}”.",
            "Families can be studied without one; nothing was measured.",
            f"Choose one of: {', '.join(facets)}." if facets else "Leave it out: there are no facets.",
        )
    return facets[name]


def _best(values: Any) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _mean(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None
