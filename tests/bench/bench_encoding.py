"""How fast a corpus becomes sparse codes, beside the encoder's product alone on the same blocks.

    python -m pytest tests/bench/bench_encoding.py -m bench -s

Asserts nothing about time. The product is `kernels.pre_activations` over vectors that are in memory as
float32 already; encoding starts from half precision in a mapped file and ends with synced files, so the ratio
is what everything else costs: reading, conversion, the check for missing vectors, selection, ordering,
writing. Both take turns, because another program slows whichever runs beside it. SAERCH_VECTORS names a real
.npy of 384 dimensions; without it, and for the larger shapes, vectors are random mixtures of directions.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from saerch_desktop.files import forget_pages, mapped_array
from saerch_desktop.progress import Progress
from saerch_desktop.sae.codes import encode_corpus
from saerch_desktop.sae.config import SaeConfig
from saerch_desktop.sae.details import SaeDetails
from saerch_desktop.sae.encoding import block_encoder
from saerch_desktop.sae.kernels import pre_activations
from saerch_desktop.sae.weights import Sae, write_sae

pytestmark = pytest.mark.bench

TURNS = 7
SHAPES = [(30_000, 384, 3072, 32), (8_000, 768, 6144, 32), (6_000, 1536, 9216, 64)]


def vectors(folder: Path, rows: int, dim: int) -> Path:
    given = os.environ.get("SAERCH_VECTORS")
    if given and mapped_array(Path(given)).shape[1] == dim:
        return Path(given)
    chance = np.random.default_rng(0)
    table = chance.standard_normal((2000, dim)).astype(np.float32)
    x = chance.standard_normal((rows, dim)).astype(np.float32)
    for _ in range(8):
        x += table[(chance.random(rows) ** 2 * len(table)).astype(int)]
    path = folder / "vectors.npy"
    np.save(path, (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float16))
    return path


def autoencoder(folder: Path, x: NDArray[Any], config: SaeConfig) -> Sae:
    """Directions of documents: untrained, but their activations are spread like trained ones."""
    chance = np.random.default_rng(1)
    sample = x[:4000].astype(np.float32)
    centre = sample.mean(axis=0)
    directions = sample[chance.integers(0, len(sample), config.features)] - centre
    directions += 0.02 * chance.standard_normal(directions.shape, dtype=np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    arrays = {
        "encoder.weight": directions,
        "encoder.bias": 0.01 * chance.standard_normal(config.features),
        "W_dec": directions,
        "b_dec": centre,
    }
    if config.variant == "batchtopk":
        pre = np.sort(((sample[:500] - centre) @ directions.T).ravel())
        arrays["threshold"] = np.full(config.features, pre[-500 * config.k])
    write_sae(folder, arrays, SaeDetails(name="bench", created="", sae=config, sha256=""))
    return Sae.load(folder)


def seconds(action: Any) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


@pytest.mark.parametrize("variant", ["topk", "batchtopk"])
@pytest.mark.parametrize(("rows", "dim", "features", "k"), SHAPES)
def test_encoding(tmp_path: Path, variant: Any, rows: int, dim: int, features: int, k: int) -> None:
    x = mapped_array(vectors(tmp_path, rows, dim))
    config = SaeConfig(dim=dim, features=features, k=k, variant=variant)
    sae = autoencoder(tmp_path, x, config)
    source: Any = SimpleNamespace(rows=len(x), dim=dim, array=x, release=lambda: forget_pages(x))
    parts = [torch.tensor(part) for part in (sae.encoder, sae.latent_bias, sae.pre_bias)]
    with block_encoder(sae, torch.device("cpu")) as encode:
        step = encode.rows
    blocks = [torch.from_numpy(x[at : at + step].astype(np.float32)) for at in range(0, len(x), step)]

    def product() -> None:
        with torch.inference_mode():
            for block in blocks:
                pre_activations(block, *parts)

    def encoding() -> None:
        encode_corpus(tmp_path, source, Progress(), device="cpu")

    product()
    encoding()
    alone, whole = np.array([(seconds(product), seconds(encoding)) for _ in range(TURNS)]).T
    print(
        f"\n{variant} {dim}/{features}/{k}, {len(x):,} documents, {torch.get_num_threads()} threads, "
        f"blocks of {step}\n"
        f"  product alone     {len(x) / alone.min():>10,.0f} documents/s\n"
        f"  encode_corpus     {len(x) / whole.min():>10,.0f} documents/s\n"
        f"  times the product {whole.min() / alone.min():>10.2f} of the best turns, "
        f"{np.median(whole / alone):.2f} median of turns"
    )
