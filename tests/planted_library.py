"""A library of 200 documents on eight planted subjects, with an SAE whose first features are these subjects.

Made without training: the decoder is known, so every figure can be told from dense arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.library.importing import import_records
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity, FileRecord, SaeRecord
from saerch_desktop.library.roles import Roles
from saerch_desktop.library.vectors_writer import VectorsWriter
from saerch_desktop.progress import Progress
from saerch_desktop.sae.codes import INDICES_FILE, VALUES_FILE
from saerch_desktop.sae.config import SaeConfig
from saerch_desktop.sae.details import SaeDetails
from saerch_desktop.sae.tensors import write_tensors
from saerch_desktop.sae.weights import (
    DECODER,
    DETAILS_FILE,
    ENCODER,
    LATENT_BIAS,
    PRE_BIAS,
    WEIGHTS_FILE,
    Sae,
)

NAME = "planted"
DIM, FEATURES, K, ROWS = 24, 32, 6, 200
MISSING = (13, 77)
DEAD = (30, 31)
IDENTITY = EmbedderIdentity(kind="given", name="planted", dim=DIM)
SUBJECTS = (
    ("dark matter halo", "rotation curves", "cluster"),
    ("sourdough starter", "wild yeast", "oven"),
    ("suspension bridge", "steel cable", "river"),
    ("humpback whale", "song pattern", "ocean"),
    ("string quartet", "violin concerto", "melody"),
    ("queen sacrifice", "endgame tablebase", "pawn"),
    ("monsoon rainfall", "flood forecasting", "delta"),
    ("public key encryption", "prime factorization", "secret"),
)
_FILLER = (
    "In this paper we present results that show significant improvement",
    "The author gratefully describes several important methods used here",
    "Further analysis of these data is provided below",
    "We study the problem and find that our approach works well",
)


def records(rows: int = ROWS) -> list[dict[str, str]]:
    """Documents cycle through the subjects; each uses its subject's phrases among scholars' phrases."""
    chance = np.random.default_rng(5)
    made = []
    for row in range(rows):
        phrases = list(SUBJECTS[row % len(SUBJECTS)])
        chance.shuffle(phrases)
        told = " while the ".join(phrases[: 2 + row % 2])
        filler = chance.permutation(_FILLER)[:2]
        text = f"{filler[0]}. The {told} was number {row}. {filler[1]}."
        made.append({"id": f"d{row}", "title": f"On the {phrases[0]}", "text": text})
    return made


def unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def subject_vectors(
    rows: int = ROWS, dim: int = DIM, seed: int = 3
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Unit vectors (rows, dim) near their subject's direction, and unit decoder rows (FEATURES, dim)."""
    chance = np.random.default_rng(seed)
    decoder = unit(chance.normal(size=(FEATURES, dim)))
    subject = np.arange(rows) % len(SUBJECTS)
    noise = chance.normal(scale=0.8 / np.sqrt(dim), size=(rows, dim))
    return unit(decoder[subject] * chance.uniform(0.8, 1.4, (rows, 1)) + noise), decoder


@dataclass(frozen=True)
class Dense:
    """What the library holds, dense and in double precision. codes (N, n): zero where inactive."""

    vectors: NDArray[np.float64]
    decoder: NDArray[np.float64]
    codes: NDArray[np.float64]


def make(path: Path, *, dtype: str = "float32", rows: int = ROWS, missing: tuple[int, ...] = MISSING) -> Path:
    """Documents, vectors and an SAE with codes; no features yet."""
    roles = Roles(id="id", title="title", text=("text",), date=None, facets=())
    import_records(records(rows), path, roles=roles, source="planted", progress=Progress())
    vectors, decoder = subject_vectors(rows)
    with Library.open(path, write=True) as library:
        writer = VectorsWriter.open_partial(library, rows, DIM, np.dtype(dtype), IDENTITY)
        there = np.setdiff1d(np.arange(rows), missing)
        writer.write(there, vectors[there])
        for row in missing:
            writer.fail(row, "made up")
        writer.finish()
        add_sae(library, decoder)
    return path


def add_sae(library: Library, decoder: NDArray[np.float32], name: str = NAME) -> None:
    folder = library.new_sae_folder(name)
    bias = np.full(FEATURES, -0.05, np.float32)
    bias[list(DEAD)] = -50.0
    tensors = {
        ENCODER: decoder,
        DECODER: decoder,
        PRE_BIAS: np.full(DIM, 0.01, np.float32),
        LATENT_BIAS: bias,
    }
    write_tensors(folder / WEIGHTS_FILE, tensors)
    details = SaeDetails(
        name=name,
        created="2026-01-01T00:00:00+00:00",
        sae=SaeConfig(dim=DIM, features=FEATURES, k=K),
        sha256=files.sha256(folder / WEIGHTS_FILE),
    )
    files.write_bytes(folder / DETAILS_FILE, details.model_dump_json().encode())
    assert library.vectors is not None
    indices, values = Sae.load(folder).encode(library.vectors.block(0, library.vectors.rows))
    files.write_array(folder / INDICES_FILE, indices)
    files.write_array(folder / VALUES_FILE, values)
    listed = (DETAILS_FILE, WEIGHTS_FILE, INDICES_FILE, VALUES_FILE)
    library.record_sae(
        SaeRecord(
            name=name, features=FEATURES, k=K, files={file: FileRecord.of(folder / file) for file in listed}
        )
    )


def dense(library: Library, name: str = NAME) -> Dense:
    folder = library.sae_folder(name)
    indices, values = np.load(folder / INDICES_FILE), np.load(folder / VALUES_FILE)
    codes = np.zeros((len(indices), FEATURES))
    np.put_along_axis(codes, indices.astype(np.int64), values.astype(np.float64), axis=1)
    assert library.vectors is not None
    vectors = np.asarray(library.vectors.array, dtype=np.float64)
    return Dense(vectors, Sae.load(folder).decoder.astype(np.float64), codes)
