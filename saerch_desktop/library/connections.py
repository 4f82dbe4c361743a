"""SQLite connections to one database, one per thread, closed together; and the tables of a library."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from saerch_desktop.errors import UserError

SQLITE_HEADER = b"SQLite format 3\x00"
_BUSY_MS = 10_000

TABLES = """
CREATE TABLE documents(
    row INTEGER PRIMARY KEY,
    record INTEGER NOT NULL,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    date TEXT,
    digest BLOB NOT NULL,
    metadata TEXT NOT NULL,
    same TEXT
);
CREATE UNIQUE INDEX documents_id ON documents(id);
CREATE INDEX documents_digest ON documents(digest);
CREATE TABLE facets(
    row INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY(row, position)
) WITHOUT ROWID;
CREATE INDEX facets_value ON facets(name, value, row);
CREATE TABLE problems(
    sequence INTEGER PRIMARY KEY,
    record INTEGER NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE TABLE state(key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

# External content: the text is stored once, in `documents`; the index can always be rebuilt from it.
KEYWORD_TABLE = """
CREATE VIRTUAL TABLE documents_fts USING fts5(
    title, text, content='documents', content_rowid='row', tokenize='unicode61 remove_diacritics 2'
);
"""


def create_database(path: Path) -> None:
    """Make the tables of an empty library."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(TABLES + KEYWORD_TABLE)


class Connections:
    """A connection per thread to one database. Reading ones never change the file, writing ones may.

    In a folder that cannot be written to, WAL's side files cannot be made; the file is then read
    as it stands.
    """

    def __init__(self, path: Path, *, write: bool = False) -> None:
        self._path = path
        self._write = write
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: dict[threading.Thread, sqlite3.Connection] = {}
        self._closed = False

    def get(self) -> sqlite3.Connection:
        """The calling thread's connection, opened when it first asks."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is not None and not self._closed:
            return found
        with self._lock:
            if self._closed:
                raise RuntimeError("the library is closed")
            for thread in [thread for thread in self._open if not thread.is_alive()]:
                self._open.pop(thread).close()
            connection = self._connect()
            self._open[threading.current_thread()] = connection
        self._local.connection = connection
        return connection

    def close(self) -> None:
        """Close every thread's connection; a second call does nothing."""
        with self._lock:
            self._closed = True
            for connection in self._open.values():
                connection.close()
            self._open.clear()

    def _connect(self) -> sqlite3.Connection:
        try:
            return self._prepared("mode=rw")
        except sqlite3.OperationalError:
            if self._write or not self._path.is_file():
                raise
            # Nobody can be writing where nobody may write, so the file may be taken as unchanging.
            return self._prepared("mode=ro&immutable=1")

    def _prepared(self, options: str) -> sqlite3.Connection:
        address = f"{self._path.absolute().as_uri()}?{options}"
        connection = sqlite3.connect(
            address, uri=True, check_same_thread=False, isolation_level=None, timeout=_BUSY_MS / 1000
        )
        try:
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not self._write:
                connection.execute("PRAGMA query_only=ON")
        except BaseException:
            connection.close()
            raise
        return connection


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's trouble with the file at `path` into a `UserError`."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.DatabaseError as error:
        raise explain_database_error(error, path) from error


def explain_database_error(error: sqlite3.DatabaseError, path: Path) -> UserError:
    """The user's words for a database that is full, locked, read-only or damaged."""
    name = getattr(error, "sqlite_errorname", "") or ""
    words = str(error)
    kept = "What was saved before is unchanged."
    if name.startswith("SQLITE_FULL") or "disk is full" in words:
        return UserError(
            f"The disk is full: {path.name} could not be written.",
            kept,
            "Free some space and run the job again; it continues where it stopped.",
        )
    if name.startswith("SQLITE_READONLY") or "readonly" in words:
        return UserError(
            f"{path.parent} cannot be written to.",
            kept,
            "Choose a folder that you may write to, or change its permissions.",
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return UserError(
            f"{path.name} is busy in another program.",
            kept,
            "Close the other program that uses this library and try again.",
        )
    return UserError(
        f"{path.name} is damaged or incomplete ({words}).",
        "Some documents cannot be read; vectors and SAEs are separate files and are not touched by this.",
        "Run `saerch-desktop check --repair` on the library, or restore it from a backup.",
    )


def truncation(path: Path) -> str | None:
    """A glance at the header: not a database, or shorter than it says. None when it looks whole."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        header = stream.read(100)
    if len(header) < 100 or not header.startswith(SQLITE_HEADER):
        return f"{path.name} is not a database"
    journal = path.with_name(path.name + "-wal")
    if journal.exists() and os.path.getsize(journal) > 0:
        return None  # pages still in the journal are not yet in the file
    page = int.from_bytes(header[16:18], "big")
    page = 65536 if page == 1 else page
    expected = int.from_bytes(header[28:32], "big") * page
    if header[24:28] == header[92:96] and size < expected:
        return f"{path.name} has {size:,} bytes instead of {expected:,}"
    return None
