"""What every reader of a source gives: a stream of records, one by one, with a sense of how far it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a source, numbered from 0. `fields` is None when it could not be read.

    `kind` and `detail` say what was wrong, if anything; a record that was read may carry a note as well.
    """

    number: int
    fields: dict[str, Any] | None
    kind: str = ""
    detail: str = ""


class Reader(ABC):
    """A source of documents. `total` and `done` are in `unit`, to show progress without counting first."""

    format: str = ""
    unit: str = "bytes"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.total: int | None = None
        self.done = 0

    @abstractmethod
    def records(self) -> Iterator[Record]:
        """All records from the beginning, in the source's order. Bad ones are yielded, never raised."""

    def count(self, progress: Progress) -> int:
        """How many records there are, bad ones included."""
        progress.begin("Counting records", self.total, self.unit)
        number = 0
        for record in self.records():
            number = record.number + 1
            if number % 500 == 0:
                progress.advance(self.done)
        return number


def cannot_read(path: Path, reason: str) -> UserError:
    """A source that cannot be opened or makes no sense."""
    return UserError(
        f"{path.name} cannot be imported: {reason}.",
        "Nothing was imported from it.",
        "Choose a CSV, TSV, JSON Lines, JSON or Parquet file, or a folder of .txt and .md files.",
    )


def readable_error(error: Exception) -> str:
    """A short form of an error's own words."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return words if len(words) <= 300 else words[:299] + "…"
