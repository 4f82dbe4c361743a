"""A hierarchical facet as a tree, and where in it each feature of an SAE has its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.facet_column import FacetColumn

_FEWEST: Final = 30  # documents of a value that takes part
_MOST_VALUES: Final = 2_000  # the commonest
_INSIDE: Final = 0.95  # of a value's documents that have another one, too, for that to be above it
_SURE: Final = 5.0  # standard deviations by which a feature and a value must go together
_BLOCK: Final = 1 << 14  # documents at once


@dataclass(frozen=True, slots=True, eq=False)
class FacetTree:
    """values: those that take part, commonest first. above: for each the place of the value next above it, -1
    at the top. counts (v,) int64: documents with each.
    """

    values: tuple[str, ...]
    above: tuple[int, ...]
    counts: NDArray[np.int64]

    @property
    def depths(self) -> int:
        """How many levels the tree has."""
        return max((len(self._up(value)) for value in range(len(self.values))), default=0)

    def at_depth(self, depth: int) -> NDArray[np.int64]:
        """(v,) the value above each, or itself, that lies `depth` steps below the top; itself if it does not
        lie so deep.
        """
        chains = [self._up(value)[::-1] for value in range(len(self.values))]
        return np.asarray([chain[min(depth, len(chain) - 1)] for chain in chains], np.int64)

    def _up(self, value: int) -> list[int]:
        out = [value]
        while self.above[out[-1]] >= 0:
            out.append(self.above[out[-1]])
        return out


def facet_tree(column: FacetColumn) -> FacetTree:
    """Which value lies under which: under the least common of the values that nearly all of its documents
    have, too, and more others. A facet without such values is a tree of one level.

    Of the values with at least 30 documents the 2,000 commonest take part.
    """
    having = _having(column)
    counts = np.asarray(having.sum(axis=0)).ravel().astype(np.int64)
    both = (having.T @ having).tocoo()
    above = np.full(counts.size, -1, np.int64)
    inside = (both.data >= _INSIDE * counts[both.row]) & (counts[both.col] > counts[both.row])
    for low, high in zip(both.row[inside], both.col[inside], strict=True):
        if above[low] < 0 or (counts[high], high) < (counts[above[low]], above[low]):
            above[low] = high
    return FacetTree(column.values[: counts.size], tuple(above.tolist()), counts)


def places_of(
    features: FeatureSet, column: FacetColumn, tree: FacetTree, progress: Progress
) -> NDArray[np.int64]:
    """(n,) the value of the tree that each feature's documents have most distinctly, -1 if none stands out.

    That of the highest correlation (φ) of "the feature is active" with "the document has the value", if it is
    five standard deviations above none. φ is highest for a value of about the feature's own breadth, so that
    a broad feature comes to lie high in the tree and a narrow one low. Raises Cancelled.
    """
    from scipy import sparse

    n, v = features.sae.config.features, len(tree.values)
    if v == 0:
        return np.full(n, -1, np.int64)
    usable = np.ones(column.rows, np.bool_)
    usable[features.without_vector] = False
    having = _having(column)[:, :v]
    codes = features.codes
    shared = np.zeros((n, v))
    counts = np.zeros(v)
    progress.begin("Placing features in the facet", column.rows, "documents")
    for start in range(0, column.rows, _BLOCK):
        part = slice(start, start + _BLOCK)
        ids, active = codes.indices[part], codes.values[part] > 0
        rows = np.repeat(np.arange(len(ids)), active.sum(axis=1))
        active_in = sparse.csr_matrix(
            (np.ones(rows.size, np.float32), (rows, ids[active])), shape=(len(ids), n)
        )
        shared += (active_in.T @ having[part]).toarray()
        counts += np.asarray(having[part][usable[part]].sum(axis=0)).ravel()
        progress.advance(min(start + _BLOCK, column.rows))
    total = max(1, features.documents)
    often = np.diff(features.inverted.starts)[:, None].astype(np.float64)
    spread = np.sqrt(often * (total - often)) * np.sqrt(counts * np.maximum(total - counts, 0))
    phi = (total * shared - often * counts) / np.maximum(spread, 1e-9)
    best = np.argmax(phi, axis=1)
    sure = phi[np.arange(n), best] * np.sqrt(total) >= _SURE
    return np.where(sure, best, -1).astype(np.int64)


def _having(column: FacetColumn) -> Any:
    """A scipy csr_matrix (N, v) float32: 1 where the document has the value."""
    from scipy import sparse

    known = int(np.count_nonzero(column.counts[:_MOST_VALUES] >= _FEWEST))
    every = sparse.csr_matrix(
        (np.ones(column.codes.size, np.float32), column.codes, column.starts),
        shape=(column.rows, len(column.values)),
    )
    every.data[:] = 1
    return every[:, :known]
