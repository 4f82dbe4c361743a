"""The file of what the program remembers about its user: read, changed, upgraded, written. Never fatal."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from saerch_desktop import files, paths
from saerch_desktop.errors import UserError
from saerch_desktop.settings_fields import RECENT, VERSION, Settings, Theme
from saerch_desktop.settings_upgrade import upgraded, version_of

__all__ = [
    "RECENT",
    "VERSION",
    "Settings",
    "Theme",
    "change_settings",
    "load_settings",
    "of_this_run_only",
    "save_settings",
    "settings_file",
    "update_settings",
    "use_defaults_for_this_run",
]

_MAX_BYTES = 4 << 20
_log = logging.getLogger(__name__)
_lock = threading.RLock()


class _Run:
    """Settings of a run that leaves the saved ones alone; None in every other run."""

    only: Settings | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """What a file said, and what the file system said of that file: replaced, it differs in one of these."""

    path: Path
    stat: tuple[int, int, int, int]
    settings: Settings


class _Last:
    """What was read last; None after a file that was not sound throughout."""

    read: _Read | None = None


def settings_file() -> Path:
    return paths.config_dir() / "settings.json"


def use_defaults_for_this_run() -> None:
    """From here on the saved settings are neither read nor written: a run in safe mode."""
    with _lock:
        _Run.only = Settings()


def of_this_run_only() -> bool:
    """Whether this run leaves what was saved alone."""
    return _Run.only is not None


def load_settings() -> Settings:
    """Read the settings. A damaged file is set aside, and what is sound in it is kept.

    A file of an older version is upgraded, of a newer one read as far as it is understood; a copy of either
    is left beside it. Quick where the file is the one that was read before, whoever wrote it.
    """
    path = settings_file()
    with _lock:
        if _Run.only is not None:
            return _Run.only
        stat = _stat(path)
        last = _Last.read
        if stat is not None and last is not None and (last.path, last.stat) == (path, stat):
            return last.settings
        _Last.read = None
        try:
            raw = json.loads(files.read_small(path, _MAX_BYTES))
            if not isinstance(raw, dict):
                raise TypeError("not an object")
        except FileNotFoundError:
            return Settings()
        except OSError as error:
            _log.warning("The settings cannot be read, defaults are used: %s", error)
            return Settings()
        except (ValueError, TypeError, RecursionError) as error:
            _set_aside(path, str(error))
            return Settings()
        version = version_of(raw)
        if version == VERSION:
            settings = _understood(path, raw)
            if stat is not None and stat == _stat(path):  # else set aside, or replaced meanwhile
                _Last.read = _Read(path, stat, settings)
            return settings
        _back_up(path, version)
        if version > VERSION:
            known = Settings.model_fields.keys()
            strange = {key: value for key, value in raw.items() if key not in known}
            settings = _understood(path, raw | {"version": VERSION})
            settings = settings.model_copy(update={"kept_aside": settings.kept_aside | strange})
            _log.warning("The settings are of version %d; what this version knows of them is used", version)
        else:
            settings = _understood(path, upgraded(raw))
        with contextlib.suppress(UserError):  # a folder that cannot be written to: upgraded again next time
            save_settings(settings)
        return settings


def save_settings(settings: Settings) -> None:
    """Write the settings atomically. UserError when the folder cannot be written to."""
    path = settings_file()
    with _lock:
        if _Run.only is not None:
            _Run.only = settings
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise files.explain_os_error(error, path) from error
        _Last.read = None
        # Escaped: a library's path may hold bytes that are no text.
        files.write_bytes(path, (json.dumps(settings.model_dump(), indent=2) + "\n").encode())


def change_settings(**changes: Any) -> Settings:
    """Read, change some fields, write. ValidationError for values of the wrong type: a bug of the caller."""
    with _lock:
        settings = Settings.model_validate(load_settings().model_dump() | changes)
        save_settings(settings)
        return settings


def update_settings(change: Callable[[Settings], Settings]) -> tuple[Settings, UserError | None]:
    """Read, change by `change`, write; what came out, and why it could not be written."""
    with _lock:
        settings = change(load_settings())
        try:
            save_settings(settings)
        except UserError as error:
            return settings, error
        return settings, None


def _stat(path: Path) -> tuple[int, int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _understood(path: Path, raw: dict[str, Any]) -> Settings:
    """The settings in `raw`; unsound values become defaults, and the file with them is set aside."""
    raw = _taken_back(raw)
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        _set_aside(path, f"{error.error_count()} unusable values")
        return _sound_part(raw, error)


def _taken_back(raw: dict[str, Any]) -> dict[str, Any]:
    """What an older version did not know and put aside is taken back where this version knows it."""
    aside = raw.get("kept_aside")
    if not isinstance(aside, dict):
        return raw
    known = {key: value for key, value in aside.items() if key in Settings.model_fields and key not in raw}
    rest = {key: value for key, value in aside.items() if key not in Settings.model_fields}
    return raw | known | {"kept_aside": rest}


def _sound_part(raw: dict[str, Any], error: ValidationError) -> Settings:
    unsound = {str(item["loc"][0]) for item in error.errors() if item["loc"]}
    try:
        return Settings.model_validate({key: value for key, value in raw.items() if key not in unsound})
    except ValidationError:
        return Settings()


def _set_aside(path: Path, reason: str) -> None:
    """Keep a copy of what could not be understood; the next save replaces the file itself."""
    aside = path.with_name(path.name + ".unreadable")
    try:
        path.replace(aside)
    except OSError as error:
        _log.warning("The settings are damaged (%s) and could not be set aside: %s", reason, error)
    else:
        _log.warning("The settings are damaged (%s); they were set aside as %s", reason, aside.name)


def _back_up(path: Path, version: int) -> None:
    """Leave a copy of the file of another version beside it, named by its version; the first copy stays."""
    copy = path.with_name(f"{path.name}.version-{version}")
    if copy.exists():
        return
    try:
        files.write_bytes(copy, path.read_bytes())
    except (OSError, UserError) as error:
        _log.warning("The settings of version %d could not be copied: %s", version, error)
