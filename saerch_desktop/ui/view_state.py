"""What the window looked like when it was closed, kept as one small file; a damaged one is ignored."""

from __future__ import annotations

import base64
import logging
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files, paths
from saerch_desktop.errors import UserError

log = logging.getLogger(__name__)

_MAX_BYTES = 4 << 20


class SavedQuery(BaseModel):
    """The query with its vector, so that showing it again embeds nothing and sends nothing anywhere."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    text: str
    vector: str = ""  # base64 of float32, little-endian
    vectors_fingerprint: str = ""  # of the library's vectors it was made for

    @classmethod
    def of(cls, text: str, vector: NDArray[np.float32] | None, fingerprint: str) -> SavedQuery:
        data = b"" if vector is None else np.ascontiguousarray(vector, "<f4").tobytes()
        return cls(text=text, vector=base64.b64encode(data).decode(), vectors_fingerprint=fingerprint)

    def array(self) -> NDArray[np.float32] | None:
        """(d,) float32, or None when there is none or it is damaged."""
        try:
            data = base64.b64decode(self.vector, validate=True)
        except ValueError:
            return None
        if not data or len(data) % 4:
            return None
        vector = np.frombuffer(data, "<f4").astype(np.float32)
        return vector if np.isfinite(vector).all() else None


class ViewState(BaseModel):
    """Everything that is put back at the next start. Unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    version: Literal[1] = 1
    library: str = ""
    sae: str = ""
    query: SavedQuery | None = None
    edits: tuple[tuple[int, float], ...] = ()
    mode: Literal["residual", "paper"] = "residual"
    feature: int | None = Field(None, ge=0)
    row: int | None = Field(None, ge=0)
    geometry: str = ""  # base64 of QMainWindow.saveGeometry
    layout: str = ""  # base64 of QMainWindow.saveState
    extra: dict[str, str] = {}  # the panes' own splitters and headers, by object name


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
