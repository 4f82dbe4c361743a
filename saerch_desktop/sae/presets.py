"""From a corpus and a wish to a training configuration: the presets. Loads neither torch nor numpy."""

from __future__ import annotations

import math
from typing import Final

from pydantic import ValidationError

from saerch_desktop.errors import UserError
from saerch_desktop.sae.config import MINIMUM_DOCUMENTS, PRESETS, TrainConfig, Variant

RECIPES: Final = ("saerch", "paper")
_PAPERS_SHAPES: Final = {"paper16": (16, 3072), "paper32": (32, 6144), "paper64": (64, 9216)}  # k, features
_NOTHING_CHANGED: Final = "Nothing was trained and your library is unchanged."


def plan(
    preset: str,
    documents: int,
    dim: int,
    *,
    features: int | None = None,
    k: int | None = None,
    epochs: int | None = None,
    variant: Variant = "topk",
    recipe: str | None = None,
    seed: int = 0,
    device: str = "auto",
) -> TrainConfig:
    """The configuration a preset means for a corpus of `documents` vectors of length `dim`.

    The given `features`, `k` and `epochs` win over the preset's. The paper's presets take the shapes and the
    optimiser settings of arXiv 2408.00657 (k 16/32/64 with 3,072/6,144/9,216 features, Adam at 1e-4, batch
    1024, 50 epochs); `balanced` is sized by the corpus as docs/decisions/0002-balanced-recipe.md reasons.
    recipe: "saerch" or "paper" trains that shape with our or the paper's settings; None: as the preset has it.
    Raises UserError for an unknown preset, too few documents or numbers that do not fit together.
    """
    if preset not in PRESETS:
        raise UserError(
            f"There is no training preset called “{preset}”.",
            _NOTHING_CHANGED,
            f"Choose one of {', '.join(PRESETS)}.",
        )
    if documents < MINIMUM_DOCUMENTS:
        raise UserError(
            f"Training needs at least {MINIMUM_DOCUMENTS} documents with vectors, and there are {documents}.",
            _NOTHING_CHANGED,
            "Import more texts, or embed the ones that still lack a vector.",
        )
    values = _values(preset, recipe, documents, dim, features, k, epochs)
    if epochs is not None:
        values["epochs"] = epochs
    try:
        return TrainConfig.model_validate(
            {
                **values,
                "sae": _shape(dim, values, variant),
                "preset": preset,
                "seed": seed,
                "device": device,
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part != "sae")
        what = first["msg"].removeprefix("Value error, ")
        raise UserError(
            f"These training settings do not fit together: {place + ': ' if place else ''}{what}.",
            _NOTHING_CHANGED,
            "Change that setting, or leave it out to take the preset's value.",
        ) from error


def _values(
    preset: str,
    recipe: str | None,
    documents: int,
    dim: int,
    features: int | None,
    k: int | None,
    epochs: int | None,
) -> dict[str, object]:
    if recipe not in (None, *RECIPES):
        raise UserError(
            f"There is no recipe called “{recipe}”.", _NOTHING_CHANGED, f"Choose one of {', '.join(RECIPES)}."
        )
    if preset in _PAPERS_SHAPES:
        own_k, own_features = _PAPERS_SHAPES[preset]
        k, features = k or own_k, features or own_features
    ours = _balanced(documents, dim, features, k, epochs)
    if recipe == "saerch" or (recipe is None and preset not in _PAPERS_SHAPES):
        return ours
    features, k = ours["features"], ours["k"]  # type: ignore[assignment]
    assert features is not None
    assert k is not None
    return _paper(documents, features, k)


def default_levels(variant: Variant, features: int, k: int) -> tuple[int, ...]:
    """Matryoshka: a sixteenth, an eighth, a quarter, half and all of the features; hierarchical: 1, 2, 4 … k;
    else ().
    """
    if variant == "matryoshka":
        return tuple(sorted({max(1, features // part) for part in (16, 8, 4, 2, 1)}))
    if variant == "hierarchical":
        return tuple(sorted({2**power for power in range(k.bit_length())} | {k}))
    return ()


def _shape(dim: int, values: dict[str, object], variant: Variant) -> dict[str, object]:
    features, k = values["features"], values["k"]
    assert isinstance(features, int)
    assert isinstance(k, int)
    return {
        "dim": dim,
        "features": features,
        "k": k,
        "variant": variant,
        "levels": default_levels(variant, features, k) if 1 <= k <= features else (),
    }


def batch_size_for(documents: int, largest: int, steps_per_epoch: int = 32) -> int:
    """A power of two up to `largest` that gives small corpora about `steps_per_epoch` updates in each
    pass.
    """
    size = largest
    while size > 16 and documents / size < steps_per_epoch:
        size //= 2
    return min(size, documents)


def _paper(documents: int, features: int, k: int) -> dict[str, object]:
    return {
        "features": features,
        "k": k,
        "epochs": 50,
        "batch_size": min(1024, max(1, documents // 4)),
        "learning_rate": 1e-4,
        "schedule": "constant",
        "warmup_fraction": 0.0,
        "aux_k": 2 * k,
        "dead_after": documents,  # the paper's one epoch
        "pre_bias": "coordinate_median",
        "decoder_start": "random",
        "encoder_scale": "tied",
        "aux_rectified": True,
    }


def _balanced(
    documents: int, dim: int, features: int | None, k: int | None, epochs: int | None
) -> dict[str, object]:
    if features is None:
        # Four documents for each feature: more features gained nothing on unseen documents. Below a thousand
        # documents that would leave too few to describe anything.
        features = max(4, min(8 * dim, 9216, max(documents // 4, min(documents // 2, 256))))
        features -= features % 16 if features > 16 else 0
    if k is None:
        k = max(1, min(32 if dim <= 768 else 64, features // 8))
    if epochs is None:
        epochs = 10
    batch_size = batch_size_for(documents, 512)
    steps = epochs * math.ceil(documents / batch_size)
    return {
        "features": features,
        "k": k,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": _balanced_rate(dim, steps),
        "schedule": "cosine",
        "warmup_fraction": 0.05,
        "aux_k": 2 * k,
        "dead_after": max(1, documents // 2),
        "pre_bias": "geometric_median",
        "decoder_start": "documents",
        "encoder_scale": "fitted",
    }


def _balanced_rate(dim: int, steps: int) -> float:
    """Adam moves every weight by about the rate in each step: longer trainings need less, and so do wider
    vectors, whose unit rows have smaller entries.
    """
    return 5e-3 * math.sqrt(384 / max(384, dim)) * math.sqrt(min(1.0, 2000 / max(1, steps)))
