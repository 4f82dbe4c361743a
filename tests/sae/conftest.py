"""Small corpora for the autoencoder's tests, in the shape that a library's vectors have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from saerch_desktop.progress import Progress, Update
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.presets import default_levels


@dataclass
class ArrayVectors:
    """Vectors held in memory; rows in `missing` are NaN."""

    array: NDArray[Any]
    missing: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    released: int = 0

    @property
    def rows(self) -> int:
        return len(self.array)

    @property
    def dim(self) -> int:
        return int(self.array.shape[1])

    def valid_rows(self) -> NDArray[np.int64]:
        return np.delete(np.arange(self.rows, dtype=np.int64), self.missing)

    def gather(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return self.array[rows].astype(np.float32)

    def block(self, start: int, stop: int) -> NDArray[np.float32]:
        return self.array[start:stop].astype(np.float32)

    def release(self) -> None:
        self.released += 1


def unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@dataclass
class Planted:
    """Unit vectors that are sparse positive sums of known unit directions (m, d)."""

    vectors: ArrayVectors
    directions: NDArray[np.float32]


def planted(rows: int = 2000, dim: int = 24, directions: int = 40, active: int = 3, seed: int = 0) -> Planted:
    generator = np.random.default_rng(seed)
    table = unit(generator.standard_normal((directions, dim)))
    chosen = generator.random((rows, directions)).argsort(axis=1)[:, :active]
    weights = generator.uniform(0.5, 1.5, (rows, active))
    sums = np.einsum("rk,rkd->rd", weights, table[chosen]) + 0.01 * generator.standard_normal((rows, dim))
    return Planted(ArrayVectors(unit(sums)), table)


def config(**changes: Any) -> TrainConfig:
    """A small, quick training; `features`, `k`, `dim` and `variant` go into the shape."""
    shape = {name: changes.pop(name, value) for name, value in (("dim", 24), ("features", 64), ("k", 4))}
    if variant := changes.pop("variant", None):
        shape |= {"variant": variant, "levels": default_levels(variant, shape["features"], shape["k"])}
    values: dict[str, Any] = {
        "sae": shape,
        "epochs": 3,
        "batch_size": 100,
        "learning_rate": 3e-3,
        "aux_k": 8,
        "dead_after": 1500,
        "device": "cpu",
    }
    return TrainConfig.model_validate(values | changes)


@pytest.fixture
def corpus() -> Planted:
    return planted()


@pytest.fixture
def make_vectors() -> Callable[..., ArrayVectors]:
    return ArrayVectors


@pytest.fixture
def make_config() -> Callable[..., TrainConfig]:
    return config


@pytest.fixture
def make_corpus() -> Callable[..., Planted]:
    return planted


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "small"
    path.mkdir()
    return path


@pytest.fixture
def cancelling() -> Callable[[int], Progress]:
    """Makes a progress that cancels itself once training has seen that many documents."""

    def make(documents: int) -> Progress:
        def listen(update: Update) -> None:
            if update.stage == "Training" and update.done >= documents:
                progress.cancel()

        progress = Progress(listen)
        return progress

    return make


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Small matrices are slower with more threads, and sums repeat bit for bit for one thread count only."""
    torch.set_num_threads(1)
