"""The deep check of `documents.sqlite`: the database itself, rows, keyword index and facets."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from saerch_desktop.errors import Cancelled
from saerch_desktop.library.composition import facets_of
from saerch_desktop.library.connections import KEYWORD_TABLE, Connections, explained
from saerch_desktop.library.document_writer import IMPORT_STATE, ImportState
from saerch_desktop.library.documents import restored
from saerch_desktop.library.findings import Finding
from saerch_desktop.library.library import Library, transaction
from saerch_desktop.library.manifest import DOCUMENTS_FILE
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress

_BLOCK = 1000
_STEPS = 100_000  # of SQLite's virtual machine between two looks at the cancel button


def check_documents(library: Library, writer: Library | None, progress: Progress) -> Iterator[Finding]:
    """Findings about the documents; repaired when `writer` (the same library, open for writing) is given."""
    path = library.path / DOCUMENTS_FILE
    total = len(library.documents)
    progress.begin("Checking documents", total, "documents")
    # The keyword index checks itself only on a connection that may write, though it writes nothing.
    connections = Connections(path, write=writer is not None)
    try:
        with explained(path):
            connection = connections.get()
            damage = _damage(connection, progress)
            if damage and writer is not None:
                connection.execute("REINDEX")
                after = _damage(connection, progress)
                if not after:
                    yield _mended(f"The tables of {path.name} had damaged indexes, which were built again.")
                damage = after
            if damage:
                yield Finding(
                    "error",
                    f"{path.name} is damaged ({damage[0]}{', …' if len(damage) > 1 else ''}).",
                    "Some documents cannot be read; vectors and SAEs are separate files.",
                    "Restore it from a backup, or import the source again into a new library.",
                )
                return
            (count,) = connection.execute("SELECT count(*) FROM documents").fetchone()
            if count != total:
                yield Finding(
                    "error",
                    f"{total - count:,} documents are missing from the middle of {path.name}.",
                    "Vectors and features can no longer be told which document they belong to.",
                    "Restore it from a backup, or import the source again into a new library.",
                )
                return
            yield from _count(library, writer, total)
            yield from _keywords(connection, writer is not None, total)
            yield from _facets(library, connection, writer is not None, total, progress)
    finally:
        connections.close()


def _damage(connection: sqlite3.Connection, progress: Progress) -> list[str]:
    connection.set_progress_handler(lambda: int(progress.cancelled), _STEPS)
    try:
        found = [str(line) for (line,) in connection.execute("PRAGMA integrity_check(20)")]
    except sqlite3.OperationalError as error:
        if progress.cancelled:
            raise Cancelled from error
        raise
    except sqlite3.DatabaseError as error:
        return [str(error)]
    finally:
        connection.set_progress_handler(None, 0)
    # The keyword index is judged apart, because it can always be built again.
    return [
        line for line in found if line != "ok" and "fts5" not in line.lower() and "documents_fts" not in line
    ]


def _count(library: Library, writer: Library | None, total: int) -> Iterator[Finding]:
    state = ImportState.from_state(library.documents.state(IMPORT_STATE))
    if total == library.manifest.documents or (state is not None and not state.finished):
        return
    what = f"The library should hold {library.manifest.documents:,} documents and holds {total:,}."
    if writer is not None and state is not None and total > 0 and not library.manifest.vectors:
        writer.update(documents=total)
        yield _mended(f"{what} Its count was corrected.")
    else:
        yield Finding(
            "error",
            what,
            "Keyword search works on what is there; vectors do not belong to these documents any more.",
            "Restore documents.sqlite from a backup, or import the source again into a new library.",
        )


def _keywords(connection: sqlite3.Connection, repair: bool, total: int) -> Iterator[Finding]:
    try:
        (indexed,) = connection.execute("SELECT count(*) FROM documents_fts_docsize").fetchone()
        sound = indexed == total
        if sound and repair:
            connection.execute("INSERT INTO documents_fts(documents_fts, rank) VALUES ('integrity-check', 1)")
        elif sound:
            sound = _answers(connection)
    except sqlite3.DatabaseError:
        sound = False
    if sound:
        return
    what = "The keyword index does not match the documents."
    if not repair:
        yield Finding(
            "warning",
            what,
            "Documents can be read; keyword search may miss some.",
            "Check with repair: the index is built again from the documents.",
            repairable=True,
        )
        return
    _rebuild_keywords(connection)
    yield _mended(f"{what} It was built again.")


def _answers(connection: sqlite3.Connection) -> bool:
    """Without the right to write, the index's own words are looked up instead of its own full check."""
    broken = [line for (line,) in connection.execute("PRAGMA quick_check(20)") if "fts" in line.lower()]
    connection.execute("SELECT count(*) FROM documents_fts WHERE documents_fts MATCH 'a*'").fetchone()
    return not broken


def _rebuild_keywords(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("INSERT INTO documents_fts(documents_fts) VALUES ('rebuild')")
    except sqlite3.DatabaseError:
        # An index in ruins cannot be dropped: its entry is struck from the schema, its tables one by one.
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_master WHERE name = 'documents_fts'")
        connection.execute("PRAGMA writable_schema = RESET")
        for part in ("data", "idx", "docsize", "config", "content"):
            connection.execute(f"DROP TABLE IF EXISTS documents_fts_{part}")
        connection.execute(KEYWORD_TABLE)
        connection.execute("INSERT INTO documents_fts(documents_fts) VALUES ('rebuild')")


def _facets(
    library: Library, connection: sqlite3.Connection, repair: bool, total: int, progress: Progress
) -> Iterator[Finding]:
    state = ImportState.from_state(library.documents.state(IMPORT_STATE))
    if state is None:
        return
    wrong: dict[int, tuple[tuple[str, str], ...]] = {}
    for start in range(0, total, _BLOCK):
        stop = min(start + _BLOCK, total)
        have = library.documents.facets_of(range(start, stop))
        for row, facets in _derived(connection, state.roles, start, stop):
            if facets != have[row - start]:
                wrong[row] = facets
        progress.advance(stop)
    (orphans,) = connection.execute("SELECT count(*) FROM facets WHERE row >= ?", (total,)).fetchone()
    if not wrong and not orphans:
        return
    what = f"The facets of {len(wrong) or orphans:,} documents do not match their source fields."
    if not repair:
        yield Finding(
            "warning",
            what,
            "Documents, search and features are not affected; filters by facet may be wrong.",
            "Check with repair: facets are derived again from the documents' fields.",
            repairable=True,
        )
        return
    with transaction(connection):
        connection.execute("DELETE FROM facets WHERE row >= ?", (total,))
        for row, facets in wrong.items():
            connection.execute("DELETE FROM facets WHERE row = ?", (row,))
            values = [(row, position, name, value) for position, (name, value) in enumerate(facets)]
            connection.executemany("INSERT INTO facets VALUES (?, ?, ?, ?)", values)
    yield _mended(f"{what} They were derived again.")


def _derived(
    connection: sqlite3.Connection, roles: Roles, start: int, stop: int
) -> Iterator[tuple[int, tuple[tuple[str, str], ...]]]:
    sql = (
        "SELECT row, id, title, text, date, metadata, same FROM documents"
        " WHERE row >= ? AND row < ? ORDER BY row"
    )
    for row, key, title, text, date, metadata, same in connection.execute(sql, (start, stop)).fetchall():
        try:
            fields: dict[str, Any] = restored(
                metadata, same, {"id": key, "title": title, "text": text, "date": date}
            )
        except (json.JSONDecodeError, KeyError, TypeError):
            continue
        yield row, facets_of(fields, roles, date)


def _mended(what: str) -> Finding:
    return Finding("note", what, "All documents are there.", "Nothing needs to be done.")
