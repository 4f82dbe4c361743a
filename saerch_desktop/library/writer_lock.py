"""Who writes a library: one at a time, held by a lock, with a note that tells others who it is."""

from __future__ import annotations

import contextlib
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import filelock

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.library.manifest import LOCK_FILE, WRITER_FILE

_LARGEST_NOTE: Final = 4096


class WriterLock:
    """Held from `take` to `release`. The system lets go of it when the process ends, however that ends."""

    def __init__(self, folder: Path, lock: filelock.BaseFileLock) -> None:
        self._folder = folder
        self._lock = lock

    @classmethod
    def take(cls, folder: Path) -> WriterLock:
        """UserError when another holds it, or the folder cannot be written to."""
        # Not bound to a thread: a job may open a library in one thread and close it in another.
        lock = filelock.FileLock(folder / LOCK_FILE, timeout=0, thread_local=False)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            raise UserError(
                f"{folder.name} is being changed by {writer_of(folder)}.",
                "Nothing was changed; it can still be opened for reading.",
                "Wait until that job is finished, or close the other program, and try again.",
            ) from error
        except OSError as error:
            raise files.explain_os_error(error, folder / LOCK_FILE) from error
        held = cls(folder, lock)
        held._sign()
        return held

    def release(self) -> None:
        """A second call does nothing."""
        if self._lock.is_locked:
            with contextlib.suppress(OSError):
                (self._folder / WRITER_FILE).unlink(missing_ok=True)
        self._lock.release()

    def _sign(self) -> None:
        """Without the note the lock is as good, and only says less: a full disk is no reason to stop here."""
        since = datetime.now().astimezone().isoformat(timespec="seconds")
        note = {"process": os.getpid(), "computer": platform.node()[:200], "since": since}
        with contextlib.suppress(OSError):
            (self._folder / WRITER_FILE).write_text(json.dumps(note), encoding="utf-8")


def writer_of(folder: Path) -> str:
    """Who holds the lock, as far as that can be told, to stand after “by”."""
    try:
        note = json.loads(files.read_small(folder / WRITER_FILE, _LARGEST_NOTE))
        process, computer = int(note["process"]), str(note["computer"])[:200]
        since = datetime.fromisoformat(str(note["since"])).astimezone()
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return "another job or another program"
    if process == os.getpid() and computer == platform.node()[:200]:
        return "another job of this program"
    when = since.strftime(
        "%H:%M" if since.date() == datetime.now(UTC).astimezone().date() else "%Y-%m-%d %H:%M"
    )
    where = "on this computer" if computer == platform.node()[:200] else f"on the computer “{computer}”"
    return f"another program {where} (process {process}, since {when})"
