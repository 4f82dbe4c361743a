"""What the presets plan for corpora of every size, what they refuse, and what they say of themselves."""

from __future__ import annotations

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.sae.alarms import small_corpus
from saerch_desktop.sae.config import PRESETS, VARIANTS, TrainConfig, Variant
from saerch_desktop.sae.presets import PRESET_WORDS, batch_size_for, default_levels, describe, plan

OWN = ("balanced", "broad", "fine")
PAPERS = ("paper16", "paper32", "paper64")
# What makes up a recipe, apart from the shape, the passes and what follows from the corpus's size.
OPTIMISER = (
    "learning_rate",
    "schedule",
    "warmup_fraction",
    "beta1",
    "beta2",
    "decoder_rate",
    "bias_rate",
    "alignment",
    "aux_rectified",
    "pre_bias",
    "decoder_start",
    "encoder_scale",
)


def optimiser(config: TrainConfig) -> dict[str, object]:
    return config.model_dump(include=set(OPTIMISER))


@pytest.mark.parametrize(
    ("preset", "k", "features"), [("paper16", 16, 3072), ("paper32", 32, 6144), ("paper64", 64, 9216)]
)
def test_paper_presets_are_the_papers(preset: str, k: int, features: int) -> None:
    planned = plan(preset, 270_000, 1536)
    assert (planned.sae.k, planned.sae.features, planned.aux_k) == (k, features, 2 * k)
    assert (planned.batch_size, planned.epochs, planned.dead_after) == (1024, 50, 270_000)
    assert optimiser(planned) == {
        "learning_rate": 1e-4,
        "schedule": "constant",
        "warmup_fraction": 0.0,
        "beta1": 0.9,
        "beta2": 0.999,
        "decoder_rate": 1.0,
        "bias_rate": 1.0,
        "alignment": 0.0,
        "aux_rectified": True,
        "pre_bias": "coordinate_median",
        "decoder_start": "random",
        "encoder_scale": "tied",
    }


@pytest.mark.parametrize("preset", PRESETS)
def test_a_shape_can_be_trained_by_either_recipe(preset: str) -> None:
    theirs, ours = (plan(preset, 30_000, 384, recipe=recipe) for recipe in ("paper", "saerch"))
    assert theirs.sae == ours.sae == plan(preset, 30_000, 384).sae
    assert optimiser(theirs) == optimiser(plan("paper16", 30_000, 384))
    of_any_shape = set(OPTIMISER) - {"learning_rate"}
    assert ours.model_dump(include=of_any_shape) == plan("balanced", 30_000, 384).model_dump(
        include=of_any_shape
    )
    assert (theirs.epochs, ours.epochs) == (50, 20)
    assert theirs.preset == ours.preset == preset
    assert plan(preset, 30_000, 384) == (theirs if preset in PAPERS else ours)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("documents", [10, 11, 57, 300, 4_800, 30_000, 1_000_000])
@pytest.mark.parametrize("dim", [2, 384, 1536])
def test_every_plan_is_consistent(preset: str, documents: int, dim: int) -> None:
    planned = plan(preset, documents, dim)
    assert 1 <= planned.sae.k <= planned.sae.features
    assert planned.batch_size <= documents
    if preset in OWN:
        assert planned.sae.features <= max(16, documents // 2)
        assert planned.sae.k <= planned.sae.features // 2


@pytest.mark.parametrize("preset", OWN)
@pytest.mark.parametrize("documents", [50, 300, 999, 4_800, 30_000, 300_000])
def test_no_preset_raises_the_alarm_for_small_corpora(preset: str, documents: int) -> None:
    trained = documents - round(plan(preset, documents, 384).heldout_fraction * documents)
    assert small_corpus(plan(preset, documents, 384).sae.features, trained) is None


@pytest.mark.parametrize("documents", [1_000, 30_000, 1_000_000])
@pytest.mark.parametrize("dim", [384, 1536])
def test_broad_is_smaller_than_balanced_and_fine_larger(documents: int, dim: int) -> None:
    broad, balanced, fine = (plan(preset, documents, dim).sae for preset in ("broad", "balanced", "fine"))
    assert broad.features < balanced.features < fine.features
    assert broad.k < balanced.k < fine.k


def test_the_number_of_documents_decides_up_to_a_limit() -> None:
    sizes = [
        plan("balanced", documents, 384).sae.features for documents in (200, 2_000, 8_000, 20_000, 10**6)
    ]
    assert sizes == sorted(sizes)
    assert sizes[-1] == 8 * 384
    assert plan("balanced", 10**6, 1536).sae.features == 9216


def test_longer_trainings_and_wider_vectors_get_lower_rates() -> None:
    rates = [plan("balanced", 50_000, 384, epochs=epochs).learning_rate for epochs in (5, 10, 100, 1000)]
    assert rates[0] == rates[1] > rates[2] > rates[3] > 0
    wide = plan("balanced", 50_000, 1536, features=3072, k=32, epochs=10)
    assert wide.learning_rate == pytest.approx(rates[0] / 2)


def test_features_that_are_rarely_active_get_lower_rates() -> None:
    rates = [plan("balanced", 9_500, 384, features=n, k=16).learning_rate for n in (500, 1536, 3072, 6144)]
    assert rates[0] == rates[1] > rates[2] > rates[3] > 0
    assert plan("balanced", 9_500, 384, features=6144, k=64).learning_rate < rates[0]


def test_small_corpora_are_read_more_often() -> None:
    passes = [plan("balanced", documents, 384).epochs for documents in (100, 30_000, 150_000, 10**6)]
    assert passes == [20, 20, 13, 10]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_variant_fits_every_preset(variant: Variant, preset: str) -> None:
    shape = plan(preset, 4_800, 384, variant=variant).sae
    assert shape.variant == variant
    assert shape.levels == default_levels(variant, shape.features, shape.k)
    last = {"matryoshka": shape.features, "hierarchical": shape.k}.get(variant)
    assert (shape.levels[-1] if shape.levels else None) == last


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
        ({"recipe": "grandmother's"}, "grandmother's"),
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
        ({"variant": "jumprelu"}, "variant"),
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


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_says_what_it_is_for_without_jargon(preset: str) -> None:
    words = describe(preset)
    assert words == PRESET_WORDS[preset]
    assert words.endswith(".")
    for jargon in ("SAE", "FVU", "TopK", "epoch", "latent", "dead", "learning rate", "dictionary"):
        assert jargon.lower() not in words.lower()


@pytest.mark.parametrize("preset", OWN)
def test_a_small_corpus_is_told_what_was_reduced_and_why(preset: str) -> None:
    said = describe(preset, 2_000, 384)
    shape = plan(preset, 2_000, 384).sae
    assert said.startswith(PRESET_WORDS[preset])
    assert f"With 2,000 documents there will be {shape.features:,} features, {shape.k} in each" in said
    assert "by heart" in said
    assert describe(preset, 1_000_000, 384) == PRESET_WORDS[preset]


def test_nothing_is_said_of_sizes_that_do_not_follow_the_corpus() -> None:
    assert describe("paper32", 2_000, 384) == PRESET_WORDS["paper32"]
    with pytest.raises(UserError):
        describe("best")
