"""What is asked: texts, documents and vectors as queries, words, and the index that helps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.search import exact, hnsw
from saerch_desktop.search.ranking import ranks
from saerch_desktop.search.steering import Query
from saerch_desktop.search.words import KeywordPage, kept, page

if TYPE_CHECKING:
    from saerch_desktop.embedding.base import Embedder
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.documents import Matches
    from saerch_desktop.library.findings import Finding
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors

Float = NDArray[np.float32]
Choice = Literal["auto", "exact", "index"]
"""How a query is answered."""

_FELT = 2_000_000_000  # numbers in all vectors above which a pass over them takes about a second
_CANDIDATES = 4096


class QuerySource:
    """Makes queries of one library; slow calls, for a worker thread, one at a time."""

    def __init__(
        self, library: Library, features: FeatureSet | None, embedder: Callable[[], Embedder] | None
    ) -> None:
        self.library = library
        self.features = features
        self.findings: tuple[Finding, ...] = ()
        self._open_embedder = embedder
        self._embedder: Embedder | None = None
        self._index: hnsw.HnswIndex | None = None
        self._index_looked_for = False
        self._matches: tuple[tuple[str, bool], Matches] | None = None
        self._lock = threading.Lock()

    def embedder(self) -> Embedder:
        """What embeds the queries, opened when first asked for. UserError when there is none that fits."""
        return self._embedder_for(self._vectors())

    def query(self, text: str, progress: Progress | None = None, how: Choice = "auto") -> Query:
        """Embed `text` and score the documents. Raises `UserError` (nothing to embed with, empty text)."""
        vectors = self._vectors()
        words = text.strip()
        if not words:
            raise UserError("The query is empty.", "Nothing was searched.", "Type some words.")
        embedder = self._embedder_for(vectors)
        batch = embedder.embed([words], progress)
        if batch.failed:
            raise UserError(
                f"The query could not be embedded: {next(iter(batch.failed.values()))}",
                "Nothing was searched; keyword search still works.",
                "Try again, or shorten the query.",
            )
        return self.query_from_vector(batch.vectors[0], text, progress, how)

    def query_from_document(self, row: int, progress: Progress | None = None) -> Query:
        """More like this: the document's own vector as the query."""
        vector = self._row_vector(row)
        return self.query_from_vector(
            vector, self.library.documents.get(row).title or f"Document {row}", progress
        )

    def query_from_vector(
        self, vector: Float, text: str, progress: Progress | None = None, how: Choice = "auto"
    ) -> Query:
        """Score the documents against `vector` (d,), which is scaled to unit length first.

        how: "exact" scores every document, "index" the nearest few thousand that the HNSW index finds,
        exactly too; "auto" takes the index where scoring all would be felt (more than a second on two cores).
        """
        vectors = self._vectors()
        given = np.asarray(vector, dtype=np.float64).reshape(-1)
        size = float(np.linalg.norm(given))
        if given.size != vectors.dim or not np.isfinite(size) or size == 0.0:
            raise UserError(
                f"The query's vector does not fit: it needs {vectors.dim} finite numbers, not all zero.",
                "Nothing was searched.",
                "Use the embedding model that made this library's vectors.",
            )
        unit = (given / size).astype(np.float32)
        index = self._index_for(vectors, how)
        base = exact.scores(vectors, unit, progress) if index is None else _candidates(vectors, index, unit)
        indices, values = np.empty(0, np.int32), np.empty(0, np.float32)
        if self.features is not None:
            coded, activation = self.features.sae.encode(unit[None, :])
            firing = activation[0] > 0
            indices, values = coded[0][firing], activation[0][firing]
        found = int(np.count_nonzero(np.isfinite(base)))
        if index is None:
            return Query(text, unit, base, ranks(base), indices, values, found)
        recall = index.record.recall_at_10
        return Query(text, unit, base, ranks(base), indices, values, found, how="index", recall=recall)

    def keep(self, query: Query, mask: NDArray[np.bool_] | None, progress: Progress | None = None) -> Query:
        """The query kept to the documents of a filter, `mask` (N,) bool, None for all.

        What was searched by the index knows the nearest few thousand alone, of which a filter may leave none:
        its documents are scored exactly then. Raises `Cancelled`.
        """
        whole = query.everywhere
        if mask is None or whole.how == "exact":
            return whole.within(mask)
        rows = np.flatnonzero(mask)
        base = np.full(mask.size, -np.inf, np.float32)
        base[rows] = exact.scores_of(self._vectors(), whole.vector, rows, progress)
        found = int(np.count_nonzero(np.isfinite(base)))
        return replace(
            whole, base=base, rank_before=ranks(base), found=found, whole=whole, how="exact", recall=None
        )

    def _index_for(self, vectors: Vectors, how: Choice) -> hnsw.HnswIndex | None:
        large = vectors.rows * vectors.dim > _FELT
        index = self._hnsw() if how == "index" or (how == "auto" and large) else None
        if index is None and how == "index":
            raise UserError(
                "This library has no index to search by.",
                "Nothing was searched; exact search finds everything the index would.",
                "Search exactly, or build the index by embedding the library again.",
            )
        return index

    def matches(self, text: str, progress: Progress | None = None, *, any_of: bool = False) -> Matches:
        """All documents that hold the words; needs no vectors, and keeps the newest answer. any_of: those
        that hold any of them, as a list to be fused wants it. Raises `Cancelled`.
        """
        asked, kept_for = (text, any_of), self._matches
        if kept_for is None or kept_for[0] != asked:
            found = self.library.documents.matches(text, progress, any_of=any_of)
            kept_for = self._matches = (asked, found)
        return kept_for[1]

    def keyword(
        self,
        text: str,
        top: int = 100,
        within: NDArray[np.bool_] | None = None,
        offset: int = 0,
        progress: Progress | None = None,
    ) -> KeywordPage:
        """Documents that contain the words, among those of `within` (N,) bool; needs no vectors."""
        return page(self.library.documents, kept(self.matches(text, progress), within), top, offset)

    def neighbours(self, row: int, n: int = 10) -> list[tuple[int, float]]:
        """The `n` documents most like document `row`, (row, cosine) best first: by the HNSW index when there
        is a sound one, else exactly. The document itself is left out."""
        vector = self._row_vector(row)
        index = self._hnsw()
        if index is not None:
            rows, values = index.nearest(vector, n + 1)
        else:
            rows, values = exact.nearest(self._vectors(), vector[None, :], n + 1)[0]
        return [(int(r), float(v)) for r, v in zip(rows, values, strict=True) if r != row][:n]

    def forget_index(self) -> None:
        """Look for the HNSW index again at its next use (it was rebuilt or removed)."""
        with self._lock:
            self._index, self._index_looked_for = None, False

    def _vectors(self) -> Vectors:
        vectors = self.library.vectors
        if vectors is None:
            raise UserError(
                "This library has no usable vectors yet.",
                "Keyword search works; search by meaning does not.",
                "Embed the documents first.",
            )
        return vectors

    def _row_vector(self, row: int) -> Float:
        vectors = self._vectors()
        if not 0 <= row < vectors.rows:
            raise UserError(
                f"There is no document {row}.", "Nothing was searched.", f"Choose 0 to {vectors.rows - 1}."
            )
        vector: Float = vectors.gather(np.asarray([row], dtype=np.int64))[0]
        if not np.isfinite(vector).all():
            raise UserError(
                f"Document {row} has no vector: it could not be embedded.",
                "Other documents can be searched; this one cannot serve as the example.",
                "Embed the library again to retry the failed documents.",
            )
        return vector

    def _embedder_for(self, vectors: Vectors) -> Embedder:
        with self._lock:
            if self._embedder is not None:
                return self._embedder
            if self._open_embedder is None:
                raise UserError(
                    "There is no embedding model for queries.",
                    "Keyword search and “more like this” still work.",
                    "Open the library with the embedding model that made its vectors.",
                )
            embedder = self._open_embedder()
            made_by = vectors.record.embedder
            if not embedder.identity.same_as(made_by):
                raise UserError(
                    f"Queries would be embedded by {embedder.identity.spec}, documents by {made_by.spec}.",
                    "Their vectors cannot be compared, so nothing was searched; keyword search still works.",
                    f"Use {made_by.spec} for queries.",
                )
            self._embedder = embedder
            return embedder

    def _hnsw(self) -> hnsw.HnswIndex | None:
        with self._lock:
            if not self._index_looked_for:
                self._index, finding = hnsw.load(self.library)
                self._index_looked_for = True
                if finding is not None:
                    self.findings = (*self.findings, finding)
            return self._index


def _candidates(vectors: Vectors, index: hnsw.HnswIndex, unit: Float) -> Float:
    """Exact scores of the index's candidates, (N,) float32, -inf for all others."""
    rows, _ = index.nearest(unit, min(_CANDIDATES, vectors.rows))
    base = np.full(vectors.rows, -np.inf, np.float32)
    base[rows] = exact.scores_of(vectors, unit, rows)
    return base
