"""Which features fire in the same documents, and how often: every pair that is worth looking at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families import pair_files
from saerch_desktop.features.families.pair_counts import FEWEST, PairCounts
from saerch_desktop.features.families.pair_scan import scan_pairs

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.progress import Progress

__all__ = ["PairCounts", "count_pairs", "exact_block", "pairs_for"]


def count_pairs(
    features: FeatureSet,
    progress: Progress,
    rows: NDArray[Any] | None = None,
    similarity: bool = True,
    fewest: int = FEWEST,
) -> PairCounts:
    """Count in how many documents each two features are active together.

    rows: only these documents, each as often as it is named (a bootstrap draws them with repetition); those
    without a vector are left out. similarity: whether to measure that too, which takes about as long again.
    fewest: documents in which a pair must meet to be kept; the paper's method counts single ones.
    Raises UserError (damaged codes), Cancelled.
    """
    codes = features.codes
    if rows is None:
        indices, values, documents = codes.indices, codes.values, features.documents
    else:
        chosen = np.asarray(rows, np.int64)
        chosen = np.sort(chosen[~np.isin(chosen, features.without_vector)])
        indices, values, documents = codes.indices[chosen], codes.values[chosen], int(chosen.size)
    return scan_pairs(indices, values, features.sae.config.features, documents, progress, similarity, fewest)


def pairs_for(features: FeatureSet, progress: Progress) -> PairCounts:
    """The pairs of all documents, from the SAE's folder where they were counted before.

    Counted anew when the codes have changed since; not kept where the folder cannot be written to. Raises
    UserError (damaged codes), Cancelled.
    """
    return pair_files.cached(features, progress, lambda: count_pairs(features, progress))


def exact_block(features: FeatureSet, ids: NDArray[Any]) -> NDArray[np.int64]:
    """(m, m) int64: documents in which the features `ids` (m,) are active together; the diagonal how often
    each is. Exact, rare pairs too. UserError when there is no such feature.

    One sparse product over the documents of these features (paper section 6.1, C = AᵀA).
    """
    from scipy import sparse

    chosen = [int(feature) for feature in ids]
    for feature in chosen:
        features.require(feature)
    rows = [np.asarray(features.inverted.of(feature)[0]) for feature in chosen]
    if not chosen:
        return np.zeros((0, 0), np.int64)
    starts = np.concatenate(([0], np.cumsum([part.size for part in rows])))
    every = np.concatenate(rows)
    shape = (len(chosen), features.codes.rows)
    active = sparse.csr_matrix((np.ones(every.size, np.int32), every, starts), shape=shape)
    return np.asarray((active @ active.T).toarray(), np.int64)
