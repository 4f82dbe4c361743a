"""Tables for spreadsheets: CSV that opens right in all of them, and runs nothing there."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from saerch_desktop import files

BEGINNING: Final = codecs.BOM_UTF8  # the mark by which spreadsheets know UTF-8
_AT_ONCE: Final = 4096
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_ESCAPED: Final = re.compile(r"'+[=+\-@\t\r]")


def write_csv(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write rows, the head among them, as CSV (RFC 4180, UTF-8), whole or not at all.

    Texts that a spreadsheet would take for a formula begin with an apostrophe, which `unescaped` takes off;
    numbers stay numbers. Few rows are held at a time. UserError when the file cannot be written.
    """
    files.require_outside_libraries(path)
    coming = iter(rows)
    with files.replacing(path) as stream:
        stream.write(BEGINNING)
        while part := list(islice(coming, _AT_ONCE)):
            stream.write(csv_bytes(part))


def csv_bytes(rows: Iterable[Sequence[object]]) -> bytes:
    """Some rows as `write_csv` writes them, without the mark at the beginning of a file."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([escaped(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def escaped(cell: object) -> object:
    """The cell as it can be written."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def unescaped(cell: str) -> str:
    """The text that `escaped` was given."""
    return cell[1:] if _ESCAPED.match(cell) else cell
