"""From a corpus and a wish to a training configuration: the presets. Loads neither torch nor numpy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, get_args

from pydantic import ValidationError

from saerch_desktop.errors import UserError
from saerch_desktop.sae.config import MINIMUM_DOCUMENTS, PRESETS, TrainConfig, Variant

RecipeChoice = Literal["saerch", "paper"]

_NOTHING_CHANGED: Final = "Nothing was trained and your library is unchanged."
_HELD_OUT: Final = 0.05
_SEEN: Final = 2_000_000  # documents shown in all, within these numbers of passes
_FEWEST_PASSES, _MOST_PASSES = 10, 20
_PAPERS: Final = MappingProxyType({"paper16": (16, 3072), "paper32": (32, 6144), "paper64": (64, 9216)})


@dataclass(frozen=True, slots=True)
class _Size:
    """How a preset of our own is sized: at most `per_dimension` features for each dimension and `most` in
    all, one for each `documents_each` training documents, `k` of them in each document (twice as many above
    768 dimensions).
    """

    per_dimension: int
    most: int
    documents_each: int
    k: int


_SIZES: Final = MappingProxyType(
    {
        "balanced": _Size(per_dimension=8, most=9216, documents_each=4, k=32),
        "broad": _Size(per_dimension=2, most=2048, documents_each=16, k=8),
        "fine": _Size(per_dimension=16, most=18_432, documents_each=2, k=64),
    }
)

PRESET_WORDS: Final = MappingProxyType(
    {
        "balanced": "As many features as your documents can teach, a few dozen in each document. "
        "The right choice unless you have a reason for another.",
        "broad": "Few features, a handful in each document: the large topics of the collection, quickly made "
        "and easy to look through. Vectors are described more roughly.",
        "fine": "Many features, and more of them in each document: special subjects and shades of meaning. "
        "Takes longer, uses more disk, and describes vectors most exactly.",
        "paper16": "As published with the method: 3,072 features, 16 in each document, 50 passes. "
        "For comparison; slower, and less exact than Balanced on most collections.",
        "paper32": "As published with the method: 6,144 features, 32 in each document, 50 passes. "
        "For comparison; slower, and less exact than Balanced on most collections.",
        "paper64": "As published with the method: 9,216 features, 64 in each document, 50 passes. "
        "For comparison; slower, and less exact than Balanced on most collections.",
    }
)


def describe(preset: str, documents: int | None = None, dim: int | None = None) -> str:
    """What a preset is for, in plain words; with `documents` and `dim` also what a small corpus changes and
    why. Raises UserError for an unknown preset.
    """
    _check_known(preset)
    words = PRESET_WORDS[preset]
    if documents is None or dim is None or preset not in _SIZES or documents < MINIMUM_DOCUMENTS:
        return words
    features, k = _fitting(_SIZES[preset], documents, dim, None, None)
    full = _most_features(_SIZES[preset], dim)
    if features >= full - full % 16:
        return words
    return (
        f"{words} With {documents:,} documents there will be {features:,} features, {k} in each document, "
        f"instead of {full:,}: more would learn single documents by heart and describe new ones no better."
    )


def plan(
    preset: str,
    documents: int,
    dim: int,
    *,
    features: int | None = None,
    k: int | None = None,
    epochs: int | None = None,
    variant: Variant = "topk",
    recipe: RecipeChoice | None = None,
    seed: int = 0,
    device: str = "auto",
) -> TrainConfig:
    """The configuration a preset means for a corpus of `documents` vectors of length `dim`.

    The given `features`, `k` and `epochs` win over the preset's, which sizes `balanced`, `broad` and `fine`
    by the corpus and the others as in arXiv 2408.00657 (k 16/32/64 with 3,072/6,144/9,216 features).
    recipe: how to train that shape, by default as belongs to the preset. "saerch" is reasoned in
    docs/decisions/0004-recipes-by-evidence.md; "paper" is the paper's (Adam at 1e-4, batch 1024, 50 epochs).
    Raises UserError for an unknown preset or recipe, too few documents or numbers that do not fit together.
    """
    _check_known(preset)
    if recipe is not None and recipe not in get_args(RecipeChoice):
        raise UserError(
            f"There is no training recipe called “{recipe}”.",
            _NOTHING_CHANGED,
            f"Choose one of {', '.join(get_args(RecipeChoice))}.",
        )
    if documents < MINIMUM_DOCUMENTS:
        raise UserError(
            f"Training needs at least {MINIMUM_DOCUMENTS} documents with vectors, and there are {documents}.",
            _NOTHING_CHANGED,
            "Import more texts, or embed the ones that still lack a vector.",
        )
    if preset in _SIZES:
        features, k = _fitting(_SIZES[preset], documents, dim, features, k)
    else:
        own_k, own_features = _PAPERS[preset]
        features, k = (own_features if features is None else features), (own_k if k is None else k)
    if (recipe or ("saerch" if preset in _SIZES else "paper")) == "paper":
        values = _paper_recipe(documents, k, epochs)
    else:
        values = _own_recipe(documents, dim, features, k, epochs)
    shape = {
        "dim": dim,
        "features": features,
        "k": k,
        "variant": variant,
        "levels": default_levels(variant, features, k) if 1 <= k <= features else (),
    }
    try:
        return TrainConfig.model_validate(
            {**values, "sae": shape, "preset": preset, "seed": seed, "device": device}
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


def default_levels(variant: Variant, features: int, k: int) -> tuple[int, ...]:
    """Matryoshka: a sixteenth, an eighth, a quarter, half and all of the features; hierarchical: 1, 2, 4 … k;
    else ().
    """
    if variant == "matryoshka":
        return tuple(sorted({max(1, features // part) for part in (16, 8, 4, 2, 1)}))
    if variant == "hierarchical":
        return tuple(sorted({2**power for power in range(k.bit_length())} | {k}))
    return ()


def batch_size_for(documents: int, largest: int, steps_per_epoch: int = 32) -> int:
    """A power of two up to `largest` that gives small corpora about `steps_per_epoch` updates in each
    pass.
    """
    size = largest
    while size > 16 and documents / size < steps_per_epoch:
        size //= 2
    return min(size, documents)


def _check_known(preset: str) -> None:
    if preset not in PRESETS:
        raise UserError(
            f"There is no training preset called “{preset}”.",
            _NOTHING_CHANGED,
            f"Choose one of {', '.join(PRESETS)}.",
        )


def _fitting(size: _Size, documents: int, dim: int, features: int | None, k: int | None) -> tuple[int, int]:
    """Features and k for a corpus, where they are not given."""
    if features is None:
        trained = documents - max(1, round(_HELD_OUT * documents))
        # Fewer than four documents for a feature taught nothing about unseen ones. Below a thousand documents
        # that would leave too few features to describe anything.
        enough = max(trained // size.documents_each, min(trained // 2, 256 * 4 // size.documents_each))
        features = max(4, min(_most_features(size, dim), enough))
        features -= features % 16 if features > 16 else 0
    if k is None:
        k = max(1, min(size.k if dim <= 768 else 2 * size.k, features // 8))
    return features, k


def _most_features(size: _Size, dim: int) -> int:
    return min(size.per_dimension * dim, size.most)


def _paper_recipe(documents: int, k: int, epochs: int | None) -> dict[str, object]:
    return {
        "epochs": 50 if epochs is None else epochs,
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


def _own_recipe(documents: int, dim: int, features: int, k: int, epochs: int | None) -> dict[str, object]:
    if epochs is None:
        epochs = max(_FEWEST_PASSES, min(_MOST_PASSES, _SEEN // documents))
    batch_size = batch_size_for(documents, 512)
    steps = epochs * math.ceil(documents / batch_size)
    return {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": _own_rate(dim, max(1, features), max(1, k), steps),
        "schedule": "cosine",
        "warmup_fraction": 0.05,
        "aux_k": 2 * k,
        "dead_after": max(1, documents // 2),
        "beta1": 0.8,
        "beta2": 0.99,
        "decoder_rate": 4.0,
        "bias_rate": 0.1,
        "alignment": 7.0,
        "grad_clip": None,  # Adam divides by the slopes' size anyway; a limit changed nothing, and costs
        "pre_bias": "geometric_median",
        "decoder_start": "documents",
        "encoder_scale": "fitted",
    }


def _own_rate(dim: int, features: int, k: int, steps: int) -> float:
    """The rate of the encoder. Adam moves every weight by about the rate in each step: longer trainings need
    less, and so do wider vectors, whose unit rows have smaller entries. So do many features, above all where
    few of them are active at a time: between two of its documents a feature is outgrown by others, and dies.
    """
    rate = 5e-3 * math.sqrt(384 / max(384, dim)) * math.sqrt(min(1.0, 2000 / max(1, steps)))
    return rate * min(1.0, math.pow(96 * k / features, 0.7), math.sqrt(8 * dim / features))
