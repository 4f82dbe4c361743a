"""Recipes: kept whole, read with suspicion, and said with another SAE by the nearest directions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted_library import NAME
from pydantic import ValidationError

from saerch_desktop.errors import UserError
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.search.blends import Blend, BlendEdit, direction_blend
from saerch_desktop.search.engine import SearchEngine
from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.search.mix import Mix
from saerch_desktop.search.recipe_files import (
    delete_recipe,
    folder_of,
    place_of,
    rename_recipe,
    shelf_of,
)
from saerch_desktop.search.recipe_format import Recipe
from saerch_desktop.search.recipes import fit, laid_over, load_recipe, recipe_of, save_recipe
from saerch_desktop.search.steering import Edit
from saerch_desktop.search.where_names import features_named, with_features

ELSEWHERE = "0" * 64


@pytest.fixture
def features(library: Library) -> FeatureSet:
    return FeatureSet.open(library, NAME)


def mix_for(features: FeatureSet) -> Mix:
    dim = features.sae.decoder.shape[1]
    a, b, c, d = np.flatnonzero(features.statistics.live)[:4].tolist()
    family = Blend("fam", "A family", (a, c), (0.25, 0.5))
    plain = direction_blend("diff", "A − B", np.arange(1, dim + 1, dtype=np.float32))
    return Mix(
        (Edit(b, 0.3), Edit(a, -0.75)),
        (BlendEdit(family, 0.5), BlendEdit(plain, -0.2)),
        frozenset({d, "fam"}),
        frozenset({a, b, "diff"}),
        budget=0.9,
    )


def elsewhere(recipe: Recipe) -> Recipe:
    """The same recipe as if it had been made with another SAE of the same directions."""
    return recipe.model_copy(update={"source": recipe.source.model_copy(update={"sha256": ELSEWHERE})})


# Kept whole ----------------------------------------------------------------------------------------------


def test_the_same_sae_gets_the_same_mix_from_the_file(features: FeatureSet, tmp_path: Path) -> None:
    mix, filters = mix_for(features), Filters((Chip("#3>0.2", out=True), Chip("year>1990", on=False)), True)
    recipe = recipe_of(mix, features, "Mine", note="line\nline", mode="paper", filters=filters)
    path = save_recipe(tmp_path / "recipes", recipe)
    back = load_recipe(path)
    assert back == recipe
    fitted = fit(back, features)
    assert (fitted.mix, fitted.mode, fitted.filters) == (mix, "paper", filters)
    assert (fitted.same, fitted.whole, fitted.lost, fitted.unsure) == (True, 1.0, (), False)


def test_what_is_locked_or_not_moved_is_no_part_of_it(features: FeatureSet) -> None:
    a = int(np.flatnonzero(features.statistics.live)[0])
    offered = BlendEdit(Blend("fam", "Offered", (a,), (1.0,)), 0.0)
    recipe = recipe_of(Mix((Edit(a, 1.0),), (offered,), locked=frozenset({a})), features, "x")
    assert fit(recipe, features).mix == Mix((Edit(a, 1.0),))


def test_no_path_of_this_computer_is_handed_on(features: FeatureSet) -> None:
    made = EmbedderIdentity(kind="folder", name="/home/somebody/models/mine", dim=4)
    recipe = recipe_of(Mix(), features, "x", embedder=made)
    assert "somebody" not in recipe.model_dump_json()


# Said with another SAE -----------------------------------------------------------------------------------


def test_directions_find_their_features_again(features: FeatureSet) -> None:
    mix = mix_for(features)
    recipe = elsewhere(recipe_of(mix, features, "x", filters=Filters((Chip("#3>0.2"),))))
    fitted = fit(recipe, features)
    assert not fitted.same
    decoder, live = features.sae.decoder.astype(np.float64), features.statistics.live
    for match in fitted.matches:
        cosines = np.where(live, decoder @ decoder[match.feature], -1.0)
        assert match.to == int(cosines.argmax())
        assert match.cosine == pytest.approx(cosines.max(), abs=2e-4)
        assert match.margin == pytest.approx(cosines.max() - max(np.sort(cosines)[-2], 0), abs=4e-4)
        assert match.confidence == "same"
    got = {edit.feature: edit.delta for edit in fitted.mix.edits}
    assert got == pytest.approx({edit.feature: edit.delta for edit in mix.edits}, abs=1e-3)
    assert fitted.mix.muted == mix.muted
    assert fitted.mix.soloed == mix.soloed
    assert fitted.whole == pytest.approx(1.0, abs=1e-4)
    assert fitted.filters.chips[0].text == "#3>0.2"


def test_families_of_another_sae_move_the_ranking_just_as_much(
    engine: SearchEngine, features: FeatureSet
) -> None:
    mix = Mix(blends=mix_for(features).blends)
    fitted = fit(elsewhere(recipe_of(mix, features, "x")), features)
    assert all(edit.blend.direction and not edit.blend.features for edit in fitted.mix.blends)
    query = engine.query("anything")
    wanted = engine.scores(query, blends=mix.blends)
    np.testing.assert_allclose(engine.scores(query, blends=fitted.mix.blends), wanted, atol=2e-3)


def test_changes_are_projected_and_summed(features: FeatureSet) -> None:
    """Two directions near one feature become one slider, moved by what of each lies along it."""
    decoder = features.sae.decoder.astype(np.float64)
    a, b = np.flatnonzero(features.statistics.live)[:2].tolist()
    rng = np.random.default_rng(0)
    recipe = recipe_of(Mix((Edit(a, 1.0), Edit(b, 0.5))), features, "x")
    turned, cosines = [], []
    for slider, noise in zip(recipe.sliders, (0.1, 0.2), strict=True):
        other = rng.normal(size=decoder.shape[1])
        other -= (other @ decoder[a]) * decoder[a]
        near = decoder[a] + noise * other / np.linalg.norm(other)
        near /= np.linalg.norm(near)
        cosines.append(float(near @ decoder[a]))
        text = planted_packed(near)
        turned.append(slider.model_copy(update={"direction": text}))
    fitted = fit(elsewhere(recipe.model_copy(update={"sliders": tuple(turned)})), features)
    (edit,) = fitted.mix.edits
    assert edit.feature == a
    assert edit.delta == pytest.approx(1.0 * cosines[0] + 0.5 * cosines[1], abs=1e-3)


def test_what_points_nowhere_here_is_lost_or_moved_along_its_own_way(
    engine: SearchEngine, features: FeatureSet
) -> None:
    decoder = features.sae.decoder.astype(np.float64)
    a = int(np.flatnonzero(features.statistics.live)[0])
    live = decoder[features.statistics.live]
    candidates = np.random.default_rng(1).normal(size=(4000, decoder.shape[1]))
    candidates /= np.linalg.norm(candidates, axis=1, keepdims=True)
    far = candidates[(candidates @ live.T).max(axis=1).argmin()]
    assert (live @ far).max() < 0.5
    recipe = recipe_of(Mix((Edit(a, 0.4),)), features, "x")
    slider = recipe.sliders[0].model_copy(update={"direction": planted_packed(far), "label": "Far away"})
    recipe = elsewhere(recipe.model_copy(update={"sliders": (slider,)}))
    plain = fit(recipe, features)
    assert plain.mix == Mix()
    assert plain.unsure
    assert "Far away" in plain.lost[0].what
    assert plain.whole == 0.0
    along = fit(recipe, features, along=True)
    assert along.lost == ()
    assert along.whole == pytest.approx(1.0, abs=1e-4)
    query = engine.query("anything")
    vectors = np.nan_to_num(np.asarray(engine.library.vectors.gather(np.arange(len(query.base)))))
    sound = np.isfinite(query.base)
    gain = engine.scores(query, blends=along.mix.blends)[sound] - query.base[sound]
    np.testing.assert_allclose(gain, (0.4 * vectors @ far)[sound], atol=1e-3)
    silent = recipe.model_copy(update={"sliders": (slider.model_copy(update={"muted": True}),)})
    assert fit(silent, features, along=True).lost, "what is muted moves nothing, along no direction either"


def test_other_vectors_are_refused(features: FeatureSet) -> None:
    minilm = EmbedderIdentity(kind="minilm", name="a", dim=8)
    recipe = elsewhere(recipe_of(mix_for(features), features, "Mine", embedder=minilm))
    with pytest.raises(UserError, match="openai:b"):
        fit(recipe, features, EmbedderIdentity(kind="openai", name="b", dim=8))
    other = recipe.model_copy(update={"source": recipe.source.model_copy(update={"dim": 7})})
    with pytest.raises(UserError, match="7 dimensions"):
        fit(other, features)
    assert fit(recipe, features, minilm).matches


def test_a_folder_model_is_the_same_wherever_it_lies(features: FeatureSet) -> None:
    made = EmbedderIdentity(kind="folder", name="/one/place/model", dim=8)
    recipe = elsewhere(recipe_of(mix_for(features), features, "Mine", embedder=made))
    assert fit(recipe, features, EmbedderIdentity(kind="folder", name="/another/model", dim=8)).matches
    with pytest.raises(UserError):
        fit(recipe, features, EmbedderIdentity(kind="folder", name="/one/place/other", dim=8))


def test_filters_that_name_features_follow_them_or_are_lost(features: FeatureSet) -> None:
    recipe = recipe_of(Mix(), features, "x", filters=Filters((Chip("#1>0.2 OR -#2"), Chip("red dust"))))
    assert {slider.feature for slider in recipe.sliders} == {1, 2}
    silent = tuple(slider.model_copy(update={"direction": ""}) for slider in recipe.sliders)
    fitted = fit(elsewhere(recipe.model_copy(update={"sliders": silent})), features)
    assert [chip.text for chip in fitted.filters.chips] == ["red dust"]
    assert any("#1" in lost.what for lost in fitted.lost)


@pytest.mark.parametrize(
    ("text", "named", "changed"),
    [
        ("#12", {12}, "#7"),
        ("  #12>0.5 ", {12}, "#7>0.5"),
        ("-#12 AND (#3>0.2 OR NOT #12<1)", {12, 3}, "-#7 AND (#1>0.2 OR NOT #7<1)"),
        ('"#12" year:#3 dust', set(), '"#12" year:#3 dust'),
        ("#12 #12 #3", {12, 3}, "#7 #7 #1"),
    ],
)
def test_features_in_filters_are_called_otherwise(text: str, named: set[int], changed: str) -> None:
    assert features_named(text) == named
    assert with_features(text, {12: 7, 3: 1}) == changed


# Put into a mixer ----------------------------------------------------------------------------------------


def test_locked_sliders_stay_as_they_are() -> None:
    family = BlendEdit(Blend("fam", "F", (1, 2), (1.0, 1.0)), 0.3)
    other = BlendEdit(Blend("other", "O", (3,), (1.0,)), 0.7)
    present = Mix(
        (Edit(1, 0.1), Edit(2, 0.2)),
        (family, other),
        frozenset({1, 2}),
        frozenset({2}),
        frozenset({1, "fam"}),
        0.8,
    )
    recipe = Mix(
        (Edit(1, 9.0), Edit(5, 0.5)), (BlendEdit(family.blend, 9.0),), frozenset({5, 1}), frozenset({1})
    )
    after = laid_over(recipe, present)
    assert {edit.feature: edit.delta for edit in after.edits} == {1: 0.1, 5: 0.5}
    assert {edit.blend.key: edit.amount for edit in after.blends} == {"fam": 0.3, "other": 0.0}
    assert after.muted == {1, 5}
    assert after.soloed == frozenset()
    assert (after.locked, after.budget) == (present.locked, 0.8)
    assert laid_over(Mix(budget=0.9), present).budget == 0.9
    assert laid_over(after, after) == after


# Files ---------------------------------------------------------------------------------------------------


def test_a_shelf_keeps_one_of_a_name(features: FeatureSet, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    mine = recipe_of(mix_for(features), features, "Warm dust")
    save_recipe(folder, mine)
    with pytest.raises(UserError, match="already"):
        save_recipe(folder, mine.model_copy(update={"name": "WARM DUST"}))
    save_recipe(folder, mine.model_copy(update={"name": "WARM DUST"}), replace=True)
    assert [recipe.name for recipe in shelf_of(folder).recipes] == ["WARM DUST"]
    assert shelf_of(folder).named(" warm Dust ").name == "WARM DUST"
    other = mine.model_copy(update={"name": "cold"})
    save_recipe(folder, other)
    with pytest.raises(UserError, match="already"):
        rename_recipe(folder, "cold", other.model_copy(update={"name": "warm dust"}))
    rename_recipe(folder, "cold", other.model_copy(update={"name": "Cold"}))
    assert [recipe.name for recipe in shelf_of(folder).recipes] == ["Cold", "WARM DUST"]
    delete_recipe(folder, "cold")
    delete_recipe(folder, "cold")
    assert [recipe.name for recipe in shelf_of(folder).recipes] == ["WARM DUST"]
    with pytest.raises(UserError, match="WARM DUST"):
        shelf_of(folder).named("cold")


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a/b\\c", "CON", "com1", ".", "…", "a" * 120, "Größe: 100 %", "x.json", "\t\n x"],
)
def test_any_name_has_a_file_within_the_folder(tmp_path: Path, features: FeatureSet, name: str) -> None:
    recipe = recipe_of(Mix(budget=0.5), features, name)
    path = save_recipe(folder_of(tmp_path), recipe)
    assert path.parent == folder_of(tmp_path)
    assert shelf_of(path.parent).named(name.strip()) == recipe
    assert not path.name.casefold().startswith(("con.", "com1.", "."))


def test_names_alike_in_part_have_files_of_their_own(tmp_path: Path) -> None:
    names = ["a/b", "a:b", "a_b", "a" * 70, "a" * 71, "con", "CON-", "a b", "a  b"]
    assert len({place_of(tmp_path, name) for name in names}) == len(names)


def test_a_file_put_there_by_hand_is_the_recipe_of_its_name(tmp_path: Path, features: FeatureSet) -> None:
    def put() -> None:
        (tmp_path / "by hand.json").write_text(recipe_of(Mix(), features, "Mine").model_dump_json())

    def names() -> list[str]:
        return [recipe.name for recipe in shelf_of(tmp_path).recipes]

    put()
    with pytest.raises(UserError, match="already"):
        save_recipe(tmp_path, recipe_of(Mix(), features, "mine"))
    save_recipe(tmp_path, recipe_of(Mix(), features, "Other"))
    with pytest.raises(UserError, match="already"):
        rename_recipe(tmp_path, "Other", recipe_of(Mix(), features, "mine"))
    save_recipe(tmp_path, recipe_of(Mix(), features, "mine"), replace=True)
    assert names() == ["mine", "Other"]
    put()
    rename_recipe(tmp_path, "mine", recipe_of(Mix(), features, "New"))
    assert names() == ["New", "Other"]
    put()
    delete_recipe(tmp_path, "MINE")
    assert names() == ["New", "Other"]


@pytest.mark.parametrize("name", ["", "  ", "\n", "x" * 200, "\u200b\u00ad", "\u0301"])
def test_a_name_is_needed(features: FeatureSet, name: str) -> None:
    with pytest.raises(UserError, match="recipe"):
        recipe_of(Mix(), features, name)


GOOD: dict[str, Any] = {"format": "saerch-recipe", "schema_version": 1, "name": "x"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"name": ""}',
        json.dumps({**GOOD, "format": "other"}).encode(),
        json.dumps({**GOOD, "budget": 2}).encode(),
        json.dumps({**GOOD, "sliders": [{"feature": -1}]}).encode(),
        json.dumps({**GOOD, "sliders": [{"feature": 1}, {"feature": 1}]}).encode(),
        json.dumps({**GOOD, "sliders": [{"feature": n} for n in range(2001)]}).encode(),
        json.dumps({**GOOD, "sliders": [{"feature": 1, "change": 1e9}]}).encode(),
        b'{"name": "x", "sliders": [{"feature": 1, "change": NaN}]}',
        b'{"name": "x", "sliders": [{"feature": 1, "change": 1e999}]}',
        json.dumps({**GOOD, "sliders": [{"feature": 1, "direction": "A" * 300_000}]}).encode(),
        json.dumps({**GOOD, "families": [{"key": "a"}, {"key": "a"}]}).encode(),
        json.dumps({**GOOD, "filters": [{"text": "x" * 3000}]}).encode(),
        b'{"name": "x", "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_a_file_that_is_none_is_refused_and_kept_from_the_shelf(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"bad\.json"):
        load_recipe(path)
    (tmp_path / "good.json").write_text(json.dumps(GOOD), encoding="utf-8")
    shelf = shelf_of(tmp_path)
    assert [recipe.name for recipe in shelf.recipes] == ["x"]
    assert [where.name for where, _ in shelf.unreadable] == ["bad.json"]


def test_a_newer_file_is_said_to_be_newer(tmp_path: Path) -> None:
    path = tmp_path / "new.json"
    path.write_text(json.dumps({**GOOD, "schema_version": 2, "name": 7}), encoding="utf-8")
    with pytest.raises(UserError, match="newer version"):
        load_recipe(path)


def test_hostile_numbers_are_lost_and_not_applied(features: FeatureSet) -> None:
    count, sha = features.sae.config.features, features.sae.sha256
    content = {
        **GOOD,
        "source": {"sha256": sha},
        "sliders": [
            {"feature": count, "change": 1},
            {"feature": 0, "change": 1, "label": "a\x1b[31m\u202eb"},
        ],
        "families": [
            {"key": "gone", "amount": 1, "features": [0, count], "weights": [1, 1]},
            {"key": "twice", "amount": 1, "features": [0, 0], "weights": [1, 1]},
            {"key": "short", "amount": 1, "own": "AACAPw=="},
        ],
        "filters": [{"text": "(((broken"}],
    }
    recipe = Recipe.model_validate(content)
    assert recipe.sliders[1].label.isprintable()
    fitted = fit(recipe, features)
    assert fitted.mix == Mix((Edit(0, 1.0),))
    assert len(fitted.lost) == 5
    with pytest.raises(ValidationError):
        Recipe.model_validate({**content, "schema_version": "x"})


def planted_packed(vector: np.ndarray) -> str:
    """As a recipe keeps a direction, written here anew."""
    import base64

    return base64.b64encode(vector.astype("<f2").tobytes()).decode()
