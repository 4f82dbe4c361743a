"""The neighbour index: found as exactly as measured, and never trusted when something changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import planted_library
import pytest
from planted_library import MISSING, ROWS

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress, Update
from saerch_desktop.search import exact, hnsw
from saerch_desktop.search.engine import SearchEngine


@pytest.fixture
def indexed(own_library: Library) -> Library:
    hnsw.build(own_library, Progress(), threads=1)
    return own_library


@pytest.fixture
def clean(tmp_path: Path) -> Iterator[Library]:
    path = planted_library.make(tmp_path / "c.saerch", rows=40, missing=())
    with Library.open(path, write=True) as opened:
        yield opened


def test_recall_is_measured_against_exact_search_and_kept(indexed: Library) -> None:
    assert indexed.vectors is not None
    record = hnsw.HnswRecord.model_validate_json((indexed.index_folder / "hnsw.json").read_bytes())
    assert record.rows == ROWS - len(MISSING)
    assert record.recall_queries == ROWS - len(MISSING)
    index, finding = hnsw.load(indexed)
    assert finding is None
    assert index is not None
    hits = total = 0
    for row in indexed.vectors.valid_rows().tolist():
        q = indexed.vectors.gather([row])
        truth = set(exact.nearest(indexed.vectors, q, 11)[0][0].tolist()) - {row}
        found = set(index.nearest(q[0], 11)[0].tolist())
        hits, total = hits + len(truth & found), total + 10
    assert hits / total == pytest.approx(record.recall_at_10, abs=0.01)
    assert record.recall_at_10 > 0.95


def test_results_are_ordered_cosines_without_missing_rows(indexed: Library) -> None:
    assert indexed.vectors is not None
    index, _ = hnsw.load(indexed)
    assert index is not None
    q = indexed.vectors.gather([4])[0]
    rows, values = index.nearest(q, 500)
    assert rows.size == ROWS - len(MISSING)
    assert not set(rows.tolist()) & set(MISSING)
    assert (np.diff(values) <= 0).all()
    wanted = indexed.vectors.gather(rows).astype(np.float64) @ q
    np.testing.assert_allclose(values, wanted, atol=1e-5)
    assert index.nearest(q, 0)[0].size == 0


def test_the_engine_uses_it_for_neighbours(indexed: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = SearchEngine(indexed, None, None)
    index, _ = hnsw.load(indexed)

    def forbidden(*_: object) -> None:
        raise AssertionError("searched exactly")

    monkeypatch.setattr(exact, "nearest", forbidden)
    found = plain.neighbours(9, 8)
    assert len(found) == 8
    assert 9 not in [row for row, _ in found]
    assert index is not None
    assert plain.findings == ()


@pytest.mark.parametrize(
    "damage", ["cut", "flipped", "gone", "no json", "bad json", "other vectors", "empty"]
)
def test_a_damaged_or_stale_index_is_passed_over_with_a_finding(indexed: Library, damage: str) -> None:
    binary, description = indexed.index_folder / "hnsw.bin", indexed.index_folder / "hnsw.json"
    content = bytearray(binary.read_bytes())
    if damage == "cut":
        binary.write_bytes(content[:-100])
    elif damage == "flipped":
        content[len(content) // 2] ^= 0xFF
        binary.write_bytes(content)
    elif damage == "gone":
        binary.unlink()
    elif damage == "no json":
        description.unlink()
    elif damage == "bad json":
        description.write_text("{", encoding="utf-8")
    elif damage == "empty":
        binary.write_bytes(b"")
    else:
        record = json.loads(description.read_text(encoding="utf-8"))
        description.write_text(json.dumps({**record, "vectors_sha256": "0" * 64}), encoding="utf-8")
    index, finding = hnsw.load(indexed)
    assert index is None
    assert finding is not None
    assert finding.severity == "warning"
    assert finding.repairable
    engine = SearchEngine(indexed, None, None)
    assert len(engine.neighbours(3, 5)) == 5
    assert engine.findings == (finding,)
    hnsw.build(indexed, Progress(), threads=1)
    engine.forget_index()
    assert len(engine.neighbours(3, 5)) == 5
    assert hnsw.load(indexed)[1] is None


def test_there_is_no_index_at_first(clean: Library) -> None:
    assert hnsw.load(clean) == (None, None)


def test_cancel_keeps_the_previous_index(indexed: Library) -> None:
    before = {path.name: path.read_bytes() for path in indexed.index_folder.iterdir()}

    def stop(update: Update) -> None:
        if update.done:
            progress.cancel()

    progress = Progress(stop)
    with pytest.raises(Cancelled):
        hnsw.build(indexed, progress)
    assert {path.name: path.read_bytes() for path in indexed.index_folder.iterdir()} == before


def test_it_tells_how_far_it_is(clean: Library) -> None:
    told: list[Update] = []
    hnsw.build(clean, Progress(told.append), threads=1)
    filling = [update.done for update in told if update.stage == "Indexing neighbours"]
    assert filling[0] == 0
    assert filling[-1] == 40
    assert told[-1].stage == "Measuring recall"


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_tiny_libraries(tmp_path: Path, rows: int) -> None:
    path = planted_library.make(tmp_path / "t.saerch", rows=rows, missing=())
    with Library.open(path, write=True) as library:
        assert hnsw.build(library, Progress()).recall_at_10 == 1.0
        assert len(SearchEngine(library, None, None).neighbours(0, 10)) == rows - 1


def test_nothing_to_index(tmp_path: Path) -> None:
    path = planted_library.make(tmp_path / "n.saerch", rows=2, missing=(0, 1))
    with Library.open(path, write=True) as library:
        with pytest.raises(UserError, match="No document"):
            hnsw.build(library, Progress())
        library.update(vectors=None)
        with pytest.raises(UserError, match="no vectors"):
            hnsw.build(library, Progress())


def test_a_full_disk_is_told_and_leaves_no_rubbish(indexed: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __init__(self, index: object) -> None:
            self._index = index

        def __getattr__(self, name: str) -> object:
            return getattr(self._index, name)

        def index_file_size(self) -> int:
            return 1 << 60

    made = hnsw._new_index
    monkeypatch.setattr(hnsw, "_new_index", lambda dim: Full(made(dim)))
    with pytest.raises(UserError, match="disk is full"):
        hnsw.build(indexed, Progress(), threads=1)
    assert sorted(path.name for path in indexed.index_folder.iterdir()) == ["hnsw.bin", "hnsw.json"]
    monkeypatch.undo()
    assert hnsw.load(indexed)[0] is not None
