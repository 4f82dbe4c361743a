"""Recipes: what a mixer says, kept under a name, handed on, and put into another mixer.

A recipe carries the decoder rows of its few features, so that it needs neither the library nor the SAE it was
made with.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.search.blends import BlendEdit
from saerch_desktop.search.filters import Filters
from saerch_desktop.search.mix import Mix
from saerch_desktop.search.recipe_files import load_recipe, save_recipe
from saerch_desktop.search.recipe_fit import Fitted, Lost, Match, fit
from saerch_desktop.search.recipe_format import (
    LONGEST_LABEL,
    Recipe,
    RecipeFamily,
    RecipeSlider,
    RecipeSource,
    chips_of,
    packed,
)
from saerch_desktop.search.steering import Mode
from saerch_desktop.search.where_names import features_named

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.manifest import EmbedderIdentity

__all__ = ["Fitted", "Lost", "Match", "Recipe", "fit", "laid_over", "load_recipe", "recipe_of", "save_recipe"]


def recipe_of(
    mix: Mix,
    features: FeatureSet,
    name: str,
    *,
    note: str = "",
    library: str = "",
    embedder: EmbedderIdentity | None = None,
    mode: Mode = "residual",
    filters: Filters | None = None,
) -> Recipe:
    """A recipe of all that `mix` says, but for what is locked; with the filters where they are given.

    Features that a filter names come along, so that they can be found again. Families that are offered and
    not moved stay out. UserError when the name is none, or there is too much for a recipe.
    """
    decoder, label = features.sae.decoder, features.labels.text
    edits = {edit.feature: edit.delta for edit in mix.edits}
    silenced = sorted(s for s in mix.muted | mix.soloed if isinstance(s, int))
    kept = filters or Filters()
    try:
        return Recipe(
            name=name,
            note=note,
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            source=RecipeSource(
                library=library,
                sae=features.sae.name,
                sha256=features.sae.sha256,
                features=len(decoder),
                dim=decoder.shape[1],
                embedder=None if embedder is None else _without_path(embedder),
            ),
            mode=mode,
            budget=mix.budget,
            sliders=tuple(
                RecipeSlider(
                    feature=f,
                    label=label(f)[:LONGEST_LABEL],
                    change=edits.get(f, 0.0),
                    muted=f in mix.muted,
                    alone=f in mix.soloed,
                    direction=packed(decoder[f]),
                )
                for f in dict.fromkeys([*edits, *silenced, *_in_filters(kept)])
                if 0 <= f < len(decoder)
            ),
            families=tuple(
                _family(edit, mix, decoder)
                for edit in mix.blends
                if edit.amount or edit.blend.key in mix.muted | mix.soloed
            ),
            filters=chips_of(kept),
            either=kept.either,
        )
    except ValueError as error:
        raise UserError(
            "This cannot be kept as a recipe.",
            "Nothing was saved.",
            "Give it a name of at most 120 letters, and move no more than 2,000 sliders.",
        ) from error


def laid_over(fitted: Mix, present: Mix) -> Mix:
    """The mixer with a recipe put into it: what is locked stays as it is, all else is as the recipe says.

    Families that the mixer offers stay offered. A recipe without a budget leaves the present one.
    """
    locked, kept = present.locked, present.reset()
    arriving = {edit.blend.key: edit for edit in fitted.blends if edit.blend.key not in locked}
    offered = tuple(arriving.pop(edit.blend.key, edit) for edit in kept.blends)
    return replace(
        kept,
        edits=(*kept.edits, *(edit for edit in fitted.edits if edit.feature not in locked)),
        blends=(*arriving.values(), *offered),
        muted=kept.muted | (fitted.muted - locked),
        soloed=kept.soloed | (fitted.soloed - locked),
        budget=present.budget if fitted.budget is None else fitted.budget,
    )


def _in_filters(filters: Filters) -> list[int]:
    named: set[int] = set()
    for chip in filters.chips:
        with contextlib.suppress(UserError):  # one that cannot be read names none
            named |= features_named(chip.text)
    return sorted(named)


def _family(edit: BlendEdit, mix: Mix, decoder: NDArray[np.float32]) -> RecipeFamily:
    blend, own = edit.blend, edit.blend.array()
    ids = list(blend.features)
    leads = own if own.size else np.asarray(blend.weights) @ decoder[ids].astype(np.float64)
    return RecipeFamily(
        key=blend.key,
        name=blend.name[:LONGEST_LABEL],
        amount=edit.amount,
        muted=blend.key in mix.muted,
        alone=blend.key in mix.soloed,
        features=blend.features,
        weights=blend.weights,
        own=packed(own, "<f4") if own.size else "",
        direction=packed(leads),
    )


def _without_path(embedder: EmbedderIdentity) -> EmbedderIdentity:
    """A recipe is handed on: where a model lies on this computer is nobody's business."""
    if embedder.kind != "folder":
        return embedder
    return embedder.model_copy(update={"name": PurePath(embedder.name).name})
