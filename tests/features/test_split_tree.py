"""Trees of planted splits, and random ones against the definition written out."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray
from planted_pairs import beside, random_decoder

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features import split_tree
from saerch_desktop.features.split_tree import Branch, Level, Lineage
from saerch_desktop.progress import Progress

DIM = 512


def level(sae: str, decoder: NDArray[np.float32], dead: tuple[int, ...] = (), step: int = 10) -> Level:
    """Feature f is active in the documents step·f … step·f + 9."""
    live = np.ones(len(decoder), np.bool_)
    live[list(dead)] = False
    return Level(
        sae=sae,
        decoder=decoder,
        live=live,
        text=lambda feature: f"{sae} {feature}",
        grade=lambda feature: "ABCDEF?"[feature % 7],
        rows=lambda feature: np.arange(step * feature, step * feature + 10, dtype=np.int32),
    )


def planted() -> list[Level]:
    """a0 splits into b0, b1, b0 into c0, c1, b1 goes on as c2; a1 goes on as b2 and ends; c3 is new."""
    a = random_decoder(2, DIM, 1)
    b = np.stack([beside(a[0], 0.8, 10), beside(a[0], 0.75, 11), beside(a[1], 0.95, 12)])
    c = np.stack(
        [beside(b[0], 0.9, 20), beside(b[0], 0.85, 21), beside(b[1], 0.9, 22), random_decoder(1, DIM, 9)[0]]
    )
    return [level("a", a), level("b", b, step=5), level("c", c)]


def shape(branch: Branch) -> tuple[str, int, list]:
    return branch.sae, branch.feature, [shape(child) for child in branch.children]


def test_the_planted_tree() -> None:
    lineage = Lineage(planted(), Progress())
    tree = lineage.tree("a", 0)
    assert tree.saes == ("a", "b", "c")
    assert shape(tree.root) == (
        "a",
        0,
        [("b", 0, [("c", 0, []), ("c", 1, [])]), ("b", 1, [("c", 2, [])])],
    )
    first, second = tree.root.children
    assert (first.cosine, second.cosine) == (pytest.approx(0.8, abs=1e-5), pytest.approx(0.75, abs=1e-5))
    assert (tree.root.cosine, tree.root.inside) == (None, None)
    assert first.inside == 1.0  # b0 has the documents 0 … 9, as a0 has
    assert second.inside == 0.5  # b1 has 5 … 14
    assert (tree.root.text, tree.root.grade, tree.root.documents) == ("a 0", "A", 10)
    assert tree.root.chosen
    assert not first.chosen
    assert (tree.stepwise, tree.direct) == (3, len(directly(lineage, 0)))
    assert tree.cut == 0


def directly(lineage: Lineage, feature: int) -> set[int]:
    """Features of the last level whose own nearest in the first is this one."""
    first, last = lineage.levels[0], lineage.levels[-1]
    dense = last.decoder @ first.decoder.T
    return {g for g, row in enumerate(dense) if row.argmax() == feature and row.max() >= 0.5}


def test_a_feature_is_found_in_the_tree_of_its_oldest_ancestor() -> None:
    tree = Lineage(planted(), Progress()).tree("c", 1)
    assert (tree.root.sae, tree.root.feature) == ("a", 0)
    chosen = [branch for _, branch in tree.root.walk() if branch.chosen]
    assert [(one.sae, one.feature) for one in chosen] == [("c", 1)]
    assert [depth for depth, _ in tree.root.walk()] == [0, 1, 2, 2, 1, 2]


def test_what_is_new_begins_a_tree_and_what_ends_says_so() -> None:
    lineage = Lineage(planted(), Progress())
    new = lineage.tree("c", 3)
    assert (new.root.sae, new.saes, new.root.children, new.root.alone) == ("c", ("c",), (), False)
    assert new.consistency is None
    ended = lineage.tree("a", 1)
    assert shape(ended.root) == ("a", 1, [("b", 2, [])])
    assert ended.root.children[0].alone
    assert not ended.root.alone
    assert (ended.stepwise, ended.direct, ended.consistency) == (0, 0, None)


def test_dead_features_are_no_parents_and_no_children() -> None:
    levels = planted()
    levels[1] = level("b", levels[1].decoder, dead=(1,))
    tree = Lineage(levels, Progress()).tree("a", 0)
    assert [child.feature for child in tree.root.children] == [0]
    levels[0] = level("a", levels[0].decoder, dead=(0,))
    assert Lineage(levels, Progress()).tree("b", 0).root.sae == "b"


@pytest.mark.parametrize("seed", range(3))
def test_both_ways_against_the_definition(seed: int) -> None:
    """Step by step and at once, and their Jaccard, from dense products."""
    a = random_decoder(8, 6, seed)  # in few dimensions everything is related
    b, c = random_decoder(14, 6, seed + 10), random_decoder(40, 6, seed + 20)
    lineage = Lineage([level("a", a), level("b", b), level("c", c)], Progress())
    of_b, of_c = b @ a.T, c @ b.T
    for feature in range(8):
        tree = lineage.tree("a", feature, least=0.6)
        children = [f for f in range(14) if of_b[f].argmax() == feature and of_b[f].max() >= 0.6]
        steps = {g for g in range(40) if of_c[g].argmax() in children and of_c[g].max() >= 0.6}
        dense = c @ a.T
        once = {g for g in range(40) if dense[g].argmax() == feature and dense[g].max() >= 0.6}
        assert sorted(child.feature for child in tree.root.children) == children
        leaves = {branch.feature for depth, branch in tree.root.walk() if depth == 2}
        assert leaves == steps
        assert (tree.stepwise, tree.direct) == (len(steps), len(once))
        either = steps | once
        assert tree.consistency == (pytest.approx(len(steps & once) / len(either)) if either else None)
        cosines = [child.cosine for child in tree.root.children]
        assert cosines == sorted(cosines, reverse=True)


def test_as_text_and_as_json() -> None:
    tree = Lineage(planted(), Progress()).tree("b", 1)
    lines = list(tree.lines())
    assert len(lines) == 6
    assert lines[0].startswith("a #0  a 0 [A]  10 documents")
    assert lines[1].startswith("├─ b #0")
    assert lines[2].startswith("│  ├─ c #0")
    assert lines[4].startswith("└─ b #1")
    assert lines[4].endswith("cosine 0.75, 50% inside ←")
    assert lines[5].startswith("   └─ c #2")
    told = json.loads(json.dumps(tree.as_dict()))
    assert told["root"]["children"][0]["children"][1]["feature"] == 1
    assert told["saes"] == ["a", "b", "c"]


def test_a_tree_that_nobody_could_read_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split_tree, "_MOST", 3)
    tree = Lineage(planted(), Progress()).tree("a", 0)
    assert len(list(tree.root.walk())) == 3
    assert tree.cut > 0


def test_what_is_not_there_is_told() -> None:
    lineage = Lineage(planted(), Progress())
    with pytest.raises(UserError, match="takes no part"):
        lineage.tree("z", 0)
    for feature in (-1, 2):
        with pytest.raises(UserError, match="no feature"):
            lineage.tree("a", feature)
    with pytest.raises(UserError, match="dimensions"):
        Lineage([level("a", random_decoder(3, 8)), level("b", random_decoder(3, 9))], Progress())
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        Lineage(planted(), stopped)
