"""Which column of a source is the id, the title, the text, the date, and which are facets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from saerch_desktop.errors import UserError

_ID = (
    "id",
    "_id",
    "docid",
    "documentid",
    "doi",
    "pmid",
    "arxivid",
    "paperid",
    "uid",
    "uuid",
    "key",
    "path",
    "url",
)
_TITLE = ("title", "headline", "heading", "subject", "name", "papertitle", "documenttitle")
_TEXT = (
    "abstract", "text", "body", "content", "contents", "fulltext", "description", "definition", "summary",
    "document", "article", "message", "comment", "review", "reviewtext", "passage", "sentence", "question",
)  # fmt: skip
_DATE = (
    "date", "updatedate", "published", "publicationdate", "publishedat", "pubdate", "created", "createdat",
    "timestamp", "datetime", "time", "updated", "updatedat",
)  # fmt: skip
_FACET = (
    "categories", "category", "tags", "tag", "keywords", "labels", "label", "topic", "topics", "subjects",
    "type", "kind", "section", "source", "journal", "venue", "language", "lang", "country", "publisher",
    "year", "folder", "package", "module", "status", "rating", "stars",
)  # fmt: skip
_MAX_FACETS = 8
_SHORT = 40


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of the columns that play a part. Several text columns are joined; all stay in the metadata."""

    id: str | None = None
    title: str | None = None
    text: tuple[str, ...] = ()
    date: str | None = None
    facets: tuple[str, ...] = ()


def with_overrides(
    guessed: Roles,
    *,
    id: str | None = None,  # noqa: A002
    title: str | None = None,
    text: Sequence[str] = (),
    date: str | None = None,
    facets: Sequence[str] = (),
) -> Roles:
    """The guess with what the user named in its place. A column named for one part loses its guessed one."""
    named = {column for column in (id, title, date, *text, *facets) if column}

    def free(column: str | None) -> str | None:
        return None if column in named else column

    return Roles(
        id=id or free(guessed.id),
        title=title or free(guessed.title),
        text=tuple(text) or tuple(column for column in guessed.text if column not in named),
        date=date or free(guessed.date),
        facets=tuple(facets) or tuple(column for column in guessed.facets if column not in named),
    )


def checked(roles: Roles, columns: Iterable[str], source: str) -> Roles:
    """The roles, if every column exists and there is a text. UserError names the columns there are."""
    there = list(columns)
    shown = ", ".join(there[:40]) + (", …" if len(there) > 40 else "")
    wanted = [column for column in (roles.id, roles.title, roles.date, *roles.text, *roles.facets) if column]
    missing = [column for column in wanted if column not in there]
    if missing:
        raise UserError(
            f"{source} has no column named {' or '.join(repr(column) for column in missing)}.",
            "Nothing was imported.",
            f"Choose among its columns: {shown}." if there else "Choose a file with columns.",
        )
    if not roles.text:
        raise UserError(
            f"None of the columns of {source} looks like a text.",
            "Nothing was imported.",
            f"Say which column holds the text. Its columns are: {shown}.",
        )
    return roles


def columns_in(rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """All column names of some records, in order of first appearance."""
    return tuple(dict.fromkeys(name for row in rows for name in row))


def guess_roles(rows: Sequence[dict[str, Any]]) -> Roles:
    """Roles guessed from column names first and from sample values second."""
    columns = columns_in(rows)
    texts = [column for column in columns if _is_text(rows, column)]
    key = _named(columns, _ID, lambda column: _is_unique(rows, column))
    if key is None:
        named = [column for column in columns if re.search(r"(?:[_ -]id|Id|ID)$", column)]
        key = next((column for column in named if _is_unique(rows, column)), None)
    date = _named(columns, _DATE, lambda column: column != key)
    text = _named(texts, _TEXT, lambda column: column not in (key, date))
    title = _named(texts, _TITLE, lambda column: column not in (key, date, text))
    if text is None:
        rest = [column for column in texts if column not in (key, date, title)]
        text = max(rest, key=lambda column: _mean_length(rows, column), default=None)
        if text is None or (title is not None and _mean_length(rows, text) < _SHORT):
            # A list of titles and nothing longer: the titles are the texts.
            text, title = (title, None) if title is not None else (text, None)
    taken = {key, date, text, title}
    facets = [column for column in columns if column not in taken and _is_facet(rows, column)]
    facets.sort(key=lambda column: _plain(column) not in _FACET)
    return Roles(key, title, (text,) if text is not None else (), date, tuple(facets[:_MAX_FACETS]))


def _plain(column: str) -> str:
    folded = column.casefold()
    return "_id" if folded == "_id" else re.sub(r"[\W_]+", "", folded)


def _named(columns: Sequence[str], names: Sequence[str], fits: Any) -> str | None:
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(_plain(column), column)
    return next((by_name[name] for name in names if name in by_name and fits(by_name[name])), None)


def _values(rows: Sequence[dict[str, Any]], column: str) -> list[Any]:
    return [value for row in rows if (value := row.get(column)) not in (None, "", [])]


def _is_text(rows: Sequence[dict[str, Any]], column: str) -> bool:
    values = _values(rows, column)
    strings = [value for value in values if isinstance(value, str)]
    return bool(strings) and 2 * len(strings) >= len(values)


def _mean_length(rows: Sequence[dict[str, Any]], column: str) -> float:
    strings = [value for value in _values(rows, column) if isinstance(value, str)]
    return sum(map(len, strings)) / max(1, len(strings))


def _is_unique(rows: Sequence[dict[str, Any]], column: str) -> bool:
    values = [value for value in _values(rows, column) if isinstance(value, str | int)]
    # A few duplicates are a fault of the data and no reason against an id.
    return bool(values) and len(set(values)) >= 0.8 * len(values) and _mean_length(rows, column) <= 300


def _is_facet(rows: Sequence[dict[str, Any]], column: str) -> bool:
    flat: list[Any] = []
    values = _values(rows, column)
    for value in values:
        flat.extend(value if isinstance(value, list) else [value])
    if not flat or not all(isinstance(value, str | int | float) for value in flat):
        return False
    if max(len(str(value)) for value in flat) > 4 * _SHORT:
        return False
    if sum(len(str(value)) for value in flat) / len(flat) > _SHORT:
        return False
    if _plain(column) in _FACET:
        return True
    if any(isinstance(value, float) for value in flat):
        return False
    return len(rows) >= 10 and len(set(flat)) <= 0.5 * len(flat)
