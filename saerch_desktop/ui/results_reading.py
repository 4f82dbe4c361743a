"""Reads pages of the results behind the first: on a worker, out of the engine and the documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.library.documents import Document, Matches
from saerch_desktop.progress import Progress
from saerch_desktop.search.steering import Ranking
from saerch_desktop.ui.results_page import Page, ResultRow, reasons_of

if TYPE_CHECKING:
    from saerch_desktop.workflow.session import Session

_BEGINNING = 120  # characters of a text without a title


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What a list is read from: a ranking, or by words alone their matches."""

    session: Session
    ranking: Ranking | None
    matches: Matches | None = None

    def order(self, progress: Progress) -> NDArray[np.integer]:
        """All listed documents, best first, (total,). Raises Cancelled."""
        if self.ranking is not None:
            return self.session.engine.order(self.ranking, progress)
        return np.empty(0, np.int64) if self.matches is None else self.matches.rows

    def page(self, rows: NDArray[np.int64], start: int) -> Page:
        """The page of `rows` (n,), whose first place is `start` from 0. Raises UserError."""
        documents = result_rows(self.session.library.documents.many(rows.tolist()))
        if self.ranking is not None:
            return self._ranked(self.ranking, rows, documents)
        assert self.matches is not None
        scores = self.matches.scores[start : start + rows.size]
        snippets = self.session.library.documents.snippets(self.matches, rows.tolist())
        nothing = np.zeros((rows.size, 0), np.float32)
        return Page(rows, scores, scores, np.zeros(rows.size, np.int32), nothing, (), snippets, documents)

    def _ranked(self, ranking: Ranking, rows: NDArray[np.int64], documents: Sequence[ResultRow]) -> Page:
        engine, query = self.session.engine, ranking.query
        scores, table = engine.figures(ranking, rows)
        natural = None
        if not table.shape[1] and query.indices.size:
            natural = engine.explain(query, rows)
        reasons, terms = reasons_of(ranking, table, natural, rows.size)
        return Page(
            rows, scores, query.base[rows], query.rank_before[rows], reasons, terms, documents=documents
        )


def result_rows(documents: Sequence[Document]) -> list[ResultRow]:
    """What the table shows of documents; one without a title is called by its beginning."""
    return [ResultRow(d.row, d.id, d.title or d.text[:_BEGINNING], d.facets, d.date) for d in documents]
