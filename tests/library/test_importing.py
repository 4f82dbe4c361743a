"""Import as a whole: what arrives, what is skipped and reported, what is refused, how it continues."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from library.library_samples import content, records, run, unit, write_lines

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.library.importing import preview
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress, Update


def test_remarks_are_counted_apart_from_what_was_skipped(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text('id,text\n1,"good words here"\n2,good words here\n3,"never closed\n4,more\n')
    report = run(source, tmp_path / "x.saerch")
    assert (report.documents, report.duplicates, report.notes) == (2, 1, 1)
    source.write_text("id,text\n1,good\n2,fine\n")
    assert run(source, tmp_path / "y.saerch").notes == 0


def test_csv_with_everything(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    with source.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "title", "text", "date", "tags"])
        writer.writerow(["a", "First", "one galaxy", "2020-05-01", "x; y"])
        writer.writerow(["a", "Again", "another text", "", ""])
        writer.writerow(["b", "First", "one galaxy", "", ""])
        writer.writerow(["c", "Empty", "  ", "", ""])
        writer.writerow(["d", "Second", "two", "soon", "z", "one too many"])
        writer.writerow(["e", "Third", "three", "", "z"])
    report = run(source, tmp_path / "x.saerch")
    assert (report.documents, report.read, report.empty, report.duplicates, report.problems) == (
        2,
        6,
        1,
        2,
        1,
    )
    assert report.roles == Roles("id", "title", ("text",), "date", ("tags",))
    assert (report.resumed_at, report.notes) == (0, 0)
    with Library.open(tmp_path / "x.saerch") as library:
        assert library.findings == ()
        assert library.manifest.source == "a.csv"
        assert [document.id for document in library.documents.many([0, 1])] == ["a", "e"]
        assert library.documents.get(0).facets == (("tags", "x"), ("tags", "y"), ("year", "2020"))
        assert library.documents.get(0).metadata == {
            "id": "a", "title": "First", "text": "one galaxy", "date": "2020-05-01", "tags": "x; y",
        }  # fmt: skip
        assert [(p.record, p.kind) for p in library.documents.problems()] == [
            (1, "duplicate id"), (2, "duplicate text"), (3, "empty"), (4, "bad row"),
        ]  # fmt: skip
        assert library.documents.problem_counts()["empty"] == 1


def test_one_row(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("id,text\n1,only one\n")
    assert run(source, tmp_path / "x").documents == 1


def test_a_heading_alone(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("id,text\n")
    with pytest.raises(UserError, match="no records"):
        run(source, tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_nothing_but_empty_texts(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [{"text": " "}, {"text": None}])
    with pytest.raises(UserError, match="of 2 records, 2 had no text"):
        run(source, tmp_path / "x", roles=Roles(text=("text",)))
    assert not (tmp_path / "x").exists()


def test_a_missing_column_leaves_nothing_behind(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", records(3))
    with pytest.raises(UserError, match="no column named 'body'") as caught:
        run(source, tmp_path / "x", roles=Roles(text=("body",)))
    assert "id, title, text, date, topic, extra" in caught.value.remedy
    assert not (tmp_path / "x").exists()


def test_mixed_types_and_bad_lines(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    rows: list[Any] = [
        {"text": 17},
        {"text": ["a", "b"]},
        {"text": {"x": 1}},
        {"text": None},
        {"other": 1},
        {"text": True},
    ]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows) + "{broken\n" + '{"text": "last"}')
    report = run(source, tmp_path / "x", roles=Roles(text=("text",)))
    assert (report.documents, report.empty, report.problems) == (5, 2, 1)
    with Library.open(tmp_path / "x") as library:
        assert [text for _, _, text in library.documents.texts(0, 5)] == [
            "17",
            "a\nb",
            '{"x": 1}',
            "true",
            "last",
        ]
        # Without an id column, records are known by their numbers, from 0.
        assert library.documents.ids(range(5)) == ["0", "1", "2", "5", "7"]


def test_limit(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", records(50))
    assert run(source, tmp_path / "x", limit=7).documents == 7
    with pytest.raises(UserError):
        run(source, tmp_path / "y", limit=0)


def test_preview(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [*records(80), {"late": 1}])
    found = preview(source, rows=5)
    assert found.columns == ("id", "title", "text", "date", "topic", "extra", "late")
    assert len(found.rows) == 5
    assert found.roles.text == ("text",)
    assert found.format == "JSON Lines"


def test_a_library_holds_one_corpus(tmp_path: Path) -> None:
    first = write_lines(tmp_path / "a.jsonl", records(5))
    second = write_lines(tmp_path / "b.jsonl", records(6))
    run(first, tmp_path / "x")
    before = content(tmp_path / "x")
    with pytest.raises(UserError, match="already holds 5 documents"):
        run(second, tmp_path / "x")
    again = run(first, tmp_path / "x")
    assert (again.documents, again.read, again.resumed_at) == (5, 5, 5)
    assert content(tmp_path / "x") == before


def test_an_existing_empty_library_is_filled(tmp_path: Path) -> None:
    Library.create(tmp_path / "x", "chosen name").close()
    run(write_lines(tmp_path / "a.jsonl", records(3)), tmp_path / "x")
    with Library.open(tmp_path / "x") as library:
        assert library.manifest.name == "chosen name"
        assert len(library.documents) == 3


# --- given vectors


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_vectors_follow_their_documents(tmp_path: Path, dtype: str) -> None:
    rows = [
        *records(6),
        records(2)[1],
        {"id": "empty", "text": ""},
        *[{**row, "id": f"x{row['id']}", "title": "new"} for row in records(3)],
    ]
    source = write_lines(tmp_path / "a.jsonl", rows)
    source.write_text(source.read_text().replace("\n", "\n{bad\n", 1))
    given = (unit(12) * 3).astype(dtype)
    np.save(tmp_path / "v.npy", given)
    report = run(source, tmp_path / "x", vectors=tmp_path / "v.npy")
    assert report.documents == 9
    kept = [0, 2, 3, 4, 5, 6, 9, 10, 11]
    with Library.open(tmp_path / "x") as library:
        assert library.findings == ()
        assert library.documents.records().tolist() == kept
        vectors = library.vectors
        assert vectors is not None
        assert vectors.array.dtype == ("float16" if dtype == "float16" else "float32")
        np.testing.assert_allclose(
            vectors.block(0, 9), unit(12)[kept], atol=2e-3 if dtype == "float16" else 1e-6
        )
        np.testing.assert_allclose(np.linalg.norm(vectors.block(0, 9), axis=1), 1, atol=1e-3)
        record = library.manifest.vectors
        assert record is not None
        assert record.embedder == EmbedderIdentity(kind="given", name="v", dim=8)
        assert record.sha256 == files.sha256(tmp_path / "x" / "vectors.npy")


def test_vectors_in_the_source_itself(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"id": ["a", "b", "c"], "text": ["one", "two", "three"], "emb": unit(3).tolist()})
    pq.write_table(table, tmp_path / "a.parquet")
    run(tmp_path / "a.parquet", tmp_path / "x", vectors=tmp_path / "a.parquet", vectors_column="emb")
    with Library.open(tmp_path / "x") as library:
        assert library.vectors is not None
        np.testing.assert_allclose(library.vectors.array, unit(3), atol=1e-6)
        assert library.documents.get(0).metadata == {"id": "a", "text": "one"}


@pytest.mark.parametrize("rows", [9, 11])
def test_another_number_of_vectors_is_refused(tmp_path: Path, rows: int) -> None:
    source = write_lines(tmp_path / "a.jsonl", records(10))
    np.save(tmp_path / "v.npy", unit(rows))
    with pytest.raises(UserError, match=f"v.npy holds {rows} vectors and a.jsonl holds 10 records"):
        run(source, tmp_path / "x", vectors=tmp_path / "v.npy")
    assert not (tmp_path / "x").exists()


def test_with_a_limit_fewer_vectors_will_do(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", records(10))
    np.save(tmp_path / "v.npy", unit(6))
    run(source, tmp_path / "x", vectors=tmp_path / "v.npy", limit=6)
    with Library.open(tmp_path / "x") as library:
        assert library.vectors is not None
        assert library.vectors.rows == 6
    with pytest.raises(UserError):
        run(source, tmp_path / "y", vectors=tmp_path / "v.npy", limit=7)


def test_useless_vectors_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", records(10))
    bad = unit(10)
    bad[4] = np.nan
    np.save(tmp_path / "v.npy", bad)
    with pytest.raises(UserError, match="row 4"):
        run(source, tmp_path / "x", vectors=tmp_path / "v.npy")
    assert not (tmp_path / "x").exists()


def test_another_dimension_than_the_named_embedder(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", records(4))
    np.save(tmp_path / "v.npy", unit(4))
    minilm = EmbedderIdentity(kind="minilm", name="all-MiniLM-L6-v2", dim=384)
    with pytest.raises(UserError, match="8 dimensions"):
        run(source, tmp_path / "x", vectors=tmp_path / "v.npy", embedder=minilm)
    assert not (tmp_path / "x").exists()


def test_vectors_may_come_later(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", records(10))
    np.save(tmp_path / "v.npy", unit(10))
    run(source, tmp_path / "x")
    run(source, tmp_path / "x", vectors=tmp_path / "v.npy")
    with Library.open(tmp_path / "x") as library:
        assert library.vectors is not None
        assert library.findings == ()


# --- the rest


def test_progress_is_honest(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", records(1000))
    np.save(tmp_path / "v.npy", unit(1000))
    updates: list[Update] = []
    run(source, tmp_path / "x", vectors=tmp_path / "v.npy", progress=Progress(updates.append))
    stages = list(dict.fromkeys(update.stage for update in updates))
    assert stages == ["Checking vectors", "Counting records", "Importing documents", "Storing vectors"]
    fractions = [update.fraction for update in updates if update.fraction is not None]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_an_attempt_that_gave_nothing_does_not_stand_in_the_way(tmp_path: Path) -> None:
    Library.create(tmp_path / "x").close()
    empty = write_lines(tmp_path / "a.jsonl", [{"text": ""}])
    with pytest.raises(UserError, match="still empty"):
        run(empty, tmp_path / "x", roles=Roles(text=("text",)))
    run(write_lines(tmp_path / "b.jsonl", records(3)), tmp_path / "x")
    every, problems, *_ = content(tmp_path / "x")
    assert (len(every), problems) == (3, [])
