"""The inverted index: for each feature the documents where it is active, strongest first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.sae.codes import Codes

STARTS_FILE: Final = "inverted_starts.npy"
ROWS_FILE: Final = "inverted_rows.npy"
VALUES_FILE: Final = "inverted_values.npy"

_BLOCK_ROWS = 1 << 14
_AT_ONCE = 32 << 20  # activations sorted in one go: 256 MiB of keys
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class InvertedIndex:
    """Feature f is active (value > 0) in rows[starts[f]:starts[f+1]], by (-value, row).

    starts (n+1,) int64; rows (nnz,) int32; values (nnz,) float32; the latter two are read-only memory maps.
    """

    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    values: NDArray[np.float32]

    @property
    def features(self) -> int:
        return len(self.starts) - 1

    def of(self, feature: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Rows and activations of one feature, strongest first; views, nothing is copied."""
        begin, end = int(self.starts[feature]), int(self.starts[feature + 1])
        return self.rows[begin:end], self.values[begin:end]

    @classmethod
    def build(cls, codes: Codes, features: int, folder: Path, progress: Progress) -> InvertedIndex:
        """Turn the codes around and save them in `folder`; memory stays below about 0.5 GB however many there
        are.

        Features are taken in ranges of at most 32 million activations; every range is one pass over the
        codes. Raises UserError (disk full, damaged codes), Cancelled; the files are replaced together at the
        end.
        """
        counts = _count(codes, features, progress)
        starts = np.concatenate(([0], np.cumsum(counts)))
        ranges = _ranges(starts)
        progress.begin("Indexing features", codes.rows * len(ranges), "documents")
        with (
            files.replacing(folder / ROWS_FILE) as row_stream,
            files.replacing(folder / VALUES_FILE) as value_stream,
        ):
            _header(row_stream, np.int32, int(starts[-1]))
            _header(value_stream, np.float32, int(starts[-1]))
            for number, (first, last) in enumerate(ranges):
                keys = _gather(codes, starts, first, last, number * codes.rows, progress)
                for feature in range(first, last):
                    if feature % 256 == 0:
                        progress.check()
                    keys[starts[feature] - starts[first] : starts[feature + 1] - starts[first]].sort()
                for at in range(0, keys.size, _PIECE):
                    piece = keys[at : at + _PIECE]
                    row_stream.write((piece & np.uint64(0xFFFFFFFF)).astype("<i4").tobytes())
                    bits = ~(piece >> np.uint64(32)).astype(np.uint32)
                    value_stream.write(bits.view(np.float32).astype("<f4").tobytes())
            progress.check()
        files.write_array(folder / STARTS_FILE, starts)
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> InvertedIndex:
        """Map the files of an SAE's folder; UserError when they are absent or do not fit together."""
        starts = np.asarray(_map(folder / STARTS_FILE, np.int64))
        rows = _map(folder / ROWS_FILE, np.int32)
        values = _map(folder / VALUES_FILE, np.float32)
        sound = (
            starts.size >= 2
            and starts[0] == 0
            and bool((np.diff(starts) >= 0).all())
            and starts[-1] == rows.size == values.size
        )
        if not sound:
            raise _unusable(folder, "its parts do not fit together")
        return cls(starts, rows, values)


def _count(codes: Codes, features: int, progress: Progress) -> NDArray[np.int64]:
    counts = np.zeros(features, np.int64)
    progress.begin("Counting activations", codes.rows, "documents")
    for start in range(0, codes.rows, _BLOCK_ROWS):
        ids = codes.indices[start : start + _BLOCK_ROWS]
        active = ids[codes.values[start : start + _BLOCK_ROWS] > 0]
        if active.size and (active.min() < 0 or active.max() >= features):
            raise UserError(
                "The codes name features that the model does not have.",
                "No index was built; the codes are derived from the vectors, so nothing is lost.",
                "Encode the documents again.",
            )
        counts += np.bincount(active, minlength=features)
        progress.advance(min(codes.rows, start + _BLOCK_ROWS))
    return counts


def _ranges(starts: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Feature ranges [first, last) of at most `_AT_ONCE` activations (one feature alone may have more)."""
    out, first = [], 0
    while first < starts.size - 1:
        last = int(np.searchsorted(starts, starts[first] + _AT_ONCE, side="right")) - 1
        last = max(last, first + 1)
        out.append((first, last))
        first = last
    return out


def _gather(
    codes: Codes, starts: NDArray[np.int64], first: int, last: int, done: int, progress: Progress
) -> NDArray[np.uint64]:
    """Keys of all activations of features [first, last), feature by feature, unsorted within.

    A key is the inverted bits of the value above the row: positive floats order like their bits, so sorting
    keys sorts by (-value, row).
    """
    cursor = (starts[first:last] - starts[first]).copy()
    keys = np.empty(int(starts[last] - starts[first]), np.uint64)
    # NumPy sorts 16-bit integers stably by radix, in linear time.
    small = np.uint16 if last - first <= 1 << 16 else np.int32
    for start in range(0, codes.rows, _BLOCK_ROWS):
        ids = np.asarray(codes.indices[start : start + _BLOCK_ROWS])
        values = np.asarray(codes.values[start : start + _BLOCK_ROWS])
        mask = (values > 0) & (ids >= first) & (ids < last)
        row, _ = np.nonzero(mask)
        feature = (ids[mask] - first).astype(small)
        order = np.argsort(feature, kind="stable")
        counts = np.bincount(feature, minlength=last - first)
        offset = np.repeat(cursor - (np.cumsum(counts) - counts), counts)
        bits = (~values[mask].view(np.uint32)).astype(np.uint64) << np.uint64(32)
        keys[offset + np.arange(feature.size)] = (bits | (row + start).astype(np.uint64))[order]
        cursor += counts
        progress.advance(done + min(codes.rows, start + _BLOCK_ROWS))
    return keys


def _header(stream: Any, dtype: Any, length: int) -> None:
    description = {
        "descr": np.lib.format.dtype_to_descr(np.dtype(dtype)),
        "fortran_order": False,
        "shape": (length,),
    }
    np.lib.format.write_array_header_1_0(stream, description)


def _map(path: Path, dtype: Any) -> NDArray[Any]:
    try:
        array = files.mapped_array(path)
    except FileNotFoundError as error:
        raise _unusable(path.parent, f"{path.name} is missing") from error
    except (OSError, ValueError) as error:
        raise _unusable(path.parent, f"{path.name} cannot be read") from error
    if array.ndim != 1 or array.dtype != np.dtype(dtype):
        raise _unusable(path.parent, f"{path.name} is not a list of {np.dtype(dtype).name}")
    return array


def _unusable(folder: Path, why: str) -> UserError:
    return UserError(
        f"The feature index of “{folder.name}” cannot be used: {why}.",
        "It is derived from the codes, so nothing is lost.",
        "Run check with repair, or build the features again.",
    )
