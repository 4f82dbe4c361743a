"""The graph around a feature or family, against plain loops over all pairs."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.family import Families, Family, Link
from saerch_desktop.features.families.graph import (
    ASSOCIATION,
    PARENT,
    FamilyGraph,
    feature_id,
    local_graph,
    overview_graph,
)
from saerch_desktop.features.families.pair_counts import PairCounts
from saerch_desktop.features.families.ties import MEASURES, Ties, strengths
from saerch_desktop.features.label import Label
from saerch_desktop.features.labels import Labels

N, DOCUMENTS = 30, 400


def active() -> Any:
    """(documents, N) bool: features in blocks of five that fire together."""
    chance = np.random.default_rng(2)
    block = chance.random((DOCUMENTS, N // 5)) < 0.15
    return np.repeat(block, 5, axis=1) & (chance.random((DOCUMENTS, N)) < 0.6) | (
        chance.random((DOCUMENTS, N)) < 0.03
    )


ACTIVE = active()


def counted() -> PairCounts:
    together = ACTIVE.T.astype(np.int64) @ ACTIVE
    left, right = np.nonzero(np.triu(together, 1) >= 3)
    similarity = together[left, right] / np.sqrt(together[left, left] * together[right, right])
    return PairCounts(
        N,
        DOCUMENTS,
        together.diagonal().copy(),
        left.astype(np.int32),
        right.astype(np.int32),
        together[left, right].astype(np.int32),
        similarity.astype(np.float32),
    )


PAIRS = counted()


def features() -> Any:
    density = ACTIVE.mean(0).astype(np.float32)
    labels = Labels(N, [Label(feature=f, text=f"name {f}", source="phrases") for f in range(N)])
    return SimpleNamespace(labels=labels, statistics=SimpleNamespace(density=density))


def family(key: str, members: Sequence[int], root: int | None = None, **more: Any) -> Family:
    return Family(key=key, members=tuple(members), root=root, **more)


BROAD = family("broad", range(10), 0)
ONE = family("one", [1, 2, 3, 4], parents=("broad",), level=1)
TWO = family("two", [5, 6, 7, 8], parents=("broad",), level=1)
THIRD = family("third", range(10, 15))
LINKS = (
    Link(parent=0, child=1, containment=0.9),
    Link(parent=1, child=2, containment=0.8),
    Link(parent=0, child=2, containment=0.7),
    Link(parent=0, child=11, containment=0.6),
)


def book(hidden: frozenset[str] = frozenset()) -> FamilyBook:
    return FamilyBook.of(Families(method="default", families=(BROAD, ONE, TWO, THIRD), links=LINKS), hidden)


def edges(graph: FamilyGraph, kind: int) -> set[tuple[str, str]]:
    ids = graph.ids
    return {
        (ids[a], ids[b])
        for (a, b), k in zip(graph.edges.tolist(), graph.kinds.tolist(), strict=True)
        if k == kind
    }


@pytest.mark.parametrize("measure", MEASURES)
def test_ties_are_every_pair_from_both_ends_the_strongest_first(measure: Any) -> None:
    ties = Ties.of(PAIRS, measure)
    dense = np.full((N, N), -np.inf)
    value = strengths(PAIRS, measure)
    dense[PAIRS.left, PAIRS.right] = dense[PAIRS.right, PAIRS.left] = value
    for feature in range(N):
        others, values = ties.of_feature(feature)
        assert sorted(others.tolist()) == np.flatnonzero(np.isfinite(dense[feature])).tolist()
        np.testing.assert_array_equal(values, dense[feature, others].astype(np.float32))
        assert (np.diff(values) <= 0).all()
        strong, _ = ties.of_feature(feature, 0.3)
        assert set(strong.tolist()) == set(np.flatnonzero(dense[feature] >= np.float32(0.3)).tolist())


def test_conditional_is_the_larger_of_the_two_probabilities() -> None:
    together = ACTIVE.T.astype(float) @ ACTIVE
    wanted = together / np.minimum(together.diagonal()[:, None], together.diagonal()[None])
    np.testing.assert_allclose(strengths(PAIRS, "conditional"), wanted[PAIRS.left, PAIRS.right], rtol=1e-6)


def test_ties_among_some_are_each_there_once() -> None:
    ties = Ties.of(PAIRS, "npmi")
    some = np.array([7, 3, 20, 4, 0])
    first, second, value = ties.among(some, 0.0)
    found = {
        frozenset((int(some[a]), int(some[b]))): v
        for a, b, v in zip(first, second, value.tolist(), strict=True)
    }
    wanted = {
        frozenset((int(a), int(b))): v
        for a, b, v in zip(PAIRS.left, PAIRS.right, PAIRS.npmi().tolist(), strict=True)
        if a in some and b in some and v >= 0
    }
    assert len(first) == len(found)
    assert found == wanted


def test_around_a_feature_stand_its_parents_its_children_and_its_strongest_ties() -> None:
    graph = local_graph(book(), PAIRS, features(), 1, 1, "npmi", 0.3)
    near, _ = Ties.of(PAIRS, "npmi").of_feature(1, 0.3)
    assert set(graph.ids) == {feature_id(f) for f in (1, 0, 2, *near.tolist())}
    assert graph.focus == graph.ids[0] == "#1"
    assert edges(graph, PARENT) == {("#0", "#1"), ("#1", "#2")}  # 0 → 2 is said by the two others
    value = dict(zip(zip(PAIRS.left.tolist(), PAIRS.right.tolist(), strict=True), PAIRS.npmi(), strict=True))
    for (a, b), weight, kind in zip(graph.edges.tolist(), graph.weights, graph.kinds, strict=True):
        pair = tuple(sorted(int(graph.nodes[place].feature or 0) for place in (a, b)))
        if kind == ASSOCIATION:
            assert a < b
            assert weight == pytest.approx(value[pair[0], pair[1]])
            assert weight >= 0.3


def test_no_more_nodes_than_wanted_and_the_rest_is_told() -> None:
    everything = local_graph(book(), PAIRS, features(), 1, 2, "npmi", 0.05, 1000)
    few = local_graph(book(), PAIRS, features(), 1, 2, "npmi", 0.05, 6)
    assert everything.left_out == 0
    assert len(few.nodes) == 6
    assert few.left_out > 0
    assert set(few.ids) <= set(everything.ids)
    assert {"#0", "#2"} <= set(few.ids)  # parents and children come before what is only tied


def test_depth_grows_the_graph_and_depth_none_is_the_focus_alone() -> None:
    sizes = [len(local_graph(book(), PAIRS, features(), 1, d, "npmi", 0.1).nodes) for d in (0, 1, 2)]
    assert sizes[0] == 1
    assert sizes[1] < sizes[2]


def test_every_node_keeps_its_strongest_ties_and_few_more() -> None:
    graph = local_graph(book(), PAIRS, features(), 20, 3, "npmi", -1.0, 1000)
    degree = np.zeros(len(graph.nodes), int)
    ends = graph.edges[graph.kinds == ASSOCIATION]
    np.add.at(degree, ends.ravel(), 1)
    weights = graph.weights[graph.kinds == ASSOCIATION]
    joined = {frozenset(edge) for edge in graph.edges.tolist()}
    place = {node.feature: i for i, node in enumerate(graph.nodes)}
    best: dict[int, tuple[float, frozenset[int]]] = {}
    for a, b, v in zip(PAIRS.left.tolist(), PAIRS.right.tolist(), PAIRS.npmi().tolist(), strict=True):
        if a in place and b in place:
            for end in (a, b):
                pair = frozenset((place[a], place[b]))
                if v > best.get(place[end], (-9.0, pair))[0]:
                    best[place[end]] = (v, pair)
    assert all(pair in joined for _, pair in best.values())
    assert len(weights) <= 4 * len(graph.nodes)


def test_a_family_shows_its_root_its_parts_as_one_node_each_and_the_rest() -> None:
    graph = local_graph(book(), PAIRS, features(), "broad", 1, most=6)
    assert set(graph.ids) == {"#0", "one", "two", "#9"}
    part = graph.nodes[graph.ids.index("one")]
    assert (part.kind, part.size, part.key) == ("family", 4, "one")
    assert part.density == pytest.approx(ACTIVE[:, [1, 2, 3, 4]].mean(0).max())
    (group,) = graph.groups
    assert (group.key, group.size, len(group.nodes)) == ("broad", 10, 4)
    assert ("#0", "one") in edges(graph, PARENT)  # 0 is more general than a member


def test_a_tie_with_a_family_is_the_mean_of_each_members_strongest() -> None:
    graph = local_graph(book(), PAIRS, features(), "broad", 1, "npmi", 0.0, 6)
    dense = np.zeros((N, N))
    dense[PAIRS.left, PAIRS.right] = dense[PAIRS.right, PAIRS.left] = PAIRS.npmi()
    ends = {
        frozenset((graph.ids[a], graph.ids[b])): w
        for (a, b), w in zip(graph.edges, graph.weights, strict=True)
    }
    block = dense[np.ix_([1, 2, 3, 4], [5, 6, 7, 8])]
    assert ends[frozenset(("one", "two"))] == pytest.approx(block.max(1).mean(), abs=1e-6)
    nine = dense[9, [5, 6, 7, 8]].max()
    assert ends[frozenset(("#9", "two"))] == pytest.approx(nine, abs=1e-6)


def test_parts_are_expanded_and_families_collapsed() -> None:
    opened = local_graph(book(), PAIRS, features(), "broad", 1, most=8, expanded=frozenset({"one"}))
    assert set(opened.ids) == {"#0", "#1", "#2", "#3", "#4", "two", "#9"}
    by_key = {group.key: group for group in opened.groups}
    assert [opened.ids[place] for place in by_key["one"].nodes] == ["#1", "#2", "#3", "#4"]
    assert "#0" in {opened.ids[place] for place in by_key["broad"].nodes}
    closed = local_graph(book(), PAIRS, features(), 11, 1, "npmi", 0.3, collapsed=frozenset({"third", "one"}))
    assert closed.ids[0] == "third"
    assert not {"#10", "#11", "#12", "#13", "#14"} & set(closed.ids)


def test_a_family_shows_as_many_of_its_members_as_there_may_be_nodes_before_any_outsider() -> None:
    whole = local_graph(book(), PAIRS, features(), "broad", 1, most=30)
    assert set(whole.ids) == {f"#{f}" for f in range(10)}
    assert {group.key for group in whole.groups} == {"broad", "one", "two"}  # its parts around their members
    assert [group.seen for group in whole.groups if group.key == "broad"] == [10]  # in its parts too
    some = local_graph(book(), PAIRS, features(), "broad", 3, "npmi", -1.0, most=8)
    assert set(some.ids) == {"#0", "#1", "#2", "#3", "#4", "two", "#9", "third"}
    assert [group.seen for group in some.groups if group.key == "broad"] == [10]
    folded = local_graph(book(), PAIRS, features(), "broad", 1, most=30, collapsed=frozenset({"one"}))
    assert set(folded.ids) == {"#0", "one", "#5", "#6", "#7", "#8", "#9"}


def test_a_family_opens_no_more_parts_than_have_a_ground_of_their_own() -> None:
    whole = family("whole", range(24), 0)
    parts = [family(f"p{i}", [2 * i + 1, 2 * i + 2], parents=("whole",), level=1) for i in range(11)]
    many = FamilyBook.of(Families(method="default", families=(whole, *parts)))
    graph = local_graph(many, PAIRS, features(), "whole", 1, most=100)
    opened = {group.key for group in graph.groups} - {"whole"}
    drawn = {node.key for node in graph.nodes if node.key is not None}
    assert opened | drawn == {part.key for part in parts}
    assert not opened & drawn
    assert len(opened) == 7


def test_what_is_around_a_family_is_drawn_as_families() -> None:
    graph = local_graph(book(), PAIRS, features(), "third", 2, "npmi", 0.02, 100)
    assert {f"#{f}" for f in range(10, 15)} <= set(graph.ids)
    assert "broad" in graph.ids
    assert "third" not in graph.ids  # it is drawn around its members already
    assert not {f"#{f}" for f in range(10)} & set(graph.ids)


def test_a_part_in_focus_is_not_drawn_a_second_time_beside_what_it_is_part_of() -> None:
    graph = local_graph(book(), PAIRS, features(), "one", 3, "npmi", 0.02, 100)
    assert "broad" in graph.ids
    assert "one" not in graph.ids


def test_groups_do_not_share_nodes_and_hidden_families_are_not_drawn() -> None:
    graph = local_graph(book(), PAIRS, features(), 1, 2, "npmi", 0.1, 100)
    places = [place for group in graph.groups for place in group.nodes]
    assert len(places) == len(set(places))
    assert any(group.key == "one" for group in graph.groups)
    without = local_graph(book(frozenset({"one"})), PAIRS, features(), 1, 2, "npmi", 0.1, 100)
    assert not any(group.key == "one" for group in without.groups)


def test_circles_of_parents_do_not_hang_the_drawing() -> None:
    links = tuple(Link(parent=a, child=b, containment=0.5) for a, b in ((0, 1), (1, 2), (2, 0)))
    circle = FamilyBook.of(Families(method="paper", families=(ONE,), links=links))
    graph = local_graph(circle, PAIRS, features(), 1, 2)
    assert set(graph.ids) >= {"#0", "#1", "#2"}


@pytest.mark.parametrize("focus", [-1, N, "nothing"])
def test_what_is_not_there_gives_an_empty_graph(focus: int | str) -> None:
    graph = local_graph(book(), PAIRS, features(), focus)
    assert (graph.nodes, graph.edges.shape, graph.groups) == ((), (0, 2), ())


def test_the_overview_is_of_families_that_are_part_of_no_other() -> None:
    graph = overview_graph(book(), PAIRS, features(), -1.0)
    assert graph.ids == ("broad", "third")
    assert len(graph.edges) == 1
    assert overview_graph(book(), PAIRS, features(), most=1).left_out == 1


def test_the_overview_has_the_brightest_families_besides_the_largest() -> None:
    tops = [family(f"top{i:02}", range(i, i + 12 - i), None) for i in range(10)]
    many = FamilyBook.of(Families(method="default", families=tuple(tops)))
    assert overview_graph(many, PAIRS, features(), most=6).ids == tuple(f"top{i:02}" for i in range(6))
    bright = {"top07": 0.2, "top08": 0.9, "top09": 0.5, "top01": 0.0}
    lit = overview_graph(many, PAIRS, features(), most=6, bright=bright)
    assert lit.ids == ("top00", "top01", "top02", "top03", "top08", "top09")
    assert lit.left_out == 4
    assert len(overview_graph(many, PAIRS, features(), most=1000, bright=bright).nodes) == 10


def test_the_same_question_gives_the_same_graph() -> None:
    one, two = (local_graph(book(), PAIRS, features(), 1, 2) for _ in range(2))
    assert (one.ids, one.groups) == (two.ids, two.groups)
    np.testing.assert_array_equal(one.edges, two.edges)
