"""Torch's blocks against `Sae.encode`: the same codes, bit for bit where the arithmetic is exact."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from saerch_desktop.sae import encoding
from saerch_desktop.sae.active import strongest
from saerch_desktop.sae.config import SaeConfig
from saerch_desktop.sae.details import SaeDetails
from saerch_desktop.sae.encoding import block_encoder, select_on_device
from saerch_desktop.sae.weights import Sae, write_sae

CPU = torch.device("cpu")
DIM, FEATURES = 6, 150
SHAPES = {
    "topk": SaeConfig(dim=DIM, features=FEATURES, k=5),
    "everything": SaeConfig(dim=DIM, features=FEATURES, k=FEATURES),
    "matryoshka": SaeConfig(dim=DIM, features=FEATURES, k=5, variant="matryoshka", levels=(20, FEATURES)),
    "hierarchical": SaeConfig(dim=DIM, features=FEATURES, k=6, variant="hierarchical", levels=(2, 6)),
    "batchtopk": SaeConfig(dim=DIM, features=FEATURES, k=5, variant="batchtopk"),
    "narrow": SaeConfig(dim=DIM, features=FEATURES, k=2, variant="batchtopk", at_most=3),
}


def whole_numbers(config: SaeConfig, folder: Path, level: float | None = None) -> Sae:
    """Weights in small whole numbers, so that every order of adding gives the same pre-activations."""
    chance = np.random.default_rng(4)
    arrays: dict[str, NDArray[Any]] = {
        "encoder.weight": chance.integers(-2, 3, (FEATURES, DIM)),
        "encoder.bias": chance.integers(-3, 2, FEATURES),
        "W_dec": np.eye(DIM)[chance.integers(0, DIM, FEATURES)],
        "b_dec": chance.integers(-1, 2, DIM),
    }
    if config.variant == "batchtopk":
        thresholds = chance.integers(0, 8, FEATURES)
        arrays["threshold"] = thresholds if level is None else np.full(FEATURES, level)
    folder.mkdir(exist_ok=True)
    write_sae(folder, arrays, SaeDetails(name="whole", created="", sae=config, sha256=""))
    return Sae.load(folder)


def documents(rows: int = 300) -> NDArray[np.float16]:
    x = np.random.default_rng(5).integers(-3, 4, (rows, DIM)).astype(np.float16)
    x[3] = np.nan
    x[50, 2] = np.nan
    x[51, 2] = np.inf
    x[60] = -200
    x[70] = 0
    x[80] = x[81]
    return x


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "_PART_ROWS", 64)


@pytest.mark.parametrize(
    ("shape", "level"),
    [(shape, None) for shape in SHAPES]
    + [(shape, level) for shape in ("batchtopk", "narrow") for level in (-3.0, 0.0, 4.0, 1e30)],
)
def test_blocks_are_encoded_as_by_numpy(shape: str, level: float | None, tmp_path: Path) -> None:
    config = SHAPES[shape]
    sae = whole_numbers(config, tmp_path / "whole", level)
    x = documents()
    indices, values = sae.encode(x.astype(np.float32))
    with block_encoder(sae, CPU) as encode:
        found = encode(x.copy())
    np.testing.assert_array_equal(found[0], indices)
    np.testing.assert_array_equal(found[1], values)
    assert all(len(set(row)) == config.width for row in indices.tolist())
    blank = [3, 50, 51]
    assert not values[blank].any()
    assert indices[blank].tolist() == [list(range(config.width))] * 3
    if level == 1e30:
        assert not values.any()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_selection_of_a_graphics_card_is_the_same(shape: str, tmp_path: Path) -> None:
    sae = whole_numbers(SHAPES[shape], tmp_path / "whole")
    x = np.nan_to_num(documents().astype(np.float32), posinf=1)
    pre = (x - sae.pre_bias) @ sae.encoder.T + sae.latent_bias
    indices, values = sae.encode(x)
    found = select_on_device(torch.tensor(pre), SHAPES[shape].width, sae.threshold)
    np.testing.assert_array_equal(found[0], indices)
    np.testing.assert_array_equal(found[1], values)


def test_numbers_that_overflow_count_as_no_vector(tmp_path: Path) -> None:
    sae = whole_numbers(SHAPES["topk"], tmp_path / "whole")
    x = np.ones((4, DIM), np.float32)
    x[1] = 3e38
    x[2, 0] = 1e37
    with block_encoder(sae, CPU) as encode:
        indices, values = encode(x.copy())
    with np.errstate(all="ignore"):
        expected = sae.encode(x)
    assert not values[1].any()
    assert values[2].any()
    np.testing.assert_array_equal(indices, expected[0])
    np.testing.assert_allclose(values, expected[1], rtol=1e-6)


def test_real_numbers_agree_up_to_rounding(make_corpus: Callable[..., Any], tmp_path: Path) -> None:
    sae = whole_numbers(SHAPES["hierarchical"], tmp_path / "whole")
    x = make_corpus(rows=500, dim=DIM).vectors.array
    with block_encoder(sae, CPU) as encode:
        indices, values = encode(x.copy())
    pre = (x.astype(np.float64) - sae.pre_bias) @ sae.encoder.T.astype(np.float64) + sae.latent_bias
    np.testing.assert_allclose(values, strongest(pre.astype(np.float32), 6)[1], atol=1e-5)
    np.testing.assert_allclose(np.maximum(np.take_along_axis(pre, indices, 1), 0), values, atol=1e-5)
