"""Decoders with planted relations, and SAEs of them in the planted library: nothing is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import planted_library
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.features.feature_set import FeatureSet, build_features
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import FileRecord, SaeRecord
from saerch_desktop.progress import Progress
from saerch_desktop.sae.codes import INDICES_FILE, VALUES_FILE
from saerch_desktop.sae.config import SaeConfig
from saerch_desktop.sae.details import SaeDetails
from saerch_desktop.sae.weights import DECODER, DETAILS_FILE, ENCODER, LATENT_BIAS, PRE_BIAS, Sae, write_sae


def random_decoder(features: int, dim: int, seed: int = 0) -> NDArray[np.float32]:
    return planted_library.unit(np.random.default_rng(seed).normal(size=(features, dim)))


def beside(row: NDArray[np.float32], cosine: float, seed: int) -> NDArray[np.float32]:
    """A unit vector at exactly this cosine (in double precision) to a unit row."""
    other = np.random.default_rng(seed).normal(size=row.size)
    other -= (other @ row) * row
    other /= np.linalg.norm(other)
    return (cosine * row + np.sqrt(1 - cosine**2) * other).astype(np.float32)


def add_sae(
    library: Library,
    name: str,
    decoder: NDArray[np.float32],
    *,
    k: int = planted_library.K,
    dead: Sequence[int] = (),
    train: Any = None,
) -> FeatureSet:
    """An SAE whose encoder is its decoder, encoded, indexed and named; `dead` features never fire."""
    folder = library.new_sae_folder(name)
    features, dim = decoder.shape
    bias = np.full(features, -0.05, np.float32)
    bias[list(dead)] = -50.0
    tensors = {
        ENCODER: decoder,
        DECODER: decoder,
        PRE_BIAS: np.full(dim, 0.01, np.float32),
        LATENT_BIAS: bias,
    }
    details = SaeDetails(
        name=name,
        created="2026-01-02T00:00:00+00:00",
        sae=SaeConfig(dim=dim, features=features, k=k),
        sha256="",
        train=train,
    )
    write_sae(folder, tensors, details)
    assert library.vectors is not None
    indices, values = Sae.load(folder).encode(library.vectors.block(0, library.vectors.rows))
    files.write_array(folder / INDICES_FILE, indices)
    files.write_array(folder / VALUES_FILE, values)
    listed = [entry.name for entry in folder.iterdir() if entry.suffix in (".npy", ".json", ".safetensors")]
    assert DETAILS_FILE in listed
    record = SaeRecord(
        name=name, features=features, k=k, files={file: FileRecord.of(folder / file) for file in listed}
    )
    library.record_sae(record)
    return build_features(library, name, Progress())
