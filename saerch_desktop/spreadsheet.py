"""Tables for spreadsheets: CSV that opens right in all of them, and runs nothing there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from saerch_desktop import files

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_ESCAPED: Final = re.compile(r"'+[=+\-@\t\r]")


def write_csv(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write rows, the head among them, as CSV (RFC 4180, UTF-8), whole or not at all.

    Texts that a spreadsheet would take for a formula begin with an apostrophe, which `unescaped` takes off;
    numbers stay numbers. UserError when the file cannot be written.
    """
    text = io.StringIO(newline="")
    csv.writer(text).writerows([escaped(cell) for cell in row] for row in rows)
    try:
        # With the mark by which spreadsheets know UTF-8.
        files.write_bytes(path, text.getvalue().encode("utf-8-sig", "replace"))
    except OSError as error:
        raise files.explain_os_error(error, path) from error


def escaped(cell: object) -> object:
    """The cell as it can be written."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def unescaped(cell: str) -> str:
    """The text that `escaped` was given."""
    return cell[1:] if _ESCAPED.match(cell) else cell
