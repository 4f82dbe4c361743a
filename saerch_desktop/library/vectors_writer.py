"""Writing vectors piece by piece, so that an interrupted embedding continues where it stopped."""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray
from pydantic import BaseModel, ConfigDict

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.library.documents import Problem
from saerch_desktop.library.manifest import (
    PARTIAL_FILE,
    PARTIAL_STATE_FILE,
    VECTORS_FILE,
    EmbedderIdentity,
    VectorsRecord,
    describe_mismatch,
)

if TYPE_CHECKING:
    from saerch_desktop.library.library import Library

_FLUSH_SECONDS = 10.0


class PartialState(BaseModel):
    """The journal beside an unfinished `vectors.partial.npy`: rows there (a base64 bitmap) or failed.

    `publish` is set once the file is complete and about to be renamed, so that a crash in between is mended.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    rows: int
    dim: int
    dtype: Literal["float16", "float32"]
    embedder: EmbedderIdentity
    done: str
    failed: dict[int, str] = {}
    publish: VectorsRecord | None = None


class VectorsWriter:
    """An embedding in progress. Rows may be written in any order; `finish` makes them the library's vectors.

    done: (rows,) bool, rows already written. failed: reason by row, kept over an interruption until the row
    is written after all.
    """

    def __init__(
        self, library: Library, state: PartialState, done: NDArray[np.bool_], stream: BinaryIO
    ) -> None:
        self._library = library
        self._state = state
        self._stream = stream
        self._offset = len(npy_header(state.rows, state.dim, np.dtype(state.dtype)))
        self._saved_at = time.monotonic()
        self.done = done
        self.failed: dict[int, str] = dict(state.failed)

    @classmethod
    def open_partial(
        cls,
        library: Library,
        rows: int,
        dim: int,
        dtype: DTypeLike,
        embedder: EmbedderIdentity,
        *,
        restart: bool = False,
    ) -> VectorsWriter:
        """Continue the library's unfinished embedding, or begin one (`restart`: always begin).

        UserError when the unfinished one is another embedder's, or the disk cannot hold all vectors.
        """
        name = _dtype_name(dtype)
        if embedder.dim != dim:
            raise ValueError(f"the embedder makes {embedder.dim} numbers, not {dim}")
        found = None if restart else read_partial(library.path)
        if found is not None and not found.embedder.same_as(embedder):
            raise describe_mismatch(found.embedder, embedder)
        if found is not None and (found.rows, found.dim, found.dtype) == (rows, dim, name):
            done = _unpacked(found.done, rows)
            path = library.path / PARTIAL_FILE
            size = len(npy_header(rows, dim, np.dtype(name))) + rows * dim * np.dtype(name).itemsize
            if done is not None and path.is_file() and path.stat().st_size == size:
                with _explained(path):
                    return cls(library, found, done, path.open("r+b"))
            if done is not None and found.publish is not None and _is_published(library.path, found.publish):
                with _explained(path):
                    return cls(library, found, np.ones(rows, dtype=bool), open(os.devnull, "r+b"))
        none = _packed(np.zeros(rows, dtype=bool))
        state = PartialState(rows=rows, dim=dim, dtype=name, embedder=embedder, done=none)
        return cls._begin(library, state)

    @classmethod
    def _begin(cls, library: Library, state: PartialState) -> VectorsWriter:
        path = library.path / PARTIAL_FILE
        dtype = np.dtype(state.dtype)
        with _explained(path):
            stream = path.open("w+b")
            try:
                header = npy_header(state.rows, state.dim, dtype)
                stream.write(header)
                stream.flush()
                files.reserve(stream, len(header) + state.rows * state.dim * dtype.itemsize)
                files.write_bytes(library.path / PARTIAL_STATE_FILE, state.model_dump_json().encode())
            except BaseException:
                stream.close()
                path.unlink(missing_ok=True)
                raise
        return cls(library, state, np.zeros(state.rows, dtype=bool), stream)

    def write(self, rows: NDArray[np.integer] | list[int], vectors: NDArray[np.float32]) -> None:
        """Store vectors (n, dim) of the given rows. They must be finite; they are made unit length.

        Saves the journal by itself every ten seconds. UserError when the disk is full.
        """
        if self._state.publish is not None:
            raise ValueError("these vectors are already complete")
        at = np.asarray(rows, dtype=np.int64)
        unit = unit_rows(np.asarray(vectors))
        if unit.shape != (at.size, self._state.dim):
            raise ValueError(f"expected {(at.size, self._state.dim)} numbers, got {unit.shape}")
        if not np.isfinite(unit).all():
            raise ValueError("vectors must be finite and not zero; use fail() for a document without one")
        stored = unit.astype(self._state.dtype)
        width = self._state.dim * stored.itemsize
        with _explained(self._library.path / PARTIAL_FILE):
            # Plain writes, not a memory map: a full disk is then an error to explain and not a dead process.
            for first, last in _runs(at):
                self._stream.seek(self._offset + int(at[first]) * width)
                self._stream.write(stored[first:last].tobytes())
        self.done[at] = True
        for row in at.tolist():
            self.failed.pop(row, None)
        if time.monotonic() - self._saved_at > _FLUSH_SECONDS:
            self.flush()

    def fail(self, row: int, reason: str) -> None:
        """Note that a document could not be embedded; it gets a NaN row and an entry in the problem list."""
        self.failed[int(row)] = reason
        self.done[row] = False

    def flush(self) -> None:
        """Make everything written so far safe against a crash."""
        if self._state.publish is not None:
            return
        with _explained(self._library.path / PARTIAL_FILE):
            self._stream.flush()
            os.fsync(self._stream.fileno())
        self._save(self._state.model_copy(update={"done": _packed(self.done), "failed": dict(self.failed)}))

    def finish(self) -> VectorsRecord:
        """Publish the vectors: rename the file, record it in the manifest. Failed rows become NaN rows.

        ValueError when a row is neither written nor failed.
        """
        partial, final = self._library.path / PARTIAL_FILE, self._library.path / VECTORS_FILE
        record = self._state.publish
        if record is None:
            missing = np.flatnonzero(~self.done)
            left = [row for row in missing.tolist() if row not in self.failed]
            if left:
                raise ValueError(f"{len(left)} documents have no vector yet")
            with _explained(partial):
                blank = np.full(self._state.dim, np.nan, dtype=self._state.dtype).tobytes()
                for row in missing.tolist():
                    self._stream.seek(self._offset + row * len(blank))
                    self._stream.write(blank)
            self.flush()
            record = VectorsRecord(
                rows=self._state.rows,
                dim=self._state.dim,
                dtype=self._state.dtype,
                embedder=self._state.embedder,
                sha256=files.sha256(partial),
                fingerprint=files.fingerprint(partial),
                missing=missing.tolist(),
            )
            self._save(self._state.model_copy(update={"publish": record}))
        self.close()
        with _explained(final):
            if partial.is_file():
                partial.replace(final)
        self._library.record_vectors(record)
        self._library.replace_problems(
            "not embedded", [Problem(row, "not embedded", self.failed.get(row, "")) for row in record.missing]
        )
        (self._library.path / PARTIAL_STATE_FILE).unlink(missing_ok=True)
        return record

    def close(self) -> None:
        """Let go of the file; what was flushed stays for the next time."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and not self._stream.closed:
            # The first trouble is the one to tell; a second one while saving must not hide it.
            with contextlib.suppress(UserError):
                self.flush()
        self.close()

    def _save(self, state: PartialState) -> None:
        files.write_bytes(self._library.path / PARTIAL_STATE_FILE, state.model_dump_json().encode())
        self._state = state
        self._saved_at = time.monotonic()


def read_partial(folder: Path) -> PartialState | None:
    """The journal of an unfinished embedding in the library at `folder`, or None when there is none."""
    path = folder / PARTIAL_STATE_FILE
    try:
        return PartialState.model_validate_json(files.read_small(path))
    except (OSError, ValueError):
        return None


def done_rows(state: PartialState) -> int:
    """How many rows an unfinished embedding has."""
    done = _unpacked(state.done, state.rows)
    return 0 if done is None else int(done.sum())


def unit_rows(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rows scaled to length 1, (n, dim) float32; a zero row becomes NaN."""
    # Scaled by the largest number first, so that squares of very large or small numbers stay in range.
    wide = np.asarray(vectors, dtype=np.result_type(vectors, np.float32))
    largest = np.abs(wide).max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = wide / largest
        norms = np.sqrt(np.einsum("ij,ij->i", scaled, scaled, dtype=np.float64))[:, None]
        unit: NDArray[np.float32] = (scaled / norms).astype(np.float32)
    return unit


def _runs(rows: NDArray[np.int64]) -> list[tuple[int, int]]:
    cuts = np.flatnonzero(np.diff(rows) != 1) + 1
    bounds = [0, *cuts.tolist(), rows.size]
    return [(first, last) for first, last in itertools.pairwise(bounds) if last > first]


def npy_header(rows: int, dim: int, dtype: np.dtype[Any]) -> bytes:
    """The beginning of a `.npy` file of this shape, C order."""
    buffer = io.BytesIO()
    about = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (rows, dim)}
    np.lib.format.write_array_header_1_0(buffer, about)
    return buffer.getvalue()


def _dtype_name(dtype: DTypeLike) -> Literal["float16", "float32"]:
    name = np.dtype(dtype).name
    if name == "float16":
        return "float16"
    if name == "float32":
        return "float32"
    raise ValueError(f"vectors are stored as float16 or float32, not {name}")


def _packed(done: NDArray[np.bool_]) -> str:
    return base64.b64encode(np.packbits(done).tobytes()).decode()


def _unpacked(text: str, rows: int) -> NDArray[np.bool_] | None:
    try:
        bits = np.unpackbits(np.frombuffer(base64.b64decode(text, validate=True), dtype=np.uint8))
    except (ValueError, binascii.Error):
        return None
    return bits[:rows].astype(bool) if rows <= bits.size < rows + 8 else None


def _is_published(folder: Path, record: VectorsRecord) -> bool:
    path = folder / VECTORS_FILE
    return path.is_file() and files.fingerprint(path) == record.fingerprint


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise files.explain_os_error(error, path) from error
