"""Libraries of as many made-up documents as one likes, with all that search needs; minutes for a million.

python tests/bench/large_library.py FOLDER/NAME.saerch ROWS DIM
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.features.inverted import InvertedIndex
from saerch_desktop.features.label import Label
from saerch_desktop.features.labels import save_labels
from saerch_desktop.features.statistics import FeatureStatistics
from saerch_desktop.library.importing import import_records
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity, FileRecord, SaeRecord
from saerch_desktop.library.roles import Roles
from saerch_desktop.library.vectors_writer import VectorsWriter
from saerch_desktop.progress import Progress
from saerch_desktop.sae.codes import INDICES_FILE, VALUES_FILE, Codes
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
)

NAME = "made"
FEATURES, K = 3072, 32
_BLOCK = 8192
_WORDS = 20_000


def make(path: Path, rows: int, dim: int) -> Path:
    """Documents of some dozen words with a date and two facets, half-precision vectors, an SAE with codes."""
    roles = Roles(id="id", title="title", text=("text",), date="date", facets=("category", "source"))
    import_records(_records(rows), path, roles=roles, source="made up", progress=Progress())
    decoder = _unit(np.random.default_rng(1).standard_normal((FEATURES, dim), dtype=np.float32))
    codes = _codes(rows)
    with Library.open(path, write=True) as library:
        _write_vectors(library, rows, dim, decoder, codes.indices)
        _write_sae(library, decoder, codes)
    return path


def word(place: int) -> str:
    """The word that is the `place`-th commonest; word(0) is in almost every document."""
    return "".join(chr(97 + place // 26**digit % 26) for digit in range(3, -1, -1)) + "or"


def _records(rows: int) -> Iterator[dict[str, Any]]:
    chance = np.random.default_rng(0)
    share = 1 / (np.arange(_WORDS) + 2.0)
    edges = np.cumsum(share / share.sum())
    words = [word(place) for place in range(_WORDS)]
    for start in range(0, rows, _BLOCK):
        count = min(_BLOCK, rows - start)
        drawn = np.searchsorted(edges, chance.random((count, 16)) * 0.999999)
        facets = chance.integers(0, 60, (count, 2))
        years = chance.integers(1990, 2026, count)
        for place in range(count):
            told = [words[i] for i in drawn[place]]
            yield {
                "id": f"d{start + place}",
                "title": f"{' '.join(told[:4])} {start + place}",
                "text": " ".join(told[4:]),
                "date": f"{years[place]}-0{1 + place % 9}-1{place % 10}",
                "category": [f"c{facets[place, 0]}", f"c{facets[place, 1]}"],
                "source": f"s{facets[place, 0] % 8}",
            }


def _codes(rows: int) -> Codes:
    """One feature from each of K ranges, so that no document holds one twice; a long tail of rare ones."""
    chance = np.random.default_rng(4)
    width = FEATURES // K
    indices = np.empty((rows, K), np.int32)
    values = np.empty((rows, K), np.float32)
    for start in range(0, rows, 50_000):
        stop = min(rows, start + 50_000)
        tail = (chance.random((stop - start, K)) ** 2 * width).astype(np.int32)
        indices[start:stop] = tail + np.arange(K, dtype=np.int32) * width
        values[start:stop] = -np.sort(-chance.gamma(2.0, 0.1, (stop - start, K)), axis=1)
    return Codes(indices, values)


def _write_vectors(
    library: Library, rows: int, dim: int, decoder: NDArray[np.float32], indices: NDArray[np.int32]
) -> None:
    """Near the direction of each document's strongest feature; noise from one pool, rolled block by block."""
    noise = np.random.default_rng(2).standard_normal((_BLOCK, dim), dtype=np.float32) / np.float32(dim**0.5)
    identity = EmbedderIdentity(kind="given", name="made up", dim=dim)
    writer = VectorsWriter.open_partial(library, rows, dim, np.dtype(np.float16), identity)
    for start in range(0, rows, _BLOCK):
        count = min(_BLOCK, rows - start)
        block = np.roll(noise, start // _BLOCK, axis=1)[:count]
        block = _unit(block + 0.6 * decoder[indices[start : start + count, 0]])
        writer.write(np.arange(start, start + count), block.astype(np.float16))
    writer.finish()


def _write_sae(library: Library, decoder: NDArray[np.float32], codes: Codes) -> None:
    folder = library.new_sae_folder(NAME)
    dim = decoder.shape[1]
    tensors = {
        ENCODER: decoder,
        DECODER: decoder,
        PRE_BIAS: np.zeros(dim, np.float32),
        LATENT_BIAS: np.zeros(FEATURES, np.float32),
    }
    write_tensors(folder / WEIGHTS_FILE, tensors)
    details = SaeDetails(
        name=NAME,
        created="2026-01-01T00:00:00+00:00",
        sae=SaeConfig(dim=dim, features=FEATURES, k=K),
        sha256=files.sha256(folder / WEIGHTS_FILE),
    )
    files.write_bytes(folder / DETAILS_FILE, details.model_dump_json().encode())
    files.write_array(folder / INDICES_FILE, codes.indices)
    files.write_array(folder / VALUES_FILE, codes.values)
    index = InvertedIndex.build(codes, FEATURES, folder, Progress())
    FeatureStatistics.of(index, codes.rows).save(folder)
    save_labels(
        folder, FEATURES, [Label(feature=f, text=f"made {f}", source="phrases") for f in range(FEATURES)]
    )
    listed = sorted(path.name for path in folder.iterdir() if path.is_file())
    library.record_sae(
        SaeRecord(
            name=NAME, features=FEATURES, k=K, files={name: FileRecord.of(folder / name) for name in listed}
        )
    )


def _unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    rows = rows.astype(np.float32, copy=False)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


if __name__ == "__main__":
    began = time.monotonic()
    make(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    print(f"{time.monotonic() - began:.0f} s")
