"""Which long jobs are under way, on disk: what a crash or a shutdown interrupts can be gone on with."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import filelock
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files, paths
from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress, Update
from saerch_desktop.workflow import job_kinds

_log = logging.getLogger(__name__)
_EVERY_S: Final = 5.0
_LARGEST: Final = 8 << 20
_MOST: Final = 200
_LONGEST_OWNER: Final = 64

KINDS: Final[Mapping[str, job_kinds.Run]] = {
    "sample": job_kinds.run_sample,
    "import": job_kinds.run_import,
    "embed": job_kinds.run_embed,
    "train": job_kinds.run_train,
    "label": job_kinds.run_label,
    "families": job_kinds.run_families,
    "map": job_kinds.run_map,
}
"""What can be gone on with: each kind of job, and what runs it on a library with its wishes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a long job is, so that another run of the program can go on with it.

    kind: one of KINDS. wishes: what it needs besides the library, as JSON has it.
    """

    kind: str
    library: Path
    wishes: Mapping[str, Any] = field(default_factory=dict)

    def run(self, progress: Progress) -> object:
        """Carry it out, or go on with it. UserError (also for wishes that make no sense), Cancelled."""
        run = KINDS.get(self.kind)
        if run is None:
            raise job_kinds.unreadable()
        return run(self.library, self.wishes, progress)


class _Entry(BaseModel):
    """One file of the journal."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    owner: str
    title: Annotated[str, Field(max_length=500)]
    kind: str
    library: str
    wishes: dict[str, Any]
    stage: str = ""
    fraction: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    began: float = 0.0  # seconds since 1970
    parked: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """A job that another run of the program left. share: how far it was, None when unknown; parked: it was
    put off on purpose, to be gone on with at the next start.
    """

    file: Path
    title: str
    kept: Kept
    stage: str
    share: float | None
    began: float
    parked: bool


class Record:
    """One job's entry. Methods are safe from any thread; none raises when the disk does not take it."""

    def __init__(self, file: Path, entry: _Entry, clock: Callable[[], float]) -> None:
        self._file = file
        self._entry = entry
        self._clock = clock
        self._lock = threading.Lock()
        self._written = float("-inf")
        self._gone = False

    def write(self) -> None:
        """Put it on disk. Waits for the disk: not for the window's thread."""
        with self._lock:
            if not self._gone:
                self._write()

    def note(self, update: Update) -> bool:
        """Remember how far the job is; whether it is time to `write` that down."""
        with self._lock:
            self._entry = self._entry.model_copy(update={"stage": update.stage, "fraction": update.fraction})
            due = not self._gone and self._clock() - self._written >= _EVERY_S
            if due:
                self._written = self._clock()
            return due

    def park(self) -> None:
        """The job is to go on at the next start; its entry stays as it is now."""
        with self._lock:
            if not self._gone:
                self._entry = self._entry.model_copy(update={"parked": True})
                self._write()
                self._gone = True

    def drop(self) -> None:
        """The job is over."""
        with self._lock:
            if not self._gone:
                self._gone = True
                with contextlib.suppress(OSError):
                    self._file.unlink(missing_ok=True)

    def _write(self) -> None:
        self._written = self._clock()
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            files.write_json(self._file, self._entry.model_dump())
        except (OSError, UserError, ValueError) as error:
            _log.warning("A job cannot be noted for the next start: %s", error)


class Journal:
    """The entries of all runs of the program in one folder; each run holds a lock as long as it lives."""

    def __init__(self, folder: Path | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """folder: that of the user's data when left out."""
        self._folder = folder if folder is not None else paths.data_dir() / "jobs"
        self._clock = clock
        self._owner = uuid.uuid4().hex
        self._lock: filelock.BaseFileLock | None = None

    def keep(self, title: str, kept: Kept) -> Record:
        """An entry for a job that begins; on disk once its `write` was called."""
        entry = _Entry(
            owner=self._owner,
            title=title[:500],
            kind=kept.kind,
            library=str(kept.library),
            wishes=json.loads(json.dumps(dict(kept.wishes))),
            began=time.time(),
        )
        return Record(self._folder / f"{uuid.uuid4().hex}.json", entry, self._clock)

    def alive(self) -> None:
        """Hold this run's lock, so that other runs leave its entries alone. Waits for the disk."""
        if self._lock is not None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self._lock_file(self._owner), timeout=0, thread_local=False)
            lock.acquire()
            self._lock = lock
        except (OSError, filelock.Timeout) as error:
            _log.warning("Other runs of the program cannot be told of this one: %s", error)

    def close(self) -> None:
        """Let go of this run's lock."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
            with contextlib.suppress(OSError):
                self._lock_file(self._owner).unlink(missing_ok=True)

    def left(self) -> list[Left]:
        """What runs that have ended have left, oldest first. What cannot be read is taken away."""
        found: list[Left] = []
        alive: dict[str, bool] = {}
        try:
            listed = sorted(self._folder.glob("*.json"))[:_MOST]
        except OSError:
            return []
        for file in listed:
            entry = _read(file)
            if entry is None or entry.kind not in KINDS:
                with contextlib.suppress(OSError):
                    file.unlink(missing_ok=True)
                continue
            if entry.owner not in alive:
                alive[entry.owner] = entry.owner == self._owner or self._is_held(entry.owner)
            if not alive[entry.owner]:
                kept = Kept(entry.kind, Path(entry.library), entry.wishes)
                found.append(
                    Left(file, entry.title, kept, entry.stage, entry.fraction, entry.began, entry.parked)
                )
        return sorted(found, key=lambda left: left.began)

    def forget(self, left: Left) -> None:
        """Take an entry away: it was gone on with, or is not wanted."""
        with contextlib.suppress(OSError):
            left.file.unlink(missing_ok=True)

    def _lock_file(self, owner: str) -> Path:
        return self._folder / f"{owner}.lock"

    def _is_held(self, owner: str) -> bool:
        if not owner.isalnum() or not owner.isascii() or len(owner) > _LONGEST_OWNER:
            return False
        path = self._lock_file(owner)
        if not path.exists():
            return False
        lock = filelock.FileLock(path, timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            return True
        except OSError:
            return False
        lock.release()
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        return False


def _read(file: Path) -> _Entry | None:
    try:
        return _Entry.model_validate_json(files.read_small(file, _LARGEST))
    except (OSError, ValueError, ValidationError, RecursionError) as error:
        _log.warning("An entry of the job journal cannot be read: %s", error)
        return None
