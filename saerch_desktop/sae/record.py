"""What was measured while an autoencoder trained: one record per pass over the corpus. Loads no torch.

docs/decisions/0005-what-is-measured-while-training.md has the definitions and the reasons for them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from saerch_desktop.errors import UserError
from saerch_desktop.files import read_small, write_json

RUN_FILE: Final = "run.json"
RUN_VERSION: Final = 1
RARE: Final = 10  # a feature that fired fewer times in a pass is rare
# Bounds of the density histogram's bins: two per decade, from 10⁻⁷ to 1.
DENSITY_EDGES: Final[tuple[float, ...]] = tuple(10.0 ** (half / 2) for half in range(-14, 1))
_LARGEST: Final = 64 << 20  # 100,000 passes fit


class EpochRecord(BaseModel):
    """One pass. All but seconds and documents_per_second is the same whenever the training is repeated.

    epoch: passes finished, from 1. step: updates made so far. documents: documents seen so far, counted with
    repetition. seconds: of training so far. documents_per_second, learning_rate: of this pass, and of its
    last update. unexplained: the training loss's reconstruction term, smoothed over batches.

    fvu: Σ‖x − x̂‖² ÷ Σ‖x − mean of the training rows‖² over up to 4,096 held-out documents; None without any.
    levels: the same for each level of a matryoshka or hierarchical autoencoder, smallest first; else ().
    l0: mean number of active features of such a document (of a training document where none is held out).
    dead: features that fired for no document of the last pass. rare: that fired fewer than ten times (the
    dead ones are rare too). density: how many features fired for a share of the last pass's documents in each
    bin; the first number counts those that never did, then come the bins between DENSITY_EDGES, each with its
    lower bound (the first with everything below, the last with 1). cosine_encoder_decoder: mean over all
    features of the cosine between encoder row and decoder row. overlap: how many of the ten nearest
    neighbours of a document stay the same when all are replaced by their reconstructions, as a share; None
    when there is no document held out or too few to compare with.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    epoch: int = Field(ge=1)
    step: int = Field(ge=0)
    documents: int = Field(ge=0)
    seconds: float = Field(ge=0)
    documents_per_second: float = Field(ge=0)
    learning_rate: float
    unexplained: float
    fvu: float | None
    levels: tuple[float, ...] = ()
    l0: float
    dead: int = Field(ge=0)
    rare: int = Field(ge=0)
    cosine_encoder_decoder: float
    overlap: float | None
    density: tuple[int, ...]


class RunRecord(BaseModel):
    """A training's passes in order, the alarms it raised, and what was changed while it ran, in plain words.
    Saved as `run.json`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-run"] = "saerch-run"
    version: int = Field(default=RUN_VERSION, ge=1)
    epochs: tuple[EpochRecord, ...] = ()
    alarms: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()

    def with_epoch(self, epoch: EpochRecord) -> RunRecord:
        """This record with one more pass. An earlier record of the same or a later pass is dropped."""
        kept = tuple(old for old in self.epochs if old.epoch < epoch.epoch)
        return self.model_copy(update={"epochs": (*kept, epoch)})

    def with_change(self, change: str) -> RunRecord:
        """This record with one more change that was made by hand."""
        return self.model_copy(update={"changes": (*self.changes, change)})

    def with_alarm(self, alarm: str) -> RunRecord:
        """This record with one more alarm; one that is there already is not repeated."""
        return self if alarm in self.alarms else self.model_copy(update={"alarms": (*self.alarms, alarm)})


def save_run(folder: Path, record: RunRecord) -> None:
    """Write `run.json` into an SAE's folder, atomically. UserError when that fails."""
    write_json(folder / RUN_FILE, record.model_dump(mode="json"))


def load_run(folder: Path) -> RunRecord | None:
    """The record of the training in an SAE's folder; None when it has none (trained elsewhere or earlier).

    Raises UserError when the file is damaged or of a newer version.
    """
    try:
        raw = json.loads(read_small(folder / RUN_FILE, _LARGEST))
        if isinstance(raw, dict) and isinstance(raw.get("version"), int) and raw["version"] > RUN_VERSION:
            raise UserError(
                f"The training record of “{folder.name}” was written by a newer version of SAErch Desktop.",
                "The autoencoder itself can be used; only the course of its training cannot be shown.",
                "Update SAErch Desktop.",
            )
        return RunRecord.model_validate(raw)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(
            f"The training record of “{folder.name}” ({RUN_FILE}) cannot be read.",
            "The autoencoder itself can be used; only the course of its training cannot be shown.",
            f"Put back a copy of {RUN_FILE}, or delete it to do without.",
        ) from error


def density_histogram(firings: NDArray[Any], documents: int) -> tuple[int, ...]:
    """`EpochRecord.density` from how often each feature fired (n,) in a pass over `documents` documents."""
    alive = firings[firings > 0]
    density = alive / max(1, documents)
    # A rounding error must not put a density that is a bound exactly below it.
    bins = np.searchsorted(np.asarray(DENSITY_EDGES) * (1 - 1e-12), density, side="right") - 1
    counts = np.bincount(np.clip(bins, 0, len(DENSITY_EDGES) - 2), minlength=len(DENSITY_EDGES) - 1)
    return (len(firings) - len(alive), *map(int, counts))
