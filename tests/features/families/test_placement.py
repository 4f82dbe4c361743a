"""Layouts: the same for a seed, nodes apart, known ones where they were."""

from __future__ import annotations

import numpy as np
import pytest

from saerch_desktop.errors import Cancelled
from saerch_desktop.features.families.graph_parts import ASSOCIATION, PARENT, FamilyGraph, Group, Node
from saerch_desktop.features.families.placement import LARGEST, SMALLEST, lay_out, radii, radius
from saerch_desktop.features.families.placement_forces import _push_by_field, _push_exactly
from saerch_desktop.features.families.placement_room import free_place, gather, part
from saerch_desktop.progress import Progress


def graph_of(
    n: int,
    links: list[tuple[int, int]],
    kind: int = ASSOCIATION,
    groups: tuple[Group, ...] = (),
    first: int = 0,
) -> FamilyGraph:
    nodes = tuple(
        Node(f"#{i}", "feature", i, None, f"name {i}", 0.0005 * (1 + i % 9), "B")
        for i in range(first, first + n)
    )
    count = len(links)
    return FamilyGraph(
        nodes,
        np.asarray(links, np.int32).reshape(-1, 2),
        np.full(count, 0.5, np.float32),
        np.full(count, kind, np.uint8),
        groups,
    )


def two_clusters(size: int = 12) -> FamilyGraph:
    links = [
        (a, b) for base in (0, size) for a in range(base, base + size) for b in range(a + 1, base + size)
    ]
    groups = (
        Group("one", "One", tuple(range(size)), size),
        Group("two", "Two", tuple(range(size, 2 * size)), size),
    )
    return graph_of(2 * size, [*links, (0, size)], groups=groups)


def overlaps(at: np.ndarray, half: np.ndarray) -> int:
    apart = np.abs(at[:, None] - at[None])
    hit = (apart < half[:, None] + half[None] - 1e-3).all(2)
    return int(np.triu(hit, 1).sum())


def test_the_area_of_a_node_is_in_proportion_to_its_density() -> None:
    sizes = [radius(Node("#0", "feature", 0, None, "", d, "?")) for d in (0.005, 0.01, 0.02)]
    areas = np.square(sizes)
    np.testing.assert_allclose(areas / areas[0], [1, 2, 4])
    assert radius(Node("#0", "feature", 0, None, "", 0.0, "?")) == SMALLEST
    assert radius(Node("#0", "feature", 0, None, "", 1.0, "?")) == LARGEST


def test_the_same_graph_and_seed_give_the_same_places() -> None:
    graph = two_clusters()
    np.testing.assert_array_equal(lay_out(graph, seed=3), lay_out(graph, seed=3))
    assert not np.array_equal(lay_out(graph, seed=3), lay_out(graph, seed=4))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 40])
def test_nodes_do_not_touch(n: int) -> None:
    chance = np.random.default_rng(0)
    links = [(int(a), int(b)) for a, b in chance.integers(0, max(n, 1), (2 * n, 2)) if a != b]
    graph = graph_of(n, links)
    at = lay_out(graph)
    assert at.shape == (n, 2)
    assert np.isfinite(at).all()
    reach = radii(graph)
    apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) + np.eye(n) * 1e9
    assert (apart >= reach[:, None] + reach[None]).all()


def test_families_are_apart_as_wholes() -> None:
    graph = two_clusters()
    at = lay_out(graph)
    one, two = at[:12], at[12:]
    clear_x = one[:, 0].max() < two[:, 0].min() or two[:, 0].max() < one[:, 0].min()
    clear_y = one[:, 1].max() < two[:, 1].min() or two[:, 1].max() < one[:, 1].min()
    assert clear_x or clear_y


def test_children_hang_below_their_parents() -> None:
    tree = [(0, 1), (0, 2), (1, 3), (1, 4), (2, 5), (2, 6)]
    at = lay_out(graph_of(7, tree, PARENT))
    assert all(at[child, 1] > at[parent, 1] for parent, child in tree)


def test_known_nodes_stay_and_new_ones_come_near_their_neighbours() -> None:
    small = two_clusters()
    at = lay_out(small)
    known = {node.id: (float(x), float(y)) for node, (x, y) in zip(small.nodes, at, strict=True)}
    larger = graph_of(26, [*map(tuple, small.edges.tolist()), (0, 24), (1, 24), (13, 25)])
    grown = lay_out(larger, known)
    np.testing.assert_array_equal(grown[:24], at)
    # 24 is tied to the first family, 25 to the second.
    middles = np.array([at[:12].mean(0), at[12:].mean(0)])
    nearest = [int(np.hypot(*(middles - grown[place]).T).argmin()) for place in (24, 25)]
    assert nearest == [0, 1]
    reach = radii(larger)
    apart = np.hypot(*(grown[24:, None] - grown[None]).transpose(2, 0, 1)) + np.eye(26)[24:] * 1e9
    assert (apart >= reach[24:, None] + reach[None]).all()


def test_taking_nodes_away_moves_nothing() -> None:
    whole = two_clusters()
    at = lay_out(whole)
    known = {node.id: (float(x), float(y)) for node, (x, y) in zip(whole.nodes, at, strict=True)}
    rest = graph_of(12, [(0, 1), (1, 2)])
    np.testing.assert_array_equal(lay_out(rest, known), at[:12])


def test_pinned_nodes_stay_when_all_else_is_laid_out_anew() -> None:
    graph = two_clusters()
    places = {"#3": (500.0, -400.0), "#20": (0.0, 0.0)}
    at = lay_out(graph, places, pinned={"#3", "#20"})
    assert tuple(at[3]) == (500.0, -400.0)
    assert tuple(at[20]) == (0.0, 0.0)


def test_another_picture_is_laid_out_anew() -> None:
    graph = two_clusters()
    elsewhere = {f"#{i}": (1e4 * i, 0.0) for i in range(22, 60)}
    at = lay_out(graph, elsewhere)
    assert np.ptp(at[:, 0]) < 5000


def test_many_new_nodes_find_their_places_around_those_that_stay() -> None:
    chance = np.random.default_rng(1)
    n = 700
    links = [(int(chance.integers(0, i)), i) for i in range(1, n)]
    known = {f"#{i}": (float(30 * (i % 20)), float(30 * (i // 20))) for i in range(350)}
    at = lay_out(graph_of(n, links), known)
    np.testing.assert_array_equal(at[:350], [known[f"#{i}"] for i in range(350)])
    assert np.isfinite(at).all()


def test_the_field_pushes_as_the_sum_over_all_pairs_does() -> None:
    chance = np.random.default_rng(0)
    at = chance.normal(0, 300, (1500, 2))
    exact, field = _push_exactly(at, 10.0), _push_by_field(at, 10.0)
    alike = (exact * field).sum(1) / np.hypot(*exact.T) / np.hypot(*field.T)
    assert np.median(alike) > 0.99
    assert np.median(np.hypot(*field.T) / np.hypot(*exact.T)) == pytest.approx(1.0, abs=0.05)


def test_pushing_exactly_is_the_plain_sum() -> None:
    chance = np.random.default_rng(0)
    at = chance.normal(0, 100, (30, 2))
    wanted = np.zeros((30, 2))
    for i in range(30):
        for j in range(30):
            if i != j:
                apart = at[i] - at[j]
                wanted[i] += apart * 100.0 / (apart @ apart + 1e-3 * 100.0)
    np.testing.assert_allclose(_push_exactly(at, 10.0), wanted, rtol=1e-6)


def test_boxes_are_parted_and_fixed_ones_stay() -> None:
    chance = np.random.default_rng(0)
    at, half = chance.normal(0, 40, (80, 2)), chance.uniform(4, 20, (80, 2))
    fixed = np.zeros(80, bool)
    fixed[5] = True
    moved = part(at, half, fixed, 400)
    assert overlaps(moved, half) == 0
    np.testing.assert_allclose(moved[5], at[5], atol=2e-3)


def test_equal_points_are_parted_too() -> None:
    moved = part(np.zeros((6, 2)), np.full((6, 2), 5.0), np.zeros(6, bool), 300)
    assert overlaps(moved, np.full((6, 2), 5.0)) == 0


def test_boxes_are_gathered_without_touching() -> None:
    chance = np.random.default_rng(0)
    at, half = chance.normal(0, 900, (60, 2)), chance.uniform(5, 40, (60, 2))
    packed = gather(at, half, 2.0)
    assert overlaps(packed, half) == 0
    low, high = (packed - half).min(0), (packed + half).max(0)
    assert (high - low).prod() < 4 * (4 * half.prod(1)).sum()
    assert 1.2 < (high - low)[0] / (high - low)[1] < 3.5


def test_the_nearest_free_place_is_free_and_near() -> None:
    at, halves = np.array([[0.0, 0.0]]), np.array([[30.0, 30.0]])
    place = free_place(np.zeros(2), np.array([10.0, 10.0]), at, halves, 5.0)
    assert (np.abs(place) >= 40).any()
    assert np.abs(place).max() < 60
    np.testing.assert_array_equal(
        free_place(np.ones(2), np.ones(2), np.empty((0, 2)), np.empty((0, 2)), 5.0), [1, 1]
    )


def test_a_layout_can_be_cancelled() -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        lay_out(two_clusters(), progress=progress)
