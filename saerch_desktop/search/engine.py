"""From words to ranked documents: the one object that both doors ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.search import exact, hnsw
from saerch_desktop.search.blends import BlendEdit, tidy_blends
from saerch_desktop.search.columns import Columns, blank_missing
from saerch_desktop.search.ranking import ranks, top_rows
from saerch_desktop.search.steering import (
    Edit,
    Mode,
    Query,
    Ranking,
    Steering,
    Term,
    column_of,
    cosine,
    tidy_edits,
)

if TYPE_CHECKING:
    from saerch_desktop.embedding.base import Embedder
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.documents import KeywordHit
    from saerch_desktop.library.findings import Finding
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors

__all__ = ["Edit", "Mode", "Query", "Ranking", "SearchEngine", "cosine"]

Float = NDArray[np.float32]


class SearchEngine:
    """Searches one library, steered by one SAE's features when there are any.

    Slow calls (`query`, `neighbours`, a `rank` over columns not yet at hand) belong on a worker thread, one
    at a time. `rank` may be called from any thread while `is_warm` says so: it then touches cached columns
    only.
    """

    def __init__(
        self, library: Library, features: FeatureSet | None, embedder: Callable[[], Embedder] | None
    ) -> None:
        self.library = library
        self.features = features
        self.findings: tuple[Finding, ...] = ()
        self._open_embedder = embedder
        self._embedder: Embedder | None = None
        self._columns: Columns | None = None
        self._steering: Steering | None = None
        self._dropped: tuple[Float, Float] | None = None
        self._index: hnsw.HnswIndex | None = None
        self._index_looked_for = False
        self._lock = threading.Lock()
        vectors = library.vectors
        if features is not None and vectors is not None:
            if features.sae.config.dim != vectors.dim:
                raise UserError(
                    f"“{features.sae.name}” was trained on vectors of {features.sae.config.dim} numbers.",
                    f"This library's vectors have {vectors.dim}; plain search still works.",
                    "Train a feature model on this library's vectors.",
                )
            self._columns = Columns(vectors, features.sae.decoder)
            self._steering = Steering(self._columns)

    @property
    def columns(self) -> Columns | None:
        return self._columns

    def embedder(self) -> Embedder:
        """What embeds the queries, opened when first asked for. UserError when there is none that fits."""
        return self._embedder_for(self._vectors())

    def query(self, text: str, progress: Progress | None = None) -> Query:
        """Embed `text` and score every document. Raises `UserError` (nothing to embed with, empty text)."""
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
        return self.query_from_vector(batch.vectors[0], text, progress)

    def query_from_document(self, row: int, progress: Progress | None = None) -> Query:
        """More like this: the document's own vector as the query."""
        vector = self._row_vector(row)
        return self.query_from_vector(
            vector, self.library.documents.get(row).title or f"Document {row}", progress
        )

    def query_from_vector(self, vector: Float, text: str, progress: Progress | None = None) -> Query:
        """Score every document against `vector` (d,), which is scaled to unit length first."""
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
        base = exact.scores(vectors, unit, progress)
        indices, values = np.empty(0, np.int32), np.empty(0, np.float32)
        if self.features is not None:
            coded, activation = self.features.sae.encode(unit[None, :])
            firing = activation[0] > 0
            indices, values = coded[0][firing], activation[0][firing]
        found = int(np.count_nonzero(np.isfinite(base)))
        return Query(text, unit, base, ranks(base), indices, values, found)

    def rank(
        self,
        query: Query,
        edits: Sequence[Edit] = (),
        mode: Mode = "residual",
        top: int = 100,
        progress: Progress | None = None,
        blends: Sequence[BlendEdit] = (),
    ) -> Ranking:
        """The best `top` documents under the edits; without edits and blends, in residual mode, exactly plain
        search.

        residual (paper section 7.2): q' = q + Σ Δa_f d_f, a blend adding its amount times its weights to its
        features' Δa. paper (section 7.1): q' = decode(edited code), which drops what the features do not
        explain; that loss is a contribution of its own.
        """
        features = self.features
        known = 0 if features is None else features.sae.config.features
        tidy: dict[Term, float] = dict(tidy_edits(edits, known).items())
        tidy.update(tidy_blends(blends, known).items())
        if features is None or self._columns is None or self._steering is None:
            if mode == "paper":
                raise UserError(
                    "There is no feature model to decode the query with.",
                    "Plain search still works.",
                    "Train a feature model first.",
                )
            return self._plain(query, top)
        target = query.vector.astype(np.float64)
        dropped = None
        if mode == "paper":
            target = self._decoded(query)
            dropped = self._dropped_residual(query, progress)
        for term, delta in tidy.items():
            target = target + delta * self._columns.direction(column_of(term))
        return self._steering.rank(query, tidy, target, top, dropped, progress)

    def is_warm(
        self,
        query: Query,
        edits: Sequence[Edit] = (),
        mode: Mode = "residual",
        blends: Sequence[BlendEdit] = (),
    ) -> bool:
        """Whether `rank` with these arguments costs no pass over the vectors."""
        if mode == "paper" and (self._dropped is None or self._dropped[0] is not query.vector):
            return False
        wanted: list[Term] = [edit.feature for edit in edits]
        wanted += [edit.blend for edit in blends]
        return self._columns is None or self._columns.warm(map(column_of, wanted))

    def prefetch(self, terms: Sequence[Term], progress: Progress) -> None:
        """Make sliders of these features and blends ready to move (their columns), the first ones first."""
        if self._columns is not None:
            self._columns.prefetch([column_of(term) for term in terms], progress)

    def keyword(self, text: str, top: int = 100) -> list[KeywordHit]:
        """Documents that contain the words; needs no vectors."""
        return self.library.documents.keyword(text, top)

    def explain(self, query: Query, rows: Sequence[int] | NDArray[np.int64]) -> Float:
        """Why plain results match: a_f (d_f·x) for each row and each active feature, (len(rows), a) float32.

        Columns in the order of `query.indices`. What is missing to the score is what no feature explains.
        """
        if self.features is None or len(rows) == 0 or query.indices.size == 0:
            return np.zeros((len(rows), query.indices.size), np.float32)
        gathered = np.nan_to_num(self._vectors().gather(np.asarray(rows, dtype=np.int64)), nan=0.0)
        directions = self.features.sae.decoder[query.indices]
        explained: Float = (gathered @ directions.T) * query.values[None, :]
        return explained

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

    def _plain(self, query: Query, top: int) -> Ranking:
        rows = top_rows(query.base, top)
        none = np.zeros((len(rows), 0), np.float32)
        scores = query.base[rows]
        return Ranking(
            query, "residual", (), rows, scores, scores, query.rank_before[rows], none, (), 1.0, 0, 0
        )

    def _decoded(self, query: Query) -> NDArray[np.float64]:
        assert self.features is not None
        decoded = self.features.sae.decode(query.indices[None, :], query.values[None, :])[0]
        return np.asarray(decoded, dtype=np.float64)

    def _dropped_residual(self, query: Query, progress: Progress | None) -> Float:
        """X·(decode(encode(q)) - q), (N,) float32, kept for the newest vector, whatever it is kept to."""
        kept = self._dropped
        if kept is not None and kept[0] is query.vector:
            return kept[1]
        direction = (self._decoded(query) - query.vector).astype(np.float32)
        column: Float = exact.products(self._vectors(), direction[None, :], progress)[0]
        blank_missing(column, self._vectors().missing)
        self._dropped = (query.vector, column)
        return column

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
