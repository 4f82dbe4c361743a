"""The sparse codes of a whole corpus on disk: `n_docs × width` feature ids and activations, memory-mapped.

Loads torch only inside `encode_corpus`.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from saerch_desktop.errors import UserError
from saerch_desktop.files import explain_os_error, mapped_array, read_small, reserve, write_json
from saerch_desktop.progress import Progress
from saerch_desktop.sae.split import VectorSource, heldout_rows, training_rows
from saerch_desktop.sae.weights import Sae

__all__ = ["INDICES_FILE", "VALUES_FILE", "Codes", "encode_corpus", "heldout_rows", "training_rows"]

INDICES_FILE: Final = "code_indices.npy"
VALUES_FILE: Final = "code_values.npy"
_JOURNAL: Final = "codes.partial.json"
_PARTIAL: Final = (f"{INDICES_FILE}.partial", f"{VALUES_FILE}.partial")
_JOURNAL_SECONDS: Final = 10.0
_DTYPES: Final = ("<i4", "<f4")
_RELEASE_BYTES: Final = 32 << 20  # vectors read before their memory is given back


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """indices (N, width) int32 and values (N, width) float32 ≥ 0, row i of document i, highest activation
    first.

    No row names a feature twice. A place with the value 0 stands for nothing: a document may have fewer
    active features than there are places, and one without a vector has none. Both are read-only memory maps.
    """

    indices: NDArray[np.int32]
    values: NDArray[np.float32]

    @property
    def rows(self) -> int:
        return len(self.indices)

    @property
    def width(self) -> int:
        """The most features that a document can have active (`SaeConfig.width`)."""
        return int(self.indices.shape[1])

    @classmethod
    def load(cls, folder: Path) -> Codes:
        """Map the files of an SAE's folder; UserError when they are absent, of wrong type or do not match."""
        indices = _map(folder / INDICES_FILE, np.dtype(np.int32))
        values = _map(folder / VALUES_FILE, np.dtype(np.float32))
        if indices.shape != values.shape:
            raise _unusable(
                folder, f"{INDICES_FILE} has shape {indices.shape} and {VALUES_FILE} {values.shape}"
            )
        return cls(indices, values)

    def check(self, features: int, folder: Path) -> None:
        """Read everything once: ids within 0…features−1, values finite and ≥ 0. UserError naming the first
        bad row.
        """
        for start in range(0, self.rows, 1 << 16):
            ids, values = self.indices[start : start + (1 << 16)], self.values[start : start + (1 << 16)]
            bad = ((ids < 0) | (ids >= features) | ~np.isfinite(values) | (values < 0)).any(axis=1)
            if bad.any():
                raise _unusable(folder, f"row {start + int(np.argmax(bad))} holds impossible values")


class _Journal(BaseModel):
    """How far an unfinished encoding came, and with which weights and vectors."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sha256: str
    rows: int
    width: int
    done: int


def encode_corpus(folder: Path, vectors: VectorSource, progress: Progress, *, device: str = "auto") -> Codes:
    """Encode every document with the autoencoder in `folder` and save the codes there.

    Equals `Sae.encode` row by row up to float rounding. Written to partial files that a later call continues
    after a cancel or a kill, and renamed when whole. Raises UserError (dimension differs, disk full),
    Cancelled.
    """
    from saerch_desktop.sae.encoding import block_encoder
    from saerch_desktop.sae.model import choose_device

    sae = Sae.load(folder)
    if vectors.dim != sae.config.dim:
        raise UserError(
            f"The vectors have {vectors.dim} dimensions and “{sae.name}” was trained on {sae.config.dim}.",
            "No codes were written; the library is unchanged.",
            "Train an autoencoder on this library's vectors.",
        )
    journal = _continue_or_start(folder, sae, vectors.rows)
    saved = time.monotonic()
    progress.begin("Encoding documents", vectors.rows, "documents", done=journal.done)
    try:
        with block_encoder(sae, choose_device(device)) as encode, _Partial(folder, journal) as partial:
            for stop, block in _blocks(vectors, journal.done, encode.rows):
                partial.write(*encode(block))
                if time.monotonic() - saved > _JOURNAL_SECONDS:
                    partial.sync()
                    write_json(folder / _JOURNAL, journal.model_copy(update={"done": stop}).model_dump())
                    saved = time.monotonic()
                progress.advance(stop)
            partial.sync()
        for name, final in zip(_PARTIAL, (INDICES_FILE, VALUES_FILE), strict=True):
            (folder / name).replace(folder / final)
        (folder / _JOURNAL).unlink(missing_ok=True)
    except OSError as error:
        raise explain_os_error(error, folder / INDICES_FILE) from error
    return Codes.load(folder)


def _blocks(vectors: VectorSource, start: int, rows: int) -> Iterator[tuple[int, NDArray[Any]]]:
    """Copies of the vectors from `start` on, `rows` at a time and as they are stored, and where each ends.

    The next is read from the disk while this one is in use, and what was read does not pile up in memory.
    """
    starts = range(start, vectors.rows, rows)
    between = max(1, _RELEASE_BYTES // (rows * vectors.array.itemsize * vectors.dim))

    def read(begin: int) -> NDArray[Any]:
        return np.array(vectors.array[begin : begin + rows])

    with ThreadPoolExecutor(1, "saerch-read") as reader:
        ahead = reader.submit(read, start)
        for number, begin in enumerate(starts):
            block = ahead.result()
            if begin + rows < vectors.rows:
                ahead = reader.submit(read, begin + rows)
            yield begin + len(block), block
            if number % between == between - 1:
                vectors.release()


class _Partial:
    """The two unfinished files, written on from where the journal says.

    Through streams and not memory maps: there a full disk would end the whole program, and the pages written
    would stay in this program's memory.
    """

    def __init__(self, folder: Path, journal: _Journal) -> None:
        self._streams = ExitStack()
        self._files: list[IO[bytes]] = []
        row = 4 * journal.width
        for name in _PARTIAL:
            stream = self._streams.enter_context((folder / name).open("rb+"))
            begin = stream.seek(0, os.SEEK_END) - journal.rows * row
            stream.seek(begin + journal.done * row)
            self._files.append(stream)

    def __enter__(self) -> _Partial:
        return self

    def __exit__(self, *_: object) -> None:
        self._streams.close()

    def write(self, indices: NDArray[np.int32], values: NDArray[np.float32]) -> None:
        for stream, part, dtype in zip(self._files, (indices, values), _DTYPES, strict=True):
            stream.write(np.ascontiguousarray(part, dtype=dtype).data)

    def sync(self) -> None:
        for stream in self._files:
            stream.flush()
            os.fsync(stream.fileno())


def _continue_or_start(folder: Path, sae: Sae, rows: int) -> _Journal:
    """The journal of a partial encoding by these weights, or a fresh one with empty partial files."""
    shape = (rows, sae.config.width)
    path = folder / _JOURNAL
    with contextlib.suppress(OSError, ValidationError, ValueError):
        journal = _Journal.model_validate_json(read_small(path))
        same = journal.sha256 == sae.sha256 and (journal.rows, journal.width) == shape
        if same and 0 <= journal.done <= rows:
            found = [mapped_array(folder / name) for name in _PARTIAL]
            if all(a.shape == shape and a.dtype == dtype for a, dtype in zip(found, _DTYPES, strict=True)):
                return journal
    journal = _Journal(sha256=sae.sha256, rows=rows, width=shape[1], done=0)
    try:
        path.unlink(missing_ok=True)
        for name, dtype in zip(_PARTIAL, _DTYPES, strict=True):
            description = {
                "descr": np.lib.format.dtype_to_descr(np.dtype(dtype)),
                "fortran_order": False,
                "shape": shape,
            }
            with (folder / name).open("wb") as stream:
                np.lib.format.write_array_header_1_0(stream, description)
                stream.flush()
                reserve(stream, stream.tell() + 4 * rows * shape[1])
        write_json(path, journal.model_dump())
    except OSError as error:
        raise explain_os_error(error, folder / INDICES_FILE) from error
    return journal


def _map(path: Path, dtype: np.dtype[Any]) -> NDArray[Any]:
    try:
        array = mapped_array(path)
    except FileNotFoundError as error:
        raise _unusable(path.parent, f"{path.name} is missing") from error
    except (OSError, ValueError) as error:
        raise _unusable(path.parent, f"{path.name} cannot be read ({error})") from error
    if array.ndim != 2 or array.dtype != dtype:
        raise _unusable(path.parent, f"{path.name} is not a table of {dtype.name}")
    return array


def _unusable(folder: Path, why: str) -> UserError:
    return UserError(
        f"The codes of the autoencoder “{folder.name}” cannot be used: {why}.",
        "They are derived from its weights and the vectors, so nothing is lost.",
        "Run check with repair, or encode the documents again.",
    )
