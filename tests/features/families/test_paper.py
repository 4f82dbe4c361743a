"""The paper's method against one written from its description alone (`paper_oracle`)."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from features_support import random_codes
from numpy.typing import NDArray
from paper_oracle import as_set, brute_force

from saerch_desktop.errors import Cancelled
from saerch_desktop.features.families.pair_counts import PairCounts
from saerch_desktop.features.families.paper import Ties, clean_features, paper_families
from saerch_desktop.features.label import Label
from saerch_desktop.features.labels import Labels
from saerch_desktop.progress import Progress


def pairs_of(table: NDArray[np.float64]) -> PairCounts:
    """All pairs that ever meet, counted densely."""
    active = (table > 0).astype(np.int64)
    together = active.T @ active
    left, right = np.nonzero(np.triu(together, 1))
    return PairCounts(
        table.shape[1],
        table.shape[0],
        np.diag(together).copy(),
        left.astype(np.int32),
        right.astype(np.int32),
        together[left, right].astype(np.int32),
        np.full(left.size, np.nan, np.float32),
    )


def clumpy(seed: int, rows: int = 160, features: int = 40, k: int = 6) -> NDArray[np.float64]:
    """Random codes, with common features that many documents share, so that there is something to find."""
    _, table = random_codes(rows, features, k, seed)
    chance = np.random.default_rng(seed + 1000)
    for parent in range(4):
        below = chance.choice(np.arange(4, features), 7, replace=False)
        table[(table[:, below] > 0).any(axis=1) & (chance.random(rows) < 0.8), parent] = 1
    return np.asarray(table)


# -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30))
def test_the_families_are_those_of_an_independent_implementation(seed: int) -> None:
    table = clumpy(seed)
    assert as_set(paper_families(pairs_of(table))) == brute_force(table, set(range(40)))


@pytest.mark.parametrize("seed", range(8))
def test_so_are_they_with_other_settings_and_some_features_left_out(seed: int) -> None:
    table = clumpy(seed, rows=90, features=60, k=5)
    clean = np.random.default_rng(seed).random(60) < 0.8
    found = paper_families(
        pairs_of(table), clean, threshold=0.2, later_threshold=0.15, passes=3, jaccard=0.3, smallest=3
    )
    wanted = brute_force(table, set(np.flatnonzero(clean).tolist()), (0.2, 0.15, 0.15), 0.3, 3)
    assert as_set(found) == wanted
    assert found.options["features"] == "active ones with a clean label"
    assert found.options["features_used"] == int((clean & (table > 0).any(axis=0)).sum())


def test_the_comparison_is_of_something() -> None:
    found = [paper_families(pairs_of(clumpy(seed))).families for seed in range(30)]
    assert sum(map(len, found)) > 100
    assert {family.level for families in found for family in families} == {0, 1, 2, 3}
    assert sum(bool(family.parents) for families in found for family in families) >= 3


def test_the_order_of_the_pairs_does_not_matter() -> None:
    pairs = pairs_of(clumpy(3))
    order = np.random.default_rng(0).permutation(len(pairs))
    other = PairCounts(
        pairs.features,
        pairs.documents,
        pairs.frequency,
        pairs.left[order],
        pairs.right[order],
        pairs.counts[order],
        pairs.similarity[order],
    )
    one, two = paper_families(pairs), paper_families(other)
    assert one.families == two.families
    assert one.links == two.links


def test_nor_does_the_order_of_the_features_where_no_two_are_alike() -> None:
    chance = np.random.default_rng(5)
    features = 60
    frequency = chance.choice(np.arange(100_000, 400_000), features, replace=False)
    left, right = np.triu_indices(features, 1)
    ends = np.minimum(frequency[left], frequency[right]), np.maximum(frequency[left], frequency[right])
    counts = (ends[0] * chance.random(left.size) ** (500_000 / ends[1])).astype(np.int64)
    new = chance.permutation(features)

    def pairs(names: NDArray[np.int64]) -> PairCounts:
        renamed = np.empty(features, np.int64)
        renamed[names] = frequency
        one, two = np.sort(np.stack((names[left], names[right])), axis=0).astype(np.int32)
        blank = np.zeros(left.size, np.float32)
        return PairCounts(features, 10**6, renamed, one, two, counts.astype(np.int32), blank)

    plain = as_set(paper_families(pairs(np.arange(features))))
    assert len(plain) > 3
    shuffled = as_set(paper_families(pairs(new)))
    assert {(int(new[root]), frozenset(new[list(c)].tolist()), level) for root, c, level in plain} == shuffled


@pytest.mark.parametrize("seed", range(5))
def test_the_tree_is_as_heavy_as_networkx_own_and_leads_to_the_rarer(seed: int) -> None:
    pairs = pairs_of(clumpy(seed))
    frequency = pairs.frequency
    graph = nx.Graph()
    for left, right, count in zip(pairs.left, pairs.right, pairs.counts, strict=True):
        weight = count / (min(frequency[left], frequency[right]) + 1)
        if weight >= 0.1:
            graph.add_edge(int(left), int(right), weight=float(weight))
    tree = Ties.of(pairs, 0.05).tree(np.ones(40, np.bool_), 0.1)
    wanted = nx.maximum_spanning_tree(graph)
    assert tree.number_of_edges() == wanted.number_of_edges() > 30
    ours = sum(graph.edges[edge]["weight"] for edge in tree.edges)
    assert ours == pytest.approx(wanted.size(weight="weight"))
    assert nx.is_forest(tree.to_undirected())
    assert all((-frequency[parent], parent) < (-frequency[child], child) for parent, child in tree.edges)


def test_families_say_what_they_are_part_of_and_links_have_no_circles() -> None:
    table = clumpy(11)
    found = paper_families(pairs_of(table))
    by_key = {family.key: family for family in found.families}
    for family in found.families:
        for parent in family.parents:
            assert set(family.members) <= set(by_key[parent].children)
            assert by_key[parent].level == family.level
    graph = nx.DiGraph([(link.parent, link.child) for link in found.links])
    assert nx.is_directed_acyclic_graph(graph)
    active = table > 0
    for link in found.links:
        both = (active[:, link.parent] & active[:, link.child]).sum()
        assert link.containment == pytest.approx(both / active[:, link.child].sum())


def test_of_equal_twins_the_earlier_stays() -> None:
    # Two features lead to the same five, one a little more surely; they hardly meet outside of these.
    table = np.zeros((2000, 7))
    table[100:900, 0] = table[900:1700, 1] = 1
    for child in range(2, 7):
        own = slice((child - 2) * 10, (child - 1) * 10)
        table[own, [0, 1, child]] = 1
        table[own.start, 1] = 0
    found = paper_families(pairs_of(table))
    assert as_set(found) == {(0, frozenset(range(2, 7)), 0)}
    both = paper_families(pairs_of(table), jaccard=1.0)
    assert as_set(both) == {(0, frozenset(range(2, 7)), 0), (1, frozenset(range(2, 7)), 1)}


def test_nothing_and_little() -> None:
    assert paper_families(pairs_of(np.zeros((5, 4)))).families == ()
    alone = np.eye(4)
    assert paper_families(pairs_of(alone)).families == ()
    assert paper_families(pairs_of(alone), np.zeros(4, np.bool_)).live == 4


def test_it_can_be_stopped() -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        paper_families(pairs_of(clumpy(0)), progress=progress)


def test_clean_features_are_those_whose_labels_passed() -> None:
    def label(feature: int, text: str, f1: float | None, pearson: float | None) -> Label:
        return Label(feature=feature, text=text, source="llm: m", f1=f1, pearson=pearson)

    given = [
        label(0, "good", 0.9, 0.9),
        label(1, "good", 0.9, 0.95),  # called the same, and better
        label(2, "weak", 0.79, 0.9),
        label(3, "everywhere", 1.0, 1.0),
        label(4, "fine", 0.8, 0.8),
    ]
    density = np.array([0.1, 0.1, 0.1, 0.2, 0.1, 0.1])
    clean = clean_features(Labels(6, given), density)
    assert clean is not None
    assert clean.tolist() == [False, True, False, False, True, False]
    untested = [label(feature, "x", None, None) for feature in range(6)]
    assert clean_features(Labels(6, untested), density) is None
    assert clean_features(Labels(6, []), density) is None
