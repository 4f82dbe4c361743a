"""What the points of a map are coloured by: values of a facet, years, how active something is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.facet_column import FacetColumn

MOST: Final = 8  # values with a colour of their own
STEPS: Final = 64  # of a scale
NOTHING: Final = 0  # code of points that have no value

Scale = Literal["none", "values", "amount"]

_SEVERAL: Final = (
    "A document with several of these counts for each of them; it has the colour of the rarest that has one"
)
_LOWEST: Final = 2.0  # percentile at which a scale of whole numbers begins: a few old years are not all of it


@dataclass(frozen=True, slots=True, eq=False)
class Colouring:
    """codes (N,) uint8: 0 for points without a value. Of "values": 1 to n for `names[0]`…, of "amount": 1 to
    64 from `low` to `high`; of "none" all are 1. counts: points with each name, whatever their colour. what:
    said in words. tip: how a point's colour was decided where that needs saying. order (N,): the order in
    which points are drawn, later ones on top; whole: shown as whole numbers. below, above: there are values
    beyond the ends, which have the colour of the end.
    """

    scale: Scale
    what: str
    codes: NDArray[np.uint8]
    order: NDArray[np.int64]
    names: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    low: float = 0.0
    high: float = 0.0
    tip: str = ""
    whole: bool = False
    powers: bool = False  # low and high are powers of ten
    rest: bool = False  # the last name stands for all further values
    below: bool = False
    above: bool = False

    def text(self, row: int) -> str:
        """What a point's colour says; "" for nothing."""
        code = int(self.codes[row])
        if self.scale == "values":
            return self.names[code - 1] if code else ""
        if self.scale == "amount" and code:
            value = self.low + (code - 1) / (STEPS - 1) * (self.high - self.low)
            if self.whole and code == 1 and self.below:
                return f"{value:.0f} or less"
            if self.whole and code == STEPS and self.above:
                return f"{value:.0f} or more"
            return f"{value:.0f}" if self.whole else f"about {self.figure(value)}"
        return ""

    def figure(self, value: float) -> str:
        """A value of the scale as it is read."""
        if self.powers:
            return f"{10**value:,.0f}"
        return f"{value:.0f}" if self.whole else f"{value:.2g}".replace("-", "−")


def plain(rows: int, what: str, seed: int = 0) -> Colouring:
    """By how many points there are alone."""
    return Colouring("none", what, np.ones(rows, np.uint8), shuffled(rows, seed))


def shuffled(rows: int, seed: int = 0) -> NDArray[np.int64]:
    """An order that favours nothing: which of several points on a pixel is on top is then a fair draw."""
    return np.random.default_rng(seed).permutation(rows)


def by_facet(column: FacetColumn, seed: int = 0) -> Colouring:
    """The values that most documents have, each with a colour of its own; others share one.

    A document with several of them has the colour of the rarest, which says most about it: along a path from
    a broad to a narrow subject that is the narrowest that has a colour.
    """
    shown = min(MOST - 1, len(column.values)) if len(column.values) > MOST else len(column.values)
    owner = np.repeat(np.arange(column.rows), np.diff(column.starts))
    best = np.full(column.rows, -1, np.int64)
    # Values are numbered from the commonest on, so that the rarest of a document has the largest number.
    known = column.codes < shown
    np.maximum.at(best, owner[known], column.codes[known])
    has_any = np.diff(column.starts) > 0
    codes = (best + 1).astype(np.uint8)
    names = list(column.values[:shown])
    if shown < len(column.values):
        codes[has_any & (best < 0)] = shown + 1
        names.append(f"{len(column.values) - shown:,} others")
    counts = column.counts[:shown].tolist()
    if shown < len(column.values):
        counts.append(int(column.having(np.arange(shown, len(column.values))).sum()))
    several = bool((np.diff(column.starts) > 1).any())
    order = shuffled(column.rows, seed)
    order = order[np.argsort(codes[order] > 0, kind="stable")]
    return Colouring(
        "values",
        column.name,
        codes,
        order,
        tuple(names),
        tuple(counts),
        tip=_SEVERAL if several else "",
        rest=shown < len(column.values),
    )


def by_names(what: str, codes: NDArray[np.integer], names: Sequence[str], tip: str = "") -> Colouring:
    """codes (N,): place in `names`, -1 for none."""
    made = (codes + 1).astype(np.uint8)
    order = shuffled(len(made))
    order = order[np.argsort(made[order] > 0, kind="stable")]
    counts = np.bincount(made, minlength=len(names) + 1)[1:]
    return Colouring("values", what, made, order, tuple(names), tuple(counts.tolist()), tip=tip)


def by_amount(
    what: str,
    amounts: NDArray[np.floating],
    *,
    whole: bool = False,
    on_top: bool = True,
    powers: bool = False,
    tip: str = "",
) -> Colouring:
    """amounts (N,): NaN for none. The scale goes from the lowest to the highest but for half a percent at
    either end, of whole numbers but for the lowest two percent. on_top: the highest are drawn last; else the
    order is a fair draw.
    """
    there = np.isfinite(amounts)
    codes = np.zeros(len(amounts), np.uint8)
    low = high = 0.0
    if there.any():
        low, high = (float(v) for v in np.percentile(amounts[there], (_LOWEST if whole else 0.5, 99.5)))
        if whole:
            low, high = float(np.floor(low)), float(np.ceil(high))
        span = max(high - low, 1e-12)
        places = np.clip((amounts[there] - low) / span, 0, 1) * (STEPS - 1)
        codes[there] = 1 + np.round(places).astype(np.uint8)
    order = shuffled(len(amounts))
    order = order[np.argsort(codes[order] if on_top else there[order], kind="stable")]
    counts = (int(there.sum()),)
    below, above = bool((amounts[there] < low).any()), bool((amounts[there] > high).any())
    return Colouring(
        "amount", what, codes, order, (), counts, low, high, tip, whole, powers, below=below, above=above
    )


def activation_of(features: FeatureSet, members: Sequence[int]) -> NDArray[np.float32]:
    """(N,) float32: how active these features are in each document together (summed), NaN where none is."""
    total = np.zeros(features.codes.rows, np.float32)
    for feature in members:
        rows, values = features.inverted.of(feature)
        total[rows] += values
    total[total <= 0] = np.nan
    return total


def largest_families(
    book: FamilyBook, features: int, text: dict[str, str]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """For each feature which of the largest families that are part of no other it is in, -1 for none.

    A feature in several counts to the smallest of them. text: what families are called, by key.
    """
    tops = sorted(book.tops(), key=lambda family: (-len(family.members), family.key))[:MOST]
    codes = np.full(features, -1, np.int64)
    for place, family in enumerate(tops):
        codes[list(family.members)] = place
    return codes, tuple(text[family.key] for family in tops)
