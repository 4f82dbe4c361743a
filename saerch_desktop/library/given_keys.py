"""Identifiers that stand beside given vectors, and the records that they belong to."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.library.composition import as_text
from saerch_desktop.library.readers.base import Reader, Record
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress

_USUAL: Final = ("id", "ids", "key", "keys", "doi", "name", "names", "index")
_TICK: Final = 1000
_MOST_BYTES: Final = 1 << 30
_MOST_SHRUNK: Final = 100
_SMALL: Final = 16 << 20


def keys_in(path: Path) -> tuple[str, ...]:
    """Names of the columns (Parquet) or arrays (.npz) that could be identifiers, the likeliest first.

    Empty for a file that has none or cannot be read.
    """
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            found = _columns(path)
        elif path.suffix.lower() == ".npz":
            found = [
                name for name, shape, dtype, _ in _arrays(path) if len(shape) == 1 and dtype.kind in "USiu"
            ]
        else:
            found = []
    except Exception:  # noqa: BLE001  what is wrong with the file is told where its vectors are read
        return ()
    return tuple(sorted(found, key=lambda name: name.casefold() not in _USUAL))


def load_keys(path: Path, name: str) -> list[str]:
    """The identifiers as text, one a vector. UserError for those that cannot be read, or stand twice."""
    try:
        values = _column(path, name) if path.suffix.lower() in (".parquet", ".pq") else _array(path, name)
    except UserError:
        raise
    except Exception as error:  # another program's file can break its reader in any way
        raise _refused(
            f"The identifiers {name!r} of {path.name} cannot be read ({error}).",
            "Choose another column, or vectors in the order of the records.",
        ) from error
    keys = [as_text(value).strip() for value in values]
    if len(set(keys)) < len(keys):
        twice = Counter(keys).most_common(1)[0][0]
        raise _refused(
            f"The identifier {twice[:80]!r} stands more than once in {name!r} of {path.name}.",
            "Choose a column that is different for every vector.",
        )
    return keys


def rows_by_key(keys: list[str], reader: Reader, roles: Roles, progress: Progress) -> NDArray[np.int64]:
    """For each record of the source the row of its vector, -1 where there is none. UserError without ids."""
    if roles.id is None:
        raise _refused(
            "The vectors are to be matched by identifier, but no column of the texts is one.",
            "Say which column is the identifier.",
        )
    at = {key: row for row, key in enumerate(keys)}
    rows: list[int] = []
    progress.begin("Matching identifiers", reader.total, reader.unit)
    for record in reader.records():
        fields = record.fields or {}
        rows.append(at.get(as_text(fields.get(roles.id)).strip(), -1))
        if record.number % _TICK == 0:
            progress.advance(reader.done)
    found = np.array(rows, dtype=np.int64)
    if not (found >= 0).any():
        raise _refused(
            f"Not one identifier of the vectors is found in the column {roles.id!r}.",
            "Check that both files name their records in the same way.",
        )
    return found


class MatchedRecords(Reader):
    """The records of another reader; those without a vector are told as records that cannot be taken."""

    def __init__(self, reader: Reader, rows: NDArray[np.int64], roles: Roles) -> None:
        super().__init__(reader.path)
        self._reader, self._rows, self._roles = reader, rows, roles
        self.format, self.unit, self.total = reader.format, reader.unit, reader.total

    def records(self) -> Iterator[Record]:
        for record in self._reader.records():
            self.done = self._reader.done
            if record.fields is None or (record.number < len(self._rows) and self._rows[record.number] >= 0):
                yield record
            else:
                key = as_text(record.fields.get(self._roles.id or "")).strip() or "none"
                detail = f"no vector has its identifier ({key[:80]})"
                yield replace(record, fields=None, kind="no vector", detail=detail)


def _columns(path: Path) -> list[str]:
    import pyarrow.parquet
    import pyarrow.types as kinds

    with pyarrow.parquet.ParquetFile(path) as file:
        schema = file.schema_arrow
        return [
            field.name
            for field in schema
            if kinds.is_string(field.type)
            or kinds.is_large_string(field.type)
            or kinds.is_integer(field.type)
        ]


def _column(path: Path, name: str) -> list[Any]:
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        if name not in file.schema_arrow.names:
            raise _refused(
                f"{path.name} has no column {name!r}.", f"It has: {', '.join(file.schema_arrow.names)}."
            )
        values: list[Any] = []
        for batch in file.iter_batches(columns=[name]):
            values += batch.column(0).to_pylist()
        return values


def _arrays(path: Path) -> Iterator[tuple[str, tuple[int, ...], np.dtype[Any], bool]]:
    """Name, shape, dtype of the arrays of an archive, and whether their size is what the header claims."""
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            with archive.open(info) as stream:
                is_first = np.lib.format.read_magic(stream) == (1, 0)
                header = (
                    np.lib.format.read_array_header_1_0 if is_first else np.lib.format.read_array_header_2_0
                )
                shape, _, dtype = header(stream)
                claimed = dtype.itemsize * int(np.prod(shape, dtype=object))
                sound = (
                    not dtype.hasobject
                    and info.file_size - stream.tell() == claimed <= _MOST_BYTES
                    and claimed <= _MOST_SHRUNK * info.compress_size + _SMALL
                )
                yield info.filename.removesuffix(".npy"), tuple(shape), dtype, sound


def _array(path: Path, name: str) -> list[Any]:
    sound = {found: (shape, fits) for found, shape, _, fits in _arrays(path)}
    if name not in sound:
        raise _refused(f"{path.name} has no array {name!r}.", f"It has: {', '.join(sound)}.")
    shape, fits = sound[name]
    if not fits or len(shape) != 1:
        raise ValueError("it is no list of names or numbers, or far too large")
    with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as stream:
        values: list[Any] = np.lib.format.read_array(stream, allow_pickle=False).tolist()
    return values


def _refused(happened: str, remedy: str) -> UserError:
    return UserError(happened, "Nothing was imported.", remedy)
