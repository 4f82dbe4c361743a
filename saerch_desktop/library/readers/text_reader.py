"""What readers of text files share: their place, the remark on a guessed encoding, a file that ends early."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

from saerch_desktop.library.readers.base import Reader, Record
from saerch_desktop.library.readers.text import FALLBACK, TextLines

ENCODING_NOTE = f"Not valid UTF-8 from here on; such lines were read as Windows-1252 ({FALLBACK})"


class TextReader(Reader):
    """Records made from the decoded `lines` of one file; a subclass says in `parse` how."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.lines = TextLines(path)
        self.total = self.lines.total

    def records(self) -> Iterator[Record]:
        number = 0
        noted = False
        for record in self.parse():
            self.done = self.lines.done
            if self.lines.fallbacks and not noted and record.fields is not None and not record.kind:
                noted = True
                record = Record(record.number, record.fields, "encoding", ENCODING_NOTE)
            yield record
            number = record.number + 1
        if self.lines.broken is not None:
            yield Record(number, None, "cut short", f"The file ends early: {self.lines.broken}")

    @abstractmethod
    def parse(self) -> Iterator[Record]:
        """All records from the beginning, numbered from 0 without a gap."""
