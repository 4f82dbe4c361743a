"""A line for every request that the program made: to whom, what for, how it ended. Never any text."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from saerch_desktop import files, paths
from saerch_desktop.errors import UserError

_MOST_BYTES: Final = 1 << 20  # then a new file is begun and the one before the last is dropped
_MOST_WORDS: Final = 200
_log = logging.getLogger(__name__)
_lock = threading.Lock()
_trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. when: seconds since 1970; host: the computer asked; purpose: the job, as "Embedding";
    sent_bytes, received_bytes: bodies without headers; status: "200", or why there was no answer.
    """

    when: float
    host: str
    purpose: str
    sent_bytes: int
    received_bytes: int
    status: str


def ledger_file() -> Path:
    return paths.data_dir() / "network.jsonl"


def record(
    host: str, purpose: str, sent_bytes: int, received_bytes: int, status: str, when: float | None = None
) -> None:
    """Append one request. when: None for now. Never raises: a job goes on, and `trouble` tells why not.

    host, purpose and status are kept to one line of 200 characters; callers give names of jobs and kinds of
    trouble, never a text of a document nor what a service answered.
    """
    global _trouble
    entry = Entry(
        time.time() if when is None else when,
        _one_line(host),
        _one_line(purpose),
        max(0, int(sent_bytes)),
        max(0, int(received_bytes)),
        _one_line(status),
    )
    line = (json.dumps(asdict(entry), separators=(",", ":")) + "\n").encode()
    path = ledger_file()
    with _lock:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _rotate(path)
            # One write of one line at the end: lines of two programs never mix.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)
        except OSError as error:
            if _trouble is None:
                _log.warning("The network ledger cannot be written: %s", error.strerror or error)
            _trouble = error.strerror or str(error)
        else:
            _trouble = None


def entries(most: int = 10_000) -> tuple[Entry, ...]:
    """The newest `most` requests, newest first. Lines that are no entries are passed over."""
    found: list[Entry] = []
    for path in (ledger_file(), _older(ledger_file())):
        try:
            raw = files.read_small(path, 2 * _MOST_BYTES)
        except (OSError, ValueError):
            continue
        found += reversed(list(_entries_in(raw)))
        if len(found) >= most:
            break
    return tuple(found[:most])


def clear() -> None:
    """Forget all requests. UserError when the files cannot be removed."""
    with _lock:
        for path in (ledger_file(), _older(ledger_file())):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise UserError(
                    f"{path.name} could not be removed: {error.strerror or error}.",
                    "The list of requests is unchanged.",
                    f"Check who may write to {path.parent}.",
                ) from error


def trouble() -> str | None:
    """Why the last request could not be written down, or None; for showing beside the list."""
    return _trouble


def _rotate(path: Path) -> None:
    if path.exists() and path.stat().st_size >= _MOST_BYTES:
        path.replace(_older(path))


def _older(path: Path) -> Path:
    return path.with_name("network.1.jsonl")


def _one_line(text: str) -> str:
    return " ".join(str(text).split())[:_MOST_WORDS]


def _entries_in(raw: bytes) -> Iterator[Entry]:
    for line in raw.splitlines():
        try:
            said: Any = json.loads(line)
            yield Entry(
                float(said["when"]),
                str(said["host"]),
                str(said["purpose"]),
                int(said["sent_bytes"]),
                int(said["received_bytes"]),
                str(said["status"]),
            )
        except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
            continue
