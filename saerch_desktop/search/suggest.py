"""Suggested edits: what to raise and lower so that a search goes from some documents towards others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.search.steering import Edit

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.vectors import Vectors
    from saerch_desktop.search.steering import Query

Float = NDArray[np.float64]

_LEVEL: Final = 0.05
_BLOCK: Final = 1 << 13
_FEW: Final = 4  # features that one press of “more like this” moves
STEP: Final = 0.3  # how far a step goes: the length of the change, that of a query being 1


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One edit that leads from the documents of B towards those of A.

    delta: mean activation in A less that in B, in units of activation. rate_a, rate_b: shares of the
    documents where the feature is active; q: the false discovery rate of that difference.
    """

    feature: int
    delta: float
    rate_a: float
    rate_b: float
    q: float


def suggest(
    features: FeatureSet,
    rows_a: NDArray[Any],
    rows_b: NDArray[Any] | None = None,
    top: int = 8,
    progress: Progress | None = None,
) -> tuple[Suggestion, ...]:
    """The features that set A apart from B, or from all other documents, the most telling first.

    rows_a, rows_b: rows or masks (N,) bool. First those whose shares differ for sure (Benjamini and Hochberg,
    5 %), by the lift that the interval grants; then, for sets too small to be sure, those whose mean
    activations differ most. A feature whose mean goes the other way than its share is left out. UserError
    when a set is empty or both are the same, Cancelled.
    """
    from saerch_desktop.features.contrast import contrast

    rows = features.codes.rows
    a = _rows(rows_a, rows)
    found = contrast(features, rows_a, rows_b, progress=progress)
    mean_a = mean_code(features, a, progress)
    if rows_b is None:
        n = features.documents
        whole = features.statistics.mean.astype(np.float64) * features.statistics.count
        mean_b = (whole - mean_a * found.documents_inside) / max(1, n - found.documents_inside)
    else:
        mean_b = mean_code(features, _rows(rows_b, rows), progress)
    change = mean_a - mean_b
    agrees = (change * found.log_odds > 0) & (np.abs(change) > 1e-6)
    sure = agrees & (found.q <= _LEVEL)
    ids = np.arange(len(change))
    by_score = np.lexsort((ids, -np.abs(found.score)))
    by_change = np.lexsort((ids, -np.abs(change)))
    chosen = [*by_score[sure[by_score]][:top], *by_change[(agrees & ~sure)[by_change]][:top]][:top]
    return tuple(
        Suggestion(
            int(f),
            float(change[f]),
            float(found.rate_inside[f]),
            float(found.rate_outside[f]),
            float(found.q[f]),
        )
        for f in chosen
    )


def at_length(
    features: FeatureSet, suggestions: tuple[Suggestion, ...], length: float = STEP
) -> tuple[Suggestion, ...]:
    """The same in the same proportions, as far as changes of `length` together, that of a query being 1.

    Means over many documents differ by little, as few of them have each feature: too little to be felt.
    """
    if not suggestions:
        return ()
    ids = [one.feature for one in suggestions]
    deltas = np.array([one.delta for one in suggestions])
    size = float(np.linalg.norm(deltas @ features.sae.decoder[ids].astype(np.float64)))
    if size < 1e-9:
        return suggestions
    return tuple(replace(one, delta=one.delta * length / size) for one in suggestions)


def mean_code(features: FeatureSet, rows: NDArray[np.int64], progress: Progress | None = None) -> Float:
    """(n,) float64: mean activation of every feature over those of `rows` that have a vector."""
    n = features.sae.config.features
    total = np.zeros(n)
    kept = rows[~np.isin(rows, features.without_vector)]
    for at in range(0, kept.size, _BLOCK):
        if progress is not None:
            progress.check()
        part = kept[at : at + _BLOCK]
        ids = np.take(features.codes.indices, part, axis=0)
        values = np.take(features.codes.values, part, axis=0).astype(np.float64)
        values[values < 0] = 0.0
        total += np.bincount(ids.ravel(), values.ravel(), minlength=n)
    return total / max(1, kept.size)


def mean_vector(vectors: Vectors, rows: NDArray[Any], progress: Progress | None = None) -> Float:
    """(d,) float64: mean of the documents' vectors, each at unit length; rows or a mask.

    UserError when none of them has a vector, Cancelled.
    """
    total, count = np.zeros(vectors.dim), 0
    wanted = _rows(rows, vectors.rows)
    for at in range(0, wanted.size, _BLOCK):
        if progress is not None:
            progress.check()
        block = vectors.gather(wanted[at : at + _BLOCK]).astype(np.float64)
        size = np.linalg.norm(block, axis=1)
        sound = np.isfinite(size) & (size > 0)
        total += (block[sound] / size[sound, None]).sum(0)
        count += int(np.count_nonzero(sound))
    if not count:
        raise UserError(
            "None of these documents has a vector.",
            "There is nothing to search by.",
            "Choose other documents.",
        )
    mean: Float = total / count
    return mean


def mean_difference(
    vectors: Vectors, a: NDArray[Any], b: NDArray[Any] | None = None, progress: Progress | None = None
) -> Float:
    """(d,) float64: the mean of A less the mean of B, or of all other documents: no feature is asked.

    A document in both sets counts in both. UserError when a set has no vector, Cancelled.
    """
    if b is None:
        rest = np.ones(vectors.rows, bool)
        rest[_rows(a, vectors.rows)] = False
        b = rest
    return mean_vector(vectors, a, progress) - mean_vector(vectors, b, progress)


def nudge(
    features: FeatureSet,
    vectors: Vectors,
    query: Query,
    row: int,
    results: NDArray[Any],
    sign: int = 1,
    locked: Collection[int] = (),
) -> tuple[Edit, ...]:
    """Edits that move document `row` up against the present results, or down with `sign` -1.

    Of the document's features that are stronger in it than in the results on average, those that part it from
    them most along their own direction (relevance feedback after Rocchio 1971, kept to a few features). None
    of `locked`. The change is 0.3 of the query's length. UserError when there is nothing to tell them apart.
    """
    if row in features.without_vector:
        raise UserError(
            "This document has no vector.", "Nothing was steered.", "Choose a document that has one."
        )
    others = np.asarray(results, np.int64)
    others = others[others != row]
    own = mean_code(features, np.array([row], np.int64))
    excess = own - mean_code(features, others) if others.size else own
    excess[list(locked)] = 0.0
    ids = np.flatnonzero((excess > 0) & (own > 0))
    apart = vectors.gather(np.array([row]))[0].astype(np.float64)
    apart /= max(float(np.linalg.norm(apart)), 1e-12)
    apart = apart - (mean_vector(vectors, others) if others.size else query.vector)
    directions = features.sae.decoder[ids].astype(np.float64)
    gain = excess[ids] * (directions @ apart)
    best = np.lexsort((ids, -gain))
    best = best[gain[best] > 0][:_FEW]
    change = excess[ids[best]] @ directions[best] if best.size else np.zeros(1)
    size = float(np.linalg.norm(change))
    if size < 1e-9:
        raise UserError(
            "No feature tells this document from the results.",
            "Nothing was steered.",
            "Use it as the query instead.",
        )
    return tuple(Edit(int(ids[i]), float(sign * excess[ids[i]] * STEP / size)) for i in best)


def _rows(rows: NDArray[Any], documents: int) -> NDArray[np.int64]:
    """Ascending, none twice."""
    given = np.asarray(rows)
    if given.dtype == np.bool_:
        return np.flatnonzero(given)
    found = np.unique(given.astype(np.int64))
    return found[(found >= 0) & (found < documents)]
