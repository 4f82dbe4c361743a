"""An interrupted training goes on as if nothing had happened, or says why it cannot."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress, Update
from saerch_desktop.sae import checkpoint, loop
from saerch_desktop.sae.config import VARIANTS, TrainConfig
from saerch_desktop.sae.record import RunRecord, load_run
from saerch_desktop.sae.trainer import train
from saerch_desktop.sae.weights import WEIGHTS_FILE

ROOT = Path(__file__).resolve().parents[2]
MakeConfig = Callable[..., TrainConfig]


def weights(folder: Path) -> bytes:
    return (folder / WEIGHTS_FILE).read_bytes()


@pytest.fixture
def second(tmp_path: Path) -> Path:
    path = tmp_path / "second"
    path.mkdir()
    return path


@pytest.mark.parametrize("documents", [1, 700, 1900, 2500, 5600])
def test_a_cancelled_training_resumes_bit_for_bit(
    corpus: Any,
    make_config: MakeConfig,
    folder: Path,
    second: Path,
    cancelling: Callable[[int], Progress],
    documents: int,
) -> None:
    train(corpus.vectors, make_config(), folder, Progress())
    with pytest.raises(Cancelled):
        train(corpus.vectors, make_config(), second, cancelling(documents))
    assert checkpoint.unfinished(second) == make_config()
    assert not (second / WEIGHTS_FILE).exists()
    report = train(corpus.vectors, make_config(), second, Progress(), resume=True)
    assert documents <= report.resumed_at < documents + 300
    assert weights(folder) == weights(second)
    assert checkpoint.unfinished(second) is None


def test_cancelled_twice_and_while_measuring_still_ends_the_same(
    corpus: Any, make_config: MakeConfig, folder: Path, second: Path, cancelling: Callable[[int], Progress]
) -> None:
    def listen(update: Update) -> None:
        if update.stage == "Measuring":
            measuring.cancel()

    measuring = Progress(listen)
    train(corpus.vectors, make_config(), folder, Progress())
    for progress in (cancelling(500), cancelling(3000), measuring):
        with pytest.raises(Cancelled):
            train(corpus.vectors, make_config(), second, progress, resume=True)
    train(corpus.vectors, make_config(), second, Progress(), resume=True)
    assert weights(folder) == weights(second)


# AuxK is at work from the second pass on, and the best weights have to be remembered.
BUSY: dict[str, Any] = {
    "dead_after": 400,
    "aux_k": 8,
    "keep": "best",
    "learning_rate": 1e-2,
    "alignment": 5.0,
    "grad_clip": None,
}


def same_records(one: RunRecord, two: RunRecord) -> bool:
    """Whether all that does not depend on the clock is the same."""

    def timeless(record: RunRecord) -> dict[str, Any]:
        passes = [
            epoch.model_copy(update={"seconds": 0, "documents_per_second": 0}) for epoch in record.epochs
        ]
        return record.model_copy(update={"epochs": tuple(passes)}).model_dump()

    return timeless(one) == timeless(two)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("documents", [700, 1900, 2500])
def test_every_variant_resumes_bit_for_bit(
    corpus: Any,
    make_config: MakeConfig,
    folder: Path,
    second: Path,
    cancelling: Callable[[int], Progress],
    variant: str,
    documents: int,
) -> None:
    settings = make_config(variant=variant, **BUSY)
    whole = train(corpus.vectors, settings, folder, Progress())
    with pytest.raises(Cancelled):
        train(corpus.vectors, settings, second, cancelling(documents))
    parted = train(corpus.vectors, settings, second, Progress(), resume=True)
    assert parted.resumed_at >= documents
    assert weights(folder) == weights(second)
    assert parted.metrics == whole.metrics
    assert len(whole.record.epochs) == 3
    assert same_records(parted.record, whole.record)
    assert load_run(second) == parted.record


def test_a_cancel_while_a_pass_is_measured_loses_no_record(
    corpus: Any, make_config: MakeConfig, folder: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_config(**BUSY)
    whole = train(corpus.vectors, settings, folder, Progress())
    progress = Progress()

    def cancelled(*arguments: Any, **named: Any) -> None:
        progress.cancel()
        progress.check()

    with monkeypatch.context() as patch:
        patch.setattr(loop, "epoch_record", cancelled)
        with pytest.raises(Cancelled):
            train(corpus.vectors, settings, second, progress)
    parted = train(corpus.vectors, settings, second, Progress(), resume=True)
    assert parted.resumed_at == 1900
    assert weights(folder) == weights(second)
    assert same_records(parted.record, whole.record)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_killed_training_resumes_bit_for_bit(
    corpus: Any, make_config: MakeConfig, folder: Path, second: Path, variant: str
) -> None:
    given = BUSY | {"variant": variant}
    whole = train(corpus.vectors, make_config(**given), folder, Progress())
    script = Path(__file__).with_name("killed_training.py")
    done = subprocess.run(
        [sys.executable, script, second, "2500", json.dumps(given)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
    assert not (second / WEIGHTS_FILE).exists(), done.stderr.decode()
    report = train(corpus.vectors, make_config(**given), second, Progress(), resume=True)
    assert report.resumed_at >= 2400
    assert weights(folder) == weights(second)
    assert same_records(report.record, whole.record)


def test_resuming_a_finished_training_reports_it(corpus: Any, make_config: MakeConfig, folder: Path) -> None:
    first = train(corpus.vectors, make_config(), folder, Progress())
    before = weights(folder)
    again = train(corpus.vectors, make_config(), folder, Progress(), resume=True)
    assert again.metrics == first.metrics
    assert weights(folder) == before
    with pytest.raises(UserError, match="another shape"):
        train(corpus.vectors, make_config(features=32), folder, Progress(), resume=True)


def test_resuming_where_nothing_began_starts(corpus: Any, make_config: MakeConfig, folder: Path) -> None:
    assert train(corpus.vectors, make_config(epochs=1), folder, Progress(), resume=True).resumed_at == 0


def test_resuming_with_other_settings_or_vectors_is_refused(
    corpus: Any,
    make_config: MakeConfig,
    make_corpus: Any,
    folder: Path,
    cancelling: Callable[[int], Progress],
) -> None:
    with pytest.raises(Cancelled):
        train(corpus.vectors, make_config(), folder, cancelling(500))
    with pytest.raises(UserError, match="other settings"):
        train(corpus.vectors, make_config(learning_rate=1e-3), folder, Progress(), resume=True)
    with pytest.raises(UserError, match="vectors have changed"):
        train(make_corpus(seed=9).vectors, make_config(), folder, Progress(), resume=True)
    train(corpus.vectors, make_config(device="auto"), folder, Progress(), resume=True)


@pytest.mark.parametrize("damage", ["cut", "noise", "nan"])
def test_a_damaged_state_is_explained(
    corpus: Any, make_config: MakeConfig, folder: Path, cancelling: Callable[[int], Progress], damage: str
) -> None:
    with pytest.raises(Cancelled):
        train(corpus.vectors, make_config(), folder, cancelling(500))
    path = folder / checkpoint.STATE_FILE
    data = bytearray(path.read_bytes())
    if damage == "cut":
        del data[-100:]
    elif damage == "noise":
        data[:64] = b"\xff" * 64
    else:
        start = 8 + int.from_bytes(data[:8], "little")
        data[start : start + 4] = np.float32(np.nan).tobytes()
    path.write_bytes(data)
    with pytest.raises(UserError, match="damaged"):
        train(corpus.vectors, make_config(), folder, Progress(), resume=True)
    train(corpus.vectors, make_config(epochs=1), folder, Progress())


def test_a_full_disk_keeps_the_last_state(
    corpus: Any,
    make_config: MakeConfig,
    folder: Path,
    cancelling: Callable[[int], Progress],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Cancelled):
        train(corpus.vectors, make_config(), folder, cancelling(500))
    before = (folder / checkpoint.STATE_FILE).read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("saerch_desktop.files.os.fsync", full)
        with pytest.raises(UserError, match="disk is full"):
            train(corpus.vectors, make_config(), folder, Progress(), resume=True, checkpoint_seconds=0)
    assert (folder / checkpoint.STATE_FILE).read_bytes() == before
    assert train(corpus.vectors, make_config(), folder, Progress(), resume=True).resumed_at > 0
