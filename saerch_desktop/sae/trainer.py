"""Train a sparse autoencoder on a library's vectors, from the first look at them to its files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import TypeAdapter

from saerch_desktop import __version__
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress
from saerch_desktop.sae import checkpoint
from saerch_desktop.sae.alarms import diverged
from saerch_desktop.sae.checkpoint import State
from saerch_desktop.sae.config import MINIMUM_DOCUMENTS, TrainConfig
from saerch_desktop.sae.details import Metrics, SaeDetails
from saerch_desktop.sae.loop import DivergedError, Loop
from saerch_desktop.sae.metrics import TrainingData, measure, survey
from saerch_desktop.sae.model import Model, choose_device, initial_model
from saerch_desktop.sae.peers import Peers
from saerch_desktop.sae.record import RunRecord, load_run, save_run
from saerch_desktop.sae.split import VectorSource
from saerch_desktop.sae.watching import Discarded, Watch
from saerch_desktop.sae.weights import DETAILS_FILE, load_details, write_sae

CHECKPOINT_SECONDS: Final = 15.0
SAMPLE: Final = 10_000  # rows for the pre-bias and the initial directions
_GATHER: Final = 512  # rows; a scattered one may bring sixteen pages into memory
_NOTHING: Final = "Nothing was trained; the library is unchanged."


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What a training did. seconds and documents_per_second are of the whole training, interruptions left
    out. record: what was measured at the end of each pass, and the alarms.
    """

    folder: Path
    config: TrainConfig
    metrics: Metrics
    seconds: float
    documents_per_second: float
    resumed_at: int  # documents already seen when this call took over
    record: RunRecord


_REPORT: Final = TypeAdapter(TrainReport)


def train(
    vectors: VectorSource,
    config: TrainConfig,
    folder: Path,
    progress: Progress,
    *,
    resume: bool = False,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    peers: Peers | None = None,
    watch: Watch | None = None,
) -> TrainReport:
    """Train by `config` and write `sae.safetensors`, `sae.json` and `run.json` into the existing `folder`.

    The same seed, vectors and thread count give the same weights, also across an interruption: with `resume`
    a training that was cancelled or killed continues from its last saved state (saved every
    `checkpoint_seconds` and when cancelled), and one that was finished is simply reported. With several
    `peers`, every process makes this call with the same vectors and settings, trains on its share of each
    batch and gets the same report; the first alone reads and writes `folder` and reports progress. Raises
    UserError (unsuitable vectors, divergence, full disk, other settings than the interrupted one, a process
    that was lost), Cancelled.

    watch: follows the training, may end it early with its best weights, change its learning rate or AuxK,
    or have it thrown away (Discarded, and the folder then holds nothing of it). For one process only.
    """
    peers = peers or Peers()
    mine = peers.rank == 0
    finished = _finished(folder, config) if resume and mine else None
    told = peers.spread_text(_REPORT.dump_json(finished).decode() if finished else "")
    if told:
        return _REPORT.validate_json(told)
    check_suitable(vectors, config, peers)
    progress = peers.agreed(progress)
    data = survey(vectors, config, progress)
    identity = _identity(vectors, data)
    if peers.spread_text(identity) != identity:
        raise UserError(
            "The processes of this training do not see the same vectors.",
            _NOTHING,
            "Give every host the same copy of the library.",
        )
    state = _initial_state(vectors, data, config)
    if mine:
        known = checkpoint.restore(folder, state, config, identity) if resume else None
        if known is None:
            checkpoint.begin(folder, config)
        config = known or config
    peers.spread_(state.tensors().values())
    config = state.take(peers.spread_text(state.numbers(config, identity)))
    resumed_at = state.position.documents

    def save(settings: TrainConfig) -> None:
        checkpoint.save(folder, state, settings, identity)

    loop = Loop(state, vectors, data, config, peers, save, checkpoint_seconds, watch)
    try:
        loop.run(progress)
        report = _publish(state, vectors, data, loop.config, folder, resumed_at, progress) if mine else None
    except Cancelled:
        if mine:
            save(loop.config)
        raise
    except (DivergedError, Discarded) as error:
        if mine:
            # Resuming would only come to the same point again, or to what was thrown away.
            checkpoint.clear(folder)
        if isinstance(error, Discarded):
            raise
        raise diverged(loop.config, error.unexplained) from error
    told = peers.spread_text(_REPORT.dump_json(report).decode() if report else "")
    return report or _REPORT.validate_json(told)


def _initial_state(vectors: VectorSource, data: TrainingData, config: TrainConfig) -> State:
    generator = np.random.default_rng([config.seed, 2])
    chosen = np.sort(generator.choice(data.rows, size=min(SAMPLE, len(data.rows)), replace=False))
    return State.fresh(initial_model(config, gathered(vectors, chosen), choose_device(config.device)), config)


def gathered(vectors: VectorSource, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """The given rows (m, d) float32, without the file's pages staying in memory."""
    out = np.empty((len(rows), vectors.dim), np.float32)
    for start in range(0, len(rows), _GATHER):
        out[start : start + _GATHER] = vectors.gather(rows[start : start + _GATHER])
        vectors.release()
    return out


def check_suitable(vectors: VectorSource, config: TrainConfig, peers: Peers) -> None:
    """UserError unless training by `config` could begin on these vectors, shared among these peers."""
    if vectors.dim != config.sae.dim:
        raise UserError(
            f"The settings are for {config.sae.dim} dimensions and the vectors have {vectors.dim}.",
            _NOTHING,
            "Plan the training again for these vectors.",
        )
    valid = len(vectors.valid_rows())
    if valid < MINIMUM_DOCUMENTS:
        raise UserError(
            f"Training needs at least {MINIMUM_DOCUMENTS} documents with vectors, and there are {valid}.",
            _NOTHING,
            "Import more texts, or embed the ones that still lack a vector.",
        )
    # Batches are of nearly equal size: none is smaller than half of what was asked for.
    if peers.world > 1 and min(config.batch_size, valid // 2) < 2 * peers.world:
        raise UserError(
            f"Batches of {config.batch_size} documents cannot be shared among {peers.world} processes.",
            _NOTHING,
            "Start fewer processes, or choose larger batches.",
        )


def _identity(vectors: VectorSource, data: TrainingData) -> str:
    digest = hashlib.sha256(f"{vectors.rows} {vectors.dim} {data.variance!r}".encode())
    digest.update(data.rows.tobytes())
    digest.update(data.mean.tobytes())
    return digest.hexdigest()


def _finished(folder: Path, config: TrainConfig) -> TrainReport | None:
    """The report of a training that is complete in `folder`, when nothing is left to resume."""
    if checkpoint.unfinished(folder) is not None or not (folder / DETAILS_FILE).is_file():
        return None
    details = load_details(folder)
    if details.train is None or details.metrics is None or details.train.sae != config.sae:
        raise UserError(
            f"“{folder.name}” holds a finished autoencoder of another shape.",
            "It was left as it is.",
            "Train under another name.",
        )
    return TrainReport(
        folder,
        details.train,
        details.metrics,
        details.seconds or 0.0,
        details.documents_per_second or 0.0,
        details.train.epochs * details.metrics.n_train,
        load_run(folder) or RunRecord(),
    )


def _publish(
    state: State,
    vectors: VectorSource,
    data: TrainingData,
    config: TrainConfig,
    folder: Path,
    resumed_at: int,
    progress: Progress,
) -> TrainReport:
    """Measure the model to keep and write it, its record and its description; removes the resume state."""
    model = Model.from_arrays(state.best, state.model.encoder.device) if state.best else state.model
    metrics = measure(model, vectors, data, config, progress)
    seconds = state.position.seconds
    speed = state.position.documents / seconds if seconds > 0 else 0.0
    save_run(folder, state.record)
    write_sae(
        folder,
        model.arrays(),
        SaeDetails(
            name=folder.name,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            sae=config.sae,
            sha256="",
            train=config,
            metrics=metrics,
            documents_per_second=round(speed, 1),
            seconds=round(seconds, 2),
            versions={"saerch_desktop": __version__, "torch": torch.__version__, "numpy": np.__version__},
        ),
    )
    checkpoint.clear(folder)
    return TrainReport(folder, config, metrics, seconds, speed, resumed_at, state.record)
