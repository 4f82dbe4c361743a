"""What the program remembers about its user: look, recent libraries, threads. Never fatal."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files, paths
from saerch_desktop.errors import UserError

VERSION = 1
RECENT = 12
Theme = Literal["system", "light", "dark"]
_MAX_BYTES = 4 << 20
_log = logging.getLogger(__name__)
_lock = threading.RLock()


class Settings(BaseModel):
    """All settings with their defaults. Libraries are absolute paths, newest first."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    theme: Theme = "system"
    mixer_units: Literal["times", "activation"] = "times"  # how sliders read
    mark_words: bool = True  # of the query, in a document that is read
    mark_sentences: bool = True  # that drive a feature
    recent_libraries: Annotated[tuple[str, ...], Field(max_length=RECENT)] = ()
    last_library: str | None = None
    torch_threads: Annotated[int, Field(ge=1, le=1024)] | None = None  # None: as torch chooses
    endpoints: dict[str, str] = {}  # model -> base URL where it last answered

    def with_library(self, path: Path) -> Settings:
        """These settings after `path` was opened."""
        opened = str(path.resolve())
        rest = tuple(recent for recent in self.recent_libraries if recent != opened)
        return self.model_copy(update={"recent_libraries": (opened, *rest)[:RECENT], "last_library": opened})

    def without_library(self, path: Path) -> Settings:
        """These settings after `path` turned out to be gone."""
        gone = {str(path), str(path.resolve())}
        rest = tuple(recent for recent in self.recent_libraries if recent not in gone)
        last = None if self.last_library in gone else self.last_library
        return self.model_copy(update={"recent_libraries": rest, "last_library": last})


def settings_file() -> Path:
    return paths.config_dir() / "settings.json"


def load_settings() -> Settings:
    """Read the settings. A damaged or newer file is set aside, and what is sound in it is kept."""
    path = settings_file()
    with _lock:
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
        try:
            return Settings.model_validate(raw)
        except ValidationError as error:
            _set_aside(path, f"{error.error_count()} unusable values")
            return _sound_part(raw, error)


def save_settings(settings: Settings) -> None:
    """Write the settings atomically. UserError when the folder cannot be written to."""
    path = settings_file()
    with _lock:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise files.explain_os_error(error, path) from error
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
