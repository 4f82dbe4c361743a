"""Whole columns of a library's documents as arrays: years, dates, facets, and the fields of their records."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.library.facet_column import FacetColumn, read_facets
from saerch_desktop.library.record_fields import RecordField, occurring, value_of
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.library.documents import Documents

__all__ = ["Columns", "FacetColumn", "RecordField"]

_Value = TypeVar("_Value")
_YEAR: Final = "year"
_EARLIEST, _LATEST = 1000, 2999
_KEPT = 8  # columns read from the records, 8 MB each for a million documents


@dataclass(frozen=True, slots=True, eq=False)
class TextColumn:
    """A field of the records as words. codes (N,) int32: which of `values` (commonest first), -1 none."""

    values: tuple[str, ...]
    codes: NDArray[np.int32]


class Columns:
    """Columns over all N documents of a library. Safe to use from several threads.

    years (N,) int16, 0 where unknown: of the date, the year facet or the records' field "year". facets: by
    name. fields: what the records hold beside, as a sample of them shows. Dates and fields are read when
    first asked for, one pass over the database each.
    """

    def __init__(
        self,
        documents: Documents,
        years: NDArray[np.int16],
        facets: Mapping[str, FacetColumn],
        fields: tuple[RecordField, ...],
    ) -> None:
        self.documents = documents
        self.years = years
        self.facets = facets
        self.fields = fields
        self._lock = threading.RLock()
        self._kept: OrderedDict[tuple[str, str], Any] = OrderedDict()

    @property
    def rows(self) -> int:
        """N, the number of documents."""
        return len(self.years)

    @classmethod
    def load(cls, documents: Documents, progress: Progress) -> Columns:
        """Read years and facets from the facets' own index: the texts are not touched, so that a million
        documents take seconds. Raises UserError (damaged database), Cancelled.
        """
        rows = len(documents)
        facets = read_facets(documents, rows, progress)
        fields = occurring(documents, rows)
        years = np.zeros(rows, np.int16)
        named = [column for name, column in facets.items() if name.casefold() == _YEAR]
        for column in named:
            _fill_years(years, column)
        unread = np.zeros(rows, bool)
        for column in named:
            # The import adds a date's year as a facet, unless the source has a year of its own.
            unread |= (np.diff(column.starts) > 0) & (years == 0)
        if unread.any():
            _years_of_dates(years, np.flatnonzero(unread), documents)
        field = next((found for found in fields if found.name.casefold() == _YEAR), None)
        if field is not None and not years.all():
            numbers = _read_numbers(documents, field.name, rows, progress)
            known = (numbers >= _EARLIEST) & (numbers <= _LATEST) & (years == 0)
            years[known] = numbers[known].astype(np.int16)
        return cls(documents, years, facets, fields)

    def field(self, name: str) -> RecordField | None:
        """The field of this name, if the records have it; its case does not matter."""
        exact = next((field for field in self.fields if field.name == name), None)
        folded = name.casefold()
        return exact or next((field for field in self.fields if field.name.casefold() == folded), None)

    def facet(self, name: str) -> FacetColumn | None:
        """The facet of this name, if there is one; its case does not matter."""
        folded = name.casefold()
        found = self.facets.get(name)
        return found or next(
            (self.facets[known] for known in self.facets if known.casefold() == folded), None
        )

    def numbers(self, name: str, progress: Progress | None = None) -> NDArray[np.float64]:
        """A field of the records as numbers (N,) float64, NaN where it is missing or no number."""
        return self._once(
            ("numbers", name),
            lambda: _read_numbers(self.documents, name, self.rows, progress or Progress()),
        )

    def texts(self, name: str, progress: Progress | None = None) -> TextColumn:
        """A field of the records as words."""
        return self._once(
            ("texts", name), lambda: _read_texts(self.documents, name, self.rows, progress or Progress())
        )

    def dates(self, progress: Progress | None = None) -> NDArray[np.int32]:
        """(N,) int32, 20210507 for 7 May 2021, 20210500 and 20210000 where no more is known, 0 without a
        date.
        """
        return self._once(
            ("dates", ""), lambda: _read_dates(self.documents, self.rows, progress or Progress())
        )

    def column(
        self, name: str, progress: Progress | None = None
    ) -> NDArray[np.int16] | NDArray[np.float64] | FacetColumn | TextColumn:
        """What `name` means: "year", a facet, or a field of the records: numbers, else words.

        UserError when there is no such column.
        """
        facet = self.facet(name)
        if name.casefold() == _YEAR and self.years.any():
            return self.years
        if facet is not None:
            return facet
        field = self.field(name)
        if field is None:
            known = ", ".join(self._names()[:20])
            raise UserError(
                f"There is no column “{name}” in this library.",
                "Nothing was computed.",
                f"Choose one of these: {known}." if known else "The documents carry nothing but their texts.",
            )
        return (
            self.numbers(field.name, progress)
            if field.kind == "numeric"
            else self.texts(field.name, progress)
        )

    def _names(self) -> list[str]:
        """What `column` knows, each once: a facet's values are often a field of the records too."""
        names = ["year"] if self.years.any() else []
        names += [*self.facets, *(field.name for field in self.fields if field.distinct > 1)]
        kept: dict[str, str] = {}
        for name in names:
            kept.setdefault(name.casefold(), name)
        return list(kept.values())

    def _once(self, key: tuple[str, str], read: Callable[[], _Value]) -> _Value:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = read()
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            found: _Value = self._kept[key]
            return found


def _fill_years(years: NDArray[np.int16], column: FacetColumn) -> None:
    """Where a row has no year yet, the last value of `column` that reads as one."""
    meaning = np.fromiter((_year(value) for value in column.values), np.int16, len(column.values))
    owner = np.repeat(np.arange(column.rows), np.diff(column.starts))
    found = meaning[column.codes]
    known = (found > 0) & (years[owner] == 0)
    years[owner[known]] = found[known]


def _year(text: str | None) -> int:
    digits = (text or "")[:4]
    if len(digits) == 4 and digits.isascii() and digits.isdecimal() and not (text or "")[4:5].isdigit():
        return int(digits) if _EARLIEST <= int(digits) <= _LATEST else 0
    return 0


def _years_of_dates(years: NDArray[np.int16], rows: NDArray[np.int64], documents: Documents) -> None:
    for at in range(0, len(rows), 500):
        part = [int(row) for row in rows[at : at + 500]]
        sql = f"SELECT row, substr(date, 1, 5) FROM documents WHERE row IN ({','.join('?' * len(part))})"
        for block in documents.blocks(sql, tuple(part)):
            for row, date in block:
                years[row] = _year(date)


def _read_dates(documents: Documents, rows: int, progress: Progress) -> NDArray[np.int32]:
    dates = np.zeros(rows, np.int32)
    progress.begin("Reading dates", rows, "documents")
    for block in documents.blocks("SELECT row, substr(date, 1, 10) FROM documents WHERE date IS NOT NULL"):
        for row, text in block:
            year = _year(text)
            if year:
                month, day = text[5:7], text[8:10]
                dates[row] = year * 10_000 + _part(month) * 100 + (_part(day) if _part(month) else 0)
        progress.advance(block[-1][0] + 1)
    return dates


def _part(digits: str) -> int:
    return int(digits) if len(digits) == 2 and digits.isascii() and digits.isdecimal() else 0


def _read_numbers(documents: Documents, name: str, rows: int, progress: Progress) -> NDArray[np.float64]:
    numbers = np.full(rows, np.nan)
    progress.begin(f"Reading {name}", rows, "documents")
    for block in value_of(documents, name):
        for row, value in block:
            if isinstance(value, int | float):
                numbers[row] = value
            elif isinstance(value, str):
                try:
                    numbers[row] = float(value)
                except ValueError:
                    continue
        progress.advance(block[-1][0] + 1)
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers


def _read_texts(documents: Documents, name: str, rows: int, progress: Progress) -> TextColumn:
    numbered: dict[str, int] = {}
    codes = np.full(rows, -1, np.int32)
    progress.begin(f"Reading {name}", rows, "documents")
    for block in value_of(documents, name):
        for row, value in block:
            if value is not None and (text := " ".join(str(value).split())):
                codes[row] = numbered.setdefault(text, len(numbered))
        progress.advance(block[-1][0] + 1)
    counts = np.bincount(codes[codes >= 0], minlength=len(numbered))
    values = list(numbered)
    order = sorted(range(len(values)), key=lambda code: (-counts[code], values[code]))
    place = np.empty(len(values) + 1, np.int32)
    place[order], place[-1] = np.arange(len(values)), -1
    return TextColumn(tuple(values[code] for code in order), place[codes])
