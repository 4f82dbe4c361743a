"""Results as a table in a file: CSV for spreadsheets, or a JSON object on every line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.library.documents import Matches
from saerch_desktop.progress import Progress
from saerch_desktop.search.blends import Blend
from saerch_desktop.search.steering import Ranking, Term
from saerch_desktop.spreadsheet import write_csv

if TYPE_CHECKING:
    from saerch_desktop.library.documents import Documents
    from saerch_desktop.search.engine import SearchEngine

COLUMNS: Final = (
    "place",
    "id",
    "title",
    "date",
    "facets",
    "score",
    "unsteered_score",
    "unsteered_place",
    "contributions",
)
_BLOCK: Final = 1024

Record = dict[str, Any]


def write_results(
    path: Path,
    documents: Documents,
    engine: SearchEngine,
    ranking: Ranking | None,
    matches: Matches | None,
    count: int,
    label: Callable[[int], str],
    progress: Progress,
) -> int:
    """Write the first `count` documents of a ranking, or of the matches of words; how many there were.

    A name that ends in .jsonl gets a JSON object a line, any other a CSV table. Contributions are those of
    the edits to the change of score, by the features' labels. Raises UserError (the file cannot be written),
    Cancelled; a former file stays then.
    """
    order = _order(engine, ranking, matches, progress)[:count].astype(np.int64)
    progress.begin("Writing results", int(order.size), "documents")
    records = _records(documents, engine, ranking, matches, order, label, progress)
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        with files.replacing(path) as stream:
            for record in records:
                stream.write((json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "replace"))
    else:
        write_csv(path, [COLUMNS, *(_cells(record) for record in records)])
    return int(order.size)


def _order(
    engine: SearchEngine, ranking: Ranking | None, matches: Matches | None, progress: Progress
) -> NDArray[np.integer]:
    if ranking is not None:
        return engine.order(ranking, progress)
    return np.empty(0, np.int64) if matches is None else matches.rows


def _records(
    documents: Documents,
    engine: SearchEngine,
    ranking: Ranking | None,
    matches: Matches | None,
    order: NDArray[np.int64],
    label: Callable[[int], str],
    progress: Progress,
) -> Iterator[Record]:
    for start in range(0, order.size, _BLOCK):
        progress.advance(start)
        rows = order[start : start + _BLOCK]
        figures = _figures(engine, ranking, matches, rows, start, label)
        for at, (document, figure) in enumerate(zip(documents.many(rows.tolist()), figures, strict=True)):
            yield {
                "place": start + at + 1,
                "id": document.id,
                "title": document.title,
                "date": document.date,
                "facets": [list(pair) for pair in document.facets],
                **figure,
            }
    progress.advance(int(order.size))


def _figures(
    engine: SearchEngine,
    ranking: Ranking | None,
    matches: Matches | None,
    rows: NDArray[np.int64],
    start: int,
    label: Callable[[int], str],
) -> Iterator[Record]:
    """Scores and places of some rows, in their order; `start` is the first one's place from 0."""
    if ranking is None:
        scores = matches.scores if matches is not None else np.empty(0, np.float32)
        for score in scores[start : start + rows.size].tolist():
            yield {"score": _rounded(score)}
        return
    scores, table = engine.figures(ranking, rows)
    before, places = ranking.query.base[rows], ranking.query.rank_before[rows]
    fused = ranking.fused
    if fused is not None:
        span = slice(start, start + rows.size)
        scores, before, places = fused.score[span], fused.score_before[span], ranking.rank_before[span]
    names = [_named(term, label) for term in ranking.contribution_features[: table.shape[1]]]
    for at, line in enumerate(table.tolist()):
        yield {
            "score": _rounded(float(scores[at])),
            "unsteered_score": _rounded(float(before[at])),
            "unsteered_place": int(places[at]),
            "contributions": [[name, _rounded(value)] for name, value in zip(names, line, strict=True)],
        }


def _cells(record: Record) -> tuple[object, ...]:
    """A record as a line of the table."""
    flat = dict(record)
    flat["facets"] = "; ".join(f"{name}: {value}" for name, value in record["facets"])
    flat["contributions"] = "; ".join(f"{name}: {value}" for name, value in record.get("contributions", []))
    return tuple("" if flat.get(column) is None else flat[column] for column in COLUMNS)


def _named(term: Term | None, label: Callable[[int], str]) -> str:
    if term is None:
        return "not explained by features (dropped)"
    return term.name if isinstance(term, Blend) else label(term)


def _rounded(value: float) -> float:
    return round(value, 6)
