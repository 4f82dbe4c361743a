"""Which features set one set of documents apart from another, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.contingency import log_p_values
from saerch_desktop.features.counting import active_counts
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet

Float = NDArray[np.float64]

_WIDTH: Final = 1.959964  # of a 95 % interval, in standard errors
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """Each feature in two sets of documents; arrays have shape (n,), one number per feature.

    documents_inside, documents_outside: how many documents with a vector were compared. overlap: those in
    both sets, counted in neither; without_vector: those left out because they have none. inside, outside
    (int64): documents of each set where the feature is active.

    lift: its share inside over its share outside; low, high: Katz's 95 % interval of that ratio (Katz et al.
    1978, by its logarithm). Where the feature is active in none or all of a set, 0.5 is added to every
    count, so that both stay finite. log_odds: natural logarithm of the odds ratio, 0.5 added to each count
    (Haldane, Anscombe). p: two-sided, Fisher's exact test where any count is expected below 20, else the
    G-test; q: the false discovery rate at which the feature would be reported (Benjamini and Hochberg 1995)
    among the features active in either set, 1 for the others. log10_q: its logarithm, which does not
    underflow. score: the order of interest, positive for over- and negative for under-represented features:
    the share in the set where it is commoner, times the logarithm (to base 2) of the lift that the interval
    still grants; 0 where the interval holds 1.
    """

    documents_inside: int
    documents_outside: int
    overlap: int
    without_vector: int
    inside: NDArray[np.int64]
    outside: NDArray[np.int64]
    lift: Float
    low: Float
    high: Float
    log_odds: Float
    p: Float
    q: Float
    log10_q: Float
    score: Float

    @property
    def rate_inside(self) -> Float:
        """(n,) share of the inner set's documents where each feature is active."""
        return self.inside / max(1, self.documents_inside)

    @property
    def rate_outside(self) -> Float:
        """(n,) the same of the outer set."""
        return self.outside / max(1, self.documents_outside)

    def over(self, level: float = 0.05, top: int | None = None) -> NDArray[np.int64]:
        """Features over-represented inside at this false discovery rate, by falling score."""
        found = np.flatnonzero((self.q <= level) & (self.log_odds > 0))
        return found[np.lexsort((found, self.q[found], -self.score[found]))][:top]

    def under(self, level: float = 0.05, top: int | None = None) -> NDArray[np.int64]:
        """Features under-represented inside, the most so first."""
        found = np.flatnonzero((self.q <= level) & (self.log_odds < 0))
        return found[np.lexsort((found, self.q[found], self.score[found]))][:top]


def contrast(
    features: FeatureSet,
    inside: NDArray[Any],
    against: NDArray[Any] | None = None,
    *,
    progress: Progress | None = None,
) -> Contrast:
    """Compare the documents `inside` with those in `against`, or with all others.

    inside, against: rows (any order) or masks (N,) bool. Documents without a vector are left out.

    A document in both sets counts in neither, unless one set lies wholly in the other: then the part is
    compared with the rest of the whole. Raises UserError when nothing is left on one side, Cancelled.
    """
    rows = features.codes.rows
    a = _mask(inside, rows)
    b = ~a if against is None else _mask(against, rows)
    valid = np.ones(rows, bool)
    valid[features.without_vector] = False
    left_out = int(np.count_nonzero((a | b) & ~valid)) if against is not None else int((a & ~valid).sum())
    a &= valid
    b &= valid
    both = a & b
    overlap = int(np.count_nonzero(both))
    if overlap:
        sizes = int(np.count_nonzero(a)), int(np.count_nonzero(b))
        if overlap == sizes[0] == sizes[1]:
            raise UserError(
                "Both sets hold the same documents.",
                "There is nothing to compare.",
                "Choose two sets that differ.",
            )
        if overlap != sizes[0]:
            a &= ~both
        if overlap != sizes[1] or overlap == sizes[0]:
            b &= ~both
        if overlap in sizes:
            overlap = 0  # a part against the rest of the whole leaves no document out
    n_a, n_b = int(np.count_nonzero(a)), int(np.count_nonzero(b))
    if not n_a or not n_b:
        which = "the set" if not n_a else "what it is compared with"
        raise UserError(
            f"There is no document with a vector in {which}.",
            "Nothing was counted.",
            "Choose other documents.",
        )
    progress = progress or Progress()
    in_a = _counts(features, a, n_a, valid, progress)
    if n_a + n_b == features.documents:
        in_b = features.statistics.count.astype(np.int64) - in_a
    else:
        in_b = _counts(features, b, n_b, valid, progress)
    return compare(in_a, in_b, n_a, n_b, overlap=overlap, without_vector=left_out)


def compare(
    in_a: NDArray[np.int64],
    in_b: NDArray[np.int64],
    n_a: int,
    n_b: int,
    *,
    overlap: int = 0,
    without_vector: int = 0,
) -> Contrast:
    """The contrast of counted sets: `in_a`, `in_b` (n,) of `n_a`, `n_b` documents, both at least 1."""
    k1, k0 = in_a.astype(np.float64), in_b.astype(np.float64)
    edge = (in_a == 0) | (in_b == 0) | (in_a == n_a) | (in_b == n_b)
    add = np.where(edge, _HALF, 0.0)
    c1, c0, m1, m0 = k1 + add, k0 + add, n_a + add, n_b + add
    log_lift = np.log(c1 / m1) - np.log(c0 / m0)
    error = np.sqrt(np.maximum(1 / c1 - 1 / m1 + 1 / c0 - 1 / m0, 0.0))
    low, high = np.exp(log_lift - _WIDTH * error), np.exp(log_lift + _WIDTH * error)
    log_odds = np.log(k1 + _HALF) - np.log(n_a - k1 + _HALF) - np.log(k0 + _HALF) + np.log(n_b - k0 + _HALF)
    log_p = log_p_values(in_a, in_b, n_a, n_b)
    log_q = np.zeros(len(in_a))
    tested = (in_a + in_b) > 0
    log_q[tested] = _benjamini_hochberg(log_p[tested])
    granted = np.where(low > 1, c1 / m1 * np.log2(np.maximum(low, 1)), 0.0)
    granted -= np.where(high < 1, c0 / m0 * np.log2(1 / np.minimum(high, 1)), 0.0)
    return Contrast(
        documents_inside=n_a,
        documents_outside=n_b,
        overlap=overlap,
        without_vector=without_vector,
        inside=in_a,
        outside=in_b,
        lift=np.exp(log_lift),
        low=low,
        high=high,
        log_odds=log_odds,
        p=np.exp(log_p),
        q=np.exp(log_q),
        log10_q=log_q / np.log(10),
        score=granted,
    )


def _benjamini_hochberg(log_p: Float) -> Float:
    """Natural logarithms of the adjusted values, as scipy.stats.false_discovery_control gives them."""
    tests = max(1, len(log_p))  # none where no feature is active in either set
    order = np.argsort(log_p, kind="stable")
    raised = log_p[order] + np.log(tests) - np.log(np.arange(1, len(log_p) + 1))
    adjusted = np.empty(len(log_p))
    adjusted[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 0.0)
    return adjusted


def _counts(
    features: FeatureSet, mask: NDArray[np.bool_], size: int, valid: NDArray[np.bool_], progress: Progress
) -> NDArray[np.int64]:
    """Documents of the set where each feature is active; of the others where those are fewer."""
    total = features.statistics.count.astype(np.int64)
    if 2 * size > features.documents:
        return total - active_counts(features, np.flatnonzero(valid & ~mask), progress)
    return active_counts(features, np.flatnonzero(mask), progress)


def _mask(rows: NDArray[Any], documents: int) -> NDArray[np.bool_]:
    """A mask of its own for rows given either way."""
    given = np.asarray(rows)
    if given.dtype == np.bool_:
        if given.shape != (documents,):
            raise ValueError(f"a mask of {given.shape} for {documents} documents")
        return given.copy()
    mask = np.zeros(documents, bool)
    if given.size:
        if given.min() < 0 or given.max() >= documents:
            raise IndexError("a row that is not there")
        mask[given.astype(np.int64)] = True
    return mask
