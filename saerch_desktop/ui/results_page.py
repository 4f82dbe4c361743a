"""What the results show of some places that follow each other: figures, reasons, words, documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.library.documents import KeywordHit
from saerch_desktop.search.blends import Blend
from saerch_desktop.search.steering import Ranking, Term

Float = NDArray[np.float32]
Labels = Callable[[int], str]

SIZE: Final = 128  # places of every page but the first, which holds what a search brings at once
SHOWN_BARS: Final = 4


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What the table shows of a document."""

    row: int
    id: str
    title: str
    facets: tuple[tuple[str, str], ...]
    date: str | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One reason for a result: what `label` adds to the score.

    feature: a blend for a family's slider, None for the dropped residual.
    """

    feature: Term | None
    label: str
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """rows (n,) int64; scores, scores_before (n,) float32; rank_before (n,) int32, from 1. reasons
    (n, m) float32: what each of `terms` adds, to the change of a steered score, to a plain score. snippets:
    the words around the hits, by row. documents: those that were read already.
    """

    rows: NDArray[np.int64]
    scores: Float
    scores_before: Float
    rank_before: NDArray[np.int32]
    reasons: Float
    terms: tuple[Term | None, ...]
    snippets: Mapping[int, str] = field(default_factory=dict)
    documents: Sequence[ResultRow] = ()

    @property
    def full(self) -> float:
        """What fills a bar, so that the largest few reach no higher."""
        if not self.reasons.size:
            return 0.0
        return float(np.quantile(np.abs(self.reasons).max(axis=1), 0.9))

    def bars(self, at: int, labels: Labels) -> tuple[Bar, ...]:
        """The biggest reasons of one row, in falling size."""
        if not self.reasons.shape[1]:
            return ()
        line = self.reasons[at]
        order = np.argsort(-np.abs(line), kind="stable")[:SHOWN_BARS]
        picked = [(self.terms[j], float(line[j])) for j in order.tolist()]
        return tuple(Bar(term, _named(term, labels), value) for term, value in picked if value)


def of_ranking(ranking: Ranking, natural: Float | None) -> Page:
    """The places that a ranking brings. natural: (n, active features of the query), the reasons where it is
    not steered.
    """
    reasons, terms = reasons_of(ranking, ranking.contributions, natural, len(ranking.rows))
    return Page(
        ranking.rows,
        ranking.scores,
        ranking.scores_before,
        ranking.rank_before,
        reasons[: len(ranking.rows)],
        terms,
    )


def reasons_of(
    ranking: Ranking, contributions: Float, natural: Float | None, count: int
) -> tuple[Float, tuple[Term | None, ...]]:
    """What explains rows of a ranking, and the terms of its columns."""
    if contributions.shape[1]:
        return contributions, ranking.contribution_features
    if natural is not None and natural.size:
        return natural, tuple(int(f) for f in ranking.query.indices)
    return np.zeros((count, 0), np.float32), ()


def of_hits(hits: Sequence[KeywordHit]) -> Page:
    """Places of documents that words found."""
    scores = np.asarray([hit.score for hit in hits], np.float32)
    rows = np.asarray([hit.row for hit in hits], np.int64)
    return Page(
        rows,
        scores,
        scores,
        np.zeros(rows.size, np.int32),
        np.zeros((rows.size, 0), np.float32),
        (),
        {hit.row: hit.snippet for hit in hits},
    )


def _named(term: Term | None, labels: Labels) -> str:
    if term is None:
        return "not explained by features (dropped)"
    return term.name if isinstance(term, Blend) else labels(term)
