"""How good an autoencoder is on documents it has not seen, without ever holding a dense code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.sae import kernels
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.details import Metrics
from saerch_desktop.sae.model import Model, choose_device
from saerch_desktop.sae.split import VectorSource, heldout_rows, training_rows
from saerch_desktop.sae.weights import Sae

__all__ = ["Metrics", "TrainingData", "evaluate", "heldout_fvu", "measure", "survey"]

_BLOCK_FLOATS = 4 << 20


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """The training rows (ascending int64), their mean (d,) float32 and the mean squared distance to it."""

    rows: NDArray[np.int64]
    heldout: NDArray[np.int64]
    mean: NDArray[np.float32]
    variance: float


def survey(vectors: VectorSource, config: TrainConfig, progress: Progress) -> TrainingData:
    """One pass over the training rows: mean and variance, and that every number is finite.

    Raises UserError for non-finite vectors (naming the first rows) and for vectors that are all the same.
    """
    rows = training_rows(vectors, config)
    total = np.zeros(vectors.dim)
    squares = 0.0
    progress.begin("Reading vectors", len(rows), "documents")
    for start in range(0, len(rows), 8192):
        part = rows[start : start + 8192]
        block = vectors.gather(part).astype(np.float64)
        finite = np.isfinite(block).all(axis=1)
        if not finite.all():
            bad = ", ".join(str(row) for row in part[~finite][:5])
            raise UserError(
                f"Some vectors hold values that are not numbers (first document rows: {bad}).",
                "Nothing was trained; the library is unchanged.",
                "Run check on the library, or embed these documents again.",
            )
        total += block.sum(axis=0)
        squares += float(np.einsum("nd,nd->", block, block))
        progress.advance(start + len(part))
    mean = total / len(rows)
    variance = squares / len(rows) - float(mean @ mean)
    if variance <= 1e-9 * (squares / len(rows)):
        raise UserError(
            "All vectors are the same, so there is nothing to tell apart.",
            "Nothing was trained; the library is unchanged.",
            "Check the texts and the embedder that made these vectors.",
        )
    return TrainingData(rows, heldout_rows(vectors, config), mean.astype(np.float32), variance)


def evaluate(sae: Sae, vectors: VectorSource, config: TrainConfig, progress: Progress) -> Metrics:
    """Held-out metrics of a saved autoencoder, with the split that `config` describes (its own:
    `details.train`).
    """
    model = Model.from_arrays(sae.tensors(), choose_device(config.device))
    return measure(model, vectors, survey(vectors, config, progress), config.sae.k, progress)


@torch.no_grad()
def measure(model: Model, vectors: VectorSource, data: TrainingData, k: int, progress: Progress) -> Metrics:
    """`Metrics` of a model: one pass over the whole corpus for dead features, errors over the held-out
    rows.
    """
    judged = data.heldout if len(data.heldout) else data.rows
    error = spread = cosines = 0.0
    active = 0
    fired = torch.zeros(model.features, dtype=torch.bool, device=model.encoder.device)
    mean = torch.tensor(data.mean, device=model.encoder.device)
    total = len(data.rows) + len(data.heldout)
    progress.begin("Measuring", total, "documents")
    done = 0
    for rows in (data.rows, data.heldout):
        for x, indices, values in _encoded(model, vectors, rows, k):
            fired[indices[values > 0]] = True
            if rows is judged:
                rebuilt = kernels.weighted_rows(model.decoder, indices, values) + model.pre_bias
                error += float((x - rebuilt).double().square().sum())
                spread += float((x - mean).double().square().sum())
                cosines += float(torch.cosine_similarity(x, rebuilt).double().sum())
                active += int((values > 0).sum())
            done += len(x)
            progress.advance(done)
    return Metrics(
        fvu=error / spread if spread > 0 else 0.0,
        l0=active / len(judged),
        dead_fraction=1 - int(fired.sum()) / model.features,
        n_train=len(data.rows),
        n_heldout=len(data.heldout),
        cosine=cosines / len(judged),
    )


@torch.no_grad()
def heldout_fvu(
    model: Model, vectors: VectorSource, data: TrainingData, k: int, progress: Progress
) -> float | None:
    """FVU over at most 4,096 held-out rows, quick enough for the end of every epoch; None without such
    rows.
    """
    error = spread = 0.0
    mean = torch.tensor(data.mean, device=model.encoder.device)
    for x, indices, values in _encoded(model, vectors, data.heldout[:: max(1, len(data.heldout) // 4096)], k):
        progress.check()
        rebuilt = kernels.weighted_rows(model.decoder, indices, values) + model.pre_bias
        error += float((x - rebuilt).double().square().sum())
        spread += float((x - mean).double().square().sum())
    return error / spread if spread > 0 else None


def _encoded(
    model: Model, vectors: VectorSource, rows: NDArray[np.int64], k: int
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    step = max(1, min(4096, _BLOCK_FLOATS // model.features))
    for start in range(0, len(rows), step):
        x = torch.tensor(vectors.gather(rows[start : start + step]), device=model.encoder.device)
        pre = kernels.pre_activations(x, model.encoder, model.latent_bias, model.pre_bias)
        indices, values = kernels.select_top_k(pre, k)
        yield x, indices, values
