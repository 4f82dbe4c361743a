"""Corpus codes: equal to `Sae.encode`, whole or absent, resumable, and checked when read."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress, Update
from saerch_desktop.sae import codes, encoding
from saerch_desktop.sae.codes import INDICES_FILE, VALUES_FILE, Codes, encode_corpus
from saerch_desktop.sae.config import SaeConfig, TrainConfig
from saerch_desktop.sae.details import SaeDetails
from saerch_desktop.sae.split import heldout_rows, training_rows
from saerch_desktop.sae.trainer import train
from saerch_desktop.sae.weights import Sae, write_sae


@pytest.fixture
def trained(corpus: Any, make_config: Callable[..., TrainConfig], folder: Path) -> Path:
    corpus.vectors.array = corpus.vectors.array.astype(np.float16)
    corpus.vectors.missing = np.array([0, 77, 1999])
    corpus.vectors.array[corpus.vectors.missing] = np.nan
    train(corpus.vectors, make_config(epochs=1), folder, Progress())
    return folder


def test_codes_equal_encode(corpus: Any, trained: Path) -> None:
    found = encode_corpus(trained, corpus.vectors, Progress(), device="cpu")
    indices, values = Sae.load(trained).encode(corpus.vectors.block(0, 2000))
    np.testing.assert_allclose(found.values, values, atol=1e-5)
    differing = (found.indices != indices) & (values > 1e-5)
    assert differing.mean() < 0.001
    assert (found.rows, found.width) == (2000, 4)
    assert isinstance(found.indices, np.memmap)
    assert not found.indices.flags.writeable
    found.check(64, trained)
    assert sorted(path.name for path in trained.iterdir()) == sorted(
        [INDICES_FILE, VALUES_FILE, "run.json", "sae.json", "sae.safetensors"]
    )


def test_missing_rows_have_zero_values_only(corpus: Any, trained: Path) -> None:
    found = encode_corpus(trained, corpus.vectors, Progress(), device="cpu")
    assert not found.values[[0, 77, 1999]].any()
    assert found.indices[77].tolist() == [0, 1, 2, 3]
    assert (found.values[1] > 0).any()


def test_a_cancelled_encoding_continues(corpus: Any, trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "_BLOCK_FLOATS", 64 * 300)
    monkeypatch.setattr(codes, "_JOURNAL_SECONDS", 0.0)
    whole = encode_corpus(trained, corpus.vectors, Progress(), device="cpu")
    expected = whole.indices.copy(), whole.values.copy()
    (trained / INDICES_FILE).unlink()

    def listen(update: Update) -> None:
        if update.done >= 900:
            progress.cancel()

    progress = Progress(listen)
    with pytest.raises(Cancelled):
        encode_corpus(trained, corpus.vectors, progress, device="cpu")
    assert not (trained / INDICES_FILE).exists()
    seen: list[int] = []
    again = encode_corpus(
        trained, corpus.vectors, Progress(lambda update: seen.append(update.done)), device="cpu"
    )
    assert seen[0] >= 900
    np.testing.assert_array_equal(again.indices, expected[0])
    np.testing.assert_array_equal(again.values, expected[1])


def test_the_memory_of_what_was_read_is_given_back(
    corpus: Any, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "_BLOCK_FLOATS", 64 * 300)
    monkeypatch.setattr(codes, "_RELEASE_BYTES", 1)
    before = corpus.vectors.released
    encode_corpus(trained, corpus.vectors, Progress(), device="cpu")
    assert corpus.vectors.released - before == 7


@pytest.mark.parametrize("level", [0.0, 0.6, 1e9])
def test_documents_with_different_numbers_of_active_features(corpus: Any, folder: Path, level: float) -> None:
    corpus.vectors.array[[5, 900]] = np.nan
    config = SaeConfig(dim=24, features=40, k=2, variant="batchtopk", at_most=6)
    directions = corpus.directions
    arrays = {
        "encoder.weight": directions,
        "encoder.bias": np.zeros(40),
        "W_dec": directions,
        "b_dec": np.zeros(24),
        "threshold": np.full(40, level),
    }
    write_sae(folder, arrays, SaeDetails(name="ragged", created="", sae=config, sha256=""))
    found = encode_corpus(folder, corpus.vectors, Progress(), device="cpu")
    assert found.width == 6
    found.check(40, folder)
    pre = corpus.vectors.array.astype(np.float64) @ directions.T
    with np.errstate(invalid="ignore"):
        many = np.minimum((pre > max(level, 0)).sum(axis=1), 6)
    counts = (found.values > 0).sum(axis=1)
    assert (counts != many).mean() < 0.001  # rounding at the threshold
    assert set(counts) == {0.0: {0, 6}, 0.6: {0, 1, 2, 3, 4}, 1e9: {0}}[level]
    assert (np.diff(np.sort(found.indices, axis=1), axis=1) > 0).all()
    np.testing.assert_array_equal(found.indices[[5, 900]], [list(range(6))] * 2)


def test_a_full_disk_is_known_before_the_codes_are_written(
    corpus: Any, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(codes, "reserve", full)
    with pytest.raises(UserError, match="disk is full"):
        encode_corpus(trained, corpus.vectors, Progress(), device="cpu")


def test_partial_codes_of_other_weights_are_not_continued(
    corpus: Any, trained: Path, make_config: Callable[..., TrainConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "_BLOCK_FLOATS", 64 * 300)
    monkeypatch.setattr(codes, "_JOURNAL_SECONDS", 0.0)

    def listen(update: Update) -> None:
        if update.done >= 900:
            progress.cancel()

    progress = Progress(listen)
    with pytest.raises(Cancelled):
        encode_corpus(trained, corpus.vectors, progress, device="cpu")
    train(corpus.vectors, make_config(epochs=1, seed=5), trained, Progress())
    found = encode_corpus(trained, corpus.vectors, Progress(), device="cpu")
    np.testing.assert_allclose(
        found.values, Sae.load(trained).encode(corpus.vectors.block(0, 2000))[1], atol=1e-5
    )


def test_vectors_of_another_dimension_are_refused(make_corpus: Any, trained: Path) -> None:
    with pytest.raises(UserError, match="dimensions"):
        encode_corpus(trained, make_corpus(dim=30).vectors, Progress())


@pytest.mark.parametrize(
    ("file", "array"),
    [
        (INDICES_FILE, np.zeros((5, 4), np.int64)),
        (INDICES_FILE, np.zeros((4, 4), np.int32)),
        (INDICES_FILE, np.zeros(5, np.int32)),
        (VALUES_FILE, np.zeros((5, 4), np.float16)),
        (VALUES_FILE, np.array([[{}]], dtype=object)),
    ],
)
def test_codes_of_wrong_type_or_shape_are_refused(folder: Path, file: str, array: Any) -> None:
    np.save(folder / INDICES_FILE, np.zeros((5, 4), np.int32))
    np.save(folder / VALUES_FILE, np.zeros((5, 4), np.float32))
    assert Codes.load(folder).rows == 5
    np.save(folder / file, array, allow_pickle=True)
    with pytest.raises(UserError, match="codes"):
        Codes.load(folder)


def test_absent_cut_and_foreign_files_are_refused(folder: Path) -> None:
    with pytest.raises(UserError, match="missing"):
        Codes.load(folder)
    np.save(folder / INDICES_FILE, np.zeros((500, 4), np.int32))
    np.save(folder / VALUES_FILE, np.zeros((500, 4), np.float32))
    whole = (folder / VALUES_FILE).read_bytes()
    for content in (whole[:-9], b"", b"PK\x03\x04", b"\x80\x04."):
        (folder / VALUES_FILE).write_bytes(content)
        with pytest.raises(UserError, match="codes"):
            Codes.load(folder)


@pytest.mark.parametrize(("index", "value"), [(64, 1.0), (-1, 1.0), (3, np.nan), (3, -1.0), (3, np.inf)])
def test_check_finds_impossible_values(folder: Path, index: int, value: float) -> None:
    indices, values = np.zeros((500, 4), np.int32), np.zeros((500, 4), np.float32)
    indices[321, 2], values[321, 2] = index, value
    with pytest.raises(UserError, match="row 321"):
        Codes(indices, values).check(64, folder)


def test_split_is_whole_disjoint_seeded_and_without_missing_rows(
    corpus: Any, make_config: Callable[..., TrainConfig]
) -> None:
    corpus.vectors.missing = np.array([3, 4])
    train_rows, held = (pick(corpus.vectors, make_config()) for pick in (training_rows, heldout_rows))
    assert len(held) == 100
    np.testing.assert_array_equal(np.union1d(train_rows, held), corpus.vectors.valid_rows())
    assert not set(train_rows.tolist()) & set(held.tolist())
    assert (np.diff(held) > 0).all()
    np.testing.assert_array_equal(held, heldout_rows(corpus.vectors, make_config(features=32, epochs=9)))
    assert not np.array_equal(held, heldout_rows(corpus.vectors, make_config(seed=1)))
