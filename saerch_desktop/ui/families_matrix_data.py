"""The numbers behind the matrix of families: which features, in which order, and how each pair meets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress
from saerch_desktop.ui.families_focus import Focus

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.families.ties import Measure, Ties
    from saerch_desktop.features.feature_set import FeatureSet

MOST: Final = 240  # features in a matrix: more are no longer told apart
_OVERVIEW: Final = 12  # families of the overview
_NEAR: Final = 40  # features around one that is in no family


@dataclass(frozen=True, slots=True)
class Block:
    """Features `first` to before `last` belong to this family."""

    key: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class MatrixData:
    """features (m,) int64 in the order they are drawn, family by family. counts (m, m) int64: documents of
    both, the diagonal those of each. values (m, m) float32: the measure, 0 to 1, the diagonal 0. left_out:
    features that there was no room for.
    """

    features: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    counts: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 0), np.int64))
    values: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    blocks: tuple[Block, ...] = ()
    measure: str = "npmi"
    left_out: int = 0

    def strongest(self, most: int) -> list[tuple[int, int]]:
        """Places of the strongest pairs, the first place the smaller one."""
        one, other = np.triu_indices(self.features.size, 1)
        values = self.values[one, other]
        best = np.argsort(-values, kind="stable")[:most]
        return [(int(one[at]), int(other[at])) for at in best if values[at] > 0]


def matrix_of(
    features: FeatureSet,
    book: FamilyBook,
    ties: Ties | None,
    focus: Focus,
    measure: Measure,
    progress: Progress,
) -> MatrixData:
    """What the matrix shows for something in the middle: a family by its parts, a feature's family, or the
    largest families. ties: only for the similarity of activations, which counts do not tell; without them it
    is 0. Raises UserError (damaged codes), Cancelled.
    """
    from saerch_desktop.features.families.cooccurrence import exact_block

    ids, blocks, left_out = chosen_features(features, book, ties, focus)
    if not ids.size:
        return MatrixData(measure=measure)
    progress.check()
    counts = exact_block(features, ids)
    if measure == "similarity":
        values = np.zeros(counts.shape, np.float32)
        if ties is not None:
            one, other, value = ties.among(ids)
            values[one, other] = values[other, one] = value
    else:
        values = measured(counts, features.documents, measure)
    return MatrixData(ids, counts, values, blocks, measure, left_out)


def chosen_features(
    features: FeatureSet, book: FamilyBook, ties: Ties | None, focus: Focus
) -> tuple[NDArray[np.int64], tuple[Block, ...], int]:
    """Features by family, the families' places among them, and how many were left out."""
    groups: list[tuple[str, list[int]]] = []
    key = focus.family
    if key is None and focus.feature is not None:
        of = book.of_feature(focus.feature)
        key = of[0].key if of else None
        if key is None:
            near = ties.of_feature(focus.feature)[0][:_NEAR].tolist() if ties is not None else []
            groups.append(("", [focus.feature, *near]))
    family = book.get(key) if key is not None else None
    if family is not None:
        inside: set[int] = set()
        for part in book.parts(family.key):
            groups.append((part.key, [member for member in part.members if member not in inside]))
            inside.update(part.members)
        groups.append((family.key, [member for member in family.members if member not in inside]))
    elif focus.overview:
        tops = sorted(book.tops(), key=lambda top: (-len(top.members), top.key))[:_OVERVIEW]
        share = max(1, MOST // max(1, len(tops)))
        # Of the overview's families the members that belong most; all of them are in their own matrix.
        groups = [(top.key, list(top.members[:share])) for top in tops]
    ids: list[int] = []
    blocks: list[Block] = []
    wanted = sum(len(members) for _, members in groups)
    seen: set[int] = set()
    for name, members in groups:
        fresh = [member for member in members if member not in seen][: MOST - len(ids)]
        seen.update(members)
        if fresh and name:
            blocks.append(Block(name, len(ids), len(ids) + len(fresh)))
        ids += fresh
    return np.asarray(ids, np.int64), tuple(blocks), max(0, wanted - len(ids))


def measured(counts: NDArray[np.int64], documents: int, measure: str) -> NDArray[np.float32]:
    """(m, m) float32 from 0 to 1, symmetric, the diagonal 0; what is rarer than by chance is 0."""
    frequency = np.diagonal(counts).astype(np.float64)
    shared = counts.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure != "npmi":
            # The larger of P(i | j) and P(j | i) has the rarer feature's documents beneath it.
            values = shared / np.minimum.outer(frequency, frequency)
        else:
            share = shared / max(1, documents)
            expected = np.multiply.outer(frequency, frequency) / max(1, documents)
            values = np.log(shared / expected) / -np.log(share)
    values = np.clip(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), 0.0, 1.0)
    np.fill_diagonal(values, 0.0)
    return values.astype(np.float32)
