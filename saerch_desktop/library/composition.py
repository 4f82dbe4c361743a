"""From a source record and its columns' roles to a document: texts, date, facets, lossless metadata."""

from __future__ import annotations

import email.utils
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from saerch_desktop.library.documents import storable
from saerch_desktop.library.roles import Roles

YEAR = "year"
_LONGEST_TITLE = 1000
_LONGEST_VALUE = 200
_MOST_VALUES = 64
# Control characters would be invisible in the window, and two of them mark the hits in snippets.
_CONTROLS = {code: " " for code in range(32) if chr(code) not in "\t\n\r"}
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?!\d)")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_LONE_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")
_SPLITTING = re.compile(r"\s*[;|]\s*")
_COMMAS = re.compile(r"\s*,\s*")
_LONGEST_OF_MANY = 40  # letters; what is longer between commas is a sentence, not a category
_MANY_VALUED = re.compile(r"categor|tag|keyword|topic|subject|label|author", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Composed:
    """A document that is not stored yet. `digest` (16 bytes) is equal for equal title and text."""

    id: str
    title: str
    text: str
    date: str | None
    facets: tuple[tuple[str, str], ...]
    metadata: dict[str, Any]
    digest: bytes


def compose(fields: dict[str, Any], roles: Roles, number: int) -> Composed:
    """Make a document of record `number`. Values of any type are taken as text where text is wanted."""
    arxiv = is_arxiv(fields)
    title = " ".join(as_text(fields.get(roles.title)).split()) if roles.title else ""
    if len(title) > _LONGEST_TITLE:
        title = title[: _LONGEST_TITLE - 1] + "…"
    parts = [as_text(fields.get(column)).strip() for column in roles.text]
    text = "\n\n".join(part for part in parts if part)
    if arxiv:
        text = unwrapped(text)
    date = iso_date(fields.get(roles.date)) if roles.date else None
    key = as_text(fields.get(roles.id)).strip() if roles.id else ""
    if not key:
        # A record without its id must not take the id that another record has by right.
        key = f"record {number}" if roles.id else str(number)
    return Composed(
        id=key,
        title=title,
        text=text,
        date=date,
        facets=facets_of(fields, roles, date),
        metadata=fields,
        digest=hashlib.blake2b(f"{title}\0{text}".encode(), digest_size=16).digest(),
    )


def facets_of(fields: dict[str, Any], roles: Roles, date: str | None) -> tuple[tuple[str, str], ...]:
    """(name, value) pairs in the source's order; the year of the date comes last unless a column gives it."""
    found: dict[tuple[str, str], None] = {}
    arxiv = is_arxiv(fields)
    for column in roles.facets:
        values = list(_facet_values(column, fields.get(column), arxiv))
        found.update(dict.fromkeys((storable(column), value) for value in values[:_MOST_VALUES]))
    year = date[:4] if date and date[:4].isdigit() else None
    if year and not any(name.casefold() == YEAR for name, _ in found):
        found[(YEAR, year)] = None
    return tuple(found)


def is_arxiv(fields: dict[str, Any]) -> bool:
    """Whether a record has the shape of arXiv's metadata snapshot."""
    return (
        all(isinstance(fields.get(name), str) for name in ("id", "title", "abstract"))
        and "categories" in fields
    )


def unwrapped(text: str) -> str:
    """Hard-wrapped lines joined; an indented line begins a paragraph, as in arXiv's abstracts."""
    return re.sub(r"[ \t]*\n(?![ \t\n])", " ", re.sub(r"\r\n?", "\n", text))


def as_text(value: Any) -> str:
    """A value of any type as the text that a person would expect, fit to be stored."""
    if isinstance(value, str):
        return storable(value).translate(_CONTROLS)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, list) and all(item is None or isinstance(item, str | int | float) for item in value):
        return "\n".join(as_text(item) for item in value)
    if isinstance(value, dict | list):
        return storable(json.dumps(value, ensure_ascii=False))
    return storable(str(value))


def iso_date(value: Any) -> str | None:
    """A date as YYYY, YYYY-MM or YYYY-MM-DD where it can be read as one, else its own words, else None."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _date_of_number(float(value))
    text = as_text(value).strip()
    if not text:
        return None
    for pattern in (_ISO, _YEAR_FIRST):
        if found := pattern.match(text):
            return _valid(*found.groups()) or text[:_LONGEST_VALUE]
    if text.isdecimal() and text.isascii() and len(text) != 4:
        compact = _COMPACT.fullmatch(text)
        return (_valid(*compact.groups()) if compact else None) or _date_of_number(float(text[:20]))
    parsed = email.utils.parsedate(text)
    if parsed is not None and (found_date := _valid(*(str(part) for part in parsed[:3]))):
        return found_date
    lone = _LONE_YEAR.search(text)
    return lone[0] if lone else text[:_LONGEST_VALUE]


def _facet_values(column: str, value: Any, arxiv: bool) -> Iterator[str]:
    if isinstance(value, str):
        if arxiv and column == "categories":
            items: list[Any] = value.split()
        else:
            items = _several(column, value)
    else:
        items = value if isinstance(value, list) else [value]
    for item in items:
        if not isinstance(item, dict | list):
            text = " ".join(as_text(item).split())[:_LONGEST_VALUE]
            if text:
                yield text


def _several(column: str, value: str) -> list[Any]:
    """The values in one cell, where the column's name says that there may be several.

    Names of people have commas of their own.
    """
    if not _MANY_VALUED.search(column):
        return [value]
    parts = _SPLITTING.split(value)
    if len(parts) == 1 and "author" not in column.casefold():
        pieces = _COMMAS.split(value.strip())
        if max(map(len, pieces)) <= _LONGEST_OF_MANY:
            return list(pieces)
    return list(parts)


def _valid(year: str, month: str, day: str | None = None) -> str | None:
    try:
        whole = datetime(int(year), int(month), int(day or 1), tzinfo=UTC)
    except ValueError:
        return None
    return whole.strftime("%Y-%m-%d").zfill(10) if day else f"{whole.year:04d}-{whole.month:02d}"


def _date_of_number(value: float) -> str | None:
    if value.is_integer() and 1400 <= value < 2100:
        return str(int(value))
    seconds = value / 1000 if abs(value) > 1e11 else value
    if not 1e8 <= seconds < 4.2e9:
        return None
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%d")
