"""How well an SAE rebuilds documents that it was never trained on, measured anew from what is on disk."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.study.runs import Run, compare

if TYPE_CHECKING:
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors
    from saerch_desktop.sae.config import TrainConfig
    from saerch_desktop.sae.weights import Sae

__all__ = ["DENSITY_QUANTILES", "Reconstruction", "Run", "compare", "reconstruction"]

DENSITY_QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_BLOCK = 512
_CODES_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """fvu: Σ‖x − x̂‖² ÷ Σ‖x − mean of the training rows‖² over the held-out rows (0 is perfect, 1 no better
    than the mean).

    levels, level_fvu: for matryoshka each prefix of features, for hierarchical each smaller k, and the fvu
    of the reconstruction from these alone; empty for the other variants. l0: mean number of active features
    of a held-out document. cosine: mean cosine between x and x̂ there. dead_fraction: share of features that
    fire for no document of the corpus; rare_fraction: for fewer than ten. densities: of the features that
    fire, quantiles DENSITY_QUANTILES of the share of documents they fire for; empty when none fires.
    cosine_encoder_decoder: mean over features of the cosine between encoder row and decoder row. overlap:
    share of a held-out document's ten nearest neighbours that stay among the ten nearest when all documents
    are replaced by their reconstructions, over the documents that `sae.judging.sample` names; None when they
    are too few. n_train, n_heldout: documents.
    """

    sae: str
    variant: str
    features: int
    k: int
    fvu: float
    levels: tuple[int, ...]
    level_fvu: tuple[float, ...]
    l0: float
    dead_fraction: float
    rare_fraction: float
    densities: tuple[float, ...]
    cosine: float
    cosine_encoder_decoder: float
    overlap: float | None
    n_train: int
    n_heldout: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def reconstruction(library: Library, name: str, progress: Progress) -> Reconstruction:
    """Measure the SAE called `name` in NumPy, apart from the trainer's own code and figures.

    Raises UserError without vectors, without such an SAE, or when its split is not known (weights trained
    elsewhere).
    """
    from saerch_desktop.sae.judging import sample
    from saerch_desktop.sae.record import RARE
    from saerch_desktop.sae.split import heldout_rows, training_rows
    from saerch_desktop.sae.weights import Sae

    vectors = library.vectors
    if vectors is None:
        raise UserError(
            "This library has no usable vectors.",
            "Reconstruction compares vectors with what the SAE makes of them; nothing was measured.",
            "Embed the documents first.",
        )
    sae = Sae.load(library.sae_folder(name))
    config = _known_split(sae)
    held, train = heldout_rows(vectors, config), training_rows(vectors, config)
    if not len(held):
        raise UserError(
            f"“{name}” was trained without holding out any document.",
            "There is nothing to measure it on that it has not seen.",
            "Train an SAE with a held-out share.",
        )
    mean = _mean(vectors, train, progress)
    places = range(len(sae.config.levels)) if sae.config.levels else (None,)
    wrong = np.zeros(len(places))
    total = cosine = 0.0
    active = 0
    progress.begin("Rebuilding held-out documents", len(held), "documents")
    for start in range(0, len(held), _BLOCK):
        x = vectors.gather(held[start : start + _BLOCK])
        indices, values = sae.encode(x)
        for at, place in enumerate(places):
            rebuilt = sae.decode(indices, values, level=place)
            wrong[at] += float(np.square(x - rebuilt, dtype=np.float64).sum())
        total += float(np.square(x - mean, dtype=np.float64).sum())
        cosine += float(_row_cosines(x, rebuilt).sum())
        active += int((values > 0).sum())
        vectors.release()
        progress.advance(start + len(x))
    fvu = tuple(float(error) / total if total else 0.0 for error in wrong)
    firings = _firings(library, sae, progress)
    chosen = sample(train, held, config.seed)
    return Reconstruction(
        sae=name,
        variant=sae.config.variant,
        features=sae.config.features,
        k=sae.config.k,
        fvu=fvu[-1],
        levels=sae.config.levels,
        level_fvu=fvu if sae.config.levels else (),
        l0=active / len(held),
        dead_fraction=float((firings == 0).mean()),
        rare_fraction=float((firings < RARE).mean()),
        densities=_quantiles(firings, len(held) + len(train)),
        cosine=cosine / len(held),
        cosine_encoder_decoder=float(_row_cosines(sae.encoder, sae.decoder).mean()),
        overlap=_overlap(vectors, sae, chosen.queries, chosen.pool, progress)
        if chosen.has_neighbours
        else None,
        n_train=len(train),
        n_heldout=len(held),
    )


def _known_split(sae: Sae) -> TrainConfig:
    if sae.details.train is None:
        raise UserError(
            f"“{sae.name}” was trained elsewhere, so the documents it was trained on are not known.",
            "A figure measured on them would flatter it; nothing was measured.",
            "Train an SAE here to measure it on documents held out.",
        )
    return sae.details.train


def _mean(vectors: Vectors, rows: NDArray[np.int64], progress: Progress) -> NDArray[np.float32]:
    progress.begin("Mean of the training documents", len(rows), "documents")
    total = np.zeros(vectors.dim)
    for start in range(0, len(rows), _BLOCK * 8):
        block = vectors.gather(rows[start : start + _BLOCK * 8])
        total += block.sum(axis=0, dtype=np.float64)
        vectors.release()
        progress.advance(start + len(block))
    return (total / max(1, len(rows))).astype(np.float32)


def _firings(library: Library, sae: Sae, progress: Progress) -> NDArray[np.int64]:
    """For how many documents each feature (n,) is active."""
    from saerch_desktop.sae.codes import Codes

    folder = library.sae_folder(sae.name)
    codes = Codes.load(folder)
    codes.check(sae.config.features, folder)
    firings = np.zeros(sae.config.features, dtype=np.int64)
    progress.begin("Counting how often each feature fires", codes.rows, "documents")
    for start in range(0, codes.rows, _CODES_BLOCK):
        stop = min(start + _CODES_BLOCK, codes.rows)
        indices, values = codes.indices[start:stop], codes.values[start:stop]
        firings += np.bincount(indices[values > 0], minlength=sae.config.features)
        progress.advance(stop)
    return firings


def _quantiles(firings: NDArray[np.int64], documents: int) -> tuple[float, ...]:
    alive = firings[firings > 0] / documents
    return tuple(map(float, np.quantile(alive, DENSITY_QUANTILES))) if len(alive) else ()


def _overlap(
    vectors: Vectors, sae: Sae, queries: NDArray[np.int64], pool: NDArray[np.int64], progress: Progress
) -> float:
    """Mean share of the nearest pool rows by cosine that vectors and reconstructions have in common; the
    pool begins with the queries, and no row is its own neighbour.
    """
    from saerch_desktop.sae.judging import NEIGHBOURS

    def both(rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        x = vectors.gather(rows)
        return _unit(x), _unit(sae.decode(*sae.encode(x)))

    asked = both(queries)
    cosines = np.empty((2, len(queries), len(pool)), dtype=np.float32)
    progress.begin("Comparing nearest documents", len(pool), "documents")
    for start in range(0, len(pool), _BLOCK):
        rows = pool[start : start + _BLOCK]
        for space, compared in enumerate(both(rows)):
            cosines[space, :, start : start + len(rows)] = asked[space] @ compared.T
        vectors.release()
        progress.advance(start + len(rows))
    own = np.arange(len(queries))
    cosines[:, own, own] = -np.inf
    nearest = np.argpartition(-cosines, NEIGHBOURS - 1, axis=2)[:, :, :NEIGHBOURS]
    return float(np.mean([len(np.intersect1d(*pair)) for pair in zip(*nearest, strict=True)]) / NEIGHBOURS)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-12), dtype=np.float32)


def _row_cosines(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray(np.einsum("nd,nd->n", a, b) / np.maximum(norms, 1e-12), dtype=np.float32)
