"""From words to ranked documents: the one object that both doors ask."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.search import exact
from saerch_desktop.search.blends import BlendEdit, tidy_blends
from saerch_desktop.search.columns import Columns, blank_missing
from saerch_desktop.search.hybrid import DEPTH, as_ranking, fuse
from saerch_desktop.search.queries import QuerySource
from saerch_desktop.search.ranking import full_order, ranks
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
    from saerch_desktop.library.documents import Matches
    from saerch_desktop.library.library import Library

__all__ = ["Edit", "Mode", "Query", "Ranking", "SearchEngine", "cosine"]

Float = NDArray[np.float32]
_EXPLAINED = 4


class SearchEngine(QuerySource):
    """Searches one library, steered by one SAE's features when there are any.

    Slow calls (`query`, `neighbours`, a `rank` over columns not yet at hand) belong on a worker thread, one
    at a time. `rank` may be called from any thread while `is_warm` says so: it then touches cached columns
    only.
    """

    def __init__(
        self, library: Library, features: FeatureSet | None, embedder: Callable[[], Embedder] | None
    ) -> None:
        super().__init__(library, features, embedder)
        self._columns: Columns | None = None
        self._steering: Steering | None = None
        self._dropped: tuple[Float, Float] | None = None
        self._explained: deque[tuple[Float, NDArray[np.int64], Float]] = deque(maxlen=_EXPLAINED)
        self._reached: tuple[Query, Matches, Query] | None = None
        vectors = library.vectors
        if vectors is not None:
            # Without features there are plain directions to steer along.
            directions = np.empty((0, vectors.dim), np.float32)
            if features is not None:
                directions = features.sae.decoder
            if features is not None and features.sae.config.dim != vectors.dim:
                raise UserError(
                    f"“{features.sae.name}” was trained on vectors of {features.sae.config.dim} numbers.",
                    f"This library's vectors have {vectors.dim}; plain search still works.",
                    "Train a feature model on this library's vectors.",
                )
            self._columns = Columns(vectors, directions)
            self._steering = Steering(self._columns)

    @property
    def columns(self) -> Columns | None:
        return self._columns

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
        tidy = self._tidy(edits, blends, mode)
        steering = self._required_steering()
        dropped = self._dropped_residual(query, progress) if mode == "paper" else None
        return steering.rank(query, tidy, self._target(query, tidy, mode), top, dropped, progress)

    def both(
        self,
        query: Query,
        words: Matches,
        weight: float = 0.5,
        edits: Sequence[Edit] = (),
        mode: Mode = "residual",
        top: int = 100,
        progress: Progress | None = None,
        blends: Sequence[BlendEdit] = (),
    ) -> Ranking:
        """Meaning, steered, and words in one list: all that is among the first 1,000 of either.

        words: from `matches`; weight: of the words, 0 to 1. Contributions are those to the cosine, as in
        `rank`; `Ranking.fused` says what orders the list. UserError for another weight.
        """
        if not 0 <= weight <= 1:  # nor what is no number
            raise UserError(
                "The weight of the words is not a usable number.",
                "Nothing was searched.",
                "Give one from 0, meaning alone, to 1, words alone.",
            )
        steered = self.rank(self._reaching(query, words), edits, mode, DEPTH, progress, blends)
        fused = fuse(steered.query, steered.rows, words.rows, weight, words.expression)
        scores, table = self.figures(steered, fused.rows)
        return as_ranking(steered, fused, scores, table, top)

    def _reaching(self, query: Query, words: Matches) -> Query:
        """The query with scores for what the words find, too, where the index found candidates alone."""
        if query.how == "exact":
            return query
        known = self._reached
        if known is None or known[0] is not query or known[1] is not words:
            rows = words.rows[:DEPTH]
            base = query.base.copy()
            base[rows] = exact.scores_of(self._vectors(), query.vector, rows)
            found = int(np.count_nonzero(np.isfinite(base)))
            reaching = replace(query, base=base, rank_before=ranks(base), found=found)
            known = self._reached = (query, words, reaching)
        return known[2]

    def figures(self, ranking: Ranking, rows: NDArray[np.int64]) -> tuple[Float, Float]:
        """Scores (n,) and contributions (n, m), float32, of any rows under the ranking's edits, columns
        of contributions in its order. Columns must be at hand, or they are made.
        """
        tidy = _terms(ranking)
        dropped = self._dropped_residual(ranking.query, None) if ranking.mode == "paper" else None
        return self._required_steering().figures(ranking.query, tidy, rows, dropped)

    def order(self, ranking: Ranking, progress: Progress | None = None) -> NDArray[np.int32]:
        """All rows of the ranking, best first, (ranking.total,) int32: a sort of all documents, for a worker.

        The first rows are the ranking's own. Raises Cancelled.
        """
        if ranking.fused is not None:
            return ranking.rows.astype(np.int32)
        scores = self.scores(ranking.query, ranking.edits, ranking.mode, progress, ranking.blends)
        return full_order(scores)[: ranking.total]

    def scores(
        self,
        query: Query,
        edits: Sequence[Edit] = (),
        mode: Mode = "residual",
        progress: Progress | None = None,
        blends: Sequence[BlendEdit] = (),
    ) -> Float:
        """The scores of all rows, (N,) float32, to the last bit as `rank` gives them. Raises Cancelled.

        Passes over whole columns, for a worker; the running sums of the slider in motion stay as they are.
        """
        tidy = self._tidy(edits, blends, mode)
        if self._steering is None or (not tidy and mode == "residual"):
            return query.base
        dropped = self._dropped_residual(query, progress) if mode == "paper" else None
        return self._steering.scores(query, tidy, dropped, progress)

    def _tidy(self, edits: Sequence[Edit], blends: Sequence[BlendEdit], mode: Mode) -> dict[Term, float]:
        features = self.features
        known = 0 if features is None else features.sae.config.features
        tidy: dict[Term, float] = dict(tidy_edits(edits, known).items())
        tidy.update(tidy_blends(blends, known, self._vectors().dim).items())
        if features is None and mode == "paper":
            raise UserError(
                "There is no feature model to decode the query with.",
                "Plain search still works.",
                "Train a feature model first.",
            )
        return tidy

    def _target(self, query: Query, tidy: dict[Term, float], mode: Mode) -> NDArray[np.float64]:
        """q', (d,) float64."""
        assert self._columns is not None
        target = self._decoded(query) if mode == "paper" else query.vector.astype(np.float64)
        for term, delta in tidy.items():
            target = target + delta * self._columns.direction(column_of(term))
        return target

    def steered_vector(self, ranking: Ranking) -> NDArray[np.float64]:
        """q' of a ranking, (d,) float64, not scaled to unit length."""
        if self._columns is None:
            return ranking.query.vector.astype(np.float64)
        return self._target(ranking.query, _terms(ranking), ranking.mode)

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

    def explain(self, query: Query, rows: Sequence[int] | NDArray[np.int64]) -> Float:
        """Why plain results match: a_f (d_f·x) for each row and each active feature, (len(rows), a) float32,
        read-only.

        Columns in the order of `query.indices`. What is missing to the score is what no feature explains. The
        newest answers are kept: sliders that come back to natural read no vectors from disk.
        """
        if self.features is None or len(rows) == 0 or query.indices.size == 0:
            return np.zeros((len(rows), query.indices.size), np.float32)
        wanted = np.asarray(rows, dtype=np.int64)
        for vector, of, kept in tuple(self._explained):
            if vector is query.vector and np.array_equal(of, wanted):
                return kept
        gathered = np.nan_to_num(self._vectors().gather(wanted), nan=0.0)
        directions = self.features.sae.decoder[query.indices]
        explained: Float = (gathered @ directions.T) * query.values[None, :]
        explained.flags.writeable = False
        self._explained.append((query.vector, wanted, explained))
        return explained

    def _required_steering(self) -> Steering:
        self._vectors()  # says so where there are none
        assert self._steering is not None
        return self._steering

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


def _terms(ranking: Ranking) -> dict[Term, float]:
    """What steered a ranking, in the order of its contributions."""
    terms: dict[Term, float] = {edit.feature: edit.delta for edit in ranking.edits}
    terms.update((edit.blend, edit.amount) for edit in ranking.blends)
    return {term: terms[term] for term in ranking.contribution_features if term is not None}
