"""Vectors that the user brings, in .npy, .npz, .safetensors or Parquet: checked, then stored as unit rows."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.library.documents import storable
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import VECTORS_FILE, EmbedderIdentity, VectorsRecord, describe_mismatch
from saerch_desktop.library.vectors_writer import npy_header, unit_rows
from saerch_desktop.progress import Progress

_BLOCK = 4096
_MOST_DIMENSIONS = 1 << 16
_NAMES = ("vectors", "embeddings", "embedding", "vector", "arr_0")
_MAX_HEADER = 64 << 20
_MOST_SHRUNK = 100  # times that an archive may grow when it is unpacked, beyond a small size
_SMALL = 16 << 20
_DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}


def load_given(path: Path, column: str | None = None, progress: Progress | None = None) -> NDArray[Any]:
    """Vectors (n, dim) of float16, float32 or float64 from a file, memory-mapped where its format allows.

    column: which array or column, when the file has several. Checked whole: two dimensions, floating point,
    every number finite, no row of length zero. UserError says what is wrong and names the first bad rows.
    """
    array = _opened(Path(path), column)
    _check(array, Path(path).name, progress or Progress())
    return array


@dataclass(frozen=True, slots=True)
class GivenVectors:
    """Checked vectors, one row per record of the source, and who made them.

    rows: which of them belongs to each record, int64 (records,), where they stand in another order.
    """

    array: NDArray[Any]
    embedder: EmbedderIdentity
    file: str
    rows: NDArray[np.int64] | None = None

    def check_rows(self, records: int, limit: int | None, source: str) -> None:
        """UserError unless there is one vector per source record (with a limit: at least that many)."""
        rows = len(self.array)
        if rows == records or (limit is not None and rows >= min(limit, records)):
            return
        raise _refused(
            f"{self.file} holds {rows:,} vectors and {source} holds {records:,} records.",
            "Choose the vectors that were made from this very file, one for every record in the same order.",
        )

    def store(self, library: Library, progress: Progress) -> None:
        """Write the vectors of the library's documents, unit length; float16 stays, all else is float32."""
        records = library.documents.records()
        if self.rows is not None:
            records = self.rows[records]
        dtype = np.dtype(np.float16 if self.array.dtype == np.float16 else np.float32)
        rows, dim = len(records), self.array.shape[1]
        progress.begin("Storing vectors", rows, "vectors")
        digest = hashlib.sha256()
        with files.replacing(library.path / VECTORS_FILE) as stream:
            _put(stream, digest, npy_header(rows, dim, dtype))
            for start in range(0, rows, _BLOCK):
                unit = unit_rows(self.array[records[start : start + _BLOCK]])
                _put(stream, digest, unit.astype(dtype).tobytes())
                progress.advance(min(rows, start + _BLOCK))
        path = library.path / VECTORS_FILE
        library.record_vectors(
            VectorsRecord(
                rows=rows,
                dim=dim,
                dtype="float16" if dtype == np.float16 else "float32",
                embedder=self.embedder,
                sha256=digest.hexdigest(),
                fingerprint=files.fingerprint(path),
            )
        )


def open_given(
    path: Path, column: str | None, embedder: EmbedderIdentity | None, progress: Progress
) -> GivenVectors:
    """Load and check vectors; without `embedder` they are recorded as given under the file's name."""
    array = load_given(path, column, progress)
    dim = int(array.shape[1])
    identity = embedder or EmbedderIdentity(kind="given", name=storable(path.stem), dim=dim)
    if identity.dim != dim:
        raise describe_mismatch(EmbedderIdentity(kind="given", name=path.name, dim=dim), identity)
    return GivenVectors(array, identity, path.name)


def _opened(path: Path, column: str | None) -> NDArray[Any]:
    kind = path.suffix.lower()
    if kind not in _READERS:
        raise _refused(f"{path.name} is not a kind of vector file that can be read.", _KINDS)
    try:
        if not path.is_file():
            raise _refused(f"There is no file {path}.", _KINDS)
        return _READERS[kind](path, column)
    except UserError:
        raise
    except MemoryError as error:
        raise _refused(
            f"{path.name} does not fit into this computer's memory.",
            "Save the vectors as .npy, which is read piece by piece.",
        ) from error
    except Exception as error:  # another program's file can break its reader in any way
        raise _refused(f"{path.name} is damaged or not what its name says ({error}).", _KINDS) from error


def _npy(path: Path, column: str | None) -> NDArray[Any]:
    return files.mapped_array(path)


def _npz(path: Path, column: str | None) -> NDArray[Any]:
    with zipfile.ZipFile(path) as archive:
        inside = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        info = inside[_choose(path, column, list(inside))]
        with archive.open(info) as stream:
            is_first = np.lib.format.read_magic(stream) == (1, 0)
            header = np.lib.format.read_array_header_1_0 if is_first else np.lib.format.read_array_header_2_0
            shape, _, dtype = header(stream)
            # The header decides how much memory is taken: it must agree with what the archive says is inside.
            claimed = dtype.itemsize * int(np.prod(shape, dtype=object))
            if dtype.hasobject or info.file_size - stream.tell() != claimed:
                raise ValueError("sizes inside disagree")
            if claimed > _MOST_SHRUNK * info.compress_size + _SMALL:
                raise ValueError("it would unpack to far more than vectors can be compressed")
        with archive.open(info) as stream:
            array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    return array


def _safetensors(path: Path, column: str | None) -> NDArray[Any]:
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 2 <= length <= min(_MAX_HEADER, size - 8):
            raise ValueError("the header is cut short")
        header = json.loads(stream.read(length))
    tensors = {name: about for name, about in header.items() if name != "__metadata__"}
    about = tensors[_choose(path, column, list(tensors))]
    start, stop = (int(at) for at in about["data_offsets"])
    shape = tuple(int(n) for n in about["shape"])
    brain = about["dtype"] == "BF16"
    if not brain and about["dtype"] not in _DTYPES:
        raise _refused(f"{path.name} holds numbers of type {about['dtype']}.", _TYPES)
    dtype = np.dtype("<u2" if brain else _DTYPES[about["dtype"]])
    count = int(np.prod(shape, dtype=object))
    fits = stop - start == count * dtype.itemsize and 8 + length + stop <= size
    if min(shape, default=0) < 0 or start < 0 or not fits:
        raise ValueError("the file is cut short")
    if count == 0:
        return np.zeros(shape, dtype=np.float32)
    array: NDArray[Any] = np.memmap(path, dtype=dtype, mode="r", offset=8 + length + start, shape=shape)
    if brain:
        array = (array.astype(np.uint32) << 16).view(np.float32)
    return array


def _parquet(path: Path, column: str | None) -> NDArray[Any]:
    import pyarrow.compute
    import pyarrow.parquet

    from saerch_desktop.library.readers.parquet import is_vector_type

    with pyarrow.parquet.ParquetFile(path) as file:
        lists = [field.name for field in file.schema_arrow if is_vector_type(field.type)]
        name = _choose(path, column, lists)
        kind = file.schema_arrow.field(name).type.value_type
        dtype = np.dtype(kind.to_pandas_dtype())
        total = file.metadata.num_rows
        array: NDArray[Any] | None = None
        at = 0
        for batch in file.iter_batches(batch_size=_BLOCK, columns=[name]):
            lists_here = batch.column(0)
            values = lists_here.flatten().to_numpy(zero_copy_only=False)
            lengths = (
                pyarrow.compute.list_value_length(lists_here).fill_null(0).to_numpy(zero_copy_only=False)
            )
            if array is None:
                array = np.empty((total, int(lengths.max())), dtype=dtype)
            bad = np.flatnonzero(lengths != array.shape[1])
            if bad.size:
                raise _refused(
                    f"The lists in column {name!r} of {path.name} differ in length: {_rows(bad + at)}"
                    f" {'has' if bad.size == 1 else 'have'} not {array.shape[1]} numbers.",
                    "Every record needs a vector with the same number of dimensions.",
                )
            array[at : at + len(lengths)] = values.reshape(len(lengths), array.shape[1])
            at += len(lengths)
    return np.zeros((0, 0), dtype=np.float32) if array is None else array


_READERS = {".npy": _npy, ".npz": _npz, ".safetensors": _safetensors, ".parquet": _parquet, ".pq": _parquet}


def _choose(path: Path, column: str | None, names: list[str]) -> str:
    if column is not None:
        if column in names:
            return column
        raise _refused(
            f"{path.name} has no vectors named {column!r}.", f"It has: {', '.join(names) or 'none'}."
        )
    if len(names) == 1:
        return names[0]
    for name in _NAMES:
        if name in names:
            return name
    if not names:
        raise _refused(f"{path.name} holds no vectors.", _KINDS)
    raise _refused(f"{path.name} holds several arrays.", f"Say which one: {', '.join(names[:20])}.")


def _check(array: NDArray[Any], name: str, progress: Progress) -> None:
    if not isinstance(array, np.ndarray) or array.ndim != 2:
        shape = " × ".join(str(size) for size in array.shape) or "a single number"
        raise _refused(f"{name} holds {shape}, not rows of vectors.", "Give one row of numbers per record.")
    if array.dtype.kind != "f" or array.dtype.itemsize not in (2, 4, 8):
        raise _refused(f"{name} holds numbers of type {array.dtype}.", _TYPES)
    rows, dim = array.shape
    if rows == 0 or not 2 <= dim <= _MOST_DIMENSIONS:
        raise _refused(f"{name} holds {rows:,} vectors of {dim:,} dimensions.", "Give one vector per record.")
    progress.begin("Checking vectors", rows, "vectors")
    infinite: list[int] = []
    zero: list[int] = []
    for start in range(0, rows, _BLOCK):
        block = np.asarray(array[start : start + _BLOCK])
        finite = np.isfinite(block).all(axis=1)
        infinite.extend((np.flatnonzero(~finite) + start).tolist())
        with np.errstate(invalid="ignore"):  # signalling NaNs, which are told of above
            zero.extend((np.flatnonzero(~block.any(axis=1)) + start).tolist())
        progress.advance(min(rows, start + _BLOCK))
    if infinite:
        raise _refused(
            f"{name} holds numbers that are not finite in {_rows(infinite)}.",
            "Make these vectors again, or leave their documents out of both files.",
        )
    if zero:
        raise _refused(
            f"{name} holds nothing but zeros in {_rows(zero)}.",
            "A zero vector has no direction: make these again, or leave their documents out of both files.",
        )


def _rows(bad: Any) -> str:
    shown = ", ".join(str(int(row)) for row in bad[:5])
    more = f" and {len(bad) - 5:,} more" if len(bad) > 5 else ""
    return f"{'row' if len(bad) == 1 else 'rows'} {shown}{more} (counted from 0)"


def _put(stream: IO[bytes], digest: Any, data: bytes) -> None:
    stream.write(data)
    digest.update(data)


def _refused(happened: str, remedy: str) -> UserError:
    return UserError(happened, "Nothing was imported.", remedy)


_KINDS = "Give a .npy, .npz or .safetensors file, or a Parquet file with a column of number lists."
_TYPES = "Vectors must be floating-point numbers: float16, float32 or float64."
