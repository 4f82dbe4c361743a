"""Results in files: what the tables say is what the engine says, and no cell runs in a spreadsheet."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.search.engine import SearchEngine
from saerch_desktop.search.results_file import COLUMNS, results_table
from saerch_desktop.search.steering import Edit
from saerch_desktop.tables import form_of, write_table

EDITS = [Edit(2, 0.5), Edit(7, -0.4)]


def label(feature: int) -> str:
    return f"=cmd {feature}"


def write_results(path: Path, *wanted: Any) -> int:
    *about, progress = wanted
    return write_table(path, results_table(*about), form_of(path), progress)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_steered_list(library: Library, engine: SearchEngine, tmp_path: Path) -> None:
    query = engine.query("the query")
    ranking = engine.rank(query, EDITS, top=10)
    order = engine.order(ranking)
    scores, parts = engine.figures(ranking, order[:150].astype("int64"))
    for name in ("out.csv", "out.jsonl"):
        path, documents = tmp_path / name, library.documents
        assert write_results(path, documents, engine, ranking, None, 150, label, Progress()) == 150
    found, told = table(tmp_path / "out.csv"), lines(tmp_path / "out.jsonl")
    assert tuple(found[0]) == tuple(column.name for column in COLUMNS)
    assert [line["id"] for line in found] == library.documents.ids(order[:150].tolist())
    assert [record["id"] for record in told] == [line["id"] for line in found]
    for at in (0, 9, 149):
        document = library.documents.get(int(order[at]))
        assert found[at]["title"] == told[at]["title"] == document.title
        assert float(found[at]["score"]) == pytest.approx(float(scores[at]), abs=1e-6)
        assert int(found[at]["unsteered_place"]) == int(query.rank_before[order[at]])
        assert told[at]["contributions"] == [
            ["=cmd 2", pytest.approx(float(parts[at, 0]), abs=1e-6)],
            ["=cmd 7", pytest.approx(float(parts[at, 1]), abs=1e-6)],
        ]
        change = told[at]["score"] - told[at]["unsteered_score"]
        assert sum(value for _, value in told[at]["contributions"]) == pytest.approx(change, abs=1e-5)
    assert found[0]["contributions"].startswith("'=cmd"), "a label is no formula"
    assert [int(line["place"]) for line in found] == list(range(1, 151))


def test_a_list_of_both_and_one_of_words(library: Library, engine: SearchEngine, tmp_path: Path) -> None:
    words = engine.matches("river OR whale")
    both = engine.both(engine.query("the query"), words, 0.5, EDITS, top=10)
    path = tmp_path / "both.jsonl"
    write_results(path, library.documents, engine, both, None, 20, label, Progress())
    assert both.fused is not None
    for at, record in enumerate(lines(path)):
        assert record["score"] == pytest.approx(float(both.fused.score[at]), abs=1e-6)
        assert record["unsteered_place"] == int(both.rank_before[at])
    path = tmp_path / "words.csv"
    count = write_results(path, library.documents, engine, None, words, 10_000, label, Progress())
    assert count == words.rows.size
    found = table(path)
    assert [line["id"] for line in found] == library.documents.ids(words.rows.tolist())
    assert float(found[0]["score"]) == pytest.approx(float(words.scores[0]), abs=1e-6)
    assert found[0]["unsteered_place"] == ""


def test_a_file_that_cannot_be_written(library: Library, engine: SearchEngine, tmp_path: Path) -> None:
    ranking = engine.rank(engine.query("the query"), EDITS)
    with pytest.raises(UserError):
        write_results(
            tmp_path / "none" / "out.csv", library.documents, engine, ranking, None, 5, label, Progress()
        )
    path = tmp_path / "kept.jsonl"
    path.write_text("before", encoding="utf-8")
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        write_results(path, library.documents, engine, ranking, None, 5, label, progress)
    assert path.read_text("utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]
