"""The vectors of a library: one unit row per document, memory-mapped; NaN rows where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.library.manifest import VECTORS_FILE, VectorsRecord
from saerch_desktop.library.vectors_writer import VectorsWriter

__all__ = ["Vectors", "VectorsWriter", "complaint_about", "shape_complaint"]


class Vectors:
    """Reads `vectors.npy`.

    array: memory-mapped (rows, dim), float16 or float32, unit rows. missing: ascending int64 rows of NaN.
    """

    def __init__(self, array: NDArray[np.float16] | NDArray[np.float32], record: VectorsRecord) -> None:
        self.array = array
        self.record = record
        self.missing: NDArray[np.int64] = np.unique(np.asarray(record.missing, dtype=np.int64))

    @classmethod
    def open(cls, folder: Path, record: VectorsRecord) -> Vectors:
        """Map the vectors of the library in `folder`. UserError when the file is not what `record` says."""
        complaint = complaint_about(folder, record)
        if complaint is not None:
            raise UserError(
                f"The vectors cannot be used: {complaint}.",
                "The documents and keyword search still work.",
                "Embed the documents again, or restore vectors.npy from a backup.",
            )
        return cls(files.mapped_array(folder / VECTORS_FILE), record)

    @property
    def rows(self) -> int:
        return self.record.rows

    @property
    def dim(self) -> int:
        return self.record.dim

    def valid_rows(self) -> NDArray[np.int64]:
        """Rows that have a vector, ascending."""
        every = np.arange(self.rows, dtype=np.int64)
        return every if self.missing.size == 0 else np.delete(every, self.missing)

    def block(self, start: int, stop: int) -> NDArray[np.float32]:
        """Rows start..stop-1 copied as (n, dim) float32; missing rows are NaN."""
        return np.array(self.array[start:stop], dtype=np.float32)

    def gather(self, rows: Sequence[int] | NDArray[np.integer]) -> NDArray[np.float32]:
        """The given rows copied as (n, dim) float32, in that order; missing rows are NaN."""
        return np.asarray(self.array[np.asarray(rows, dtype=np.int64)], dtype=np.float32)

    def release(self) -> None:
        """Let go of the memory that reading has filled, so that a pass over everything does not keep it."""
        files.forget_pages(self.array)


def complaint_about(folder: Path, record: VectorsRecord) -> str | None:
    """What a quick look at `vectors.npy` finds wrong (missing, shape, type, size, changed), or None."""
    complaint = shape_complaint(folder, record)
    if complaint is None and files.fingerprint(folder / VECTORS_FILE) != record.fingerprint:
        return f"{VECTORS_FILE} has changed since it was written"
    return complaint


def shape_complaint(folder: Path, record: VectorsRecord) -> str | None:
    """What is wrong with the form of `vectors.npy` (missing, cut, shape, type), whatever its numbers."""
    path = folder / VECTORS_FILE
    if not path.is_file():
        return f"{VECTORS_FILE} is missing"
    try:
        array = files.mapped_array(path)
    except (ValueError, OSError):
        return f"{VECTORS_FILE} is damaged or cut short"
    if array.shape != (record.rows, record.dim):
        found = " × ".join(f"{size:,}" for size in array.shape) or "one number"
        return f"{VECTORS_FILE} holds {found} numbers instead of {record.rows:,} × {record.dim:,}"
    if array.dtype != np.dtype(record.dtype) or not array.flags.c_contiguous:
        return f"{VECTORS_FILE} holds {array.dtype} instead of {record.dtype}"
    if record.missing and not 0 <= min(record.missing) <= max(record.missing) < record.rows:
        return "the list of documents without a vector does not fit the vectors"
    return None
