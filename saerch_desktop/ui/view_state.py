"""What the window looked like when it was closed, kept as one small file; a damaged one is ignored."""

from __future__ import annotations

import base64
import contextlib
import logging
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files, paths
from saerch_desktop.errors import UserError
from saerch_desktop.search.blends import MOST_FEATURES, Blend, BlendEdit, tidy_blends
from saerch_desktop.search.mix import Mix
from saerch_desktop.search.steering import Edit

log = logging.getLogger(__name__)

_MAX_BYTES = 4 << 20
_MOST_BLENDS = 200
_LONGEST_NAME = 2000


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


class SavedBlend(BaseModel):
    """A family's slider: the features it moves with their weights, and how far it was moved."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    key: str = Field(max_length=_LONGEST_NAME)
    name: str = Field(max_length=_LONGEST_NAME)
    features: tuple[int, ...] = Field(max_length=MOST_FEATURES)
    weights: tuple[float, ...] = Field(max_length=MOST_FEATURES)
    amount: float

    @classmethod
    def of(cls, edit: BlendEdit) -> SavedBlend:
        blend = edit.blend
        return cls(
            key=blend.key,
            name=blend.name[:_LONGEST_NAME],
            features=blend.features,
            weights=blend.weights,
            amount=edit.amount,
        )

    def edit(self) -> BlendEdit:
        return BlendEdit(Blend(self.key, self.name, self.features, self.weights), self.amount)


class ViewState(BaseModel):
    """Everything that is put back at the next start. Unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    version: Literal[1] = 1
    library: str = ""
    sae: str = ""
    query: SavedQuery | None = None
    weights: str = ""  # hash of the SAE's, whose features the sliders move
    edits: tuple[tuple[int, float], ...] = ()
    blends: tuple[SavedBlend, ...] = Field((), max_length=_MOST_BLENDS)
    mode: Literal["residual", "paper"] = "residual"
    feature: int | None = Field(None, ge=0)
    row: int | None = Field(None, ge=0)
    geometry: str = ""  # base64 of QMainWindow.saveGeometry
    layout: str = ""  # base64 of QMainWindow.saveState
    extra: dict[str, str] = {}  # the panes' own splitters and headers, by object name

    def mix(self, features: int) -> Mix:
        """Where the sliders stood, as far as that makes sense for so many features."""
        edits = tuple(Edit(f, delta) for f, delta in self.edits if 0 <= f < features and np.isfinite(delta))
        blends: dict[str, BlendEdit] = {}
        for saved in self.blends:
            edit = saved.edit()
            with contextlib.suppress(UserError):
                tidy_blends([edit], features)
                blends.setdefault(saved.key, edit)
        return Mix(edits, tuple(blends.values()))


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
