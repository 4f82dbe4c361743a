"""CSV and TSV: the delimiter and quoting are found from the beginning of the file; fields of any size."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saerch_desktop.library.readers.base import Record, cannot_read, readable_error
from saerch_desktop.library.readers.text import beginning_text
from saerch_desktop.library.readers.text_reader import TextReader

# The csv module's own limit of 128 KB is per process; Windows' C long holds no more than this.
_LONGEST_FIELD = 2**31 - 1
_DELIMITERS = (",", "\t", ";", "|")
_NUMBER = re.compile(r"[-+]?[\d.,:/ -]+")
_LONGEST_HEADING = 120
# Follows the last line: what the parser makes of it tells whether a quotation is still open there.
_END = "\ue000end of file\ue000"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited file is written."""

    delimiter: str
    quoted: bool = True
    backslash: bool = False


class DelimitedReader(TextReader):
    """Rows of a CSV or TSV file as records; all values are strings, as in the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        csv.field_size_limit(_LONGEST_FIELD)
        sample = beginning_text(path)
        if not sample.strip():
            raise cannot_read(path, "the file is empty")
        self.dialect = sniff(sample, prefer="\t" if ".tsv" in path.name.lower() else ",")
        self.format = "TSV" if self.dialect.delimiter == "\t" else "CSV"
        self._swallowed = 0  # lines of the file's last row, when its quotation is never closed

    def parse(self) -> Iterator[Record]:
        rows = self._rows()
        first = next((row for row in rows if row), None)
        if first is None or isinstance(first, str):
            raise cannot_read(self.path, "it has no rows")
        headings, is_heading = columns_of(first)
        number = 0
        if not is_heading:
            yield _record(0, headings, first)
            number = 1
        for row in rows:
            if isinstance(row, str):
                yield Record(number, None, "bad row", row)
            elif not row:
                continue
            else:
                record = _record(number, headings, row)
                yield _unclosed(record, self._swallowed) if self._swallowed else record
            number += 1

    def _rows(self) -> Iterator[list[str] | str]:
        self._swallowed = 0
        rows = _parser(itertools.chain(self.lines, (_END,)), self.dialect)
        while True:
            before = rows.line_num
            try:
                row = next(rows)
                if row and row[-1].endswith(_END):
                    if row == [_END]:
                        continue
                    self._swallowed = rows.line_num - before - 1
                    row[-1] = row[-1].removesuffix(_END)
                yield row
            except StopIteration:
                return
            except csv.Error as error:
                yield readable_error(error)


def _unclosed(record: Record, lines: int) -> Record:
    said = f"A quotation mark is never closed, so that the file's last {lines:,} lines became one record"
    detail = f"{record.detail}. {said}" if record.detail else said
    return Record(record.number, record.fields, "unclosed quotation", detail)


def _record(number: int, headings: list[str], row: list[str]) -> Record:
    if len(row) > len(headings):
        return Record(number, None, "bad row", f"{len(row)} cells where the heading has {len(headings)}")
    padded = row + [""] * (len(headings) - len(row))
    return Record(number, dict(zip(headings, padded, strict=True)))


def columns_of(first: list[str]) -> tuple[list[str], bool]:
    """Column names from a file's first row, and whether that row is a heading and not data already."""
    cells = [cell.strip() for cell in first]
    named = [cell for cell in cells if cell]
    heading = bool(named) and all(
        len(cell) <= _LONGEST_HEADING and "\n" not in cell and not _NUMBER.fullmatch(cell) for cell in named
    )
    seen: Counter[str] = Counter()
    names = []
    for position, cell in enumerate(cells, start=1):
        name = cell if heading and cell else f"column {position}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names, heading


def sniff(sample: str, prefer: str = ",") -> Dialect:
    """The dialect under which the sample's rows agree best on their number of cells."""
    candidates = [Dialect(delimiter) for delimiter in _DELIMITERS]
    if '\\"' in sample:
        candidates += [Dialect(delimiter, backslash=True) for delimiter in _DELIMITERS]
    candidates.append(Dialect("\t", quoted=False))
    best = max(candidates, key=lambda dialect: _agreement(sample, dialect, prefer))
    return best if _agreement(sample, best, prefer)[0] > 0 else Dialect(prefer)


def looks_delimited(sample: str) -> bool:
    """Whether a text without a telling name is surely a table: several rows, nearly all of one width."""
    agreement, rows, *_ = _agreement(sample, sniff(sample), ",")
    return agreement >= 0.95 and rows >= 2


def _agreement(sample: str, dialect: Dialect, prefer: str) -> tuple[float, int, bool, bool]:
    try:
        rows = [row for row in _parser(io.StringIO(sample, newline=""), dialect) if row]
    except csv.Error:
        return (0.0, 0, False, False)
    rows = rows[:-1] if len(rows) > 1 else rows  # the sample's last row may be cut
    if not rows or len(rows[0]) < 2:
        return (0.0, 0, False, False)
    width = len(rows[0])
    agreeing = sum(len(row) == width for row in rows) / len(rows)
    # A stray quote that swallows the rows after it leaves few rows: more rows that agree are better evidence.
    return (round(agreeing, 2), round(agreeing * len(rows)), dialect.delimiter == prefer, dialect.quoted)


def _parser(lines: Iterator[str], dialect: Dialect) -> Any:
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quoting=csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE,
        doublequote=not dialect.backslash,
        escapechar="\\" if dialect.backslash else None,
    )
