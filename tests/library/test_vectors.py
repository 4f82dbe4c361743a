"""Vectors: mapped, with missing rows; an interrupted embedding continues; a full disk is survived."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from library.library_samples import identity, unit

from saerch_desktop.errors import UserError
from saerch_desktop.library import vectors_writer
from saerch_desktop.library.library import Library
from saerch_desktop.library.vectors_writer import VectorsWriter, done_rows, read_partial, unit_rows

Make = Callable[..., Path]


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_written_rows_come_back_as_unit_rows(make_library: Make, dtype: str) -> None:
    path = make_library(10, dtype=None)
    given = unit(10) * np.linspace(0.5, 90, 10, dtype=np.float32)[:, None]
    with (
        Library.open(path, write=True) as library,
        VectorsWriter.open_partial(library, 10, 8, dtype, identity()) as writer,
    ):
        writer.write([9, 0, 4, 5, 6], given[[9, 0, 4, 5, 6]])
        writer.write(np.array([1, 2, 3, 7]), given[[1, 2, 3, 7]])
        writer.fail(8, "too long")
        record = writer.finish()
        assert record.missing == [8]
    with Library.open(path) as library:
        vectors = library.vectors
        assert vectors is not None
        assert vectors.array.dtype == dtype
        assert isinstance(vectors.array, np.memmap)
        assert (vectors.rows, vectors.dim) == (10, 8)
        assert vectors.missing.tolist() == [8]
        assert vectors.valid_rows().tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 9]
        assert np.isnan(vectors.block(8, 9)).all()
        np.testing.assert_allclose(vectors.gather([9, 0]), unit(10)[[9, 0]], atol=1e-3)
        assert vectors.block(0, 3).dtype == np.float32
        assert vectors.block(5, 99).shape == (5, 8)
        assert [(problem.record, problem.detail) for problem in library.documents.problems()] == [
            (8, "too long")
        ]
        assert library.findings == ()
    assert not list(path.glob("vectors.partial*"))


def test_an_interrupted_embedding_continues(make_library: Make) -> None:
    path = make_library(6, dtype=None)
    with Library.open(path, write=True) as library:
        writer = VectorsWriter.open_partial(library, 6, 8, np.float32, identity())
        writer.write([0, 1, 2], unit(6)[:3])
        writer.fail(3, "refused")
        writer.flush()
        writer.write([4], unit(6)[4:5])  # never flushed: may be lost
        writer._stream.close()
    with Library.open(path) as library:
        assert any("embedding" in finding.what for finding in library.findings)
        assert library.vectors is None
    state = read_partial(path)
    assert state is not None
    assert done_rows(state) == 3
    with Library.open(path, write=True) as library:
        with VectorsWriter.open_partial(library, 6, 8, np.float32, identity()) as writer:
            assert writer.done.tolist() == [True, True, True, False, False, False]
            assert writer.failed == {3: "refused"}
            with pytest.raises(ValueError, match="2 documents have no vector"):
                writer.finish()
            writer.write([3, 4, 5], unit(6)[3:])
            writer.finish()
        assert library.vectors is not None
        np.testing.assert_allclose(library.vectors.array, unit(6), atol=1e-6)
        assert library.vectors.missing.size == 0


def test_what_was_written_before_trouble_is_kept(make_library: Make) -> None:
    path = make_library(6, dtype=None)

    def work(library: Library) -> None:
        with VectorsWriter.open_partial(library, 6, 8, np.float32, identity()) as writer:
            writer.write([5], unit(1))
            raise ZeroDivisionError

    with Library.open(path, write=True) as library, pytest.raises(ZeroDivisionError):
        work(library)
    state = read_partial(path)
    assert state is not None
    assert done_rows(state) == 1


def test_another_embedder_is_refused(make_library: Make) -> None:
    path = make_library(4, dtype=None)
    with Library.open(path, write=True) as library:
        VectorsWriter.open_partial(library, 4, 8, np.float32, identity()).close()
        with pytest.raises(UserError, match=r"given:test.*not from given:other"):
            VectorsWriter.open_partial(library, 4, 8, np.float32, identity(name="other"))
        writer = VectorsWriter.open_partial(library, 4, 8, np.float32, identity(name="other"), restart=True)
        assert not writer.done.any()
        writer.close()


@pytest.mark.parametrize("moment", ["before rename", "after rename"])
def test_killed_while_publishing(make_library: Make, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    path = make_library(4, dtype=None)
    with Library.open(path, write=True) as library:
        writer = VectorsWriter.open_partial(library, 4, 8, np.float32, identity())
        writer.write(np.arange(4), unit(4))

        def die(*arguments: Any) -> None:
            raise KeyboardInterrupt

        if moment == "before rename":
            real = Path.replace
            monkeypatch.setattr(
                Path,
                "replace",
                lambda self, to: die() if self.name == "vectors.partial.npy" else real(self, to),
            )
        else:
            monkeypatch.setattr(library, "record_vectors", die)
        with pytest.raises(KeyboardInterrupt):
            writer.finish()
        monkeypatch.undo()
    with Library.open(path, write=True) as library:
        assert library.vectors is None
        with VectorsWriter.open_partial(library, 4, 8, np.float32, identity()) as writer:
            assert writer.done.all()
            writer.finish()
        assert library.vectors is not None
        assert library.findings == ()


def test_hostile_or_damaged_journal_begins_anew(make_library: Make) -> None:
    path = make_library(4, dtype=None)
    with Library.open(path, write=True) as library:
        with VectorsWriter.open_partial(library, 4, 8, np.float32, identity()) as writer:
            writer.write([0], unit(1))
            writer.flush()
        journal = path / "vectors.partial.json"
        whole = json.loads(journal.read_text())
        for broken in (
            "",
            "{}",
            json.dumps({**whole, "done": "////////"}),
            json.dumps({**whole, "done": "ü"}),
        ):
            journal.write_text(broken)
            writer = VectorsWriter.open_partial(library, 4, 8, np.float32, identity())
            assert not writer.done.any()
            writer.close()
        journal.write_text(json.dumps(whole))
        (path / "vectors.partial.npy").write_bytes(b"short")
        writer = VectorsWriter.open_partial(library, 4, 8, np.float32, identity())
        assert not writer.done.any()
        writer.close()


def test_full_disk_is_known_before_any_work(make_library: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_library(4, dtype=None)

    def full(*arguments: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with Library.open(path, write=True) as library, pytest.raises(UserError, match="disk is full"):
        VectorsWriter.open_partial(library, 4, 8, np.float32, identity())
    assert not (path / "vectors.partial.npy").exists()


def test_file_systems_that_cannot_reserve(make_library: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_library(4, dtype=None)

    def unsupported(*arguments: int) -> None:
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(os, "posix_fallocate", unsupported, raising=False)
    with (
        Library.open(path, write=True) as library,
        VectorsWriter.open_partial(library, 4, 8, np.float32, identity()) as writer,
    ):
        writer.write(np.arange(4), unit(4))
        writer.finish()
        assert library.vectors is not None


def test_disk_that_fills_up_on_the_way(make_library: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_library(4, dtype=None)
    with Library.open(path, write=True) as library:
        writer = VectorsWriter.open_partial(library, 4, 8, np.float32, identity())
        writer.write([0, 1], unit(2))
        writer.flush()

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(vectors_writer.os, "fsync", full)
        with pytest.raises(UserError, match=r"disk is full.*continues where it stopped"):
            writer.flush()
        monkeypatch.undo()
        writer.close()
        writer = VectorsWriter.open_partial(library, 4, 8, np.float32, identity())
        assert writer.done.tolist() == [True, True, False, False]
        writer.close()


def test_useless_vectors_are_a_bug_of_the_caller(make_library: Make) -> None:
    path = make_library(4, dtype=None)
    with (
        Library.open(path, write=True) as library,
        VectorsWriter.open_partial(library, 4, 8, np.float32, identity()) as writer,
    ):
        for useless in (np.zeros((1, 8)), np.full((1, 8), np.nan), np.full((1, 8), np.inf)):
            with pytest.raises(ValueError, match="finite"):
                writer.write([0], useless.astype(np.float32))
        with pytest.raises(ValueError, match="expected"):
            writer.write([0], np.ones((1, 7), dtype=np.float32))


def test_unit_rows_of_extreme_sizes() -> None:
    rows = np.array([[3e38, 3e38], [1e-40, 0], [3, 4], [0, 0]], dtype=np.float32)
    found = unit_rows(rows)
    np.testing.assert_allclose(found[:3], [[0.7071068, 0.7071068], [1, 0], [0.6, 0.8]], rtol=1e-5)
    assert np.isnan(found[3]).all()
    half = unit_rows(np.array([[6e4, 6e4], [6e-8, 0]], dtype=np.float16))
    np.testing.assert_allclose(np.linalg.norm(half, axis=1), 1, rtol=1e-6)
