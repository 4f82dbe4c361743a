"""Train a TopK sparse autoencoder on a library's vectors: the loop, its schedule and its safety."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from saerch_desktop import __version__
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.files import sha256, write_json
from saerch_desktop.progress import Progress
from saerch_desktop.sae import checkpoint
from saerch_desktop.sae.checkpoint import Position, State
from saerch_desktop.sae.config import MINIMUM_DOCUMENTS, TrainConfig
from saerch_desktop.sae.details import Metrics, SaeDetails
from saerch_desktop.sae.loss import loss
from saerch_desktop.sae.metrics import TrainingData, heldout_fvu, measure, survey
from saerch_desktop.sae.model import choose_device, initial_model
from saerch_desktop.sae.split import VectorSource
from saerch_desktop.sae.tensors import write_tensors
from saerch_desktop.sae.weights import DETAILS_FILE, WEIGHTS_FILE, load_details

CHECKPOINT_SECONDS: Final = 15.0
_SAMPLE: Final = 10_000  # rows for the pre-bias and the initial directions
_DIVERGED: Final = 10.0  # times the first loss (at least 1)


class _DivergedError(ArithmeticError):
    """The loss is no number or many times the first one."""


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What a training did. seconds and documents_per_second are of the whole training, interruptions left
    out.
    """

    folder: Path
    config: TrainConfig
    metrics: Metrics
    seconds: float
    documents_per_second: float
    resumed_at: int  # documents already seen when this call took over


def train(
    vectors: VectorSource,
    config: TrainConfig,
    folder: Path,
    progress: Progress,
    *,
    resume: bool = False,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> TrainReport:
    """Train by `config` and write `sae.safetensors` and `sae.json` into the existing `folder`.

    The same seed, vectors and thread count give the same weights, also across an interruption: with `resume`
    a training that was cancelled or killed continues from its last saved state (saved every
    `checkpoint_seconds` and when cancelled), and one that was finished is simply reported. Raises UserError
    (unsuitable vectors, divergence, full disk, other settings than the interrupted one), Cancelled.
    """
    if resume and (finished := _finished(folder, config)) is not None:
        return finished
    _check_suitable(vectors, config)
    data = survey(vectors, config, progress)
    identity = _identity(vectors, data)
    state = _initial_state(vectors, data, config)
    if not (resume and checkpoint.restore(folder, state, config, identity)):
        checkpoint.begin(folder, config)
    resumed_at = state.position.documents
    try:
        _run(state, vectors, data, config, folder, identity, progress, checkpoint_seconds)
        metrics = measure(state.model, vectors, data, config, progress)
    except Cancelled:
        checkpoint.save(folder, state, config, identity)
        raise
    except _DivergedError as error:
        # Resuming would only come to the same point again.
        checkpoint.clear(folder)
        raise _diverged(config) from error
    return _publish(state, config, metrics, folder, resumed_at)


def batches(rows: NDArray[np.int64], config: TrainConfig, epoch: int) -> list[NDArray[np.int64]]:
    """The epoch's batches: all rows in an order drawn from (seed, epoch), cut into parts of nearly equal
    size.

    Each part is ascending, which reads a memory-mapped file in order and changes no sum.
    """
    order = np.random.default_rng([config.seed, 1, epoch]).permutation(rows)
    return [np.sort(part) for part in np.array_split(order, _steps_per_epoch(len(rows), config))]


def learning_rate(config: TrainConfig, step: int, steps: int) -> float:
    """The rate of update `step` (0-based) of `steps`: a linear warm-up, then the schedule, which ends near
    0.
    """
    warmup = round(config.warmup_fraction * steps)
    if step < warmup:
        return config.learning_rate * (step + 1) / warmup
    left = 1 - (step - warmup) / max(1, steps - warmup)
    if config.schedule == "cosine":
        return config.learning_rate * 0.5 * (1 - math.cos(math.pi * left))
    return config.learning_rate * (left if config.schedule == "linear" else 1.0)


def _run(
    state: State,
    vectors: VectorSource,
    data: TrainingData,
    config: TrainConfig,
    folder: Path,
    identity: str,
    progress: Progress,
    checkpoint_seconds: float,
) -> None:
    total = config.epochs * len(data.rows)
    steps = config.epochs * _steps_per_epoch(len(data.rows), config)
    progress.begin("Training", total, "documents", done=state.position.documents)
    mark = saved = time.monotonic()
    for rows, ends_epoch in _remaining(data.rows, config, state.position.step):
        rate = learning_rate(config, state.position.step, steps)
        dead = _update(state, vectors.gather(rows), data.variance, config, rate)
        held = heldout_fvu(state.model, vectors, data, config, progress) if ends_epoch else None
        now = time.monotonic()
        state.position = state.position.model_copy(
            update={
                "heldout": state.position.heldout if held is None else held,
                "seconds": state.position.seconds + now - mark,
            }
        )
        mark = now
        if now - saved >= checkpoint_seconds:
            checkpoint.save(folder, state, config, identity)
            saved = time.monotonic()
        progress.advance(state.position.documents, _detail(state.position, dead, config.sae.features))


def _update(
    state: State, block: NDArray[np.float32], variance: float, config: TrainConfig, rate: float
) -> int:
    """One optimiser step on a batch (B, d); returns how many latents were dead before it."""
    model, position = state.model, state.position
    x = torch.tensor(block, device=model.encoder.device)
    dead = torch.nonzero(position.documents - state.last_fired >= config.dead_after).flatten()
    result = loss(
        model,
        x,
        k=config.sae.k,
        variance=variance,
        dead=dead,
        aux_k=config.aux_k,
        aux_coefficient=config.aux_coefficient,
    )
    unexplained = float(result.unexplained)
    first = unexplained if position.first is None else position.first
    if not math.isfinite(float(result.total.detach())) or unexplained > _DIVERGED * max(1.0, first):
        raise _DivergedError
    state.optimiser.zero_grad(set_to_none=True)
    result.total.backward()  # type: ignore[no-untyped-call]
    model.remove_parallel_gradient()
    torch.nn.utils.clip_grad_norm_(model.parameters(), config.grad_clip)
    for group in state.optimiser.param_groups:
        group["lr"] = rate
    state.optimiser.step()
    model.normalise_decoder()
    seen = position.documents + len(x)
    state.last_fired[result.indices[result.values > 0]] = seen
    # An average over about the last 50 batches, or over all of them while there are fewer.
    share = max(0.02, 1 / (position.step + 1))
    state.position = position.model_copy(
        update={
            "step": position.step + 1,
            "documents": seen,
            "unexplained": position.unexplained + share * (unexplained - position.unexplained),
            "first": first,
        }
    )
    return len(dead)


def _remaining(
    rows: NDArray[np.int64], config: TrainConfig, step: int
) -> Iterator[tuple[NDArray[np.int64], bool]]:
    """The batches still to come after `step` updates, and whether each is its epoch's last."""
    per_epoch = _steps_per_epoch(len(rows), config)
    for epoch in range(step // per_epoch, config.epochs):
        parts = batches(rows, config, epoch)
        for place in range(step - epoch * per_epoch if epoch == step // per_epoch else 0, per_epoch):
            yield parts[place], place == per_epoch - 1


def _steps_per_epoch(documents: int, config: TrainConfig) -> int:
    return math.ceil(documents / config.batch_size)


def _initial_state(vectors: VectorSource, data: TrainingData, config: TrainConfig) -> State:
    generator = np.random.default_rng([config.seed, 2])
    chosen = np.sort(generator.choice(data.rows, size=min(_SAMPLE, len(data.rows)), replace=False))
    model = initial_model(config, vectors.gather(chosen), choose_device(config.device))
    optimiser = torch.optim.Adam(model.parameters(), lr=config.learning_rate, fused=True)
    last_fired = torch.zeros(model.features, dtype=torch.int64, device=model.encoder.device)
    return State(model, optimiser, last_fired, Position())


def _check_suitable(vectors: VectorSource, config: TrainConfig) -> None:
    if vectors.dim != config.sae.dim:
        raise UserError(
            f"The settings are for {config.sae.dim} dimensions and the vectors have {vectors.dim}.",
            "Nothing was trained; the library is unchanged.",
            "Plan the training again for these vectors.",
        )
    valid = len(vectors.valid_rows())
    if valid < MINIMUM_DOCUMENTS:
        raise UserError(
            f"Training needs at least {MINIMUM_DOCUMENTS} documents with vectors, and there are {valid}.",
            "Nothing was trained; the library is unchanged.",
            "Import more texts, or embed the ones that still lack a vector.",
        )


def _identity(vectors: VectorSource, data: TrainingData) -> str:
    digest = hashlib.sha256(f"{vectors.rows} {vectors.dim} {data.variance!r}".encode())
    digest.update(data.rows.tobytes())
    digest.update(data.mean.tobytes())
    return digest.hexdigest()


def _detail(position: Position, dead: int, features: int) -> str:
    held = "" if position.heldout is None else f" (held out {position.heldout:.3f})"
    return f"unexplained {position.unexplained:.3f}{held} · dead features {dead / features:.1%}"


def _diverged(config: TrainConfig) -> UserError:
    return UserError(
        "Training came apart: the reconstruction grew worse instead of better.",
        "No autoencoder was written; documents, vectors and other autoencoders are unharmed.",
        f"Train again from the beginning with a learning rate below {config.learning_rate:g}.",
    )


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
    )


def _publish(
    state: State, config: TrainConfig, metrics: Metrics, folder: Path, resumed_at: int
) -> TrainReport:
    seconds = state.position.seconds
    speed = state.position.documents / seconds if seconds > 0 else 0.0
    write_tensors(folder / WEIGHTS_FILE, state.model.arrays())
    details = SaeDetails(
        name=folder.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        sae=config.sae,
        sha256=sha256(folder / WEIGHTS_FILE),
        train=config,
        metrics=metrics,
        documents_per_second=round(speed, 1),
        seconds=round(seconds, 2),
        versions={"saerch_desktop": __version__, "torch": torch.__version__, "numpy": np.__version__},
    )
    write_json(folder / DETAILS_FILE, details.model_dump())
    checkpoint.clear(folder)
    return TrainReport(folder, config, metrics, seconds, speed, resumed_at)
