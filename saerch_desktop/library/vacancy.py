"""Whether a library may be made in a folder: nothing is in it, or only what a killed attempt left there."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from saerch_desktop.library import manifest as layout

_DATABASE = tuple(layout.DOCUMENTS_FILE + ending for ending in ("", "-wal", "-shm", "-journal"))
_LOCK = (layout.LOCK_FILE, layout.WRITER_FILE)


def is_vacant(path: Path) -> bool:
    """Whether nothing is at `path` that making a library there would destroy. Raises OSError.

    The manifest is written last, so a library whose making was killed is one without manifest and documents.
    """
    if not path.exists():
        return True
    if not path.is_dir():
        return False
    for entry in path.iterdir():
        if entry.name in (layout.INDEX_FOLDER, layout.SAES_FOLDER):
            if not entry.is_dir() or any(entry.iterdir()):
                return False
        elif entry.name not in (*_LOCK, *_DATABASE) and not _is_unfinished_manifest(entry.name):
            return False
    return not _holds_documents(path / layout.DOCUMENTS_FILE)


def clear(path: Path) -> None:
    """Remove what a killed attempt left in a folder that `is_vacant`. The writer's lock must be held."""
    for entry in list(path.iterdir()):
        if entry.name in _DATABASE or _is_unfinished_manifest(entry.name):
            entry.unlink()


def _is_unfinished_manifest(name: str) -> bool:
    return name.startswith(f".{layout.MANIFEST_FILE}.") and name.endswith(".tmp")


def _holds_documents(database: Path) -> bool:
    if not database.is_file() or database.stat().st_size == 0:
        return database.exists() and not database.is_file()
    try:
        with contextlib.closing(
            sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
        ) as found:
            tables = found.execute("SELECT count(*) FROM sqlite_master WHERE name = 'documents'").fetchone()
            return bool(tables[0] and found.execute("SELECT 1 FROM documents LIMIT 1").fetchone())
    except sqlite3.DatabaseError:
        return True
