"""Libraries on their way: packed into one file, copied, moved. What arrives is what left, byte by byte."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import sqlite3
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.library import manifest as layout
from saerch_desktop.library.writer_lock import WriterLock
from saerch_desktop.progress import Progress

PACKED: Final = ".saerch.zip"
LISTING: Final = "saerch-files.json"
FORMAT: Final = "saerch-package"
VERSION: Final = 1
BLOCK: Final = 1 << 20
_BORN: Final = (1980, 1, 1, 0, 0, 0)  # of every entry: a clock that is wrong must not end in a zip's error
_DENSE: Final = (".npy", ".safetensors", ".bin")  # numbers that hardly shrink and are most of a library
_LEFT_OUT: Final = ("-shm", ".lock", ".tmp")


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a library: its place in it, with /, and its size in bytes when it was listed."""

    name: str
    size: int


def pack(library: Path, target: Path, progress: Progress) -> Path:
    """Write the whole library into one zip file, whole or not at all; `target`.

    Nobody may write the library meanwhile. Raises UserError (no library, being written, full disk, read-only
    folder), Cancelled.
    """
    library, target = library.absolute(), target.absolute()
    if target.is_relative_to(library):
        raise UserError(
            "A library cannot be packed into itself.", "Nothing was written.", "Choose a place outside of it."
        )
    files.require_outside_libraries(target)
    with standing_still(library) as parts:
        progress.begin("Packing", sum(part.size for part in parts), "bytes")
        listed: dict[str, dict[str, object]] = {}
        done = 0
        with files.replacing(target) as stream, zipfile.ZipFile(stream, "w", allowZip64=True) as package:
            for part in parts:
                entry = _entry(f"{_folder_name(library)}/{part.name}", dense=part.name.endswith(_DENSE))
                with (
                    (library / part.name).open("rb") as source,
                    package.open(entry, "w", force_zip64=True) as sink,
                ):
                    digest, size = _poured(source, sink, progress, done, part.name)
                done += size
                listed[part.name] = {"bytes": size, "sha256": digest}
            about = {"format": FORMAT, "version": VERSION, "files": listed}
            package.writestr(_entry(LISTING, dense=False), json.dumps(about, indent=1))
    return target


def copy_library(library: Path, target: Path, progress: Progress) -> Path:
    """Copy the library to `target`, which must not be there, and compare both; `target`. As `pack`."""
    library, target = library.absolute(), target.absolute()
    _require_free(target)
    if target.is_relative_to(library):
        raise UserError(
            "A library cannot be copied into itself.", "Nothing was written.", "Choose a place outside of it."
        )
    with standing_still(library) as parts:
        _copied(library, parts, target, progress)
    return target


def move_library(library: Path, target: Path, progress: Progress) -> Path:
    """Move the library to `target`, which must not be there. On another disk it is copied and compared first,
    and only then taken away. Nobody, this program included, may have it open where open files cannot move.
    """
    library, target = library.absolute(), target.absolute()
    _require_free(target)
    if library.is_symlink():
        raise UserError(
            f"{library.name} is a link to {library.resolve()}.",
            "Nothing was moved.",
            "Open the library at that place, and move it from there.",
        )
    if target.is_relative_to(library):
        raise UserError(
            "A library cannot be moved into itself.", "Nothing was moved.", "Choose a place outside of it."
        )
    with standing_still(library) as parts:
        try:
            if os.name != "nt":  # there an open lock cannot move
                library.rename(target)
                with contextlib.suppress(OSError):
                    (target / layout.WRITER_FILE).unlink(missing_ok=True)
                return target
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise files.explain_os_error(error, target) from error
        _copied(library, parts, target, progress)
    try:
        shutil.rmtree(library)
    except OSError as error:
        raise UserError(
            f"{library.name} was copied to {target.parent}, but could not be taken away from its old place.",
            f"Both are whole or, at the old place, what is left: {error.strerror or error}.",
            "Use the library at its new place, and delete the old folder by hand.",
        ) from error
    return target


@contextlib.contextmanager
def standing_still(library: Path) -> Iterator[tuple[Part, ...]]:
    """The files of a library while nobody writes it. In a folder without leave to write nobody can, and no
    lock is needed.
    """
    layout.read_manifest(library)
    lock: WriterLock | None = None
    if os.access(library, os.W_OK):
        lock = WriterLock.take(library)
    try:
        if lock is not None:
            _settle(library / layout.DOCUMENTS_FILE)
        yield tuple(_parts(library))
    except OSError as error:
        raise files.explain_os_error(error, library) from error
    finally:
        if lock is not None:
            lock.release()


def _settle(database: Path) -> None:
    """Bring what SQLite has beside its file into it."""
    with (
        contextlib.suppress(sqlite3.DatabaseError),
        contextlib.closing(sqlite3.connect(database)) as connection,
    ):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _parts(library: Path) -> Iterator[Part]:
    """Ordinary files, by their names; no links, no locks, nothing of interrupted writes."""
    for folder, inner, names in os.walk(library, onerror=_unreadable, followlinks=False):
        inner.sort()
        for name in (*inner, *names):
            path = Path(folder) / name
            is_used = Path(folder) == library or (path / "sae.json").exists()
            if is_used and path.is_symlink():
                raise UserError(
                    f"“{name}” of {library.name} is a link, and would not come along.",
                    "Nothing was written; the library is as it was.",
                    "Put the files themselves in the link's place, and try again.",
                )
        for name in sorted(names):
            path = Path(folder) / name
            if name.endswith(_LEFT_OUT) or name == layout.WRITER_FILE or path.is_symlink():
                continue
            size = path.stat().st_size
            if not path.is_file() or (name.endswith("-wal") and not size):
                continue
            yield Part(path.relative_to(library).as_posix(), size)


def _unreadable(error: OSError) -> None:
    """A folder that may not be read must not be left out without a word."""
    raise UserError(
        f"{error.filename} cannot be read: {error.strerror or error}.",
        "Nothing was written; the library is as it was.",
        "Change the permissions of that folder, and try again.",
    ) from error


def _poured(
    source: IO[bytes], sink: IO[bytes], progress: Progress, done: int, detail: str
) -> tuple[str, int]:
    """Copy to the end; SHA-256 and number of bytes."""
    digest, size = hashlib.sha256(), 0
    while block := source.read(BLOCK):
        sink.write(block)
        digest.update(block)
        size += len(block)
        progress.advance(done + size, detail)
    return digest.hexdigest(), size


def _copied(library: Path, parts: tuple[Part, ...], target: Path, progress: Progress) -> None:
    """Copy beside the target, read again what was written, and give it its name last."""
    progress.plan(("Copying", "Comparing"))
    total = sum(part.size for part in parts)
    with arriving(target) as place:
        progress.begin("Copying", total, "bytes")
        digests, done = {}, 0
        for part in parts:
            path = place / part.name
            path.parent.mkdir(parents=True, exist_ok=True)
            with (library / part.name).open("rb") as source, path.open("xb") as sink:
                digests[part.name], size = _poured(source, sink, progress, done, part.name)
                sink.flush()
                os.fsync(sink.fileno())
            done += size
        progress.begin("Comparing", total, "bytes")
        done = 0
        for part in parts:
            if files.sha256(place / part.name) != digests[part.name]:
                raise UserError(
                    f"{part.name} was not copied rightly: the disk gives back other bytes than were written.",
                    "The original is as it was; the copy was taken away.",
                    "Check the disk, or choose another.",
                )
            done += part.size
            progress.advance(done, part.name)


@contextlib.contextmanager
def arriving(target: Path) -> Iterator[Path]:
    """A folder beside `target` that gets its name in the end, or is taken away. UserError for a full disk or
    without leave to write.
    """
    place = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
    try:
        place.mkdir(parents=True)
        yield place
        _require_free(target)
        place.rename(target)
    except OSError as error:
        raise files.explain_os_error(error, target) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


def free_name(
    folder: Path, name: str, is_free: Callable[[Path], bool] = lambda path: not path.exists()
) -> Path:
    """`NAME.saerch` in the folder, or `NAME 2.saerch` and so on where that is taken."""
    stem = name.removesuffix(".saerch")
    number = 1
    while True:
        path = folder / (f"{stem}.saerch" if number == 1 else f"{stem} {number}.saerch")
        if is_free(path):
            return path
        number += 1


def _require_free(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise UserError(
            f"There is a {target.name} in {target.parent} already.",
            "Nothing there was changed.",
            "Choose another place or another name.",
        )


def _folder_name(library: Path) -> str:
    return library.name if library.name.endswith(".saerch") else f"{library.name}.saerch"


def _entry(name: str, *, dense: bool) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _BORN)
    entry.compress_type = zipfile.ZIP_STORED if dense else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
