"""Atomic writes and hashes: a file is either the old one or the new one, whole."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError

_BLOCK = 1 << 20
_SAMPLE_BLOCKS = 64
_SAMPLE_SIZE = 1 << 16


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path`; on success fsync it and rename it over `path`, else remove it.

    A full disk or a read-only folder becomes a `UserError`; the old file stays as it was.
    """
    # Not tempfile's: its files are private to their maker, and a library may lie in a folder shared by a team.
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise explain_os_error(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def explain_os_error(error: OSError, path: Path) -> UserError:
    """The user's words for a failed write (disk full, no permission, anything else)."""
    kept = "What was saved before is unchanged."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UserError(
            f"The disk is full: {path.name} could not be written.",
            kept,
            "Free some space and run the job again; it continues where it stopped.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return UserError(
            f"{path.parent} cannot be written to.",
            kept,
            "Choose a folder that you may write to, or change its permissions.",
        )
    return UserError(
        f"{path.name} could not be written: {error.strerror or error}.",
        kept,
        "Check the disk and run the job again.",
    )


def write_bytes(path: Path, data: bytes) -> None:
    with replacing(path) as stream:
        stream.write(data)


def write_json(path: Path, value: Any) -> None:
    write_bytes(path, (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode())


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write a `.npy` file (never pickled)."""
    with replacing(path) as stream:
        np.lib.format.write_array(stream, np.asarray(array), allow_pickle=False)


def sha256(path: Path) -> str:
    """Hash of the whole file, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def fingerprint(path: Path) -> str:
    """A quick hash for huge files: the size and 64 evenly spread blocks of 64 KiB. Sees truncation and most damage."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as stream:
        if size <= _SAMPLE_BLOCKS * _SAMPLE_SIZE:
            digest.update(stream.read())
        else:
            for block in range(_SAMPLE_BLOCKS):
                stream.seek(block * (size - _SAMPLE_SIZE) // (_SAMPLE_BLOCKS - 1))
                digest.update(stream.read(_SAMPLE_SIZE))
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
