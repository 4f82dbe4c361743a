"""The documents of a library: texts, facets, lossless metadata and keyword search, all in one SQLite file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.library.connections import Connections, explained
from saerch_desktop.library.keywords import hit_pattern, match_expressions
from saerch_desktop.library.snippets import snippet
from saerch_desktop.progress import Progress

_CHUNK = 500
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Document:
    """One document.

    `metadata` holds every field of its source record unchanged; `date` is ISO where it could be read.
    """

    row: int
    id: str
    title: str
    text: str
    date: str | None
    facets: tuple[tuple[str, str], ...]
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeywordHit:
    """A document found by words. Higher scores are better; hits in it stand between \\x02 and \\x03."""

    row: int
    score: float
    snippet: str


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """All documents found by words, by (-score, row). rows: (m,) int64; scores: (m,) float32, BM25.

    expression: what FTS5 was asked, "" where nothing could be.
    """

    expression: str
    rows: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Problem:
    """A source record (0-based number) that was skipped or noted, the kind of trouble, and the details."""

    record: int
    kind: str
    detail: str


class Documents:
    """Reads `documents.sqlite`. Safe to use from several threads.

    Every method may raise UserError when the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connections = Connections(path)

    def close(self) -> None:
        self._connections.close()

    def __len__(self) -> int:
        found = self._all("SELECT max(row) FROM documents")[0][0]
        return 0 if found is None else int(found) + 1

    def get(self, row: int) -> Document:
        """The document in `row`. IndexError when there is none."""
        return self.many([row])[0]

    def many(self, rows: Sequence[int]) -> list[Document]:
        """The documents in `rows`, in that order. IndexError when one is not there."""
        wanted = [int(row) for row in rows]
        facets = dict(zip(wanted, self.facets_of(wanted), strict=True))
        found: dict[int, Document] = {}
        sql = "SELECT row, id, title, text, date, metadata, same FROM documents WHERE row IN"
        for row, key, title, text, date, metadata, same in self._chosen(sql, wanted):
            stored = {"id": key, "title": title, "text": text, "date": date}
            try:
                fields = restored(metadata, same, stored)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                fields = {}  # the document itself can still be read
            found[row] = Document(row, key, title, text, date, facets[row], fields)
        return [_present(found, row) for row in wanted]

    def row_of(self, id: str) -> int | None:  # noqa: A002
        """The row of the document with this id, or None."""
        found = self._all("SELECT row FROM documents WHERE id = ?", (storable(id),))
        return int(found[0][0]) if found else None

    def ids(self, rows: Sequence[int]) -> list[str]:
        """The ids of `rows`, in that order. IndexError when one is not there."""
        return self._column("id", rows)

    def titles(self, rows: Sequence[int]) -> list[str]:
        """The titles of `rows`, in that order. IndexError when one is not there."""
        return self._column("title", rows)

    def texts(self, start: int, stop: int) -> Iterator[tuple[int, str, str]]:
        """(row, title, text) of rows start..stop-1, in order."""
        for first in range(start, stop, _CHUNK):
            last = min(first + _CHUNK, stop)
            sql = "SELECT row, title, text FROM documents WHERE row >= ? AND row < ? ORDER BY row"
            yield from self._all(sql, (first, last))

    def texts_of(self, rows: Sequence[int]) -> Iterator[tuple[int, str, str]]:
        """(row, title, text) of `rows`, each once, in any order; without what is not there."""
        yield from self._chosen("SELECT row, title, text FROM documents WHERE row IN", rows)

    def keyword(self, query: str, limit: int = 100) -> list[KeywordHit]:
        """Documents that hold the words of `query`, best first (BM25, titles count double).

        Any text is allowed. "Quoted words" must stand together, -word excludes, wor* matches beginnings. All
        words are wanted; when no document has them all, those with any of them are returned.
        """
        matches = self.matches(query)
        rows, scores = matches.rows[: max(0, limit)], matches.scores[: max(0, limit)]
        snippets = self.snippets(matches, rows.tolist())
        return [
            KeywordHit(row, score, snippets.get(row, ""))
            for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
        ]

    def matches(self, query: str, progress: Progress | None = None, *, any_of: bool = False) -> Matches:
        """All documents that hold the words of `query`, best first, as `keyword` reads it; without snippets.

        any_of: those that hold any of the words that tell something, for a list that is fused with another.

        Seconds for words that hundreds of thousands of documents hold: work for a thread of its own. Raises
        `Cancelled`.
        """
        sql = (
            "SELECT rowid, -rank FROM documents_fts"
            " WHERE documents_fts MATCH ? AND rank MATCH 'bm25(2.0, 1.0)'"
        )
        for expression in match_expressions(query, any_of=any_of):
            blocks = []
            for block in self.blocks(sql, (expression,), 1 << 14):
                if progress is not None:
                    progress.check()
                blocks.append(np.asarray(block, np.float64))
            if blocks:
                table = np.concatenate(blocks)
                table = table[np.lexsort((table[:, 0], -table[:, 1]))]
                return Matches(expression, table[:, 0].astype(np.int64), table[:, 1].astype(np.float32))
        return Matches("", np.empty(0, np.int64), np.empty(0, np.float32))

    def snippets(self, matches: Matches, rows: Sequence[int]) -> dict[int, str]:
        """Where the words stand in each of `rows`, hits between \\x02 and \\x03, by row."""
        if not matches.expression:
            return {}
        if "*" in matches.expression:
            # The index would look up all words with this beginning anew for every row.
            pattern = hit_pattern(matches.expression)
            texts = self.texts_of([int(row) for row in rows])
            cut = {row: snippet(pattern, (title, text)) for row, title, text in texts} if pattern else {}
            return {row: words for row, words in cut.items() if words}
        found: dict[int, str] = {}
        for first in range(0, len(rows), _CHUNK):
            part = tuple(dict.fromkeys(int(row) for row in rows[first : first + _CHUNK]))
            sql = (
                "SELECT rowid, snippet(documents_fts, -1, char(2), char(3), '…', 24) FROM documents_fts"
                f" WHERE documents_fts MATCH ? AND rowid IN ({','.join('?' * len(part))})"
            )
            found.update((int(row), words) for row, words in self._all(sql, (matches.expression, *part)))
        return found

    def facet_names(self) -> list[str]:
        """Names of all facets, in the alphabet's order."""
        # A loose index scan: one look-up per name instead of reading every row.
        sql = (
            "WITH RECURSIVE names(name) AS (SELECT min(name) FROM facets UNION ALL"
            " SELECT (SELECT min(name) FROM facets WHERE name > names.name) FROM names"
            " WHERE name IS NOT NULL)"
            " SELECT name FROM names WHERE name IS NOT NULL"
        )
        return [str(name) for (name,) in self._all(sql)]

    def facet_values(self, name: str, limit: int = 50) -> list[tuple[str, int]]:
        """The commonest values of a facet with the number of documents that have them."""
        sql = (
            "SELECT value, count(*) AS n FROM facets WHERE name = ?"
            " GROUP BY value ORDER BY n DESC, value LIMIT ?"
        )
        return [(str(value), int(count)) for value, count in self._all(sql, (storable(name), limit))]

    def facets_of(self, rows: Sequence[int]) -> list[tuple[tuple[str, str], ...]]:
        """The (name, value) pairs of each row, in the source's order."""
        wanted = [int(row) for row in rows]
        found: dict[int, list[tuple[str, str]]] = {row: [] for row in wanted}
        sql = "SELECT row, position, name, value FROM facets WHERE row IN"
        for row, _, name, value in sorted(self._chosen(sql, wanted)):
            found[row].append((name, value))
        return [tuple(found[row]) for row in wanted]

    def rows_with(self, name: str, value: str) -> NDArray[np.int64]:
        """Rows that have this facet value, ascending, shape (n,)."""
        sql = "SELECT row FROM facets WHERE name = ? AND value = ? ORDER BY row"
        return _numbers(self._all(sql, (storable(name), storable(value))))

    def problems(self, limit: int = 1000) -> list[Problem]:
        """The first `limit` entries of the problem list."""
        sql = "SELECT record, kind, detail FROM problems ORDER BY sequence LIMIT ?"
        return [Problem(int(record), kind, detail) for record, kind, detail in self._all(sql, (limit,))]

    def problem_counts(self) -> dict[str, int]:
        """How many problems of each kind there are."""
        found = self._all("SELECT kind, count(*) FROM problems GROUP BY kind")
        return {str(kind): int(count) for kind, count in found}

    def records(self) -> NDArray[np.int64]:
        """The source's record number (0-based) of every row, shape (documents,)."""
        return _numbers(self._all("SELECT record FROM documents ORDER BY row"))

    def state(self, key: str) -> Any:
        """A value that a job left in the database (JSON); None when there is none that can be read."""
        found = self._all("SELECT value FROM state WHERE key = ?", (key,))
        try:
            return json.loads(found[0][0]) if found else None
        except (ValueError, TypeError, RecursionError):
            return None

    def blocks(self, sql: str, values: tuple[Any, ...] = (), size: int = 1 << 12) -> Iterator[list[Any]]:
        """What a SELECT of our own finds, `size` tuples at a time: for whole columns, read without holding
        them as objects.
        """
        with explained(self._path):
            cursor = self._connections.get().execute(sql, values)
            while block := cursor.fetchmany(size):
                yield block

    def _column(self, column: str, rows: Sequence[int]) -> list[str]:
        wanted = [int(row) for row in rows]
        sql = f"SELECT row, {column} FROM documents WHERE row IN"
        found: dict[int, str] = dict(self._chosen(sql, wanted))
        return [_present(found, row) for row in wanted]

    def _chosen(self, select: str, rows: Sequence[int]) -> Iterable[tuple[Any, ...]]:
        for first in range(0, len(rows), _CHUNK):
            part = tuple(dict.fromkeys(rows[first : first + _CHUNK]))
            yield from self._all(f"{select} ({','.join('?' * len(part))})", part)

    def _all(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with explained(self._path):
            return self._connections.get().execute(sql, values).fetchall()


def storable(text: str) -> str:
    """`text` as SQLite can hold it: halves of surrogate pairs, which are no characters, are replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def packed(metadata: dict[str, Any], stored: dict[str, str | None]) -> tuple[str, str | None]:
    """Metadata as JSON, without the texts that a column of `stored` holds verbatim; and which field that is.

    The field keeps its place with null, so that `restored` gives back the same dictionary in the same order.
    """
    same = {}
    rest = {}
    for field, value in metadata.items():
        column = next((name for name, text in stored.items() if value and value == text), None)
        rest[field] = None if column else value
        if column:
            same[field] = column
    return _json(rest), _json(same) if same else None


def restored(metadata: str, same: str | None, stored: dict[str, str | None]) -> dict[str, Any]:
    """The dictionary that `packed` took apart; `stored` are the columns' texts."""
    whole: dict[str, Any] = json.loads(metadata)
    for field, column in json.loads(same).items() if same else ():
        whole[field] = stored[column]
    return whole


def _json(value: Any) -> str:
    found = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        found.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return found


def _numbers(found: list[tuple[Any, ...]]) -> NDArray[np.int64]:
    return np.fromiter((number for (number,) in found), dtype=np.int64, count=len(found))


def _present(found: dict[int, _Value], row: int) -> _Value:
    try:
        return found[row]
    except KeyError:
        raise IndexError(f"there is no document in row {row}") from None
