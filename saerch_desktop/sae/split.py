"""Which rows train the autoencoder and which are held out to judge it. Loads no torch."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.sae.config import TrainConfig


class VectorSource(Protocol):
    """What training needs of a library's vectors: (rows, dim) unit rows, with NaN in the `missing` ones."""

    @property
    def rows(self) -> int: ...

    @property
    def dim(self) -> int: ...

    @property
    def array(self) -> NDArray[Any]: ...

    @property
    def missing(self) -> NDArray[np.int64]: ...

    def valid_rows(self) -> NDArray[np.int64]: ...

    def gather(self, rows: NDArray[np.int64]) -> NDArray[np.float32]: ...

    def block(self, start: int, stop: int) -> NDArray[np.float32]: ...

    def release(self) -> None: ...


def heldout_rows(vectors: VectorSource, config: TrainConfig) -> NDArray[np.int64]:
    """The held-out rows, ascending: a `heldout_fraction` of the rows that have a vector, drawn by the
    seed.
    """
    return _split(vectors, config)[1]


def training_rows(vectors: VectorSource, config: TrainConfig) -> NDArray[np.int64]:
    """The rows that training may see, ascending; with `heldout_rows` every row that has a vector."""
    return _split(vectors, config)[0]


def _split(vectors: VectorSource, config: TrainConfig) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    valid = np.asarray(vectors.valid_rows(), dtype=np.int64)
    count = round(len(valid) * config.heldout_fraction)
    if config.heldout_fraction > 0 and len(valid) > 1:
        count = max(1, count)
    order = np.random.default_rng([config.seed, 0x5EED]).permutation(len(valid))
    return np.sort(valid[order[count:]]), np.sort(valid[order[:count]])
