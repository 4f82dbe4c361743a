"""One library folder, opened for reading (many at once) or for writing (one at a time)."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import uuid
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.library import manifest as layout
from saerch_desktop.library import vacancy
from saerch_desktop.library.connections import Connections, create_database, explained
from saerch_desktop.library.documents import Documents, Problem, storable
from saerch_desktop.library.findings import Finding
from saerch_desktop.library.inspection import inspect
from saerch_desktop.library.manifest import Manifest, SaeRecord, VectorsRecord
from saerch_desktop.library.vectors import Vectors
from saerch_desktop.library.writer_lock import WriterLock


class Library:
    """A `NAME.saerch/` folder.

    path, manifest, documents: what is in it. findings: what opening noticed. A reading handle may be used
    from several threads. A writing handle holds the writer's lock until it is closed.
    """

    def __init__(self, path: Path, manifest: Manifest, lock: WriterLock | None) -> None:
        self.path = path
        self.manifest = manifest
        self.findings: tuple[Finding, ...] = ()
        self.documents = Documents(path / layout.DOCUMENTS_FILE)
        self._lock = lock
        self._guard = threading.Lock()
        self._vectors: Vectors | None = None
        self._vectors_usable = False
        self._writing = Connections(path / layout.DOCUMENTS_FILE, write=True) if lock is not None else None
        self._inspect()

    @classmethod
    def create(cls, path: Path, name: str | None = None) -> Library:
        """Make an empty library and open it for writing. UserError when the folder holds anything already.

        What an attempt that was killed left there is no hindrance.
        """
        path = Path(path)
        try:
            _require_vacant(path)
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise files.explain_os_error(error, path) from error
        lock = WriterLock.take(path)
        try:
            _require_vacant(path)  # another program may have been quicker
            vacancy.clear(path)
            (path / layout.INDEX_FOLDER).mkdir(exist_ok=True)
            (path / layout.SAES_FOLDER).mkdir(exist_ok=True)
            with explained(path / layout.DOCUMENTS_FILE):
                create_database(path / layout.DOCUMENTS_FILE)
            created = datetime.now(UTC).isoformat(timespec="seconds")
            named = storable(name or path.name.removesuffix(".saerch"))
            manifest = Manifest(name=named, created=created, id=uuid.uuid4().hex)
            layout.write_manifest(path, manifest)
            return cls(path, manifest, lock)
        except OSError as error:
            lock.release()
            raise files.explain_os_error(error, path) from error
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path, *, write: bool = False) -> Library:
        """Open a library after quick checks; `findings` tells what is wrong and what still works.

        UserError when nothing of it is usable: not a library, damaged manifest or database, a newer format,
        or (when writing) open for writing elsewhere.
        """
        path = Path(path)
        manifest = layout.read_manifest(path)
        lock = WriterLock.take(path) if write else None
        try:
            if write:
                layout.bring_up_to_date(path)
            # What another writer finished before we got the lock must not be lost to an older manifest.
            manifest = layout.read_manifest(path) if write else manifest
            return cls(path, manifest, lock)
        except BaseException:
            if lock is not None:
                lock.release()
            raise

    @property
    def writable(self) -> bool:
        """Whether this handle holds the writer's lock."""
        return self._lock is not None

    @property
    def vectors(self) -> Vectors | None:
        """The memory-mapped vectors, or None when there are none or they are damaged (see `findings`)."""
        with self._guard:
            record = self.manifest.vectors
            if record is None or not self._vectors_usable:
                return None
            if self._vectors is None:
                try:
                    self._vectors = Vectors.open(self.path, record)
                except UserError:  # damaged since the last look; `refresh` says how
                    self._vectors_usable = False
            return self._vectors

    @property
    def index_folder(self) -> Path:
        return self.path / layout.INDEX_FOLDER

    def sae_names(self) -> list[str]:
        """Names of the recorded SAEs, in the order in which they were trained."""
        return list(self.manifest.saes)

    def sae_folder(self, name: str) -> Path:
        """The folder of a recorded SAE. UserError when there is none of this name."""
        if name not in self.manifest.saes:
            known = ", ".join(self.sae_names())
            raise UserError(
                f"There is no SAE named {name!r} in {self.manifest.name}.",
                "Nothing was changed.",
                f"Choose one of: {known}." if known else "Train one first.",
            )
        return self.path / layout.SAES_FOLDER / name

    def new_sae_folder(self, name: str) -> Path:
        """Make (or find again, for resuming) the folder of an SAE. UserError when the name is no folder's."""
        if not layout.is_safe_name(name):
            raise UserError(
                f"{name!r} cannot be the name of an SAE.",
                "Nothing was changed.",
                "Use up to 64 letters, digits, spaces, dots, dashes or underscores, a letter or digit first.",
            )
        folder = self.path / layout.SAES_FOLDER / name
        twins = [other for other in self._sae_folders() if other.casefold() == name.casefold()]
        taken = [other for other in twins if other != name]
        if taken:
            raise UserError(
                f"There is already an SAE named {taken[0]!r}.",
                "Names that differ only in capitals are one folder on some computers; nothing was changed.",
                "Choose another name.",
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise files.explain_os_error(error, folder) from error
        return folder

    def record_sae(self, record: SaeRecord) -> None:
        """List a trained SAE, or replace what is listed under its name."""
        self.update(saes={**self.manifest.saes, record.name: record})

    def record_vectors(self, record: VectorsRecord) -> None:
        """List the vectors that now are in `vectors.npy`."""
        self.update(vectors=record)

    def update(self, **changes: Any) -> None:
        """Write the manifest with these fields changed. Needs a writing handle."""
        self._require_writing()
        self.manifest = Manifest.model_validate({**dict(self.manifest), **changes})
        layout.write_manifest(self.path, self.manifest)
        # A second copy, from which a lost or damaged library.json is repaired.
        self.set_state(layout.MANIFEST_STATE, self.manifest.model_dump_json())
        with self._guard:
            self._vectors = None
        self._inspect()

    def refresh(self) -> None:
        """Read the manifest again after another handle wrote to the library, and check anew."""
        self.manifest = layout.read_manifest(self.path)
        with self._guard:
            self._vectors = None
        self._inspect()

    def writing_connection(self) -> sqlite3.Connection:
        """The calling thread's connection for changing `documents.sqlite`. Needs a writing handle."""
        self._require_writing()
        assert self._writing is not None
        return self._writing.get()

    def set_state(self, key: str, value: str) -> None:
        """Keep a small JSON text in the database under `key`."""
        with explained(self.path / layout.DOCUMENTS_FILE):
            self.writing_connection().execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, value))

    def replace_problems(self, kind: str, problems: list[Problem]) -> None:
        """Make `problems` the problem list's entries of this kind."""
        connection = self.writing_connection()
        with explained(self.path / layout.DOCUMENTS_FILE), transaction(connection):
            connection.execute("DELETE FROM problems WHERE kind = ?", (kind,))
            connection.executemany(
                "INSERT INTO problems(record, kind, detail) VALUES (?, ?, ?)",
                [(problem.record, problem.kind, problem.detail) for problem in problems],
            )

    def close(self) -> None:
        """Close the files and release the lock; a second call does nothing."""
        if self._writing is not None:
            self._writing.close()
        self.documents.close()
        with self._guard:
            self._vectors = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _inspect(self) -> None:
        try:
            seen = inspect(self.path, self.manifest, self.documents)
        except BaseException:
            self.documents.close()
            raise
        self.findings = seen.findings
        with self._guard:
            self._vectors_usable = seen.vectors_usable

    def _require_writing(self) -> None:
        if self._lock is None:
            raise RuntimeError("this library was opened for reading, or is closed")

    def _sae_folders(self) -> list[str]:
        folder = self.path / layout.SAES_FOLDER
        return [entry.name for entry in folder.iterdir()] if folder.is_dir() else []


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Any:
    """Everything inside happens, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _require_vacant(path: Path) -> None:
    if not vacancy.is_vacant(path):
        raise UserError(
            f"{path} already exists and is not empty.",
            "Nothing in it was changed.",
            "Choose another name, or open it if it is a library.",
        )
