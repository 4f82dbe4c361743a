"""The NumPy side: it agrees with the definition, and it does not trust the files it reads."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.sae.config import SaeConfig
from saerch_desktop.sae.details import SaeDetails
from saerch_desktop.sae.tensors import write_tensors
from saerch_desktop.sae.weights import DETAILS_FILE, WEIGHTS_FILE, Sae, load_details, write_sae

Tensors = dict[str, NDArray[Any]]


def save(
    folder: Path,
    features: int = 12,
    dim: int = 5,
    k: int = 3,
    change: Callable[[Tensors], None] | None = None,
) -> Tensors:
    generator = np.random.default_rng(3)
    decoder = generator.standard_normal((features, dim)).astype(np.float32)
    decoder /= np.linalg.norm(decoder, axis=1, keepdims=True)
    tensors: Tensors = {
        "encoder.weight": generator.standard_normal((features, dim)).astype(np.float32),
        "encoder.bias": generator.standard_normal(features).astype(np.float32),
        "W_dec": decoder,
        "b_dec": generator.standard_normal(dim).astype(np.float32),
    }
    if change:
        change(tensors)
    write_tensors(folder / WEIGHTS_FILE, tensors)
    sign(folder, SaeConfig(dim=dim, features=features, k=k))
    return tensors


def sign(folder: Path, shape: SaeConfig) -> None:
    digest = hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest()
    details = SaeDetails(name="small", created="2026-01-01T00:00:00+00:00", sae=shape, sha256=digest)
    (folder / DETAILS_FILE).write_text(details.model_dump_json())


def test_load_gives_back_what_was_saved_read_only(folder: Path) -> None:
    tensors = save(folder)
    sae = Sae.load(folder)
    for name, tensor in sae.tensors().items():
        np.testing.assert_array_equal(tensor, tensors[name])
        assert not tensor.flags.writeable
    assert sae.name == "small"
    assert sae.sha256 == sae.details.sha256


@pytest.mark.parametrize("k", [1, 3, 11, 12])
def test_encode_and_decode_follow_the_definition(folder: Path, k: int) -> None:
    save(folder, k=k)
    sae = Sae.load(folder)
    x = np.random.default_rng(0).standard_normal((40, 5)).astype(np.float32)
    indices, values = sae.encode(x)
    assert (indices.dtype, values.dtype, indices.shape) == (np.int32, np.float32, (40, k))
    for row in range(len(x)):
        pre = (x[row] - sae.pre_bias) @ sae.encoder.T + sae.latent_bias
        best = sorted(range(12), key=lambda f: (-pre[f], f))[:k]
        assert set(best) == set(indices[row].tolist())
        np.testing.assert_allclose(values[row], np.maximum(pre[indices[row]], 0), atol=1e-5)
        assert all(a >= b for a, b in zip(values[row], values[row][1:], strict=False))
        rebuilt = (
            sum(v * sae.decoder[f] for f, v in zip(indices[row], values[row], strict=True)) + sae.pre_bias
        )
        np.testing.assert_allclose(sae.decode(indices, values)[row], rebuilt, atol=1e-5)


def test_ties_go_to_the_lower_id(folder: Path) -> None:
    def tie(tensors: Tensors) -> None:
        tensors["encoder.weight"][:] = 0
        tensors["encoder.bias"][:] = [0, 1, 1, 0, 1, 1, 0, 2, 0, 0, 0, 0]

    save(folder, change=tie)
    indices, values = Sae.load(folder).encode(np.ones((2, 5), np.float32))
    assert indices.tolist() == [[7, 1, 2]] * 2
    assert values.tolist() == [[2, 1, 1]] * 2


def test_a_row_that_is_no_vector_gets_zero_values(folder: Path) -> None:
    save(folder)
    x = np.ones((3, 5), np.float32)
    x[1, 2] = np.nan
    x[2, 0] = np.inf
    indices, values = Sae.load(folder).encode(x)
    assert indices[1].tolist() == indices[2].tolist() == [0, 1, 2]
    assert not values[1:].any()
    assert values[0].any()


def test_all_negative_rows_have_no_active_feature(folder: Path) -> None:
    def sink(tensors: Tensors) -> None:
        tensors["encoder.bias"][:] = -1000

    save(folder, change=sink)
    sae = Sae.load(folder)
    indices, values = sae.encode(np.ones((1, 5), np.float32))
    assert not values.any()
    np.testing.assert_array_equal(sae.decode(indices, values)[0], sae.pre_bias)


def test_wrong_width_is_refused(folder: Path) -> None:
    save(folder)
    with pytest.raises(ValueError, match="expected"):
        Sae.load(folder).encode(np.ones((1, 6), np.float32))


def _bad_shape(tensors: Tensors) -> None:
    tensors["encoder.bias"] = tensors["encoder.bias"][:-1]
    tensors["b_dec"] = np.zeros(6, np.float32)


def _bad_type(tensors: Tensors) -> None:
    tensors["encoder.bias"] = np.zeros(6, np.int64)


def _not_finite(tensors: Tensors) -> None:
    tensors["encoder.weight"][0, 0] = np.nan


def _not_unit(tensors: Tensors) -> None:
    tensors["W_dec"] *= 2


def _absent(tensors: Tensors) -> None:
    tensors["other"] = tensors.pop("W_dec")


@pytest.mark.parametrize("change", [_bad_shape, _bad_type, _not_finite, _not_unit, _absent])
def test_weights_that_do_not_fit_are_refused(folder: Path, change: Callable[[Tensors], None]) -> None:
    save(folder, change=change)
    with pytest.raises(UserError) as caught:
        Sae.load(folder)
    assert "small" in caught.value.happened


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff" * 16, b"\x80\x04\x95pickle", (2**62).to_bytes(8, "little") + b"{}", b"PK\x03\x04zip"],
)
def test_a_file_that_is_no_safetensors_is_refused(folder: Path, content: bytes) -> None:
    save(folder)
    size = (folder / WEIGHTS_FILE).stat().st_size
    for data in (content, content.ljust(size, b"\0")):
        (folder / WEIGHTS_FILE).write_bytes(data)
        sign(folder, SaeConfig(dim=5, features=12, k=3))
        with pytest.raises(UserError):
            Sae.load(folder)


def test_a_huge_file_is_not_read(folder: Path) -> None:
    save(folder)
    with (folder / WEIGHTS_FILE).open("r+b") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(UserError, match="size"):
        Sae.load(folder)


def test_changed_weights_are_noticed(folder: Path) -> None:
    save(folder)
    data = bytearray((folder / WEIGHTS_FILE).read_bytes())
    data[-1] ^= 1
    (folder / WEIGHTS_FILE).write_bytes(data)
    with pytest.raises(UserError, match="saved after training"):
        Sae.load(folder)


@pytest.mark.parametrize(
    "content", ["", "[]", "{", "null", '{"format": "other"}', "[" * 100_000, " " * (2 << 20)]
)
def test_unreadable_details_are_refused(folder: Path, content: str) -> None:
    save(folder)
    (folder / DETAILS_FILE).write_text(content)
    with pytest.raises(UserError):
        load_details(folder)


def test_a_newer_format_asks_for_an_update(folder: Path) -> None:
    save(folder)
    raw = json.loads((folder / DETAILS_FILE).read_text())
    (folder / DETAILS_FILE).write_text(json.dumps(raw | {"version": 99}))
    with pytest.raises(UserError, match="newer"):
        Sae.load(folder)


def test_missing_files_are_explained(folder: Path) -> None:
    with pytest.raises(UserError, match="no trained autoencoder"):
        Sae.load(folder)
    save(folder)
    (folder / WEIGHTS_FILE).unlink()
    with pytest.raises(UserError, match="missing"):
        Sae.load(folder)


def test_configuration_weights_and_codes_load_no_torch() -> None:
    code = (
        "import sys, saerch_desktop.sae.config, saerch_desktop.sae.weights, saerch_desktop.sae.codes;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


VARIANTS = {
    "topk": SaeConfig(dim=5, features=12, k=3),
    "batchtopk": SaeConfig(dim=5, features=12, k=2, variant="batchtopk", at_most=4),
    "matryoshka": SaeConfig(dim=5, features=12, k=3, variant="matryoshka", levels=(2, 6, 12)),
    "hierarchical": SaeConfig(dim=5, features=12, k=4, variant="hierarchical", levels=(1, 2, 4)),
}


def arrays_of(config: SaeConfig, threshold: float = 0.5) -> Tensors:
    generator = np.random.default_rng(3)
    decoder = generator.standard_normal((config.features, config.dim))
    arrays: Tensors = {
        "encoder.weight": generator.standard_normal((config.features, config.dim)),
        "encoder.bias": generator.standard_normal(config.features),
        "W_dec": decoder / np.linalg.norm(decoder, axis=1, keepdims=True),
        "b_dec": generator.standard_normal(config.dim),
    }
    if config.variant == "batchtopk":
        arrays["threshold"] = np.full(config.features, threshold)
    return arrays


def written(folder: Path, variant: str, threshold: float = 0.5) -> Sae:
    config = VARIANTS[variant]
    details = SaeDetails(name="small", created="2026-01-01T00:00:00+00:00", sae=config, sha256="unknown")
    write_sae(folder, arrays_of(config, threshold), details)
    return Sae.load(folder)


def some_vectors(rows: int = 30) -> NDArray[np.float32]:
    return np.random.default_rng(0).standard_normal((rows, 5)).astype(np.float32)


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_written_is_loaded(folder: Path, variant: str) -> None:
    arrays = arrays_of(VARIANTS[variant])
    details = SaeDetails(name="small", created="", sae=VARIANTS[variant], sha256="unknown")
    written_details = write_sae(folder, arrays, details)
    sae = Sae.load(folder)
    assert written_details == sae.details == load_details(folder)
    assert sae.sha256 == hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest()
    assert set(sae.tensors()) == set(arrays)
    for name, tensor in sae.tensors().items():
        np.testing.assert_array_equal(tensor, arrays[name].astype(np.float32))
    assert (sae.threshold is not None) == (variant == "batchtopk")
    assert sorted(path.name for path in folder.iterdir()) == [DETAILS_FILE, WEIGHTS_FILE]


def _without_threshold(arrays: Tensors) -> None:
    del arrays["threshold"]


def _one_threshold(arrays: Tensors) -> None:
    arrays["threshold"] = arrays["threshold"][:1]


def _no_number(arrays: Tensors) -> None:
    arrays["threshold"][3] = np.nan


def _too_large(arrays: Tensors) -> None:
    arrays["encoder.weight"][0, 0] = 1e300


def _one_too_many(arrays: Tensors) -> None:
    arrays["more"] = np.zeros(3)


WRONG = [_without_threshold, _one_threshold, _no_number, _too_large, _one_too_many, _not_unit]


@pytest.mark.parametrize("change", WRONG)
def test_what_does_not_fit_is_not_written(folder: Path, change: Callable[[Tensors], None]) -> None:
    before = written(folder, "batchtopk")
    arrays = arrays_of(VARIANTS["batchtopk"])
    change(arrays)
    with pytest.raises(UserError, match="cannot be saved"):
        write_sae(folder, arrays, before.details)
    assert Sae.load(folder).sha256 == before.sha256


@pytest.mark.parametrize("change", WRONG)
def test_damage_is_seen_whoever_wrote_it(folder: Path, change: Callable[[Tensors], None]) -> None:
    arrays = arrays_of(VARIANTS["batchtopk"])
    change(arrays)
    with np.errstate(over="ignore"):
        write_tensors(folder / WEIGHTS_FILE, {name: a.astype(np.float32) for name, a in arrays.items()})
    sign(folder, VARIANTS["batchtopk"])
    with pytest.raises(UserError, match="cannot be used"):
        Sae.load(folder)


def test_only_batchtopk_has_a_threshold(folder: Path) -> None:
    arrays = arrays_of(VARIANTS["topk"]) | {"threshold": np.ones(12)}
    details = SaeDetails(name="small", created="", sae=VARIANTS["topk"], sha256="")
    with pytest.raises(UserError, match="threshold"):
        write_sae(folder, arrays, details)
    write_tensors(folder / WEIGHTS_FILE, {name: a.astype(np.float32) for name, a in arrays.items()})
    sign(folder, VARIANTS["topk"])
    with pytest.raises(UserError, match="threshold"):
        Sae.load(folder)


@pytest.mark.parametrize("threshold", [-2.0, 0.5, 1.5, 1e9])
def test_active_is_what_is_over_the_threshold(folder: Path, threshold: float) -> None:
    sae = written(folder, "batchtopk", threshold)
    x = some_vectors()
    x[4] = np.nan
    indices, values = sae.encode(x)
    assert indices.shape == values.shape == (30, 4)
    assert not values[4].any()
    for row in range(30):
        if row != 4:
            pre = (x[row] - sae.pre_bias) @ sae.encoder.T + sae.latent_bias
            over = sorted((f for f in range(12) if pre[f] > max(threshold, 0)), key=lambda f: -pre[f])[:4]
            assert indices[row, : len(over)].tolist() == over
            np.testing.assert_allclose(values[row, : len(over)], pre[over], atol=1e-5)
            assert not values[row, len(over) :].any()
        assert len(set(indices[row].tolist())) == 4
    assert (threshold < 1e9) == bool(values.any())


def test_a_smaller_k_is_the_beginning_of_the_whole(folder: Path) -> None:
    sae = written(folder, "hierarchical")
    x = some_vectors()
    whole = sae.encode(x)
    for k in (1, 2, 3, 4):
        for part, everything in zip(sae.encode(x, k), whole, strict=True):
            np.testing.assert_array_equal(part, everything[:, :k])


@pytest.mark.parametrize(
    ("variant", "k"), [("topk", 2), ("matryoshka", 1), ("batchtopk", 1), ("hierarchical", 5), ("topk", 0)]
)
def test_a_k_it_was_not_trained_for_is_refused(folder: Path, variant: str, k: int) -> None:
    sae = written(folder, variant)
    with pytest.raises(UserError, match="trained for") as caught:
        sae.encode(some_vectors(), k)
    assert "hierarchical" in caught.value.remedy
    own = sae.encode(some_vectors(), sae.config.k)
    np.testing.assert_array_equal(own[0], sae.encode(some_vectors())[0])


@pytest.mark.parametrize("variant", VARIANTS)
def test_levels_rebuild_from_a_part_of_the_codes(folder: Path, variant: str) -> None:
    sae = written(folder, variant)
    indices, values = sae.encode(some_vectors())
    shuffled = np.random.default_rng(1).permuted(np.tile(np.arange(indices.shape[1]), (30, 1)), axis=1)
    indices, values = (np.take_along_axis(part, shuffled, axis=1) for part in (indices, values))
    dense = np.zeros((30, 12))
    np.put_along_axis(dense, indices.astype(np.int64), values.astype(np.float64), axis=1)
    whole = dense @ sae.decoder + sae.pre_bias
    np.testing.assert_allclose(sae.decode(indices, values), whole, atol=1e-5)
    for level, size in enumerate(sae.config.levels):
        part = dense.copy()
        if variant == "matryoshka":
            part[:, size:] = 0
        else:
            part[np.arange(30)[:, None], np.argsort(-dense, axis=1)[:, size:]] = 0
        rebuilt = sae.decode(indices, values, level)
        np.testing.assert_allclose(rebuilt, part @ sae.decoder + sae.pre_bias, atol=1e-5)
    for level in (-1, len(sae.config.levels)):
        with pytest.raises(ValueError, match="level"):
            sae.decode(indices, values, level)
