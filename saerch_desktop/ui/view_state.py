"""What the window looked like when it was closed, kept as one small file; a damaged one is ignored."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

from pydantic import Field, JsonValue, ValidationError

from saerch_desktop import files, paths
from saerch_desktop.errors import UserError
from saerch_desktop.ui.saved_search import SavedBlend, SavedQuery, SavedSearch

__all__ = ["SavedBlend", "SavedQuery", "ViewState", "load", "place", "save"]

log = logging.getLogger(__name__)

_MAX_BYTES = 16 << 20


class ViewState(SavedSearch):
    """Everything that is put back at the next start: the search, and what was looked at."""

    version: Literal[1] = 1
    library: str = ""
    sae: str = ""
    feature: int | None = Field(None, ge=0)
    row: int | None = Field(None, ge=0)
    geometry: str = ""  # base64 of QMainWindow.saveGeometry
    layout: str = ""  # base64 of QMainWindow.saveState
    extra: dict[str, str] = Field(default_factory=dict)  # the panes' own splitters and tabs, by object name
    panes: dict[str, dict[str, JsonValue]] = Field(default_factory=dict)  # what parts remember, by name


def place() -> Path:
    return paths.config_dir() / "view.json"


def load() -> ViewState:
    """The saved state, or a fresh one when there is none or it cannot be read."""
    path = place()
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError("too large")
        return ViewState.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return ViewState()
    except (OSError, ValueError, ValidationError) as error:
        log.info("The saved view is ignored: %s", error)
        return ViewState()


def save(state: ViewState) -> None:
    """Keep `state`; failing to do so is worth a line in the log, not a message."""
    try:
        place().parent.mkdir(parents=True, exist_ok=True)
        files.write_bytes(place(), state.model_dump_json(indent=1).encode())
    except (OSError, UserError) as error:
        log.info("The view could not be saved: %s", error)
