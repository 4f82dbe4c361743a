"""Vectors for the benchmarks: real ones where they are at hand, else made up with a like spectrum."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files

_BLOCK = 8192  # rows made at a time


@dataclass
class ArrayVectors:
    """Unit vectors (rows, dim) in memory or mapped from a file, as training wants to read them."""

    array: NDArray[Any]
    missing: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def rows(self) -> int:
        return len(self.array)

    @property
    def dim(self) -> int:
        return int(self.array.shape[1])

    def valid_rows(self) -> NDArray[np.int64]:
        return np.arange(self.rows, dtype=np.int64)

    def gather(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return self.array[rows].astype(np.float32)

    def block(self, start: int, stop: int) -> NDArray[np.float32]:
        return self.array[start:stop].astype(np.float32)

    def release(self) -> None:
        pass


class MappedVectors(ArrayVectors):
    """Vectors in a file, as a library maps them."""

    def release(self) -> None:
        files.forget_pages(self.array)


def arxiv() -> NDArray[np.float16] | None:
    """30,000 astronomy abstracts × 384 (all-MiniLM-L6-v2), memory-mapped; None where they are not at hand."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("SAERCH_SHARED") or root.parent / "shared")
    folder = folder / "data" if (folder / "data").is_dir() else folder
    path = folder / "arxiv_astro.npy"
    return np.load(path, mmap_mode="r") if path.is_file() else None


def unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    rows = rows.astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def many(rows: int, *, noise: float = 0.02, seed: int = 0) -> tuple[NDArray[np.float32], str]:
    """Unit vectors (rows, 384), and what they are in words: the real ones, again and again with noise."""
    real = arxiv()
    if real is None:
        return np.concatenate([*synthetic(rows, 384, seed)]), "made up, with a spectrum like abstracts have"
    chance = np.random.default_rng(seed)
    out = np.empty((rows, real.shape[1]), np.float32)
    for start in range(0, rows, len(real)):
        part = unit(np.asarray(real[: min(len(real), rows - start)]))
        if start:
            part = unit(part + noise * chance.standard_normal(part.shape, dtype=np.float32))
        out[start : start + len(part)] = part
    return out, "arXiv abstracts" + (", repeated with noise" if rows > len(real) else "")


def write_synthetic(path: Path, rows: int, dim: int, seed: int = 0) -> None:
    """A .npy file of unit vectors (rows, dim) float16, made and written block by block."""
    out = np.lib.format.open_memmap(path, "w+", np.dtype(np.float16), (rows, dim))
    start = 0
    for block in synthetic(rows, dim, seed):
        out[start : start + len(block)] = block
        start += len(block)
    out.flush()


def synthetic(rows: int, dim: int, seed: int = 0) -> Iterator[NDArray[np.float32]]:
    """Blocks of rows whose covariance falls as that of the arXiv vectors does, around a mean like theirs.

    Measured there: eigenvalues about i^-0.8, and faster beyond a third of the dimensions; a mean of length
    0.55; 16 directions for each dimension of which a row has a few make it as clustered as texts are.
    """
    chance = np.random.default_rng(seed)
    place = np.arange(1, dim + 1) / dim
    scale = np.sqrt(place**-0.8 * np.exp(-3 * place**2)).astype(np.float32)
    topics = unit(chance.standard_normal((min(16 * dim, 8192), dim), dtype=np.float32) * scale)
    mean = unit(chance.standard_normal((1, dim), dtype=np.float32) * scale)
    for start in range(0, rows, _BLOCK):
        count = min(_BLOCK, rows - start)
        chosen = (chance.random((count, 8)) ** 2 * len(topics)).astype(np.int64)
        weights = chance.gamma(1.0, 0.25, (count, 8)).astype(np.float32)
        block = np.einsum("bk,bkd->bd", weights, topics[chosen]) + 0.6 * mean
        yield unit(block + 0.02 * chance.standard_normal(block.shape, dtype=np.float32))
