"""When and where a feature is active: by year, and by the facets' values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.significance import more_often, q_values, wilson

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.columns import Columns
    from saerch_desktop.library.facet_column import FacetColumn

SUPPORT: Final = 5  # documents with a value in which the feature must be active for the value to be named
Q: Final = 0.05
TOP: Final = 8
_YEAR: Final = "year"


@dataclass(frozen=True, slots=True)
class YearActivity:
    """In `count` of the `documents` of this year (those with a vector) the feature is active.

    share: of them; low, high: its 95 % interval (Wilson 1927).
    """

    year: int
    count: int
    documents: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ValueActivity:
    """A facet's value among the documents where the feature is active.

    count: documents with both; documents: with the value; share: of the feature's documents that have the
    value; lift: that share over the value's share of all documents. q: false-discovery rate among the facet's
    values; 1 for a value that is no commoner than elsewhere, or has fewer than `SUPPORT` documents.
    """

    value: str
    count: int
    documents: int
    share: float
    lift: float
    q: float

    @property
    def stands_out(self) -> bool:
        """Whether it is surely commoner where the feature is active."""
        return self.q <= Q


@dataclass(frozen=True, slots=True)
class Activity:
    """years ascending, those without documents left out; undated: the feature's documents without a year.

    facets: by name the values that stand out, by descending lift; () where none does. commonest: by name the
    values that most of the feature's documents have, by descending count, whether they stand out or not; ()
    where none of its documents has one. A facet that only says the year is not among them.
    """

    years: tuple[YearActivity, ...]
    undated: int
    facets: Mapping[str, tuple[ValueActivity, ...]]
    commonest: Mapping[str, tuple[ValueActivity, ...]]


def activity(features: FeatureSet, columns: Columns, feature: int, top: int = TOP) -> Activity:
    """Count one feature's documents as `counted` does. UserError too when there is no such feature."""
    features.require(feature)
    return counted(features, columns, np.sort(features.inverted.of(feature)[0]).astype(np.int64), top)


def counted(features: FeatureSet, columns: Columns, rows: NDArray[np.int64], top: int = TOP) -> Activity:
    """Count the documents `rows` (ascending, none twice, all with a vector) by year and by facet.

    A facet's values stand out by a one-sided hypergeometric test with a false-discovery rate of at most `Q`
    over the facet's values, and `SUPPORT` documents at least. Documents without a vector count nowhere.
    UserError when the columns are of other documents.
    """
    if columns.rows != features.codes.rows:
        raise UserError(
            "The documents' dates and facets are not those of the features.",
            "Nothing was counted; the library is unchanged.",
            "Open the library again.",
        )
    base = _base(features, columns)
    counts = np.bincount(columns.years[rows], minlength=base.years.size)
    low, high = wilson(counts, base.years)
    years = tuple(
        YearActivity(
            int(year),
            int(counts[year]),
            int(base.years[year]),
            float(counts[year] / base.years[year]),
            float(low[year]),
            float(high[year]),
        )
        for year in np.flatnonzero(base.years)
        if year
    )
    values = {
        name: _values(column, base.facets[name], rows, features.documents, top)
        for name, column in columns.facets.items()
        if name.casefold() != _YEAR
    }
    return Activity(
        years,
        int(counts[0]),
        {name: standing_out for name, (standing_out, _) in values.items()},
        {name: commonest for name, (_, commonest) in values.items()},
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Base:
    """Documents with a vector: by year (years,) int64, and by facet and value (v,) int64."""

    without: NDArray[np.int64]
    years: NDArray[np.int64]
    facets: Mapping[str, NDArray[np.int64]]


# Counting a million documents takes longer than a feature's own; they are the same for all features.
_BASES: WeakKeyDictionary[Columns, _Base] = WeakKeyDictionary()


def _base(features: FeatureSet, columns: Columns) -> _Base:
    known = _BASES.get(columns)
    without = features.without_vector
    if known is not None and np.array_equal(known.without, without):
        return known
    years = np.bincount(columns.years, minlength=1)
    years -= np.bincount(columns.years[without], minlength=years.size)
    facets = {
        name: np.bincount(column.codes, minlength=len(column.values))
        - np.bincount(_values_of(column, without), minlength=len(column.values))
        for name, column in columns.facets.items()
    }
    base = _Base(without, years, facets)
    _BASES[columns] = base
    return base


def _values(
    column: FacetColumn, documents: NDArray[np.int64], rows: NDArray[np.int64], total: int, top: int
) -> tuple[tuple[ValueActivity, ...], tuple[ValueActivity, ...]]:
    """Those that stand out, by descending lift, and the commonest, by descending count."""
    counts = np.bincount(_values_of(column, rows), minlength=documents.size)
    expected = documents * (rows.size / max(1, total))
    candidates = np.flatnonzero((counts >= SUPPORT) & (counts > expected))
    tests = int(np.count_nonzero(documents >= SUPPORT))
    q = np.ones(documents.size)
    q[candidates] = q_values(more_often(counts[candidates], documents[candidates], rows.size, total), tests)

    def told(value: int) -> ValueActivity:
        return ValueActivity(
            column.values[value],
            int(counts[value]),
            int(documents[value]),
            float(counts[value] / rows.size),
            float(counts[value] / expected[value]),
            float(q[value]),
        )

    sure = candidates[q[candidates] <= Q]
    sure = sure[np.lexsort((sure, -counts[sure] / expected[sure]))]
    met = np.flatnonzero(counts)
    met = met[np.lexsort((met, -counts[met]))]
    return tuple(told(value) for value in sure[:top].tolist()), tuple(
        told(value) for value in met[:top].tolist()
    )


def _values_of(column: FacetColumn, rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """The codes of the values of all `rows` (m,), one after the other."""
    begins = column.starts[rows]
    lengths = column.starts[rows + 1] - begins
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if ends.size else 0
    codes: NDArray[np.int32] = column.codes[np.arange(total) + np.repeat(begins - (ends - lengths), lengths)]
    return codes
