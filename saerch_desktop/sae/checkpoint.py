"""The state of an unfinished training, in one safetensors file, so that it goes on exactly where it stopped.

`training.json` says what is being trained and appears first; `training.safetensors` holds everything that
changes, its numbers and records in the file's own header, so that one atomic rename moves from one state to
the next.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open
from torch import Tensor

from saerch_desktop.errors import UserError
from saerch_desktop.files import read_small, write_json
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.liveness import Liveness
from saerch_desktop.sae.model import PARAMETERS, Model
from saerch_desktop.sae.optimiser import Adam
from saerch_desktop.sae.parts import Parts
from saerch_desktop.sae.record import RunRecord
from saerch_desktop.sae.tensors import write_tensors

STATE_FILE: Final = "training.safetensors"
CONFIG_FILE: Final = "training.json"
_LAST_FIRED, _FIRINGS, _THRESHOLD, _BEST = "last_fired", "firings", "threshold", "best."


class Position(BaseModel):
    """Where a training stands. Batch orders are drawn from (seed, epoch), so `step` also fixes the
    generator.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    step: int = Field(default=0, ge=0)  # updates made
    documents: int = Field(default=0, ge=0)  # documents seen, counted with repetition
    unexplained: float = 1.0  # smoothed over batches
    first: float | None = None  # the first batch's, by which divergence is judged
    seconds: float = Field(default=0.0, ge=0)
    epoch_began: float = Field(default=0.0, ge=0)  # `seconds` when the present pass began
    part_rows: int | None = Field(default=None, ge=1)  # documents at a time, where a batch did not fit
    ended: bool = False  # stopped before its last pass, to be kept as it is
    best: float | None = None  # least held-out error of a pass, where the best weights are kept


class _Header(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    config: TrainConfig
    data: str
    position: Position
    record: RunRecord


@dataclass(slots=True, eq=False)
class State:
    """Everything that training changes.

    firings (n,) int64: for how many documents of the present pass each feature was active. best: the arrays
    of the model after the pass that `position.best` is about.
    """

    model: Model
    optimiser: Adam
    liveness: Liveness
    firings: Tensor
    parts: Parts = field(default_factory=Parts)
    position: Position = field(default_factory=Position)
    record: RunRecord = field(default_factory=RunRecord)
    best: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    @classmethod
    def fresh(cls, model: Model, config: TrainConfig) -> State:
        """The state before the first update of an untrained model."""
        device = model.encoder.device
        return cls(
            model=model,
            optimiser=Adam(model, config),
            liveness=Liveness(model.features, config.dead_after, device),
            firings=torch.zeros(model.features, dtype=torch.int64, device=device),
        )

    def tensors(self) -> dict[str, Tensor]:
        """What training changes on its device, by name; filling these in place restores it."""
        named = {name: part.detach() for name, part in zip(PARAMETERS, self.model.parameters(), strict=True)}
        if self.model.threshold is not None:
            named[_THRESHOLD] = self.model.threshold
        named |= self.optimiser.state()
        named[_LAST_FIRED] = self.liveness.last_fired
        named[_FIRINGS] = self.firings
        return named

    def numbers(self, config: TrainConfig, data: str) -> str:
        """All the rest but the best weights, as text. `data` identifies the training vectors."""
        return _Header(config=config, data=data, position=self.position, record=self.record).model_dump_json()

    def take(self, numbers: str) -> TrainConfig:
        """Go on with the `numbers` of another state whose tensors have been filled in; its configuration.
        ValueError if they are none.
        """
        header = _Header.model_validate_json(numbers)
        self.position, self.record = header.position, header.record
        self.parts.rows = header.position.part_rows
        self.liveness.load(self.liveness.last_fired)
        return header.config


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
    tensors: dict[str, NDArray[Any]] = {name: part.cpu().numpy() for name, part in state.tensors().items()}
    tensors |= {_BEST + name: array for name, array in state.best.items()}
    write_tensors(folder / STATE_FILE, tensors, {"saerch-training": state.numbers(config, data)})


def restore(folder: Path, state: State, config: TrainConfig, data: str) -> TrainConfig | None:
    """Put a saved state into the fresh `state`; None when there is none yet, else `config` with the changes
    that were made while it was trained.

    Raises UserError when the file is damaged, or when the settings or the vectors are not those it was saved
    with.
    """
    path = folder / STATE_FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            numbers = (file.metadata() or {}).get("saerch-training", "")
            header = _Header.model_validate_json(numbers)
            _check_same(folder, header, config, data)
            _fill(state, file)
            state.take(numbers)
    except (OSError, ValueError, SafetensorError) as error:
        raise UserError(
            f"The saved state of the unfinished training in “{folder.name}” is damaged.",
            "Documents, vectors and finished autoencoders are unharmed, but this training cannot go on.",
            "Start the training again from the beginning.",
        ) from error
    return header.config.model_copy(update={"device": config.device})


def _check_same(folder: Path, header: _Header, config: TrainConfig, data: str) -> None:
    neutral: dict[str, object] = {"device": "auto"}
    if header.record.changes:  # by hand, while it was trained
        neutral |= {"learning_rate": 1.0, "aux_k": 0, "aux_coefficient": 0.0}
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


def _fill(state: State, file: Any) -> None:
    names = set(file.keys())

    def read(name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        array: NDArray[Any] = file.get_tensor(name)
        if array.shape != shape or array.dtype != dtype:
            raise ValueError(f"{name} has the wrong shape or type")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds values that are not numbers")
        return array

    tensors = state.tensors()
    with torch.no_grad():
        for name, mine in tensors.items():
            dtype = np.dtype(np.int64 if mine.dtype == torch.int64 else np.float32)
            mine.copy_(torch.from_numpy(read(name, tuple(mine.shape), dtype)))
    if any(name.startswith(_BEST) for name in names):
        state.best = {
            name: read(_BEST + name, array.shape, array.dtype) for name, array in state.model.arrays().items()
        }
