"""A recipe said with the SAE in use: as it was with the same one, by the nearest directions with another.

A feature of another SAE stands for one of the recipe where its direction is nearest (paper, section 5: cosine
of decoder rows), and is moved by the change's projection on it. That keeps more of the ranking than moving it
by the whole change does (of 20 results 14.6 against 14.3, in 150 recipes of three features for another seed).
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.matching import RECURRING, RELATED, SAME
from saerch_desktop.search.blends import Blend, BlendEdit, direction_blend, require_sound
from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.search.mix import Mix, Slider
from saerch_desktop.search.recipe_format import Recipe, RecipeFamily, RecipeSlider, unpacked
from saerch_desktop.search.steering import Edit, Mode, cosine
from saerch_desktop.search.where_names import features_named, with_features

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.manifest import EmbedderIdentity

Confidence = Literal["same", "high", "fair", "low"]
_FAIR: Final = 0.6
UNSURE: Final = 0.7  # cosine of the whole below which somebody should look
_AT_ONCE: Final = 64  # directions that are compared with the decoder at once


@dataclass(frozen=True, slots=True)
class Match:
    """A feature of the recipe and the one that stands for it here.

    cosine: of their directions, 1 for the very same feature. margin: by how much the next best is less alike.
    change: what the slider here is moved by.
    """

    feature: int
    label: str
    to: int
    to_label: str
    cosine: float
    margin: float
    change: float

    @property
    def confidence(self) -> Confidence:
        """same: cosine from 0.9, what the paper counts as one. high: from 0.7, where features recur in
        another training. fair: from 0.6. low: little more than related.
        """
        if self.cosine >= SAME:
            return "same"
        if self.cosine >= RECURRING:
            return "high"
        return "fair" if self.cosine >= _FAIR else "low"


@dataclass(frozen=True, slots=True)
class Lost:
    """What of the recipe has nothing to stand for it here. what: its name; why: a sentence; feature: where it
    is one.
    """

    what: str
    why: str
    feature: int | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A recipe as it is said with the SAE in use.

    same: it was made with this very SAE, so that nothing had to be looked for. whole: cosine of where the
    recipe's sliders lead altogether and where these lead; 1 where nothing moves.
    """

    mix: Mix
    mode: Mode
    filters: Filters
    matches: tuple[Match, ...]
    lost: tuple[Lost, ...]
    same: bool
    whole: float

    @property
    def unsure(self) -> bool:
        """Whether somebody should look at it before it is trusted."""
        return bool(self.lost) or self.whole < UNSURE or any(m.confidence == "low" for m in self.matches)


def fit(
    recipe: Recipe,
    features: FeatureSet,
    embedder: EmbedderIdentity | None = None,
    *,
    along: bool = False,
) -> Fitted:
    """Say the recipe with these features.

    The same weights: exactly as it was. Other weights: each feature by the live one of nearest direction, of
    at least `features.matching.RELATED`, moved by change × cosine; a family along its own direction, which is
    exact. along: what is not found is moved along its own direction, instead of being lost. embedder: what
    made this library's vectors. UserError where the recipe's were made by another: directions mean nothing
    here then. Takes one product with the decoder.
    """
    source = recipe.source
    same = bool(source.sha256) and source.sha256 == features.sae.sha256
    if not same:
        _require_alike(recipe, features, embedder)
    matches, lost = _as_they_were(recipe, features) if same else _found_again(recipe, features)
    blends, gone = _blends(recipe, features, same)
    if along:
        own = _own_ways(recipe, {match.feature for match in matches}, features)
        blends, lost = (*blends, *own.values()), [missing for missing in lost if missing.feature not in own]
    stands = {match.feature: match.to for match in matches}
    filters, dropped = _filters(recipe, stands, features)
    changes: dict[int, float] = {}
    for match in matches:
        changes[match.to] = changes.get(match.to, 0.0) + match.change
    mix = Mix(
        edits=tuple(Edit(feature, change) for feature, change in changes.items() if change),
        blends=blends,
        muted=_silenced(recipe, stands, blends, "muted"),
        soloed=_silenced(recipe, stands, blends, "alone"),
        budget=recipe.budget,
    )
    whole = 1.0 if same and not lost else _whole(recipe, mix, features)
    return Fitted(mix, recipe.mode, filters, matches, (*lost, *gone, *dropped), same, whole)


def _require_alike(recipe: Recipe, features: FeatureSet, embedder: EmbedderIdentity | None) -> None:
    source, dim = recipe.source, features.sae.decoder.shape[1]
    made = source.embedder
    other = None
    if source.dim and source.dim != dim:
        other = f"vectors of {source.dim:,} dimensions, and this library’s have {dim:,}"
    elif made is not None and embedder is not None and not _same_kind(made, embedder):
        other = f"vectors by {made.spec}, and this library’s are by {embedder.spec}"
    if other is not None:
        raise UserError(
            f"The recipe “{recipe.name}” was made for {other}.",
            "Its features cannot be looked for here, so nothing was changed.",
            "Use it in a library whose vectors were made by the same embedding model.",
        )


def _same_kind(made: EmbedderIdentity, here: EmbedderIdentity) -> bool:
    """As `same_as`; of a model in a folder without a fingerprint the folder's own name decides."""
    if made.kind == here.kind == "folder" and not (made.fingerprint and here.fingerprint):
        return made.dim == here.dim and _last(made.name) == _last(here.name)
    return made.same_as(here)


def _last(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _as_they_were(recipe: Recipe, features: FeatureSet) -> tuple[tuple[Match, ...], list[Lost]]:
    count, label = features.sae.config.features, features.labels.text
    there = [s for s in recipe.sliders if s.feature < count]
    gone = [s for s in recipe.sliders if s.feature >= count]
    matches = tuple(Match(s.feature, s.label, s.feature, label(s.feature), 1.0, 1.0, s.change) for s in there)
    return matches, [Lost(_name(s), "The SAE has no feature of this number.", s.feature) for s in gone]


def _found_again(recipe: Recipe, features: FeatureSet) -> tuple[tuple[Match, ...], list[Lost]]:
    decoder, label = features.sae.decoder, features.labels.text
    matches: list[Match] = []
    lost: list[Lost] = []
    directed: list[tuple[RecipeSlider, NDArray[np.float32]]] = []
    for slider in recipe.sliders:
        direction = _unit(slider.direction, decoder.shape[1])
        if direction is None:
            why = "The recipe does not say where it points."
            lost.append(Lost(_name(slider), why, slider.feature))
        else:
            directed.append((slider, direction))
    nearest = _two_nearest([direction for _, direction in directed], decoder, features.statistics.live)
    for (slider, _), (to, alike, next_best) in zip(directed, nearest, strict=True):
        if alike >= RELATED:
            change = slider.change * alike
            margin = alike - max(next_best, 0.0)
            matches.append(Match(slider.feature, slider.label, to, label(to), alike, margin, change))
        else:
            near = "none is active" if to < 0 else f"the nearest, #{to}, has a cosine of {alike:.2f}"
            why = f"No feature here points the same way: {near}."
            lost.append(Lost(_name(slider), why, slider.feature))
    return tuple(matches), lost


def _two_nearest(
    directions: Sequence[NDArray[np.float32]], decoder: NDArray[np.float32], live: NDArray[np.bool_]
) -> list[tuple[int, float, float]]:
    """For each unit direction (d,) the live row of nearest direction, its cosine, and that of the next.

    (-1, -1, -1) where no row is live.
    """
    found: list[tuple[int, float, float]] = []
    for start in range(0, len(directions), _AT_ONCE):
        product = np.stack(directions[start : start + _AT_ONCE]) @ decoder.T
        product[:, ~live] = -1.0
        best = product.argmax(axis=1)
        places = np.arange(len(product))
        cosines = product[places, best].tolist()
        product[places, best] = -1.0
        runners_up = product.max(axis=1).tolist()
        found += [
            (to, min(1.0, alike), other) if live[to] else (-1, -1.0, -1.0)
            for to, alike, other in zip(best.tolist(), cosines, runners_up, strict=True)
        ]
    return found


def _own_ways(recipe: Recipe, found: Container[int], features: FeatureSet) -> dict[int, BlendEdit]:
    """For each feature that was not found and is moved, a slider along its own direction."""
    ways: dict[int, BlendEdit] = {}
    for slider in recipe.sliders:
        direction = _unit(slider.direction, features.sae.decoder.shape[1])
        moved = slider.change != 0 and not slider.muted
        if moved and slider.feature not in found and direction is not None:
            key = f"recipe-{hashlib.sha256(slider.direction.encode()).hexdigest()[:12]}"
            name = slider.label or f"#{slider.feature}"
            ways[slider.feature] = BlendEdit(direction_blend(key, name, direction), slider.change)
    return ways


def _blends(recipe: Recipe, features: FeatureSet, same: bool) -> tuple[tuple[BlendEdit, ...], list[Lost]]:
    found: list[BlendEdit] = []
    lost: list[Lost] = []
    for family in recipe.families:
        try:
            found.append(_own_edit(family, features) if same else _along(family, features))
        except UserError as error:
            lost.append(Lost(family.name or family.key, error.happened))
    return tuple(found), lost


def _own_edit(family: RecipeFamily, features: FeatureSet) -> BlendEdit:
    edit = family.edit()
    require_sound(edit.blend, features.sae.config.features)
    if edit.blend.direction:
        _require_length(edit.blend, features)
    return edit


def _along(family: RecipeFamily, features: FeatureSet) -> BlendEdit:
    """Where the family led, as a plain direction: its features are none of this SAE."""
    name = family.name or family.key
    own = unpacked(family.own, "<f4")
    leads = own if own is not None else unpacked(family.direction)
    if leads is None or leads.size != features.sae.decoder.shape[1]:
        raise UserError("The recipe does not say where it leads.", "It was left out.", "Make it again.")
    blend = direction_blend(family.key, name, leads)
    return BlendEdit(blend, family.amount * float(np.linalg.norm(leads.astype(np.float64))))


def _require_length(blend: Blend, features: FeatureSet) -> None:
    if blend.array().size != features.sae.decoder.shape[1]:
        raise UserError("Its direction is of other vectors.", "It was left out.", "Make it again.")


def _filters(recipe: Recipe, stands: Mapping[int, int], features: FeatureSet) -> tuple[Filters, list[Lost]]:
    """The filters, with the features that they name called by their numbers here."""
    kept: list[Chip] = []
    lost: list[Lost] = []
    for chip in recipe.kept_filters().chips:
        try:
            named = features_named(chip.text)
        except UserError as error:
            lost.append(Lost(chip.text, error.happened))
            continue
        if named <= stands.keys():
            kept.append(Chip(with_features(chip.text, stands), chip.on, chip.out))
        else:
            lost.append(Lost(chip.text, "It names a feature that is not found here."))
    return Filters(tuple(kept), recipe.either), lost


def _silenced(
    recipe: Recipe, stands: Mapping[int, int], blends: tuple[BlendEdit, ...], how: Literal["muted", "alone"]
) -> frozenset[Slider]:
    keys = {edit.blend.key for edit in blends}
    sliders = [stands[s.feature] for s in recipe.sliders if s.feature in stands and getattr(s, how)]
    families = [f.key for f in recipe.families if f.key in keys and getattr(f, how)]
    return frozenset([*sliders, *families])


def _whole(recipe: Recipe, mix: Mix, features: FeatureSet) -> float:
    decoder = features.sae.decoder
    wanted = np.zeros(decoder.shape[1])
    for slider in recipe.sliders:
        direction = _unit(slider.direction, wanted.size)
        if direction is not None:
            wanted += slider.change * direction.astype(np.float64)
    for family in recipe.families:
        leads = unpacked(family.direction)
        if leads is not None and leads.size == wanted.size:
            wanted += family.amount * leads.astype(np.float64)
    got = np.zeros(wanted.size)
    for edit in mix.edits:
        got += edit.delta * decoder[edit.feature].astype(np.float64)
    for blend in mix.moved:
        own = blend.blend.array()
        got += blend.amount * (
            own.astype(np.float64)
            if own.size
            else np.asarray(blend.blend.weights) @ decoder[list(blend.blend.features)].astype(np.float64)
        )
    return cosine(wanted, got) if wanted.any() else 1.0


def _unit(text: str, dim: int) -> NDArray[np.float32] | None:
    """(dim,) float32 of unit length, None where the recipe holds no such direction."""
    direction = unpacked(text)
    if direction is None or direction.size != dim:
        return None
    unit: NDArray[np.float32] = (direction / np.linalg.norm(direction.astype(np.float64))).astype(np.float32)
    return unit


def _name(slider: RecipeSlider) -> str:
    return f"#{slider.feature} {slider.label}".strip()
