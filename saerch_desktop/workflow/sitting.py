"""One run of the window; one that never came to its end was a crash, and is told of at the next start."""

from __future__ import annotations

import contextlib
import faulthandler
import json
import logging
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import filelock

from saerch_desktop import __version__, files, paths
from saerch_desktop.errors import UserError

log = logging.getLogger(__name__)

_FOLDER: Final = "sittings"
_LARGEST: Final = 1 << 16
_MOST: Final = 200
_NAME: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Crash:
    """A run that did not end by itself. began: ISO time; stack: of every thread when native code failed, ""
    when the system or the user ended the program.
    """

    began: str
    version: str
    stack: str


class Sitting:
    """As a context: while inside, a mark with a lock lies among the user's data, and stacks of a crash in
    native code go to a file of this run's own. Two windows have two marks; a mark whose lock is free was left
    by a crash, whatever clocks and process numbers say. Without leave to write nothing is kept or told.
    """

    def __init__(self) -> None:
        self.crashes: tuple[Crash, ...] = ()
        self._name = uuid.uuid4().hex
        self._lock: filelock.BaseFileLock | None = None
        self._stream: IO[str] | None = None

    def __enter__(self) -> Self:
        try:
            folder().mkdir(parents=True, exist_ok=True)
            paths.log_dir().mkdir(parents=True, exist_ok=True)
            self.crashes = tuple(_collect())
            self._lock = filelock.FileLock(_lock_of(self._name), timeout=0, thread_local=False)
            self._lock.acquire()
            about = {"began": datetime.now(UTC).isoformat(timespec="seconds"), "version": __version__}
            files.write_json(_mark_of(self._name), about)
            if not faulthandler.is_enabled():
                self._stream = _stack_of(self._name).open("w", encoding="utf-8")
                faulthandler.enable(self._stream)
        except (OSError, UserError, filelock.Timeout) as error:
            log.info("A crash of this run could not be noticed at the next start: %s", error)
        return self

    def end(self) -> None:
        """The run ends as it should; a second call does nothing."""
        if self._stream is not None:
            faulthandler.disable()
            self._stream.close()
            self._stream = None
        if self._lock is not None:
            _forget(self._name)
            self._lock.release()
            self._lock = None
            with contextlib.suppress(OSError):
                _lock_of(self._name).unlink(missing_ok=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()


def folder() -> Path:
    """Where the marks of running windows are."""
    return paths.data_dir() / _FOLDER


def _mark_of(name: str) -> Path:
    return folder() / f"{name}.json"


def _lock_of(name: str) -> Path:
    return folder() / f"{name}.lock"


def _stack_of(name: str) -> Path:
    return paths.log_dir() / f"crash-{name}.log"


def _collect() -> list[Crash]:
    """What earlier runs left, oldest first; each is told once."""
    found = []
    for mark in sorted(folder().glob("*.json"))[:_MOST]:
        name = mark.stem
        if not _NAME.fullmatch(name):
            continue
        lock = filelock.FileLock(_lock_of(name), timeout=0, thread_local=False)
        try:
            lock.acquire()
        except filelock.Timeout:
            continue  # that window is open
        try:
            if mark.exists():
                found.append(_read(name))
                _forget(name)
        finally:
            lock.release()
            with contextlib.suppress(OSError):
                _lock_of(name).unlink(missing_ok=True)
    return sorted(found, key=lambda crash: crash.began)


def _read(name: str) -> Crash:
    about: object = None
    with contextlib.suppress(OSError, ValueError, RecursionError):
        about = json.loads(files.read_small(_mark_of(name), _LARGEST))
    told = about if isinstance(about, dict) else {}
    stack = ""
    with contextlib.suppress(OSError), _stack_of(name).open("rb") as stream:
        stack = stream.read(_LARGEST).decode("utf-8", "replace")
    return Crash(str(told.get("began", ""))[:40], str(told.get("version", ""))[:40], stack)


def _forget(name: str) -> None:
    for path in (_mark_of(name), _stack_of(name)):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
