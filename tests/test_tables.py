"""Tables in files: every form says the same, exactly, block by block, and nothing runs in a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress
from saerch_desktop.spreadsheet import unescaped
from saerch_desktop.tables import FORMS, Block, Column, Table, form_of, lines, write_table

ODD = ["=1+1", "+x", "-2", "@cmd", "\tx", "\rx", "'=x", 'a "b", c\nd', "ü ∂", "\ud800", "", None, "<b>"]
REAL = np.random.default_rng(0).normal(size=200).astype(np.float32) * np.float32(1e-3)
REAL[:4] = [0, np.nan, np.inf, -1e-30]

COLUMNS = (
    Column("number", "int", "a number"),
    Column("real", "float", "single precision"),
    Column("double", "float", "double precision, or unknown"),
    Column("known", "bool", "yes or no"),
    Column("text", "text", "any text"),
    Column("texts", "texts", "several"),
    Column("shares", "shares", "named numbers"),
    Column("ids", "ints", "numbers"),
)


def made(rows: int = 200, size: int = 64) -> Table:
    def blocks(progress: Progress) -> Iterator[Block]:
        for start in range(0, rows, size):
            at = range(start, min(rows, start + size))
            yield (
                np.arange(at.start, at.stop),
                REAL[at.start : at.stop],
                [None if i % 7 == 0 else i / 3 for i in at],
                [i % 2 == 0 for i in at],
                [ODD[i % len(ODD)] for i in at],
                [(f"=a{i}", "b") for i in at],
                [[("=n", i / 7)] for i in at],
                [np.arange(i % 3, dtype=np.int32) for i in at],
            )

    return Table(COLUMNS, rows, blocks, {"library": "made up"})


def shown(text: str | None) -> str | None:
    return None if text is None else text.replace("\ud800", "?")


def test_every_form_says_the_same(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    table = made()
    for form in FORMS:
        assert write_table(tmp_path / f"t.{form}", table, form, Progress()) == 200
    told = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text("utf-8").splitlines()]
    assert told == list(lines(table))
    held = pq.read_table(tmp_path / "t.parquet")
    assert held.schema.metadata[b"saerch.library"] == b"made up"
    assert held.column_names == list(table.names)
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as stream:
        sheet = list(csv.DictReader(stream))
    for at, (line, cells, row) in enumerate(zip(told, sheet, held.to_pylist(), strict=True)):
        real = REAL[at]
        for value in (line["real"], row["real"], float(cells["real"]) if cells["real"] else None):
            assert (value is None) if not np.isfinite(real) else np.float32(value) == real
        assert line["double"] == row["double"] == (float(cells["double"]) if cells["double"] else None)
        assert line["known"] == row["known"] == bool(int(cells["known"]))
        text = shown(ODD[at % len(ODD)])
        assert line["text"] == row["text"] == text
        assert unescaped(cells["text"]) == (text or "")
        assert line["ids"] == row["ids"] == [int(i) for i in cells["ids"].split()]
        assert row["shares"] == [{"name": name, "value": value} for name, value in line["shares"]]
    for cells in sheet:
        for name, cell in cells.items():
            assert name in ("number", "real", "double") or not cell.startswith(
                ("=", "+", "-", "@", "\t", "\r")
            )


def test_numbers_are_as_short_as_they_can_be(tmp_path: Path) -> None:
    table = Table((Column("x", "float", ""),), 1, lambda _: [[np.array([0.1], np.float32)]][0:1])
    write_table(tmp_path / "t.csv", table, "csv", Progress())
    assert (tmp_path / "t.csv").read_text("utf-8-sig").splitlines() == ["x", "0.1"]


def test_a_table_without_rows(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    table = made(0)
    for form in FORMS:
        assert write_table(tmp_path / f"t.{form}", table, form, Progress()) == 0
    assert pq.read_table(tmp_path / "t.parquet").column_names == list(table.names)
    assert (tmp_path / "t.csv").read_text("utf-8-sig").strip() == ",".join(table.names)


@pytest.mark.parametrize("form", FORMS)
def test_a_cancelled_table_leaves_the_former_file(form: Any, tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_text("before", encoding="utf-8")
    progress = Progress()

    def blocks(_: Progress) -> Iterator[Block]:
        yield from made().blocks(progress)
        progress.cancel()
        progress.check()

    with pytest.raises(Cancelled):
        write_table(path, Table(COLUMNS, 200, blocks), form, progress)
    assert path.read_text("utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(UserError):
        write_table(tmp_path / "none" / "t", made(), form, Progress())


def test_memory_holds_no_more_than_a_block(tmp_path: Path) -> None:
    """A block is let go of before the next but one is made."""
    import weakref

    alive: list[weakref.ref[Any]] = []

    def blocks(_: Progress) -> Iterator[Block]:
        for _number in range(20):
            block = np.zeros(1000, np.int64)
            alive.append(weakref.ref(block))
            yield (block,)
            del block
            assert sum(ref() is not None for ref in alive) <= 2

    for form in ("csv", "jsonl"):
        alive.clear()
        write_table(tmp_path / "t", Table((Column("x", "int", ""),), 20_000, blocks), form, Progress())


def test_the_form_follows_the_ending() -> None:
    assert [form_of(Path(name)) for name in ("a.CSV", "b.ndjson", "c.parquet")] == ["csv", "jsonl", "parquet"]
    with pytest.raises(UserError):
        form_of(Path("a.xlsx"))
