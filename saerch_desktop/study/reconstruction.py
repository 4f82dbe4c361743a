"""How well an SAE rebuilds documents that it was never trained on, measured anew from what is on disk."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors
    from saerch_desktop.sae.weights import Sae

_BLOCK = 512
_CODES_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """fvu: Σ‖x − x̂‖² ÷ Σ‖x − mean of the training rows‖² over the held-out rows (0 is perfect, 1 no better
    than the mean).

    l0: mean number of active features of a held-out document. cosine: mean cosine between x and x̂ there.
    dead_fraction: share of features that fire for no document of the corpus. n_train, n_heldout: documents.
    """

    sae: str
    features: int
    k: int
    fvu: float
    l0: float
    dead_fraction: float
    cosine: float
    n_train: int
    n_heldout: int

    def as_dict(self) -> dict[str, str | int | float]:
        return asdict(self)


def reconstruction(library: Library, name: str, progress: Progress) -> Reconstruction:
    """Measure the SAE called `name` in NumPy, apart from the trainer's own code and figures.

    Raises UserError without vectors, without such an SAE, or when its split is not known (weights trained
    elsewhere).
    """
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
    config = sae.details.train
    if config is None:
        raise UserError(
            f"“{name}” was trained elsewhere, so the documents it was trained on are not known.",
            "A figure measured on them would flatter it; nothing was measured.",
            "Train an SAE here to measure it on documents held out.",
        )
    held, train = heldout_rows(vectors, config), training_rows(vectors, config)
    if not len(held):
        raise UserError(
            f"“{name}” was trained without holding out any document.",
            "There is nothing to measure it on that it has not seen.",
            "Train an SAE with a held-out share.",
        )
    mean = _mean(vectors, train, progress)
    wrong = total = cosine = 0.0
    active = 0
    progress.begin("Rebuilding held-out documents", len(held), "documents")
    for start in range(0, len(held), _BLOCK):
        x = vectors.gather(held[start : start + _BLOCK])
        indices, values = sae.encode(x)
        rebuilt = sae.decode(indices, values)
        wrong += float(np.square(x - rebuilt, dtype=np.float64).sum())
        total += float(np.square(x - mean, dtype=np.float64).sum())
        norms = np.linalg.norm(x, axis=1) * np.linalg.norm(rebuilt, axis=1)
        cosine += float((np.einsum("nd,nd->n", x, rebuilt) / np.maximum(norms, 1e-12)).sum())
        active += int((values > 0).sum())
        progress.advance(start + len(x))
    return Reconstruction(
        sae=name,
        features=sae.config.features,
        k=sae.config.k,
        fvu=wrong / total if total else 0.0,
        l0=active / len(held),
        dead_fraction=_dead_fraction(library, sae, vectors, progress),
        cosine=cosine / len(held),
        n_train=len(train),
        n_heldout=len(held),
    )


def _mean(vectors: Vectors, rows: NDArray[np.int64], progress: Progress) -> NDArray[np.float32]:
    progress.begin("Mean of the training documents", len(rows), "documents")
    total = np.zeros(vectors.dim)
    for start in range(0, len(rows), _BLOCK * 8):
        block = vectors.gather(rows[start : start + _BLOCK * 8])
        total += block.sum(axis=0, dtype=np.float64)
        progress.advance(start + len(block))
    return (total / max(1, len(rows))).astype(np.float32)


def _dead_fraction(library: Library, sae: Sae, vectors: Vectors, progress: Progress) -> float:
    from saerch_desktop.sae.codes import Codes

    codes = Codes.load(library.sae_folder(sae.name))
    fired = np.zeros(sae.config.features, dtype=bool)
    progress.begin("Counting features that never fire", vectors.rows, "documents")
    for start in range(0, vectors.rows, _CODES_BLOCK):
        stop = min(start + _CODES_BLOCK, vectors.rows)
        indices, values = codes.indices[start:stop], codes.values[start:stop]
        fired[indices[values > 0]] = True
        progress.advance(stop)
    return float(1 - fired.mean())
