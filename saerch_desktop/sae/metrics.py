"""How good an autoencoder is on documents it has not seen, without ever holding a dense code."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.sae import judging, kernels
from saerch_desktop.sae.config import SaeConfig, TrainConfig
from saerch_desktop.sae.details import Metrics
from saerch_desktop.sae.judging import Sample
from saerch_desktop.sae.model import Model
from saerch_desktop.sae.record import RARE, EpochRecord, density_histogram
from saerch_desktop.sae.selection import top_k
from saerch_desktop.sae.split import VectorSource, heldout_rows, training_rows

__all__ = [
    "Metrics",
    "TrainingData",
    "codes_of",
    "epoch_record",
    "measure",
    "rebuilt_by_level",
    "survey",
]

_BLOCK_FLOATS = 1 << 20  # 4 MiB: what is chosen from is still in the caches


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
    step = max(1, _BLOCK_FLOATS // vectors.dim)
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
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
        vectors.release()
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


@torch.no_grad()
def measure(
    model: Model, vectors: VectorSource, data: TrainingData, config: TrainConfig, progress: Progress
) -> Metrics:
    """`Metrics` of a model: one pass over the whole corpus for dead and rare features, errors over all
    held-out rows.
    """
    judged = data.heldout if len(data.heldout) else data.rows
    sums = _Sums(torch.tensor(data.mean, device=model.encoder.device))
    firings = torch.zeros(model.features, dtype=torch.int64, device=model.encoder.device)
    progress.begin("Measuring", len(data.rows) + len(data.heldout), "documents")
    done = 0
    for rows in (data.rows, data.heldout):
        for x, indices, values in _encoded(model, vectors, rows, config.sae):
            firings += torch.bincount(indices[values > 0], minlength=model.features)
            if rows is judged:
                sums.add(x, rebuilt_by_level(model, indices, values, config.sae), values)
            done += len(x)
            progress.advance(done)
    sample = judging.sample(data.rows, data.heldout, config.seed)
    levels = sums.unexplained()
    return Metrics(
        fvu=levels[-1],
        l0=sums.active / len(judged),
        dead_fraction=int((firings == 0).sum()) / model.features,
        n_train=len(data.rows),
        n_heldout=len(data.heldout),
        cosine=sums.cosines / len(judged),
        rare_fraction=int((firings < RARE).sum()) / model.features,
        cosine_encoder_decoder=_encoder_decoder_cosine(model),
        overlap=_over_sample(model, vectors, data, config.sae, sample, progress)[1],
        levels=tuple(levels) if config.sae.levels else (),
    )


@torch.no_grad()
def epoch_record(
    model: Model,
    vectors: VectorSource,
    data: TrainingData,
    config: TrainConfig,
    firings: NDArray[np.int64],
    *,
    epoch: int,
    step: int,
    documents: int,
    seconds: float,
    documents_per_second: float,
    learning_rate: float,
    unexplained: float,
    progress: Progress,
    pass_documents: int | None = None,
) -> EpochRecord:
    """What `EpochRecord` says of a model at the end of pass `epoch` (from 1) over the training rows.

    firings: (n,) how often each feature was active in this pass, counted while training, over
    `pass_documents` documents (default: all training rows). The other figures go into the record as they
    are. Encodes at most 8,192 documents, which `judging.sample` names. Changes nothing and draws no random
    number that training draws. Raises Cancelled.
    """
    seen = len(data.rows) if pass_documents is None else pass_documents
    sample = judging.sample(data.rows, data.heldout, config.seed)
    sums, overlap = _over_sample(model, vectors, data, config.sae, sample, progress)
    levels = sums.unexplained()
    known = len(sample.judged) > 0 and all(map(math.isfinite, levels))
    return EpochRecord(
        epoch=epoch,
        step=step,
        documents=documents,
        seconds=seconds,
        documents_per_second=documents_per_second,
        learning_rate=learning_rate,
        unexplained=unexplained,
        fvu=levels[-1] if known else None,
        levels=tuple(levels) if known and config.sae.levels else (),
        l0=sums.active / len(sample.judged) if len(sample.judged) else int(firings.sum()) / max(1, seen),
        dead=int((firings == 0).sum()),
        rare=int((firings < RARE).sum()),
        cosine_encoder_decoder=_encoder_decoder_cosine(model),
        overlap=overlap,
        density=density_histogram(firings, seen),
    )


def codes_of(model: Model, x: Tensor, config: SaeConfig) -> tuple[Tensor, Tensor]:
    """The codes of x (B, d) as they are used after training: ids int64 and activations ≥ 0, each (B, k), in
    no order; for the variant batchtopk (B, width).

    batchtopk: of the width strongest, those over the model's threshold; the others are 0. Before there is a
    threshold (the first updates) the k strongest.
    """
    pre = kernels.pre_activations(x, model.encoder, model.latent_bias, model.pre_bias)
    threshold = model.threshold if config.variant == "batchtopk" else None
    if threshold is None or not float(threshold) > 0:
        return top_k(pre, config.k)
    indices, values = top_k(pre, config.width)
    return indices, values.masked_fill_(values <= threshold, 0)


def rebuilt_by_level(model: Model, indices: Tensor, values: Tensor, config: SaeConfig) -> Tensor:
    """The reconstructions (B, L, d) of codes (B, w), one for each level, the whole one last; L is 1 without
    levels.

    matryoshka: level l is made of the features below `levels[l]`; hierarchical: of the `levels[l]` strongest.
    """
    if not config.levels:
        return (kernels.weighted_rows(model.decoder, indices, values) + model.pre_bias)[:, None]
    batch, width = indices.shape
    inner = torch.tensor(config.levels[:-1], device=indices.device).expand(batch, -1).contiguous()
    if config.variant == "matryoshka":
        indices, order = indices.sort(dim=1)
        values, ends = values.gather(1, order), torch.searchsorted(indices, inner)
    else:
        values, order = values.sort(dim=1, descending=True, stable=True)
        indices, ends = indices.gather(1, order), inner
    # The codes of a row now lie level by level, so each band is one bag and its sum is one level's addition.
    starts = functional.pad(ends, (1, 0)) + width * torch.arange(batch, device=indices.device)[:, None]
    bands = functional.embedding_bag(
        indices.reshape(-1),
        model.decoder,
        starts.reshape(-1),
        mode="sum",
        per_sample_weights=values.reshape(-1),
    )
    return bands.view(batch, len(config.levels), -1).cumsum(dim=1) + model.pre_bias


@dataclass(slots=True, eq=False)
class _Sums:
    """Adds up errors over blocks of documents. error: (L,) float64 per level, None before the first block."""

    mean: Tensor
    error: Tensor | None = None
    spread: float = 0.0
    cosines: float = 0.0
    active: int = 0

    def add(self, x: Tensor, levels: Tensor, values: Tensor) -> None:
        errors = _squares(x[:, None] - levels).double().sum(dim=0)
        self.error = errors if self.error is None else self.error + errors
        self.spread += float(_squares(x - self.mean).double().sum())
        self.cosines += float(_cosines(x, levels[:, -1]).double().sum())
        self.active += int((values > 0).sum())

    def unexplained(self) -> list[float]:
        """FVU for each level; 0 where the documents do not differ from the mean."""
        if self.error is None or self.spread <= 0:
            return [0.0]
        return [float(error) / self.spread for error in self.error]


@dataclass(slots=True, eq=False)
class _Neighbourhoods:
    """Cosines of the queries (Q, d) with pool documents, once among vectors and once among reconstructions.

    The first Q documents that are added must be the queries themselves.
    """

    raw: list[Tensor] = field(default_factory=list)
    rebuilt: list[Tensor] = field(default_factory=list)
    queries: tuple[Tensor, Tensor] | None = None

    def add(self, x: Tensor, rebuilt: Tensor) -> None:
        x, rebuilt = functional.normalize(x), functional.normalize(rebuilt)
        if self.queries is None:
            self.queries = x, rebuilt
        self.raw.append(self.queries[0] @ x.t())
        self.rebuilt.append(self.queries[1] @ rebuilt.t())

    def overlap(self) -> float:
        """Mean share of the nearest neighbours that both have in common."""
        nearest = [self._nearest(torch.cat(cosines, dim=1)) for cosines in (self.raw, self.rebuilt)]
        same = (nearest[0][:, :, None] == nearest[1][:, None, :]).sum()
        return float(same) / nearest[0].numel()

    @staticmethod
    def _nearest(cosines: Tensor) -> Tensor:
        cosines.diagonal().fill_(-math.inf)  # a document is no neighbour of its own
        return torch.topk(cosines, judging.NEIGHBOURS, dim=1).indices


def _over_sample(
    model: Model,
    vectors: VectorSource,
    data: TrainingData,
    config: SaeConfig,
    sample: Sample,
    progress: Progress,
) -> tuple[_Sums, float | None]:
    """Errors over the judged documents, and the neighbour overlap where there can be one."""
    sums = _Sums(torch.tensor(data.mean, device=model.encoder.device))
    hoods = _Neighbourhoods()
    first, judged = len(sample.queries), len(sample.judged)
    parts = ((0, first, True), (first, judged, True), (judged, len(sample.pool), False))
    for start, stop, counts in parts:
        collected = []
        for x, indices, values in _encoded(model, vectors, sample.pool[start:stop], config):
            progress.check()
            levels = rebuilt_by_level(model, indices, values, config)
            if counts:
                sums.add(x, levels, values)
            collected.append((x, levels[:, -1]))
            if start:
                hoods.add(*collected.pop())
        if collected:  # all queries have to be known before the first comparison
            hoods.add(torch.cat([x for x, _ in collected]), torch.cat([y for _, y in collected]))
    return sums, hoods.overlap() if sample.has_neighbours else None


def _encoder_decoder_cosine(model: Model) -> float:
    cosine = float(_cosines(model.encoder, model.decoder).double().mean())
    return cosine if math.isfinite(cosine) else 0.0  # weights that are no numbers have their own alarm


def _squares(rows: Tensor) -> Tensor:
    """Squared lengths of vectors (…, d), without the copy that squaring first would make."""
    lengths: Tensor = torch.linalg.vector_norm(rows, dim=-1)
    return lengths.square()


def _cosines(a: Tensor, b: Tensor) -> Tensor:
    """The cosine of each pair of rows (m, d); 0 where one of them is zero."""
    lengths = torch.linalg.vector_norm(a, dim=1) * torch.linalg.vector_norm(b, dim=1)
    cosines: Tensor = torch.einsum("md,md->m", a, b) / lengths.clamp(min=1e-12)
    return cosines


def _encoded(
    model: Model, vectors: VectorSource, rows: NDArray[np.int64], config: SaeConfig
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Vectors, ids and activations in blocks small enough for their dense pre-activations and levels."""
    row_floats = max(model.features, model.encoder.shape[1] * max(1, len(config.levels)))
    step = max(kernels.FEWEST_ROWS, min(4096, _BLOCK_FLOATS // row_floats))
    for start in range(0, len(rows), step):
        x = torch.from_numpy(vectors.gather(rows[start : start + step])).to(model.encoder.device)
        indices, values = codes_of(model, x, config)
        yield x, indices, values
        vectors.release()
