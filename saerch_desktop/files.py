"""Atomic writes and hashes: a file is either the old one or the new one, whole."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import mmap
import os
import stat
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
_LARGEST_DESCRIPTION = 256 << 20
_OF_A_LIBRARY = ("library.json", "documents.sqlite")
_CANNOT_RESERVE = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path`; on success fsync it and rename it over `path`, else remove it.

    A full disk or a read-only folder becomes a `UserError`; the old file stays as it was.
    """
    # Not tempfile's: its files are private to their maker, and a library may lie in a team's folder.
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        if path.exists() and not path.is_dir():
            require_ordinary(path)  # a device or a pipe would be replaced by a file
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


def require_outside_libraries(path: Path) -> None:
    """UserError for a file that would be put into a library: it could replace one of the library's own.

    Links and .. are followed first.
    """
    for folder in path.resolve().parents:
        if all((folder / name).is_file() for name in _OF_A_LIBRARY):
            raise UserError(
                f"{path.name} would be written into the library {folder.name}.",
                "Nothing was written; the library is as it was.",
                "Choose a place outside of it.",
            )


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


def read_small(path: Path, most: int = _LARGEST_DESCRIPTION) -> bytes:
    """The whole of a small file. OSError when it cannot be read, ValueError when it is over `most` bytes.

    A pipe or a device in the file's place is refused: reading it might never end.
    """
    if require_ordinary(path).st_size > most:
        raise ValueError(f"{path.name} is far too large")
    return path.read_bytes()


def reserve(stream: IO[bytes], size: int) -> None:
    """Give the file its full size now, so that a disk too small is known before any work is paid for."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(stream.fileno(), 0, size)
        except OSError as error:
            if error.errno not in _CANNOT_RESERVE:
                raise
        else:
            return
    stream.truncate(size)


def mapped_array(path: Path) -> NDArray[Any]:
    """Memory-map a `.npy` file for reading. OSError when it cannot be read, ValueError when it is none."""
    # Not np.load: it would open a zip file handed to it, and cannot map an array without numbers.
    require_ordinary(path)
    try:
        with path.open("rb") as stream:
            is_first = np.lib.format.read_magic(stream) == (1, 0)
            header = np.lib.format.read_array_header_1_0 if is_first else np.lib.format.read_array_header_2_0
            shape, fortran, dtype = header(stream)
            at = stream.tell()
        if dtype.hasobject or min(shape, default=0) < 0:
            raise ValueError("it holds no plain numbers")
        if 0 in shape:
            return np.empty(shape, dtype)
        with np.errstate(over="ignore"):  # an absurd shape is refused by the file's size
            return np.memmap(path, dtype, mode="r", offset=at, shape=shape, order="F" if fortran else "C")
    except (OSError, ValueError):
        raise
    except Exception as error:  # a header is a Python expression, which can fail in as many ways
        raise ValueError(f"its header makes no sense ({type(error).__name__})") from error


def forget_pages(array: NDArray[Any]) -> None:
    """Let go of the memory behind a file mapped for reading; it is read again when it is wanted.

    Does nothing for other arrays, and where the system cannot do it (Windows).
    """
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    # A private copy that has been written to would lose what was written.
    if isinstance(base, mmap.mmap) and not array.flags.writeable and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)


def sha256(path: Path) -> str:
    """Hash of the whole file, read in blocks. OSError for what is no ordinary file, as of `read_small`."""
    digest = hashlib.sha256()
    require_ordinary(path)
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def fingerprint(path: Path) -> str:
    """A quick hash for huge files: size and 64 spread blocks of 64 KiB. Sees most damage.

    OSError as of `sha256`.
    """
    size = require_ordinary(path).st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as stream:
        if size <= _SAMPLE_BLOCKS * _SAMPLE_SIZE:
            digest.update(stream.read())
        else:
            for block in range(_SAMPLE_BLOCKS):
                stream.seek(block * (size - _SAMPLE_SIZE) // (_SAMPLE_BLOCKS - 1))
                digest.update(stream.read(_SAMPLE_SIZE))
    return digest.hexdigest()


def require_ordinary(path: Path) -> os.stat_result:
    """OSError for a folder, a pipe or a device: reading it might never end."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise OSError(errno.EINVAL, "not an ordinary file", str(path))
    return about


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
