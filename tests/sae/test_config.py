"""What the presets plan, and what they refuse."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from saerch_desktop.errors import UserError
from saerch_desktop.sae.config import PRESETS, SaeConfig, TrainConfig
from saerch_desktop.sae.presets import batch_size_for, plan


@pytest.mark.parametrize(
    ("preset", "k", "features"), [("paper16", 16, 3072), ("paper32", 32, 6144), ("paper64", 64, 9216)]
)
def test_paper_presets_are_the_papers(preset: str, k: int, features: int) -> None:
    planned = plan(preset, 270_000, 1536)
    assert (planned.sae.k, planned.sae.features, planned.aux_k) == (k, features, 2 * k)
    assert (planned.learning_rate, planned.batch_size, planned.epochs) == (1e-4, 1024, 50)
    assert (planned.schedule, planned.warmup_fraction, planned.pre_bias) == (
        "constant",
        0.0,
        "coordinate_median",
    )
    assert planned.dead_after == 270_000


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("documents", [10, 11, 57, 300, 4_800, 30_000, 1_000_000])
@pytest.mark.parametrize("dim", [2, 384, 1536])
def test_every_plan_is_consistent(preset: str, documents: int, dim: int) -> None:
    planned = plan(preset, documents, dim)
    assert 1 <= planned.sae.k <= planned.sae.features
    assert planned.batch_size <= documents
    if preset == "balanced":
        assert planned.sae.features <= max(16, documents // 2)
        assert planned.sae.k <= planned.sae.features // 2


def test_given_numbers_win() -> None:
    planned = plan("balanced", 1000, 384, features=100, k=7, epochs=2, seed=5, device="cpu")
    assert (planned.sae.features, planned.sae.k, planned.epochs) == (100, 7, 2)
    assert (planned.seed, planned.device, planned.aux_k) == (5, "cpu", 14)


def test_given_features_alone_keep_k_below_them() -> None:
    assert plan("balanced", 1000, 384, features=5).sae.k <= 5


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"preset": "best"}, "best"),
        ({"documents": 1}, "at least"),
        ({"documents": 0}, "at least"),
        ({"k": 200, "features": 100}, "larger"),
        ({"k": 0}, "k"),
        ({"features": 0, "k": 1}, "features"),
        ({"features": 2**40}, "features"),
        ({"epochs": 0}, "epochs"),
        ({"seed": -1}, "seed"),
        ({"device": "tpu"}, "device"),
        ({"dim": 0}, "dim"),
    ],
)
def test_impossible_settings_are_explained(arguments: dict[str, object], word: str) -> None:
    everything: dict[str, object] = {"preset": "balanced", "documents": 1000, "dim": 384} | arguments
    with pytest.raises(UserError) as caught:
        plan(**everything)  # type: ignore[arg-type]
    assert word in caught.value.happened
    assert caught.value.remedy


def test_small_corpora_get_small_batches() -> None:
    sizes = [batch_size_for(documents, 1024) for documents in (20, 500, 5_000, 50_000, 500_000)]
    assert sizes == sorted(sizes)
    assert sizes[0] == 16
    assert sizes[-1] == 1024


def test_configuration_survives_json_and_ignores_newer_fields() -> None:
    planned = plan("balanced", 1000, 384)
    raw = planned.model_dump_json()
    assert TrainConfig.model_validate_json(raw) == planned
    assert TrainConfig.model_validate({**planned.model_dump(), "added_later": 1}) == planned


def test_shape_refuses_k_above_features() -> None:
    with pytest.raises(ValidationError):
        SaeConfig(dim=4, features=3, k=4)
