"""JSON Lines, plain or gzipped: one object per line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from saerch_desktop.library.readers.base import Reader, Record, readable_error
from saerch_desktop.library.readers.delimited import ENCODING_NOTE
from saerch_desktop.library.readers.text import TextLines
from saerch_desktop.progress import Progress


class JsonLinesReader(Reader):
    """Lines of a JSON Lines file as records. Blank lines do not count."""

    format = "JSON Lines"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.lines = TextLines(path)
        self.total = self.lines.total

    def records(self) -> Iterator[Record]:
        number = 0
        noted = False
        for line in self.lines:
            if not line.strip():
                continue
            self.done = self.lines.done
            record = parsed(number, line)
            if self.lines.fallbacks and not noted and record.fields is not None:
                noted = True
                record = Record(number, record.fields, "encoding", ENCODING_NOTE)
            yield record
            number += 1
        if self.lines.broken is not None:
            yield Record(number, None, "cut short", f"The file ends early: {self.lines.broken}")

    def count(self, progress: Progress) -> int:
        progress.begin("Counting records", self.total, self.unit)
        number = 0
        for line in self.lines:
            number += bool(line.strip())
            if number % 2000 == 0:
                progress.advance(self.lines.done)
        return number + (self.lines.broken is not None)


def parsed(number: int, line: str) -> Record:
    """The record in one line, or what is wrong with the line."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Record(number, None, "bad JSON", readable_error(error))
    if not isinstance(value, dict):
        return Record(number, None, "bad JSON", f"expected an object, found {type(value).__name__}")
    return Record(number, value)
