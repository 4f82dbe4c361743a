"""Every format that can be written comes back as the same function, or says why it cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import foreign_saes as foreign
import numpy as np
import pytest
from foreign_saes import FEATURES, K, units, weights
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.sae.dialects import paper, registry
from saerch_desktop.sae.dialects.portable import Portable

X = units(100, seed=21)
THRESHOLDS = {
    "one": np.full(FEATURES, 0.12, np.float32),
    "several": weights().threshold,
    "none": np.zeros(FEATURES, np.float32),
}
FIXED_K = ("paper", "saelens", "sparsify", "dictionary_learning", "hypothesaes", "openai_raw")


def portable(
    variant: str = "topk", levels: tuple[int, ...] = (), threshold: NDArray[np.float32] | None = None
) -> Portable:
    w = weights()
    parts = (w.encoder, w.decoder, w.pre_bias, w.latent_bias)
    return Portable(*parts, k=K, variant=variant, levels=levels, threshold=threshold)  # type: ignore[arg-type]


VARIANTS = {
    "topk": portable(),
    "matryoshka": portable("matryoshka", (16, FEATURES)),
    "hierarchical": portable("hierarchical", (2, K)),
    **{f"batchtopk {name}": portable("batchtopk", threshold=each) for name, each in THRESHOLDS.items()},
}


def back(folder: Path, form: str) -> Portable:
    return registry.read(folder, format=form)[0]


@pytest.mark.parametrize("variant", ["topk", "matryoshka", "hierarchical"])
@pytest.mark.parametrize("form", FIXED_K)
def test_the_k_strongest_come_back(form: str, variant: str, tmp_path: Path) -> None:
    made = VARIANTS[variant]
    written = registry.write(made, form, tmp_path / "out", "my own_1_2")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in written)
    again = back(tmp_path / "out", form)
    assert again.k == K
    assert np.abs(again.reconstruct(X) - made.reconstruct(X)).max() < 1e-5
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("thresholds", sorted(THRESHOLDS))
@pytest.mark.parametrize("form", ["saelens", "dictionary_learning", "hypothesaes"])
def test_thresholds_come_back(form: str, thresholds: str, tmp_path: Path) -> None:
    made = VARIANTS[f"batchtopk {thresholds}"]
    registry.write(made, form, tmp_path / "out", "mine")
    again = back(tmp_path / "out", form)
    assert again.variant == "batchtopk"
    assert np.array_equal(again.active_counts(X), made.active_counts(X))
    assert np.abs(again.reconstruct(X) - made.reconstruct(X)).max() < 1e-5


def test_a_threshold_s_rounding_is_no_reason_to_stretch_directions(tmp_path: Path) -> None:
    near = THRESHOLDS["one"] * (1 + np.linspace(0, 1e-6, FEATURES)).astype(np.float32)
    made = portable("batchtopk", threshold=near)
    assert registry.losses(made, "dictionary_learning") == ()
    assert "different lengths" in registry.losses(VARIANTS["batchtopk several"], "dictionary_learning")[0]


@pytest.mark.parametrize("form", ["paper", "sparsify", "openai_raw"])
def test_thresholds_are_refused_where_there_is_no_place_for_them(form: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="saelens"):
        registry.write(VARIANTS["batchtopk one"], form, tmp_path / "out", "mine")
    assert list(tmp_path.iterdir()) == []


def test_some_thresholds_of_zero_have_no_common_one(tmp_path: Path) -> None:
    some = THRESHOLDS["one"].copy()
    some[3] = 0
    made = portable("batchtopk", threshold=some)
    for form in ("dictionary_learning", "hypothesaes"):
        with pytest.raises(UserError, match="Export it as saelens"):
            registry.losses(made, form)
    registry.write(made, "saelens", tmp_path / "out", "mine")


def test_what_is_lost_is_said() -> None:
    assert registry.losses(VARIANTS["topk"], "paper") == ()
    assert "(2, 6)" in registry.losses(VARIANTS["hierarchical"], "sparsify")[0]
    assert "16, 96" in registry.losses(VARIANTS["matryoshka"], "paper")[0]
    assert registry.losses(VARIANTS["matryoshka"], "hypothesaes") == ()
    assert "normalize=False" in registry.losses(VARIANTS["topk"], "openai_raw")[0]


@pytest.mark.parametrize("form", ["openai", "sentence_transformers", "onnx"])
def test_formats_that_are_only_read(form: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Choose one of: paper, saelens"):
        registry.write(VARIANTS["topk"], form, tmp_path / "out", "mine")


@pytest.mark.parametrize("form", FIXED_K)
def test_nothing_is_ever_replaced(form: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    first = registry.write(VARIANTS["topk"], form, folder, "mine")
    before = {path: path.read_bytes() for path in first}
    with pytest.raises(UserError, match="already holds"):
        registry.write(VARIANTS["matryoshka" if form != "hypothesaes" else "topk"], form, folder, "mine")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_into_a_folder_with_other_files(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("mine")
    registry.write(VARIANTS["topk"], "saelens", tmp_path, "mine")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "cfg.json",
        "readme.txt",
        "sae_weights.safetensors",
    ]


def test_a_file_in_the_folder_s_place(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("no folder")
    with pytest.raises(UserError, match="not a folder"):
        registry.write(VARIANTS["topk"], "paper", tmp_path / "out", "mine")


def test_a_writer_that_writes_something_else_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(made: Portable, folder: Path, name: str) -> None:
        foreign.write_paper(folder, replace(weights(), latent_bias=weights().latent_bias + np.float32(0.02)))

    monkeypatch.setattr(registry, "DIALECTS", (replace(paper.DIALECT, write=wrong),))
    with pytest.raises(UserError, match="rebuilds vectors differently"):
        registry.write(VARIANTS["topk"], "paper", tmp_path / "out", "mine")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["été ✓", "a/b\\c", "../up", "...", "a_5_96", "x" * 200])
def test_any_name_makes_a_file_in_the_folder(name: str, tmp_path: Path) -> None:
    (written,) = registry.write(VARIANTS["topk"], "paper", tmp_path / "out", name)
    assert written.parent == tmp_path / "out"
    assert written.is_file()
    assert back(written, "paper").k == K
