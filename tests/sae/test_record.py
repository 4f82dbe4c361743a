"""The record of a training on disk, and the histogram of densities."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from saerch_desktop.errors import UserError
from saerch_desktop.sae.record import (
    DENSITY_EDGES,
    RUN_FILE,
    EpochRecord,
    RunRecord,
    density_histogram,
    load_run,
    save_run,
)


def epoch(number: int = 1, **changes: Any) -> EpochRecord:
    values: dict[str, Any] = {
        "epoch": number,
        "step": 10 * number,
        "documents": 1000 * number,
        "seconds": 1.5 * number,
        "documents_per_second": 666.7,
        "learning_rate": 1e-3,
        "unexplained": 0.4,
        "fvu": 0.5,
        "levels": (0.7, 0.5),
        "l0": 3.9,
        "dead": 1,
        "rare": 2,
        "cosine_encoder_decoder": 0.9,
        "overlap": None,
        "density": (1, *[0] * 13, 7),
    }
    return EpochRecord.model_validate(values | changes)


def test_what_is_saved_is_what_comes_back(tmp_path: Path) -> None:
    record = RunRecord(epochs=(epoch(1, fvu=1 / 3), epoch(2, fvu=None)), alarms=("Many features are dead.",))
    save_run(tmp_path, record)
    assert load_run(tmp_path) == record
    assert os.listdir(tmp_path) == [RUN_FILE]


def test_an_autoencoder_without_a_record_has_none(tmp_path: Path) -> None:
    assert load_run(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b'{"format": "other"}',
        b'{"epochs": [{"epoch": 1}]}',
        b'{"epochs": 7}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_record_is_explained(tmp_path: Path, content: bytes) -> None:
    (tmp_path / RUN_FILE).write_bytes(content)
    with pytest.raises(UserError, match="cannot be read") as caught:
        load_run(tmp_path)
    assert "can be used" in caught.value.meaning


def test_numbers_that_are_none_are_damage(tmp_path: Path) -> None:
    save_run(tmp_path, RunRecord(epochs=(epoch(),)))
    whole = (tmp_path / RUN_FILE).read_text()
    for broken in ("NaN", "Infinity", "1e999", "-1.0"):
        (tmp_path / RUN_FILE).write_text(whole.replace('"seconds": 1.5', f'"seconds": {broken}'))
        with pytest.raises(UserError, match="cannot be read"):
            load_run(tmp_path)


def test_something_that_is_no_file_is_damage(tmp_path: Path) -> None:
    (tmp_path / RUN_FILE).mkdir()
    with pytest.raises(UserError, match="cannot be read"):
        load_run(tmp_path)


def test_a_newer_record_asks_for_an_update_and_unknown_fields_are_ignored(tmp_path: Path) -> None:
    values = RunRecord(epochs=(epoch(),)).model_dump(mode="json")
    (tmp_path / RUN_FILE).write_text(json.dumps(values | {"more": [1]}))
    assert load_run(tmp_path) == RunRecord(epochs=(epoch(),))
    (tmp_path / RUN_FILE).write_text(json.dumps(values | {"version": 2}))
    with pytest.raises(UserError, match="newer version"):
        load_run(tmp_path)


def test_a_pass_that_is_repeated_replaces_the_earlier_one() -> None:
    record = RunRecord().with_epoch(epoch(1)).with_epoch(epoch(2)).with_epoch(epoch(3))
    again = record.with_epoch(epoch(2, fvu=0.25))
    assert [one.epoch for one in again.epochs] == [1, 2]
    assert again.epochs[-1].fvu == 0.25
    assert len(record.epochs) == 3


def test_an_alarm_is_raised_once() -> None:
    assert RunRecord().with_alarm("a").with_alarm("b").with_alarm("a").alarms == ("a", "b")


def test_a_record_cannot_hold_what_is_no_number() -> None:
    with pytest.raises(ValidationError):
        epoch(fvu=float("nan"))


def test_the_histogram_counts_every_feature_once() -> None:
    chance = np.random.default_rng(0)
    firings = chance.integers(0, 10 ** chance.integers(1, 6, 5000))
    documents = 100_000
    found = density_histogram(firings, documents)
    expected = [0] * 15
    for count in firings:
        if count == 0:
            expected[0] += 1
            continue
        place = 0
        while place < 13 and np.log10(count / documents) >= -7 + (place + 1) / 2 - 1e-9:
            place += 1
        expected[1 + place] += 1
    assert found == tuple(expected)
    assert sum(found) == 5000


def test_bounds_belong_to_the_bin_above_them() -> None:
    assert len(DENSITY_EDGES) == 15
    assert DENSITY_EDGES[0] == pytest.approx(1e-7)
    assert DENSITY_EDGES[-1] == 1.0
    # never, below the first bound, ten in 100 (10⁻¹), nine in 100, all
    found = density_histogram(np.array([0, 1, 10**9, 9 * 10**8, 10**10]), 10**10)
    assert found == (1, 1, *[0] * 10, 1, 1, 1)
