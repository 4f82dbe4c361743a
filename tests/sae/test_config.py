"""What a configuration accepts, and that it survives its way to disk and back."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from saerch_desktop.sae.config import SaeConfig, TrainConfig
from saerch_desktop.sae.presets import plan


def test_configuration_survives_json_and_ignores_newer_fields() -> None:
    planned = plan("balanced", 1000, 384)
    raw = planned.model_dump_json()
    assert TrainConfig.model_validate_json(raw) == planned
    assert TrainConfig.model_validate({**planned.model_dump(), "added_later": 1}) == planned


def test_a_configuration_of_before_these_settings_trains_as_it_did() -> None:
    added = {"beta1", "beta2", "decoder_rate", "bias_rate", "alignment"}
    old = TrainConfig.model_validate(plan("balanced", 1000, 384).model_dump(exclude=added))
    assert (old.beta1, old.beta2, old.alignment) == (0.9, 0.999, 0.0)
    assert (old.decoder_rate, old.bias_rate) == (1.0, 1.0)


def test_shape_refuses_k_above_features() -> None:
    with pytest.raises(ValidationError):
        SaeConfig(dim=4, features=3, k=4)


@pytest.mark.parametrize(
    ("variant", "levels"),
    [
        ("topk", (4,)),
        ("matryoshka", ()),
        ("matryoshka", (4, 8)),
        ("matryoshka", (8, 4, 16)),
        ("hierarchical", (1, 2, 16)),
        ("hierarchical", (0, 4)),
        ("hierarchical", (2, 2, 4)),
    ],
)
def test_shape_refuses_levels_that_do_not_belong_to_the_variant(
    variant: str, levels: tuple[int, ...]
) -> None:
    with pytest.raises(ValidationError, match="levels"):
        SaeConfig.model_validate({"dim": 4, "features": 16, "k": 4, "variant": variant, "levels": levels})
