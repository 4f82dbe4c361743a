"""Tables that leave the program: described once, written as CSV, JSON Lines or Parquet, a block at a time."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.spreadsheet import BEGINNING, csv_bytes

if TYPE_CHECKING:
    import pyarrow

Form = Literal["csv", "jsonl", "parquet"]
Kind = Literal["int", "float", "bool", "text", "texts", "pairs", "shares", "ints", "floats", "near", "named"]

FORMS: Final[tuple[Form, ...]] = ("csv", "jsonl", "parquet")
ENDINGS: Final[dict[str, Form]] = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_GROUP: Final = 1 << 16  # rows of a row group of Parquet
_GROUP_BYTES: Final = 64 << 20  # or so much text

Cells = Sequence[Any] | NDArray[Any]
Block = Sequence[Cells]
"""Some rows of a table, column by column; all of the same length."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. about: what it says, a line.

    int: whole numbers; float: numbers, not finite ones count as unknown; bool; text; texts: several texts;
    pairs, shares: (name, text) and (name, number) pairs; ints, floats: arrays of int32, of float32; near:
    {"ids": numbers, "distances": numbers}; named: several {"feature": text, "source": text}. None is unknown
    in all but ints and floats.
    """

    name: str
    kind: Kind
    about: str


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What can be written. rows: how many there will be. blocks: gives them in order; asked once for each
    file, so that nothing is held that was written. origin: what the table is of, for formats that can say it.
    """

    columns: tuple[Column, ...]
    rows: int
    blocks: Callable[[Progress], Iterable[Block]]
    origin: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def form_of(path: Path) -> Form:
    """By the file's ending. UserError for one that is not known."""
    form = ENDINGS.get(path.suffix.casefold())
    if form is None:
        raise UserError(
            f"{path.name} ends in none of the known ways.",
            "Nothing was written.",
            "Choose a name that ends in .csv, .jsonl or .parquet.",
        )
    return form


def write_table(path: Path, table: Table, form: Form, progress: Progress) -> int:
    """Write a table, whole or not at all; how many rows it has.

    Memory holds a block, or of Parquet a row group. Numbers come back exactly as they are: float32 as the
    shortest text that reads as the same float32, NaN and infinite ones as unknown. In CSV texts that a
    spreadsheet would take for a formula begin with an apostrophe (`spreadsheet.unescaped`), yes and no are 1
    and 0, several values of a cell are divided by "; ". Raises UserError (the file cannot be written),
    Cancelled; a former file stays then.
    """
    files.require_outside_libraries(path)
    progress.begin(f"Writing {path.name}", table.rows, "rows")
    with files.replacing(path) as stream:
        return _WRITERS[form](stream, table, progress)


def lines(table: Table, progress: Progress | None = None) -> Iterator[dict[str, Any]]:
    """The rows as dictionaries, as JSON Lines has them. Raises what `Table.blocks` raises."""
    for block in table.blocks(progress or Progress()):
        columns = [_plain(column, cells) for column, cells in zip(table.columns, block, strict=True)]
        for row in zip(*columns, strict=True):
            yield dict(zip(table.names, row, strict=True))


def _write_csv(stream: IO[bytes], table: Table, progress: Progress) -> int:
    stream.write(BEGINNING + csv_bytes([table.names]))
    written = 0
    for block in table.blocks(progress):
        columns = [_cells(column, cells) for column, cells in zip(table.columns, block, strict=True)]
        stream.write(csv_bytes(zip(*columns, strict=True)))
        written += len(block[0])
        progress.advance(written)
    return written


def _write_jsonl(stream: IO[bytes], table: Table, progress: Progress) -> int:
    written = 0
    for block in table.blocks(progress):
        columns = [_plain(column, cells) for column, cells in zip(table.columns, block, strict=True)]
        texts = [
            json.dumps(dict(zip(table.names, row, strict=True)), ensure_ascii=False, allow_nan=False)
            for row in zip(*columns, strict=True)
        ]
        stream.write("".join(f"{text}\n" for text in texts).encode("utf-8", "replace"))
        written += len(texts)
        progress.advance(written)
    return written


def _write_parquet(stream: IO[bytes], table: Table, progress: Progress) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema: pyarrow.Schema | None = None
    writer: pq.ParquetWriter | None = None
    held: list[pyarrow.RecordBatch] = []
    written = held_rows = held_bytes = 0
    try:
        for block in table.blocks(progress):
            arrays = [_arrow(column, cells, pa) for column, cells in zip(table.columns, block, strict=True)]
            if schema is None:
                schema = _schema(table, arrays, pa)
                writer = pq.ParquetWriter(stream, schema, compression="zstd")
            assert writer is not None
            batch = pa.record_batch(
                [array.cast(f.type) for array, f in zip(arrays, schema, strict=True)], schema=schema
            )
            held.append(batch)
            held_rows, held_bytes = held_rows + batch.num_rows, held_bytes + batch.nbytes
            written += batch.num_rows
            if held_rows >= _GROUP or held_bytes >= _GROUP_BYTES:
                writer.write_table(pa.Table.from_batches(held), row_group_size=held_rows)
                held, held_rows, held_bytes = [], 0, 0
            progress.advance(written)
        if writer is None:
            schema = _schema(table, [_arrow(column, [], pa) for column in table.columns], pa)
            writer = pq.ParquetWriter(stream, schema, compression="zstd")
        if held:
            writer.write_table(pa.Table.from_batches(held), row_group_size=held_rows)
    finally:
        if writer is not None:
            writer.close()
    return written


_WRITERS: Final[dict[Form, Callable[[IO[bytes], Table, Progress], int]]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
}


def _schema(table: Table, arrays: Sequence[Any], pa: Any) -> Any:
    fields = [
        pa.field(column.name, array.type, metadata={"about": column.about})
        for column, array in zip(table.columns, arrays, strict=True)
    ]
    return pa.schema(fields, metadata={f"saerch.{name}": value for name, value in table.origin.items()})


def _arrow(column: Column, cells: Cells, pa: Any) -> Any:
    """An Arrow array; unknown values are null, and numbers have the width they come with."""
    kind = column.kind
    if isinstance(cells, np.ndarray):
        if kind == "float":
            return pa.array(cells, mask=~np.isfinite(cells))
        return pa.array(cells)
    if kind in ("ints", "floats") and len(cells):
        ends = np.cumsum([0, *(len(cell) for cell in cells)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(ends), pa.array(np.concatenate(cells)))
    types = {
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "text": pa.string(),
        "texts": pa.list_(pa.string()),
        "pairs": pa.list_(pa.struct([("name", pa.string()), ("value", pa.string())])),
        "shares": pa.list_(pa.struct([("name", pa.string()), ("value", pa.float64())])),
        "ints": pa.list_(pa.int32()),
        "floats": pa.list_(pa.float32()),
        "near": pa.struct([("ids", pa.list_(pa.int64())), ("distances", pa.list_(pa.float32()))]),
        "named": pa.list_(pa.struct([("feature", pa.string()), ("source", pa.string())])),
    }
    if kind in ("pairs", "shares"):
        values: list[Any] = [
            None if cell is None else [{"name": name, "value": value} for name, value in cell]
            for cell in _plain(column, cells)
        ]
        return pa.array(values, types[kind])
    return pa.array(_plain(column, cells), types[kind])


def _plain(column: Column, cells: Cells) -> list[Any]:
    """The cells as JSON knows them."""
    kind = column.kind
    if isinstance(cells, np.ndarray):
        return _numbers(cells) if kind == "float" else list(cells.tolist())
    if kind == "float":
        return [None if cell is None or not math.isfinite(cell) else float(cell) for cell in cells]
    if kind == "text":
        return [None if cell is None else storable(cell) for cell in cells]
    if kind == "texts":
        return [None if cell is None else [storable(text) for text in cell] for cell in cells]
    if kind in ("ints", "floats"):
        return _ragged(cells)
    if kind == "pairs":
        return [None if cell is None else [[storable(n), storable(v)] for n, v in cell] for cell in cells]
    if kind == "shares":
        return [None if cell is None else [[storable(n), _finite(v)] for n, v in cell] for cell in cells]
    return list(cells)


def _cells(column: Column, cells: Cells) -> list[Any]:
    """The cells as a spreadsheet shows them; unknown ones are empty."""
    plain, kind = _plain(column, cells), column.kind
    if kind == "bool":
        return ["" if cell is None else int(cell) for cell in plain]
    if kind in ("texts", "ints", "floats"):
        between = "; " if kind == "texts" else " "
        return ["" if cell is None else between.join(map(str, cell)) for cell in plain]
    if kind in ("pairs", "shares"):
        return [
            "" if cell is None else "; ".join(f"{name}: {value}" for name, value in cell) for cell in plain
        ]
    if kind in ("near", "named"):
        return ["" if cell is None else json.dumps(cell, ensure_ascii=False) for cell in plain]
    return ["" if cell is None else cell for cell in plain]


def _numbers(values: NDArray[Any]) -> list[float | None]:
    """Python floats whose shortest text reads back as the same number, None for what is not finite."""
    exact = values
    if values.dtype in (np.float32, np.float16):
        # A float32 as float64 would show digits that it does not have.
        exact = values.astype("U32").astype(np.float64)
    found: list[float | None] = exact.tolist()
    for at in np.flatnonzero(~np.isfinite(values)).tolist():
        found[at] = None
    return found


def _ragged(cells: Cells) -> list[list[Any]]:
    """Arrays of several lengths as lists, turned into Python's numbers all at once."""
    if not len(cells):
        return []
    flat = np.concatenate(cells)
    numbers = _numbers(flat) if flat.dtype.kind == "f" else flat.tolist()
    ends = np.cumsum([len(cell) for cell in cells]).tolist()
    return [numbers[end - len(cell) : end] for end, cell in zip(ends, cells, strict=True)]


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def storable(text: str) -> str:
    """The text with halves of surrogate pairs, which no file can hold, as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
