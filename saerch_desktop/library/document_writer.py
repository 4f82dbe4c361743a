"""Putting documents into a library in transactions, with the state that lets a killed import continue."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from saerch_desktop.library.composition import Composed, compose
from saerch_desktop.library.connections import explained
from saerch_desktop.library.documents import packed
from saerch_desktop.library.library import Library, transaction
from saerch_desktop.library.manifest import DOCUMENTS_FILE
from saerch_desktop.library.readers.base import Record
from saerch_desktop.library.roles import Roles

IMPORT_STATE = "import"
_BATCH_RECORDS = 2000
_BATCH_LETTERS = 8 << 20


@dataclass(frozen=True, slots=True)
class ImportState:
    """How far an import came. `records` source records are dealt with: stored, skipped or found bad."""

    source: str
    fingerprint: str
    roles: Roles
    limit: int | None = None
    records: int = 0
    empty: int = 0
    duplicates: int = 0
    bad: int = 0
    finished: bool = False

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_state(cls, value: Any) -> ImportState | None:
        """From what the database keeps; None when there is none or it makes no sense."""
        if not isinstance(value, dict):
            return None
        try:
            known = {field.name: value[field.name] for field in fields(cls) if field.name in value}
            roles = dict(known.pop("roles"))
            roles["text"], roles["facets"] = tuple(roles["text"]), tuple(roles["facets"])
            return cls(roles=Roles(**roles), **known)
        except (KeyError, TypeError):
            return None


class DocumentWriter:
    """Takes records one by one; every few thousand are committed together with the import's state.

    Records that repeat an id, or title and text, of an earlier one, and records without text are skipped and
    listed as problems.
    """

    def __init__(self, library: Library, state: ImportState) -> None:
        self._library = library
        self._path = library.path / DOCUMENTS_FILE
        self.state = state
        self.rows = len(library.documents)
        self._pending: list[Record] = []
        self._letters = 0

    def add(self, record: Record) -> bool:
        """Take the next record; True when a batch was committed."""
        self._pending.append(record)
        self._letters += sum(len(value) for value in (record.fields or {}).values() if isinstance(value, str))
        if len(self._pending) < _BATCH_RECORDS and self._letters < _BATCH_LETTERS:
            return False
        self.commit()
        return True

    def commit(self, *, finished: bool = False) -> None:
        """Store what is pending and the import's state, all or nothing. UserError when the disk is full."""
        connection = self._library.writing_connection()
        state, rows = self.state, self.rows
        with explained(self._path), transaction(connection):
            for record in self._pending:
                kind, detail = record.kind, record.detail
                stored = ""
                if record.fields is None:
                    state = replace(state, bad=state.bad + 1)
                else:
                    composed = compose(record.fields, state.roles, record.number)
                    stored, why = self._store(connection, rows, record.number, composed)
                    if not stored:
                        rows += 1
                    elif stored == "empty":
                        state = replace(state, empty=state.empty + 1)
                    else:
                        state = replace(state, duplicates=state.duplicates + 1)
                    if stored:
                        connection.execute(_PROBLEM, (record.number, stored, why))
                if kind:
                    connection.execute(_PROBLEM, (record.number, kind, detail))
            last = self._pending[-1].number + 1 if self._pending else state.records
            state = replace(state, records=last, finished=finished)
            connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (IMPORT_STATE, state.to_json()))
        self.state, self.rows = state, rows
        self._pending.clear()
        self._letters = 0

    def _store(self, connection: Any, row: int, number: int, document: Composed) -> tuple[str, str]:
        """Insert a document in `row`; or the kind of problem that speaks against it, with the detail."""
        if not document.text:
            return "empty", f"no text in {document.id}"
        if connection.execute("SELECT 1 FROM documents WHERE id = ?", (document.id,)).fetchone():
            return "duplicate id", document.id
        twin = connection.execute("SELECT id FROM documents WHERE digest = ?", (document.digest,)).fetchone()
        if twin:
            return "duplicate text", f"{document.id} has the same title and text as {twin[0]}"
        texts = {"id": document.id, "title": document.title, "text": document.text, "date": document.date}
        metadata, same = packed(document.metadata, texts)
        values = (row, number, *texts.values(), document.digest, metadata, same)
        connection.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        connection.execute(
            "INSERT INTO documents_fts(rowid, title, text) VALUES (?, ?, ?)",
            (row, document.title, document.text),
        )
        connection.executemany(
            "INSERT INTO facets VALUES (?, ?, ?, ?)",
            [(row, position, name, value) for position, (name, value) in enumerate(document.facets)],
        )
        return "", ""


_PROBLEM = "INSERT INTO problems(record, kind, detail) VALUES (?, ?, ?)"
