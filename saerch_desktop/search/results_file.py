"""Results as a table that leaves the program: each document with its scores, and what moved it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.library.documents import Document, Matches
from saerch_desktop.search.blends import Blend
from saerch_desktop.search.steering import Ranking, Term
from saerch_desktop.tables import Block, Cells, Column, Table

if TYPE_CHECKING:
    from saerch_desktop.library.documents import Documents
    from saerch_desktop.progress import Progress
    from saerch_desktop.search.engine import SearchEngine

COLUMNS: Final = (
    Column("place", "int", "place in the list, from 1"),
    Column("row", "int", "the document's row in the library, as codes and vectors have it"),
    Column("id", "text", "the document's own identifier"),
    Column("title", "text", "its title"),
    Column("date", "text", "its date, ISO"),
    Column("facets", "pairs", "its facets: name and value"),
    Column("score", "float", "what the list is ordered by"),
    Column("unsteered_score", "float", "the same without any change of a feature"),
    Column("unsteered_place", "int", "its place without any change, from 1"),
    Column("contributions", "shares", "what each changed feature or family added to the score"),
)
TEXT: Final = Column("text", "text", "its whole text")
_BLOCK: Final = 1024


def results_table(
    documents: Documents,
    engine: SearchEngine,
    ranking: Ranking | None,
    matches: Matches | None,
    count: int,
    label: Callable[[int], str],
    *,
    texts: bool = False,
) -> Table:
    """The first `count` documents of a ranking, or of the matches of words.

    Contributions are those of the edits to the change of score, by the features' labels. texts: with the
    whole text of each document. The order is worked out as the table is written.
    """
    listed = ranking.total if ranking is not None else 0 if matches is None else int(matches.rows.size)
    rows = min(max(0, count), listed)

    def blocks(progress: Progress) -> Iterator[Block]:
        order = _order(engine, ranking, matches, progress)[:rows].astype(np.int64)
        for start in range(0, order.size, _BLOCK):
            progress.check()
            part = order[start : start + _BLOCK]
            found = documents.many(part.tolist())
            figures = _figures(engine, ranking, matches, part, start, label)
            yield [*_about(found, start), *figures, *([[one.text for one in found]] if texts else [])]

    origin = {"query": ranking.query.text} if ranking is not None else {}
    return Table((*COLUMNS, *((TEXT,) if texts else ())), rows, blocks, origin)


def _about(found: list[Document], start: int) -> list[Cells]:
    return [
        np.arange(start + 1, start + 1 + len(found)),
        [document.row for document in found],
        [document.id for document in found],
        [document.title for document in found],
        [document.date for document in found],
        [document.facets for document in found],
    ]


def _order(
    engine: SearchEngine, ranking: Ranking | None, matches: Matches | None, progress: Progress
) -> NDArray[np.integer]:
    if ranking is not None:
        return engine.order(ranking, progress)
    return np.empty(0, np.int64) if matches is None else matches.rows


def _figures(
    engine: SearchEngine,
    ranking: Ranking | None,
    matches: Matches | None,
    rows: NDArray[np.int64],
    start: int,
    label: Callable[[int], str],
) -> list[Cells]:
    """Scores, places and contributions of some rows, in their order; `start` is the first one's place
    from 0.
    """
    unknown = [None] * int(rows.size)
    if ranking is None:
        scores = matches.scores if matches is not None else np.empty(0, np.float32)
        return [scores[start : start + rows.size], unknown, unknown, unknown]
    scores, table = engine.figures(ranking, rows)
    before, places = ranking.query.base[rows], ranking.query.rank_before[rows]
    fused = ranking.fused
    if fused is not None:
        span = slice(start, start + rows.size)
        scores, before, places = fused.score[span], fused.score_before[span], ranking.rank_before[span]
    names = [_named(term, label) for term in ranking.contribution_features[: table.shape[1]]]
    # As text and back: single precision with no digits that it does not have.
    shares = table.astype("U32").astype(np.float64).tolist()
    return [scores, before, places, [list(zip(names, line, strict=True)) for line in shares]]


def _named(term: Term | None, label: Callable[[int], str]) -> str:
    if term is None:
        return "not explained by features (dropped)"
    return term.name if isinstance(term, Blend) else label(term)
