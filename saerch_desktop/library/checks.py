"""The deep check of a library: every file read whole; what can be derived again is repaired when asked."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from saerch_desktop.errors import UserError
from saerch_desktop.library import manifest as layout
from saerch_desktop.library.check_documents import check_documents
from saerch_desktop.library.check_saes import check_index, check_saes
from saerch_desktop.library.check_vectors import check_vectors
from saerch_desktop.library.connections import Connections
from saerch_desktop.library.findings import Finding
from saerch_desktop.library.inspection import foreign_documents, unfinished_jobs
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import Damaged, Manifest
from saerch_desktop.library.vectors import complaint_about
from saerch_desktop.progress import Progress

CHECK_STAGES = ("Checking documents", "Checking vectors", "Checking SAEs")


def check_library(path: Path, *, repair: bool, progress: Progress) -> list[Finding]:
    """Read everything in the library at `path` and compare it with what it must be.

    Empty when all is well. With `repair`, what can be derived from intact files is put right (keyword index,
    facets, counts, the manifest from its second copy) or removed so that it is computed again (codes,
    inverted index, statistics, labels, neighbour index); such a finding is then a note that says so.
    UserError when the folder is no library, is from a newer version, or (with `repair`) is open for writing
    elsewhere.
    """
    path = Path(path)
    progress.plan(CHECK_STAGES)
    found: list[Finding] = []
    try:
        manifest = layout.read_manifest(path)
    except Damaged as error:
        finding, restored = _check_manifest(path, error, repair)
        if restored is None:
            return [finding]
        found.append(finding)
        manifest = restored
    copy = _manifest_copy(path)
    if copy is not None and copy.created != manifest.created:
        if not _fits(path, copy) or _fits(path, manifest):
            return [*found, foreign_documents(path, copy.name)]
        found.append(_foreign_manifest(path, manifest, copy, repair))
        if not repair:
            return found
        manifest = copy
    try:
        library = Library.open(path, write=repair)
    except Damaged as error:
        found.append(Finding("error", error.happened, error.meaning, error.remedy))
        found.extend(check_vectors(path, manifest, None, progress))
        found.extend(check_saes(path, manifest, None, progress))
        return found
    with library:
        writer = library if repair else None
        found.extend(check_documents(library, writer, progress))
        found.extend(check_vectors(path, library.manifest, writer, progress))
        found.extend(check_saes(path, library.manifest, writer, progress))
        found.extend(check_index(path, library.manifest, repair=repair))
        found.extend(_leftovers(path, repair=repair))
        found.extend(unfinished_jobs(path, library.manifest, library.documents))
    return found


def _check_manifest(path: Path, error: Damaged, repair: bool) -> tuple[Finding, Manifest | None]:
    backup = _manifest_copy(path)
    if backup is None:
        return Finding("error", error.happened, error.meaning, "Restore it from a backup."), None
    if not repair:
        return Finding("error", error.happened, error.meaning, error.remedy, repairable=True), None
    layout.write_manifest(path, backup)
    what = f"{error.happened} It was restored from the copy in {layout.DOCUMENTS_FILE}."
    return Finding("note", what, "Everything it lists is known again.", "Nothing needs to be done."), backup


def _fits(path: Path, manifest: Manifest) -> bool:
    """Whether the vectors in the folder are those that `manifest` lists."""
    return manifest.vectors is not None and complaint_about(path, manifest.vectors) is None


def _foreign_manifest(path: Path, foreign: Manifest, own: Manifest, repair: bool) -> Finding:
    what = f"{layout.MANIFEST_FILE} of {path.name} is that of another library, called “{foreign.name}”."
    usable = f"Documents and vectors are those of “{own.name}” and fit each other."
    if not repair:
        remedy = f"Check with repair: it is restored from the copy in {layout.DOCUMENTS_FILE}."
        return Finding("error", what, usable, remedy, repairable=True)
    layout.write_manifest(path, own)
    what = f"{what} It was replaced by the copy in {layout.DOCUMENTS_FILE}."
    return Finding("note", what, usable, "Nothing needs to be done.")


def _manifest_copy(path: Path) -> Manifest | None:
    database = path / layout.DOCUMENTS_FILE
    if not database.is_file():
        return None
    connections = Connections(database)
    try:
        sql = "SELECT value FROM state WHERE key = ?"
        found = connections.get().execute(sql, (layout.MANIFEST_STATE,)).fetchone()
        return layout.parse_manifest(found[0].encode(), path.name) if found else None
    except (sqlite3.DatabaseError, UserError):
        return None
    finally:
        connections.close()


def _leftovers(path: Path, *, repair: bool) -> Iterator[Finding]:
    """Temporary files of killed writes. Only the holder of the lock knows that nobody is writing."""
    stale = [file for file in path.rglob(".*.tmp") if file.is_file() and not file.is_symlink()]
    if not stale:
        return
    if repair:
        with contextlib.suppress(OSError):
            for file in stale:
                file.unlink()
        yield Finding(
            "note",
            f"{len(stale)} temporary files of interrupted jobs were removed.",
            "They held nothing that is needed.",
            "Nothing needs to be done.",
        )
    else:
        size = sum(file.stat().st_size for file in stale)
        yield Finding(
            "note",
            f"{len(stale)} temporary files of interrupted jobs take {size / 1e6:,.1f} MB.",
            "They are not used.",
            "Check with repair to remove them.",
            repairable=True,
        )
