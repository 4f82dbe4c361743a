"""The estimate: complete, in proportion to the work, and warning of what will not go well. Never timed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress
from saerch_desktop.sae import estimate as module
from saerch_desktop.sae.checkpoint import STATE_FILE, State
from saerch_desktop.sae.config import VARIANTS, TrainConfig
from saerch_desktop.sae.estimate import Estimate, estimate, machine_memory
from saerch_desktop.sae.trainer import train
from saerch_desktop.sae.weights import WEIGHTS_FILE

MakeConfig = Callable[..., TrainConfig]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that advances by a hundredth of a second whenever it is read."""
    now = [0.0]

    def tick() -> float:
        now[0] += 0.01
        return now[0]

    monkeypatch.setattr("saerch_desktop.sae.estimate.time.perf_counter", tick)
    return now


def quick(vectors: Any, config: TrainConfig, **more: Any) -> Estimate:
    return estimate(vectors, config, seconds=0, **more)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_can_be_estimated(corpus: Any, make_config: MakeConfig, variant: str) -> None:
    before = corpus.vectors.array.copy()
    made = quick(corpus.vectors, make_config(variant=variant))
    assert made.seconds > 0
    assert made.encoding_seconds > 0
    assert made.documents_per_second > 0
    assert made.warnings == ()
    np.testing.assert_array_equal(corpus.vectors.array, before)


def test_seconds_follow_the_work(make_corpus: Any, make_config: MakeConfig, clock: list[float]) -> None:
    corpus, larger = make_corpus(rows=6000), make_corpus(rows=12_000)
    one, three = (quick(corpus.vectors, make_config(epochs=epochs)) for epochs in (1, 3))
    assert one.documents_per_second == pytest.approx(100 / 0.01)
    assert three.documents_per_second == pytest.approx(100 / 0.01)
    # 57 steps of a hundredth of a second in each pass, and the measuring after it.
    assert three.seconds - one.seconds == pytest.approx(2 * (0.57 + 1024 * 2 * 0.01 / 512))
    assert quick(larger.vectors, make_config()).seconds == pytest.approx(2 * three.seconds, rel=0.1)
    assert quick(larger.vectors, make_config()).encoding_seconds == pytest.approx(2 * one.encoding_seconds)


def test_steps_are_tried_for_as_long_as_asked(
    corpus: Any, make_config: MakeConfig, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    fresh = State.fresh

    def counted(*arguments: Any) -> Any:
        state = fresh(*arguments)
        inner = state.optimiser.step

        def update(*given: Any) -> None:
            steps.append(1)
            inner(*given)

        monkeypatch.setattr(state.optimiser, "step", update)
        return state

    monkeypatch.setattr(State, "fresh", counted)
    quick(corpus.vectors, make_config())
    assert len(steps) == 5
    estimate(corpus.vectors, make_config(), seconds=3.0)
    assert len(steps) - 5 == pytest.approx(100, abs=2)  # the clock is read three times in each


def test_memory_and_disk_grow_with_what_fills_them(make_corpus: Any, make_config: MakeConfig) -> None:
    vectors = make_corpus().vectors
    base = quick(vectors, make_config())
    wide = quick(vectors, make_config(features=1000))
    weights = 4 * (2 * 24 + 1) * (1000 - 64)
    assert wide.memory_bytes - base.memory_bytes == 4 * weights + 3 * 4 * 100 * (1000 - 64)
    assert wide.disk_bytes - base.disk_bytes == pytest.approx(4 * weights, rel=0.05)
    best = quick(vectors, make_config(keep="best"))
    assert best.memory_bytes > base.memory_bytes
    assert best.disk_bytes > base.disk_bytes
    assert quick(vectors, make_config(batch_size=1000)).memory_bytes > base.memory_bytes
    assert quick(vectors, make_config(k=8)).disk_bytes - base.disk_bytes == 16 * 2000 * 4


def test_the_files_are_as_large_as_estimated(
    corpus: Any, make_config: MakeConfig, folder: Path, cancelling: Callable[[int], Progress]
) -> None:
    config = make_config(features=512)
    with pytest.raises(Cancelled):
        train(corpus.vectors, config, folder, cancelling(500))
    state = (folder / STATE_FILE).stat().st_size
    train(corpus.vectors, config, folder, Progress(), resume=True)
    size = state + (folder / WEIGHTS_FILE).stat().st_size + 16 * 2000 * 4
    assert quick(corpus.vectors, config).disk_bytes == pytest.approx(size, rel=0.1)


def test_a_small_corpus_a_full_disk_and_a_small_computer_are_warned_of(
    corpus: Any, make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10, 9, 1000))
    monkeypatch.setattr(module, "machine_memory", lambda: 100 << 20)
    few, disk, memory = quick(corpus.vectors, make_config(features=1000), folder=tmp_path).warnings
    assert "1,900 training documents for 1,000 features" in few
    assert "disk has 0.0 GB left" in disk
    assert "has 0.1 GB of memory" in memory
    monkeypatch.setattr(module, "machine_memory", lambda: None)
    assert quick(corpus.vectors, make_config()).warnings == ()  # in memory, on no disk


def test_the_disk_of_the_vectors_file_is_looked_at(
    corpus: Any, make_vectors: Any, make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def usage(folder: Path) -> Any:
        asked.append(folder)
        return shutil._ntuple_diskusage(10, 9, 1)

    np.save(tmp_path / "vectors.npy", corpus.vectors.array)
    monkeypatch.setattr(shutil, "disk_usage", usage)
    mapped = make_vectors(np.load(tmp_path / "vectors.npy", mmap_mode="r"))
    assert len(quick(mapped, make_config()).warnings) == 1
    assert asked == [tmp_path]
    assert mapped.released > 0


def test_what_training_refuses_the_estimate_refuses(
    corpus: Any, make_corpus: Any, make_config: MakeConfig
) -> None:
    with pytest.raises(UserError, match="dimensions"):
        quick(corpus.vectors, make_config(dim=25))
    with pytest.raises(UserError, match="at least 10"):
        quick(make_corpus(rows=9).vectors, make_config())
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        quick(corpus.vectors, make_config(), progress=progress)


@pytest.mark.parametrize("rows", [10, 11, 30])
def test_tiny_corpora_can_be_estimated(make_corpus: Any, make_config: MakeConfig, rows: int) -> None:
    made = quick(make_corpus(rows=rows).vectors, make_config(batch_size=7))
    assert made.seconds > 0
    assert len(made.warnings) == 1


def test_the_estimate_leaves_torchs_random_numbers_alone(corpus: Any, make_config: MakeConfig) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    quick(corpus.vectors, make_config())
    assert torch.equal(torch.rand(3), expected)


def test_this_computer_has_some_memory() -> None:
    known = machine_memory()
    assert known is None or known > 1 << 28
