"""A facet's tree from containment, and each feature's place in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pairs_support import feature_set

from saerch_desktop.library.facet_column import FacetColumn
from saerch_desktop.progress import Progress
from saerch_desktop.study.facet_tree import facet_tree, places_of


def column(rows: list[list[str]]) -> FacetColumn:
    """As the library reads it: values commonest first."""
    known = sorted({value for row in rows for value in row})
    counts = {value: sum(value in row for row in rows) for value in known}
    values = sorted(known, key=lambda value: (-counts[value], value))
    codes = [sorted(values.index(value) for value in row) for row in rows]
    starts = np.concatenate(([0], np.cumsum([len(row) for row in codes])))
    flat = np.asarray([code for row in codes for code in row], np.int32)
    return FacetColumn("path", tuple(values), starts, flat, np.asarray([counts[v] for v in values]))


def paths(many: int = 40) -> list[list[str]]:
    """40 documents of each of six leaves, three levels, one value that is too rare."""
    leaves = (
        ["physics", "astro", "stars"],
        ["physics", "astro", "galaxies"],
        ["physics", "optics"],
        ["maths", "algebra"],
        ["maths", "geometry"],
        ["music"],
    )
    return [[*leaf, "rare"] if number < 2 else list(leaf) for leaf in leaves for number in range(many)]


def above(rows: list[list[str]]) -> dict[str, str | None]:
    tree = facet_tree(column(rows))
    names = tree.values
    return {name: names[high] if high >= 0 else None for name, high in zip(names, tree.above, strict=True)}


def test_the_tree_is_found_from_containment() -> None:
    assert above(paths()) == {
        "physics": None,
        "maths": None,
        "music": None,
        "astro": "physics",
        "optics": "physics",
        "stars": "astro",
        "galaxies": "astro",
        "algebra": "maths",
        "geometry": "maths",
    }


def test_a_few_exceptions_do_not_matter_many_do() -> None:
    few, many = paths(), paths()
    few[3] = ["stars", "maths"]
    assert above(few)["stars"] == "astro"
    for row in range(10):
        many[row] = ["stars", "maths"]
    assert above(many)["stars"] is None


def test_values_above_at_each_depth() -> None:
    tree = facet_tree(column(paths()))
    assert tree.depths == 3
    names = np.asarray(tree.values)
    stars, optics, music = (tree.values.index(name) for name in ("stars", "optics", "music"))
    chains = [names[tree.at_depth(depth)] for depth in range(3)]
    assert [str(chain[stars]) for chain in chains] == ["physics", "astro", "stars"]
    assert [str(chain[optics]) for chain in chains] == ["physics", "optics", "optics"]
    assert [str(chain[music]) for chain in chains] == ["music"] * 3


def test_a_flat_facet_has_one_level_and_an_empty_one_none() -> None:
    flat = [["a"]] * 40 + [["b"]] * 50
    assert facet_tree(column(flat)).depths == 1
    assert facet_tree(column([["a"], ["b"]])).depths == 0


def test_features_take_the_place_of_their_documents(tmp_path: Path) -> None:
    rows = paths()
    chance = np.random.default_rng(0)
    table = np.zeros((len(rows), 5))
    has = {name: np.asarray([name in row for row in rows]) for name in ("physics", "stars", "music")}
    table[has["physics"], 0] = 1
    table[has["stars"] & (chance.random(len(rows)) < 0.9), 1] = 1
    table[has["music"], 2] = 1
    table[chance.random(len(rows)) < 0.3, 3] = 1  # knows nothing of it
    features = feature_set(tmp_path, table)
    told = column(rows)
    tree = facet_tree(told)
    places = places_of(features, told, tree, Progress())
    assert [tree.values[place] if place >= 0 else None for place in places] == [
        "physics",
        "stars",
        "music",
        None,
        None,
    ]
