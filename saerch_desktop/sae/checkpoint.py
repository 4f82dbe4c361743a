"""The state of an unfinished training, in one safetensors file, so that it goes on exactly where it stopped.

`training.json` says what is being trained and appears first; `training.safetensors` holds everything that
changes, its small numbers in the file's own header, so that one atomic rename moves from one state to the
next.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open

from saerch_desktop.errors import UserError
from saerch_desktop.files import read_small, write_json
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.model import PARAMETERS, Model
from saerch_desktop.sae.tensors import write_tensors

STATE_FILE: Final = "training.safetensors"
CONFIG_FILE: Final = "training.json"
_FIRST, _SECOND, _FIRED = "adam.first.", "adam.second.", "last_fired"


class Position(BaseModel):
    """Where a training stands. Batch orders are drawn from (seed, epoch), so `step` also fixes the
    generator.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    step: int = Field(default=0, ge=0)  # updates made
    documents: int = Field(default=0, ge=0)  # documents seen, counted with repetition
    unexplained: float = 1.0  # smoothed over batches
    first: float | None = None  # the first batch's, by which divergence is judged
    heldout: float | None = None  # FVU at the last epoch's end
    seconds: float = Field(default=0.0, ge=0)


class _Header(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    config: TrainConfig
    data: str
    position: Position


@dataclass(slots=True, eq=False)
class State:
    """Everything that training changes. last_fired (n,) int64: documents seen when each latent last fired."""

    model: Model
    optimiser: torch.optim.Adam
    last_fired: torch.Tensor
    position: Position


def begin(folder: Path, config: TrainConfig) -> None:
    """Note in the folder that a training with `config` has begun; removes the state of an earlier one."""
    (folder / STATE_FILE).unlink(missing_ok=True)
    write_json(folder / CONFIG_FILE, config.model_dump())


def unfinished(folder: Path) -> TrainConfig | None:
    """The configuration of the unfinished training in `folder`, or None when there is none."""
    with contextlib.suppress(OSError, ValidationError, ValueError):
        return TrainConfig.model_validate_json(read_small(folder / CONFIG_FILE))
    return None


def clear(folder: Path) -> None:
    """Remove the resume state after a finished training."""
    for name in (STATE_FILE, CONFIG_FILE):
        (folder / name).unlink(missing_ok=True)


def save(folder: Path, state: State, config: TrainConfig, data: str) -> None:
    """Write the whole state atomically. `data` identifies the training vectors."""
    tensors: dict[str, NDArray[Any]] = dict(state.model.arrays())
    for name, parameter in zip(PARAMETERS, state.model.parameters(), strict=True):
        moments = state.optimiser.state.get(parameter)
        if moments:
            tensors[_FIRST + name] = moments["exp_avg"].cpu().numpy()
            tensors[_SECOND + name] = moments["exp_avg_sq"].cpu().numpy()
    tensors[_FIRED] = state.last_fired.cpu().numpy()
    header = _Header(config=config, data=data, position=state.position)
    write_tensors(folder / STATE_FILE, tensors, {"saerch-training": header.model_dump_json()})


def restore(folder: Path, state: State, config: TrainConfig, data: str) -> bool:
    """Put a saved state into `state`; False when there is none yet.

    Raises UserError when the file is damaged, or when the settings or the vectors are not those it was saved
    with.
    """
    path = folder / STATE_FILE
    if not path.is_file():
        return False
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            header = _Header.model_validate_json(metadata.get("saerch-training", ""))
            _check_same(folder, header, config, data)
            _fill(state, file, header.position)
    except (OSError, ValueError, SafetensorError) as error:
        raise UserError(
            f"The saved state of the unfinished training in “{folder.name}” is damaged.",
            "Documents, vectors and finished autoencoders are unharmed, but this training cannot go on.",
            "Start the training again from the beginning.",
        ) from error
    return True


def _check_same(folder: Path, header: _Header, config: TrainConfig, data: str) -> None:
    neutral = {"device": "auto"}
    if header.config.model_copy(update=neutral) != config.model_copy(update=neutral):
        raise UserError(
            f"The unfinished training in “{folder.name}” was started with other settings.",
            "It was left as it is.",
            "Resume it with the settings it was started with, or train under another name.",
        )
    if header.data != data:
        raise UserError(
            f"The vectors have changed since the training in “{folder.name}” was interrupted.",
            "Going on would mix two sets of vectors; nothing was changed.",
            "Start the training again from the beginning.",
        )


def _fill(state: State, file: Any, position: Position) -> None:
    names = set(file.keys())
    device = state.model.encoder.device

    def read(name: str, like: torch.Tensor) -> torch.Tensor:
        array = file.get_tensor(name)
        if array.shape != tuple(like.shape) or torch.from_numpy(array).dtype != like.dtype:
            raise ValueError(f"{name} has the wrong shape or type")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds values that are not numbers")
        return torch.tensor(array, device=device)

    with torch.no_grad():
        for name, parameter in zip(PARAMETERS, state.model.parameters(), strict=True):
            parameter.copy_(read(name, parameter))
            if _FIRST + name in names:
                state.optimiser.state[parameter] = {
                    "step": torch.tensor(float(position.step), device=device),
                    "exp_avg": read(_FIRST + name, parameter),
                    "exp_avg_sq": read(_SECOND + name, parameter),
                }
    state.last_fired.copy_(read(_FIRED, state.last_fired))
    state.position = position
