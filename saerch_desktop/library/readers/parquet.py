"""Parquet, read by batches through pyarrow."""

from __future__ import annotations

import base64
import datetime
import decimal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from saerch_desktop.library.readers.base import Reader, Record, cannot_read, readable_error
from saerch_desktop.progress import Progress

_BATCH = 512


class ParquetReader(Reader):
    """Rows of a Parquet file as records. Columns that hold vectors (lists of floats) are left out."""

    format = "Parquet"
    unit = "rows"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with self._opened() as file:
            self.total = file.metadata.num_rows
            schema = file.schema_arrow
            self.columns = [field.name for field in schema if not is_vector_type(field.type)]
            if len(set(schema.names)) < len(schema.names):
                raise cannot_read(path, "two of its columns have the same name")

    def records(self) -> Iterator[Record]:
        number = 0
        with self._opened() as file:
            batches = file.iter_batches(batch_size=_BATCH, columns=self.columns)
            while True:
                try:
                    batch = next(batches, None)
                    rows = None if batch is None else [dict(row) for row in _rows(batch)]
                except (OSError, ValueError, MemoryError) as error:  # pyarrow's own errors derive from these
                    yield Record(
                        number, None, "cut short", f"The file cannot be read on: {readable_error(error)}"
                    )
                    return
                if rows is None:
                    return
                for row in rows:
                    yield Record(number, row)
                    number += 1
                    self.done = number

    def count(self, progress: Progress) -> int:
        progress.check()
        return self.total or 0

    def _opened(self) -> Any:
        import pyarrow.parquet

        try:
            return pyarrow.parquet.ParquetFile(self.path)
        except (OSError, ValueError) as error:
            raise cannot_read(self.path, readable_error(error)) from error


def is_vector_type(kind: Any) -> bool:
    """Whether an Arrow type is a list of floating-point numbers."""
    import pyarrow.types as types

    is_list = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    return bool(is_list and types.is_floating(kind.value_type))


def _rows(batch: Any) -> Iterator[dict[str, Any]]:
    columns = [_values(column) for column in batch.columns]
    names = batch.schema.names
    for row in zip(*columns, strict=True) if columns else iter(() for _ in range(batch.num_rows)):
        yield {name: plain(value) for name, value in zip(names, row, strict=True)}


def _values(column: Any) -> list[Any]:
    import pyarrow

    try:
        values: list[Any] = column.to_pylist()
    except ValueError:  # nanoseconds do not fit Python's own times
        values = column.cast(pyarrow.string()).to_pylist()
    return values


def plain(value: Any) -> Any:
    """A value of Parquet as JSON can hold it without loss."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(value).decode()}
    return str(value)
