"""Import as a whole: what arrives, what is skipped and reported, what is refused, how it continues."""

from __future__ import annotations

import csv
import errno
import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from library.library_samples import ROLES, records, unit, write_lines

from saerch_desktop import files
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library import document_writer
from saerch_desktop.library.importing import ImportReport, import_file, import_records, preview
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress, Update


def run(source: Path, library: Path, **options: Any) -> ImportReport:
    return import_file(source, library, progress=options.pop("progress", Progress()), **options)


def content(path: Path) -> list[Any]:
    """Everything a reader can see of a library's documents."""
    with Library.open(path) as library:
        assert library.findings == ()
        documents = library.documents
        every = documents.many(range(len(documents)))
        keyword = [(hit.row, hit.snippet) for hit in documents.keyword("galaxy orbit", 1000)]
        return [
            every,
            documents.problems(),
            keyword,
            library.manifest.documents,
            documents.records().tolist(),
        ]


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
    assert report.resumed_at == 0
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


# --- trouble on the way


def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_writer, "_BATCH_RECORDS", 100)


def test_cancelled_and_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch)
    source = tmp_path / "a.jsonl.gz"
    rows = [*records(950), *records(950), *[{"id": f"e{n}", "text": ""} for n in range(50)]]
    source.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    whole = run(source, tmp_path / "whole")

    progress = Progress(lambda update: progress.cancel() if update.done and "400" in update.detail else None)
    with pytest.raises(Cancelled):
        run(source, tmp_path / "x", progress=progress)
    with Library.open(tmp_path / "x") as library:
        (finding,) = library.findings
        assert finding.severity == "warning"
        there = len(library.documents)
        assert 400 <= there < 950
        assert f"interrupted after {there} documents" in finding.what
        assert "same import again" in finding.remedy
        assert library.documents.keyword("galaxy")
    report = run(source, tmp_path / "x")
    assert report.resumed_at == there
    assert (report.documents, report.read, report.empty, report.duplicates) == (950, 1950, 50, 950)
    assert (report.documents, report.read, report.empty, report.duplicates) == (
        whole.documents, whole.read, whole.empty, whole.duplicates,
    )  # fmt: skip
    assert content(tmp_path / "x") == content(tmp_path / "whole")


def test_an_unfinished_import_of_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch)
    source = write_lines(tmp_path / "a.jsonl", records(500))
    progress = Progress(lambda update: progress.cancel() if "200" in update.detail else None)
    with pytest.raises(Cancelled):
        run(source, tmp_path / "x", progress=progress)
    other = write_lines(tmp_path / "b.jsonl", records(400))
    with pytest.raises(UserError, match=r"unfinished import of a\.jsonl"):
        run(other, tmp_path / "x")
    with pytest.raises(UserError, match="in the same way"):
        run(source, tmp_path / "x", roles=Roles(text=("title",)))


PROGRAM = """
import os, signal, sys
from pathlib import Path
from saerch_desktop.library import document_writer
from saerch_desktop.library.importing import import_file
from saerch_desktop.progress import Progress
document_writer._BATCH_RECORDS = 100
source, library, vectors, moment = sys.argv[1:]
def listen(update):
    if update.stage == moment.split()[0].replace('-', ' ') and update.done >= int(moment.split()[1]):
        os.kill(os.getpid(), signal.SIGKILL)
import_file(Path(source), Path(library), vectors=Path(vectors), progress=Progress(listen))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
@pytest.mark.parametrize("moment", ["Importing-documents 60000", "Storing-vectors 0"])
def test_killed_and_continued(tmp_path: Path, moment: str) -> None:
    source = write_lines(tmp_path / "a.jsonl", [*records(600), *records(10)])
    np.save(tmp_path / "v.npy", unit(610))
    run(source, tmp_path / "whole", vectors=tmp_path / "v.npy")
    root = Path(__file__).resolve().parents[2]
    arguments = [str(source), str(tmp_path / "x"), str(tmp_path / "v.npy"), moment]
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], cwd=root, check=False)
    assert done.returncode == -signal.SIGKILL
    with Library.open(tmp_path / "x") as library:
        if moment.startswith("Importing"):
            assert 0 < len(library.documents) < 600
            assert "interrupted" in library.findings[0].what
        assert library.vectors is None
    report = run(source, tmp_path / "x", vectors=tmp_path / "v.npy")
    assert report.resumed_at > 0
    assert report.documents == 600
    assert content(tmp_path / "x") == content(tmp_path / "whole")
    assert (tmp_path / "x" / "vectors.npy").read_bytes() == (tmp_path / "whole" / "vectors.npy").read_bytes()


def test_killed_between_manifest_and_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_lines(tmp_path / "a.jsonl", records(30))
    real = document_writer.DocumentWriter.commit

    def commit(self: document_writer.DocumentWriter, *, finished: bool = False) -> None:
        if finished:
            raise KeyboardInterrupt
        real(self)

    monkeypatch.setattr(document_writer.DocumentWriter, "commit", commit)
    with pytest.raises(KeyboardInterrupt):
        run(source, tmp_path / "x")
    monkeypatch.undo()
    report = run(source, tmp_path / "x")
    assert (report.documents, report.resumed_at) == (30, 30)
    assert len(content(tmp_path / "x")[0]) == 30


def test_full_disk_in_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch)
    source = write_lines(tmp_path / "a.jsonl", records(2000))
    Library.create(tmp_path / "x").close()
    real = Library.writing_connection

    def limited(self: Library) -> sqlite3.Connection:
        connection = real(self)
        connection.execute("PRAGMA max_page_count = 150")
        return connection

    monkeypatch.setattr(Library, "writing_connection", limited)
    with pytest.raises(UserError, match="disk is full") as caught:
        run(source, tmp_path / "x")
    assert "continues where it stopped" in caught.value.remedy
    monkeypatch.undo()
    report = run(source, tmp_path / "x")
    assert report.documents == 2000
    assert 0 < report.resumed_at < 2000
    run(source, tmp_path / "whole")
    assert content(tmp_path / "x") == content(tmp_path / "whole")


def test_full_disk_while_vectors_are_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_lines(tmp_path / "a.jsonl", records(20))
    np.save(tmp_path / "v.npy", unit(20))
    real = os.fsync

    def full(descriptor: int) -> None:
        if any(path.name.startswith(".vectors.npy") for path in (tmp_path / "x").iterdir()):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(UserError, match="disk is full"):
        run(source, tmp_path / "x", vectors=tmp_path / "v.npy")
    monkeypatch.undo()
    assert not list((tmp_path / "x").glob(".vectors*"))
    run(source, tmp_path / "x", vectors=tmp_path / "v.npy")
    with Library.open(tmp_path / "x") as library:
        assert library.vectors is not None


def test_library_open_for_writing_elsewhere(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", records(3))
    with Library.create(tmp_path / "x"), pytest.raises(UserError, match="being changed"):
        run(source, tmp_path / "x")


# --- records from memory


def test_records_from_a_generator_continue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch)

    def stream(stop: int) -> Iterator[dict[str, Any]]:
        for record in records(350):
            if record["id"] == f"d{stop}":
                raise ZeroDivisionError
            yield record

    with pytest.raises(ZeroDivisionError):
        import_records(stream(230), tmp_path / "x", roles=ROLES, source="made", progress=Progress())
    report = import_records(stream(-1), tmp_path / "x", roles=ROLES, source="made", progress=Progress())
    assert (report.documents, report.resumed_at) == (350, 200)
    assert [document.row for document in content(tmp_path / "x")[0]] == list(range(350))


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
