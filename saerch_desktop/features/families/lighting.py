"""What lights up: how active each feature is in a query, a document or many, and the other way round, the
documents in which chosen features are active.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.activity import activity_of, mean_activity
from saerch_desktop.features.counting import active_counts
from saerch_desktop.features.families.strength import strength_of

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.progress import Progress

Meeting = Literal["any", "all"]
Float = NDArray[np.float32]

FULL: Final = 8.0
"""Times as common as in all documents: what lights up wholly in a selection."""

_PRIOR: Final = 3.0  # documents added to either side of a comparison, so that a few prove nothing


@runtime_checkable
class Coded(Protocol):
    """Anything with a sparse code, as a query has: (a,) active features and (a,) their activations."""

    @property
    def indices(self) -> NDArray[np.int32]: ...
    @property
    def values(self) -> Float: ...


def activation_in(
    features: FeatureSet,
    of: Coded | int | Sequence[int] | NDArray[np.integer],
    progress: Progress | None = None,
) -> Float:
    """(n,) float32: each feature's activation in a query, a document (its row), or on average over several.

    Documents without the feature count as 0 in the average; no documents at all give 0 everywhere. UserError
    for rows that are not there, Cancelled.
    """
    n = features.sae.config.features
    if isinstance(of, Coded):
        return activity_of(n, of.indices, of.values)
    rows = np.atleast_1d(np.asarray(of, np.int64))
    _require_rows(features, rows)
    if rows.size == 1:
        row = int(rows[0])
        return activity_of(n, *_active(features.codes.indices[row], features.codes.values[row]))
    return mean_activity(features.codes, n, rows, progress)


def brightness(features: FeatureSet, activation: Float) -> Float:
    """(n,) float32 from 0 to 1: each activation against the feature's own strength (the 95th percentile of
    its activations), so that weak and strong features can be compared.
    """
    strength = np.maximum(features.statistics.p95, 1e-6)
    return np.clip(activation / strength, 0.0, 1.0).astype(np.float32)


def standing_out(
    features: FeatureSet,
    book: FamilyBook,
    rows: Sequence[int] | NDArray[np.integer],
    progress: Progress | None = None,
) -> tuple[Float, Mapping[str, float]]:
    """How much more common features and families are in many documents than in all, 0 to 1: 0 as common or
    less, 1 from `FULL` times on, by the logarithm between. Of features (n,) float32, of families by key, of
    which the members' documents are counted one by one.

    What is common everywhere is active in any large selection, and would light up in each of them. UserError
    for rows that are not there, Cancelled.
    """
    chosen = np.asarray(rows, np.int64)
    _require_rows(features, chosen)
    chosen = np.unique(chosen)
    inside = active_counts(features, chosen, progress).astype(np.float64)
    overall = features.statistics.count.astype(np.float64)
    bright = _lift(inside, overall, chosen.size, features.documents)
    families = {}
    for family in book:
        of = list(family.members)
        sums = np.asarray([inside[of].sum()]), np.asarray([overall[of].sum()])
        families[family.key] = float(_lift(*sums, chosen.size, features.documents)[0])
    return bright, families


def _lift(inside: NDArray[np.float64], overall: NDArray[np.float64], rows: int, documents: int) -> Float:
    usual = (overall + _PRIOR) / (documents + _PRIOR)
    lift = (inside + _PRIOR * usual) / (rows + _PRIOR) / usual
    bright: Float = np.clip(np.log(np.maximum(lift, 1e-9)) / np.log(FULL), 0.0, 1.0).astype(np.float32)
    return bright


def family_brightness(book: FamilyBook, bright: Float) -> Mapping[str, float]:
    """Each shown family's brightness by key: that of its brightest member. bright: of the features."""
    return {family.key: float(bright[list(family.members)].max()) for family in book}


def documents_of(
    features: FeatureSet, ids: Sequence[int], mode: Meeting = "any", top: int | None = None
) -> tuple[NDArray[np.int64], Float]:
    """Documents where any or all of these features are active, and the features' summed activation there.

    Rows (m,) int64 and sums (m,) float32, strongest first, equal ones by row; top: so many at most. UserError
    for features that are not there, or a damaged index.
    """
    unique = list(dict.fromkeys(int(feature) for feature in ids))
    for feature in unique:
        features.require(feature)
    found = strength_of(features.inverted, unique, features.codes.rows)
    rows, sums = found.rows, found.sums
    if mode == "all":
        meet = found.meeting == len(unique)
        rows, sums = rows[meet], sums[meet]
    return rows[:top], sums[:top]


def _active(indices: NDArray[np.int32], values: Float) -> tuple[NDArray[np.int32], Float]:
    """Without the empty places, which name a feature that need not be active."""
    return indices[values > 0], values[values > 0]


def _require_rows(features: FeatureSet, rows: NDArray[np.int64]) -> None:
    if rows.size and not 0 <= int(rows.min()) <= int(rows.max()) < features.codes.rows:
        raise UserError(
            "There are no such documents.",
            "Nothing was lit up.",
            f"Choose rows from 0 to {features.codes.rows - 1}.",
        )
