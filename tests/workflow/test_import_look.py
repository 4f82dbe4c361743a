"""What is told of a source and of vectors before anything is made is what the import then does."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from saerch_desktop.embedding.base import EmbeddingBatch
from saerch_desktop.errors import UserError
from saerch_desktop.library.given_keys import keys_in
from saerch_desktop.library.importing import import_file
from saerch_desktop.library.library import Library
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress
from saerch_desktop.workflow import import_vectors
from saerch_desktop.workflow.import_draft import ImportDraft
from saerch_desktop.workflow.import_look import first_texts, look_at, survey
from saerch_desktop.workflow.import_vectors import bill, look_at_vectors, probe

ROLES = Roles("id", "title", ("text",))


def table(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("id", "title", "text"), *rows])
    return path


def plain(count: int) -> list[tuple[str, str, str]]:
    return [(f"d{n}", f"Title {n}", f"Words about subject {n} " * 3) for n in range(count)]


def test_a_source_is_measured_without_reading_it_all(tmp_path: Path) -> None:
    small = look_at(table(tmp_path / "small.csv", plain(70)), Progress())
    assert (small.rows, small.exact, small.format) == (70, True, "CSV")
    assert small.columns == ("id", "title", "text")
    assert len(small.sample) == 50
    assert small.guessed.text == ("text",)
    large = look_at(table(tmp_path / "large.csv", plain(30_000)), Progress())
    assert not large.exact
    assert large.rows == pytest.approx(30_000, rel=0.25)
    for n in range(3):
        (tmp_path / f"{n}.txt").write_text("some words")
    folder = look_at(tmp_path, Progress())
    assert (folder.rows, folder.exact, folder.files) == (3, True, 3)


def test_the_survey_foretells_what_the_import_does(tmp_path: Path) -> None:
    rows = plain(40)
    rows[5] = ("d5", "Nothing in it", "")
    rows[7] = ("d6", "Another", "The same identifier as another")
    rows[9] = ("d9", rows[8][1], rows[8][2])
    rows[11] = ("d11", "Long", "word " * 500)
    path = table(tmp_path / "papers.csv", rows)
    with path.open("ab") as stream:
        stream.write("d99,Caf\xe9,Not UTF-8 at all\n".encode("cp1252"))
    found = survey(path, ROLES, Progress())
    counts = {problem.kind: problem.count for problem in found.problems}
    assert counts == {"no text": 1, "duplicate id": 1, "duplicate text": 1, "encoding": 1, "too long": 1}
    assert "Record 6" in next(p for p in found.problems if p.kind == "no text").examples[0]
    report = import_file(path, tmp_path / "made.saerch", roles=ROLES, progress=Progress())
    assert (found.documents, found.records, found.whole) == (report.documents, report.read, True)
    part = survey(path, ROLES, Progress(), most=10)
    assert (part.records, part.whole) == (10, False)
    assert survey(path, ROLES, Progress(), limit=10).whole


def test_texts_to_try_are_drawn_from_everywhere_and_first_ones_are_exact(tmp_path: Path) -> None:
    path = table(tmp_path / "papers.csv", plain(1000))
    found = survey(path, ROLES, Progress())
    assert len(set(found.tried)) == 64
    assert found.tried == survey(path, ROLES, Progress()).tried
    assert any("Title 9" in text and len(text.split("\n")[0]) == 9 for text in found.tried)
    look = look_at(path, Progress())
    words = [f"Words about subject {n} " * 3 for n in (0, 1)]
    assert first_texts(look, ROLES, 2) == [f"Title {n}\n\n{words[n].strip()}" for n in (0, 1)]


class _Slow:
    def __init__(self) -> None:
        self.seen: list[int] = []

    def embed(self, texts: list[str], progress: Progress | None = None) -> EmbeddingBatch:
        self.seen.append(len(texts))
        return EmbeddingBatch(np.zeros((len(texts), 2), np.float32))


def test_the_probe_stops_once_it_knows_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    model = _Slow()
    monkeypatch.setattr("saerch_desktop.embedding.registry.open_embedder", lambda spec: model)
    now = iter(range(0, 1000, 2))
    monkeypatch.setattr(import_vectors.time, "monotonic", lambda: float(next(now)))
    speed = probe("minilm", ["text"] * 64, Progress())
    assert model.seen[1:] == [16, 16]
    assert speed.texts == 32
    assert speed.seconds(3200) == pytest.approx(100 * 6.0)
    with pytest.raises(UserError, match="no text"):
        probe("minilm", [], Progress())


def test_given_vectors_are_measured_and_counted_against_the_records(tmp_path: Path) -> None:
    source = table(tmp_path / "papers.csv", plain(30))
    rng = np.random.default_rng(0)
    np.save(tmp_path / "fits.npy", rng.normal(size=(30, 6)).astype(np.float16) * 5)
    found = look_at_vectors(tmp_path / "fits.npy", source, ROLES, Progress())
    assert (found.rows, found.dim, found.dtype, found.records) == (30, 6, "float16", 30)
    assert not found.unit_length
    assert found.norms[0] < found.norms[1] < found.norms[2]
    assert found.mismatch(ImportDraft()) == ""
    bad = rng.normal(size=(30, 6)).astype(np.float32)
    bad[3, 2] = np.nan
    np.save(tmp_path / "bad.npy", bad)
    with pytest.raises(UserError, match="not finite in row 3"):
        look_at_vectors(tmp_path / "bad.npy", source, ROLES, Progress())


@pytest.mark.parametrize("kind", ["npz", "parquet"])
def test_vectors_in_another_order_are_matched_by_identifier(tmp_path: Path, kind: str) -> None:
    source = table(tmp_path / "papers.csv", plain(30))
    kept = [n for n in reversed(range(30)) if n != 4]
    vectors = np.eye(30, dtype=np.float32)[kept]
    ids = [f"d{n}" for n in kept]
    path = tmp_path / f"vectors.{kind}"
    if kind == "npz":
        np.savez(path, vectors=vectors, ids=np.array(ids))
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"ids": ids, "vector": vectors.tolist()}), path)
    assert keys_in(path) == ("ids",)
    found = look_at_vectors(path, source, ROLES, Progress())
    assert "29 vectors" in found.mismatch(ImportDraft())
    found = look_at_vectors(path, source, ROLES, Progress(), join="ids")
    assert (found.joined, found.matched, found.records) == ("ids", 29, 30)
    made = tmp_path / "made.saerch"
    report = import_file(source, made, roles=ROLES, vectors=path, join="ids", progress=Progress())
    assert (report.documents, report.problems) == (29, 1)
    with Library.open(made) as library:
        assert library.vectors is not None
        stored = library.vectors.block(0, 29)
        assert library.documents.problem_counts() == {"no vector": 1}
        for row, number in enumerate(library.documents.records().tolist()):
            assert stored[row].argmax() == number


def test_identifiers_that_make_no_sense_are_explained(tmp_path: Path) -> None:
    source = table(tmp_path / "papers.csv", plain(3))
    path = tmp_path / "vectors.npz"
    ones = np.ones((3, 4), np.float32)
    np.savez(path, vectors=ones, ids=np.array(["a", "a", "b"]), other=np.array(["x", "y", "z"]))
    with pytest.raises(UserError, match="more than once"):
        look_at_vectors(path, source, ROLES, Progress(), join="ids")
    with pytest.raises(UserError, match="Not one identifier"):
        look_at_vectors(path, source, ROLES, Progress(), join="other")
    with pytest.raises(UserError, match="no array"):
        look_at_vectors(path, source, ROLES, Progress(), join="missing")
    with pytest.raises(UserError, match="no column of the texts"):
        look_at_vectors(path, source, replace(ROLES, id=None), Progress(), join="other")
    np.savez(path, vectors=ones, ids=np.array([{"a": 1}, 2, 3], dtype=object))
    with pytest.raises(UserError, match="cannot be read"):
        look_at_vectors(path, source, ROLES, Progress(), column="vectors", join="ids")


def test_the_bill_is_what_the_texts_cost(tmp_path: Path) -> None:
    found = survey(table(tmp_path / "papers.csv", plain(100)), ROLES, Progress())
    draft = ImportDraft(vectors="service")
    asked = bill(draft, found, 1_000_000)
    assert asked.host == "api.openai.com"
    assert asked.money == pytest.approx(asked.tokens * 0.02 / 1e6)
    assert asked.limit is not None
    assert asked.limit >= asked.money
    assert bill(replace(draft, service_model="unheard-of"), found, 10).money is None
    local = bill(replace(draft, service_url="http://127.0.0.1:1/v1"), found, 10)
    assert (local.loopback, local.money) == (True, 0.0)
    assert json.dumps(draft.to_json())
