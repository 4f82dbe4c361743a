"""JSON Lines, plain or gzipped: one object per line."""

from __future__ import annotations

import json
from collections.abc import Iterator

from saerch_desktop.library.readers.base import Record, readable_error
from saerch_desktop.library.readers.text_reader import TextReader
from saerch_desktop.progress import Progress


class JsonLinesReader(TextReader):
    """Lines of a JSON Lines file as records. Blank lines do not count."""

    format = "JSON Lines"

    def parse(self) -> Iterator[Record]:
        lines = (line for line in self.lines if line.strip())
        for number, line in enumerate(lines):
            yield parsed(number, line)

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
