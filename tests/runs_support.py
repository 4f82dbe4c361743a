"""SAEs that were never trained: weights drawn at random, or only what a training would have written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from saerch_desktop import files
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import SaeRecord
from saerch_desktop.sae.codes import INDICES_FILE, VALUES_FILE
from saerch_desktop.sae.config import SaeConfig, TrainConfig
from saerch_desktop.sae.details import Metrics, SaeDetails
from saerch_desktop.sae.record import EpochRecord, RunRecord, save_run
from saerch_desktop.sae.weights import (
    DECODER,
    DETAILS_FILE,
    ENCODER,
    LATENT_BIAS,
    PRE_BIAS,
    THRESHOLD,
    Sae,
    write_sae,
)


def settings(sae: SaeConfig, **changes: Any) -> TrainConfig:
    values: dict[str, Any] = {
        "epochs": 4,
        "batch_size": 32,
        "learning_rate": 1e-3,
        "aux_k": 8,
        "dead_after": 100,
    }
    return TrainConfig.model_validate({"sae": sae} | values | changes)


def metrics(fvu: float, **changes: Any) -> Metrics:
    values: dict[str, Any] = {"l0": 4.0, "dead_fraction": 0.0, "n_train": 171, "n_heldout": 9, "cosine": 0.8}
    return Metrics.model_validate({"fvu": fvu} | values | changes)


def epoch(number: int, fvu: float | None, steps: int = 6) -> EpochRecord:
    return EpochRecord(
        epoch=number,
        step=steps * number,
        documents=171 * number,
        seconds=float(number),
        documents_per_second=171.0,
        learning_rate=1e-3,
        unexplained=0.5,
        fvu=fvu,
        l0=4.0,
        dead=0,
        rare=0,
        cosine_encoder_decoder=0.9,
        overlap=0.5,
        density=(0, *[0] * 13, 1),
    )


def note_run(
    library: Library,
    name: str,
    features: int,
    k: int,
    fvu: float,
    *,
    course: Sequence[float] = (),
    dim: int = 48,
    vectors: str = "",
    figures: dict[str, Any] | None = None,
    **changes: Any,
) -> None:
    """List an SAE of which there is only what its training wrote down."""
    sae = SaeConfig(dim=dim, features=features, k=k)
    folder = library.new_sae_folder(name)
    details = SaeDetails(
        name=name,
        created="2026-01-01T00:00:00+00:00",
        sae=sae,
        sha256="0" * 64,
        train=settings(sae, **changes),
        metrics=metrics(fvu, **(figures or {})),
        documents_per_second=1000.0,
        seconds=2.5,
    )
    files.write_json(folder / DETAILS_FILE, details.model_dump())
    if course:
        save_run(folder, RunRecord(epochs=tuple(epoch(at + 1, loss) for at, loss in enumerate(course))))
    library.record_sae(SaeRecord(name=name, features=features, k=k, vectors=vectors))


def add_random(library: Library, name: str, sae: SaeConfig, **changes: Any) -> None:
    """An SAE with random weights and its codes, said to be trained by `settings(sae, **changes)`."""
    assert library.vectors is not None
    chance = np.random.default_rng(6)
    decoder = chance.normal(size=(sae.features, sae.dim))
    decoder /= np.linalg.norm(decoder, axis=1, keepdims=True)
    bias = 0.02 * chance.normal(size=sae.features)
    bias[:2] = -9  # dead
    arrays = {
        ENCODER: decoder + 0.05 * chance.normal(size=decoder.shape),
        LATENT_BIAS: bias,
        DECODER: decoder,
        PRE_BIAS: 0.02 * chance.normal(size=sae.dim),
    }
    if sae.variant == "batchtopk":
        arrays[THRESHOLD] = np.full(sae.features, 0.25)
    folder = library.new_sae_folder(name)
    details = SaeDetails(
        name=name,
        created="2026-01-01T00:00:00+00:00",
        sae=sae,
        sha256="",
        train=settings(sae, **changes),
    )
    write_sae(folder, arrays, details)
    indices, values = Sae.load(folder).encode(library.vectors.block(0, library.vectors.rows))
    files.write_array(folder / INDICES_FILE, indices)
    files.write_array(folder / VALUES_FILE, values)
    library.record_sae(SaeRecord(name=name, features=sae.features, k=sae.k))
