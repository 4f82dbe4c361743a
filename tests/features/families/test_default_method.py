"""Families of planted structure: what was planted is found, and nothing is made of what is not there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import adjusted_mutual_info_score

from saerch_desktop.errors import Cancelled
from saerch_desktop.features.families.association import association, evidence
from saerch_desktop.features.families.communities import communities, leiden
from saerch_desktop.features.families.company import alike, profiles
from saerch_desktop.features.families.default_method import (
    LARGEST,
    MAIN_LEVEL,
    default_families,
    resolutions,
)
from saerch_desktop.features.families.family import Families
from saerch_desktop.features.families.hierarchy import GAIN, gains, links
from saerch_desktop.features.families.pair_counts import PairCounts
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.vectors import Vectors
from saerch_desktop.progress import Progress


def pairs_of(table: NDArray[Any]) -> PairCounts:
    """All pairs that meet in three documents or more, counted densely."""
    active = (table > 0).astype(np.float32)  # exact up to 2**24, and many times faster than whole numbers
    met = (active.T @ active).astype(np.int64)
    left, right = np.nonzero(np.triu(met, 1) >= 3)
    return PairCounts(
        table.shape[1],
        table.shape[0],
        np.diag(met).copy(),
        left.astype(np.int32),
        right.astype(np.int32),
        met[left, right].astype(np.int32),
        np.full(left.size, np.nan, np.float32),
    )


def opened(
    table: NDArray[Any], decoder: NDArray[np.float32] | None = None, noise: float = 0.0, seed: int = 0
) -> tuple[FeatureSet, Vectors, PairCounts]:
    """What the method needs of an SAE, from a dense table of activations (documents, features)."""
    rows, n = table.shape
    width = max(1, int((table > 0).sum(axis=1).max()))
    ids = np.argsort(-table, axis=1, kind="stable")[:, :width].astype(np.int32)
    values = np.take_along_axis(table, ids, axis=1).astype(np.float32)
    if decoder is None:
        decoder = np.eye(n, dtype=np.float32)
    there = [np.flatnonzero(table[:, feature] > 0).astype(np.int32) for feature in range(n)]
    features = SimpleNamespace(
        sae=SimpleNamespace(
            sha256="0" * 64,
            decoder=decoder,
            pre_bias=np.zeros(decoder.shape[1], np.float32),
            config=SimpleNamespace(features=n),
        ),
        codes=SimpleNamespace(indices=ids, values=values, rows=rows),
        inverted=SimpleNamespace(of=lambda feature: (there[feature], table[there[feature], feature])),
    )
    x = (
        table @ decoder + noise * np.random.default_rng(seed).standard_normal((rows, decoder.shape[1]))
    ).astype(np.float32)
    vectors = SimpleNamespace(gather=lambda wanted: x[np.asarray(wanted)])
    return cast("FeatureSet", features), cast("Vectors", vectors), pairs_of(table)


def planted(blocks: int = 24, size: int = 10, rows: int = 12_000, seed: int = 0) -> NDArray[np.float32]:
    """Each document is of one theme, has four of its features and three of any other."""
    random = np.random.default_rng(seed)
    table = np.zeros((rows, blocks * size), np.float32)
    theme = random.integers(0, blocks, rows)
    for row in range(rows):
        own = theme[row] * size + random.choice(size, 4, replace=False)
        table[row, np.concatenate((own, random.integers(0, blocks * size, 3)))] = 1 + random.random(7)
    return table


def found_in(table: NDArray[Any], seed: int = 0, resolution: float = 1.0) -> Families:
    features, vectors, pairs = opened(table)
    return default_families(features, pairs, vectors, seed=seed, resolution=resolution, progress=Progress())


def groups_of(families: Families, n: int, level: int = MAIN_LEVEL) -> NDArray[np.int64]:
    out = np.full(n, -1)
    for place, family in enumerate(families.families):
        if family.level <= level:
            out[list(family.members)] = place
    return out


# -----------------------------------------------------------------------------------------------------------


def test_planted_families_are_found() -> None:
    table = planted()
    found = found_in(table)
    truth = np.arange(240) // 10
    groups = groups_of(found, 240)
    assert (groups >= 0).mean() > 0.95
    assert adjusted_mutual_info_score(truth, groups) > 0.95
    assert all(
        family.figures.stability is not None and family.figures.stability > 0.9 for family in found.families
    )


def test_so_are_families_of_families() -> None:
    """Eighty families of six, in ten regions: the regions are broad families, and the rest lies in them."""
    random = np.random.default_rng(3)
    n, rows = 480, 16_000
    table = np.zeros((rows, n), np.float32)
    family = random.integers(0, 80, rows)
    for row in range(rows):
        region = family[row] // 8
        own = family[row] * 6 + random.choice(6, 3, replace=False)
        near = region * 48 + random.integers(0, 48, 3)
        table[row, np.concatenate((own, near, random.integers(0, n, 1)))] = 1
    found = found_in(table)
    # No family may have more than a twentieth of the features, so a region of a tenth comes in two.
    for one in found.families:
        regions = np.bincount(np.asarray(one.members) // 48)
        assert regions.max() / regions.sum() > 0.9
    finest = np.full(n, -1)
    for place, one in enumerate(found.families):
        finest[list(one.members)] = place
    assert adjusted_mutual_info_score(np.arange(n) // 6, finest) > 0.8
    by_key = {one.key: one for one in found.families}
    for one in found.families:
        for parent in one.parents:
            assert set(one.members) < set(by_key[parent].members)
            assert by_key[parent].level < one.level
    assert any(one.parents for one in found.families)


def test_a_bridge_does_not_chain_two_families() -> None:
    table = planted()
    # A feature of the first family also fires in half of the documents with one of the second.
    table[(table[:, 10] > 0) & (np.arange(len(table)) % 2 == 0), 9] = 1
    groups = groups_of(found_in(table), 240)
    assert groups[0] != groups[11]
    assert adjusted_mutual_info_score(np.arange(240) // 10, groups) > 0.93


def test_none_is_too_large_even_where_all_go_together() -> None:
    random = np.random.default_rng(5)
    centre = np.sort(random.random(4000))
    place = np.arange(200) / 200
    table = (np.abs(place - centre[:, None]) < 0.08) & (random.random((4000, 200)) < 0.5)
    found = found_in(table.astype(np.float32))
    assert found.families
    assert max(len(family.members) for family in found.families) <= LARGEST * 200


def test_random_codes_give_almost_no_pairs() -> None:
    random = np.random.default_rng(0)
    table = np.zeros((5000, 200), np.float32)
    for row in table:
        row[random.choice(200, 8, replace=False)] = 1
    # The false-discovery rate: of pairs by chance only, about none.
    assert association(pairs_of(table)).left.size <= 3


def test_the_same_seed_gives_the_same_families() -> None:
    table = planted(rows=6000)
    one, again, other = (found_in(table, seed) for seed in (0, 0, 1))
    assert one.families == again.families
    assert one.links == again.links
    alike_groups = adjusted_mutual_info_score(groups_of(one, 240), groups_of(other, 240))
    assert alike_groups > 0.9


def test_a_higher_resolution_gives_more_communities() -> None:
    graph = association(pairs_of(planted(blocks=6, rows=2000)))
    few, many = (communities(graph, value, 0, 60).max() + 1 for value in (1.0, 30.0))
    assert few == 6 < many
    assert resolutions(3072, 2.0) == tuple(2 * value for value in resolutions(3072, 1.0))
    assert list(resolutions(9216, 1.0)) == sorted(resolutions(9216, 1.0))


@pytest.mark.parametrize("live", [0, 1, 2, 3])
def test_of_few_features_there_are_few_families(live: int) -> None:
    table = np.zeros((60, 6), np.float32)
    table[:20, :live] = 1
    found = found_in(table)
    assert found.live == live
    assert all(set(family.members) <= set(range(live)) for family in found.families)


def test_the_method_stops_when_asked() -> None:
    features, vectors, pairs = opened(planted(blocks=6, rows=500))
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        default_families(features, pairs, vectors, progress=progress)


def test_evidence_is_the_likelihood_ratio_of_poisson_counts() -> None:
    from scipy.stats import poisson

    pairs = pairs_of(planted(blocks=4, rows=400))
    expected = pairs.frequency[pairs.left] * pairs.frequency[pairs.right] / pairs.documents
    ratio = poisson.logpmf(pairs.counts, pairs.counts) - poisson.logpmf(pairs.counts, expected)
    truth = np.where(pairs.counts > expected, ratio, 0)
    assert np.allclose(evidence(pairs), truth, atol=1e-9)


def test_like_company_is_found_without_meeting() -> None:
    """Two features that never fire together, but with the same others, are each other's nearest."""
    random = np.random.default_rng(1)
    table = planted(blocks=8, rows=4000)
    either = random.random(4000) < 0.5
    theme = (table[:, :10] > 0).sum(axis=1) >= 4
    table[:, 0] = np.where(theme & either, 1, 0)
    table[:, 1] = np.where(theme & ~either, 1, 0)
    pairs = pairs_of(table)
    assert not ((pairs.left == 0) & (pairs.right == 1)).any()
    rows = profiles(association(pairs), 0).rows
    graph = alike(rows, Progress(), 9)
    assert ((graph.left == 0) & (graph.right == 1)).any()
    # Against all cosines at once.
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -2)
    near = np.argsort(-cosines, axis=1)[:, :9]
    pairs_there = set(zip(graph.left.tolist(), graph.right.tolist(), strict=True))
    assert {(min(a, b), max(a, b)) for a in range(80) for b in near[a].tolist()} == pairs_there


def test_communities_are_numbered_and_none_is_too_large() -> None:
    graph = association(pairs_of(planted(blocks=6, rows=2000)))
    found = communities(graph, 1.0, 0, 7)
    assert np.bincount(found[found >= 0]).max() <= 7
    first = [int(np.flatnonzero(found == one)[0]) for one in range(found.max() + 1)]
    assert first == sorted(first)
    assert leiden(graph.matrix(), 1.0, 3).tolist() == leiden(graph.matrix(), 1.0, 3).tolist()


# -----------------------------------------------------------------------------------------------------------


def under_a_parent(seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Activations and directions: feature 0 is over 1 to 4; 5 fires with 1, but is not in the documents."""
    random = np.random.default_rng(seed)
    table = np.zeros((2000, 12), np.float32)
    for child in range(1, 5):
        rows = slice(child * 200, child * 200 + 150)
        table[rows, child] = 1 + random.random(150)
        table[rows, 0] = 1 + random.random(150)
    table[1200:1400, 0] = 1
    table[200:350, 5] = 1
    table[1400:1800, 5] = 1
    for row in range(2000):
        table[row, 6 + random.integers(0, 6)] = 1
    decoder = random.standard_normal((12, 48)).astype(np.float32)
    return table, decoder / np.linalg.norm(decoder, axis=1, keepdims=True)


def with_false_parent() -> tuple[FeatureSet, Vectors, PairCounts]:
    table, decoder = under_a_parent()
    true = table.copy()
    true[:, 5] = 0  # the code says that 5 is active; the documents know nothing of it
    _, vectors, _ = opened(true, decoder, noise=0.05)
    features, _, pairs = opened(table, decoder)
    return features, vectors, pairs


def test_a_parent_stands_over_its_children() -> None:
    features, vectors, pairs = with_false_parent()
    found = {(link.parent, link.child) for link in links(features, pairs, vectors, Progress())}
    assert {(0, child) for child in range(1, 5)} <= found


def test_one_that_merely_fires_with_them_is_no_parent() -> None:
    features, vectors, pairs = with_false_parent()
    without_test = {(link.parent, link.child) for link in links(features, pairs, None, Progress())}
    assert (5, 1) in without_test
    tested = links(features, pairs, vectors, Progress())
    assert (5, 1) not in {(link.parent, link.child) for link in tested}
    assert all(link.gain is not None and link.gain >= GAIN for link in tested)


def test_the_gain_is_what_refitting_each_document_gives() -> None:
    features, vectors, _ = with_false_parent()
    decoder, codes = features.sae.decoder, features.codes
    children, parents = np.asarray([1, 1, 2]), np.asarray([0, 5, 0])
    found = gains(features, vectors, children, parents, seed=4)
    for child, parent, gain in zip(children, parents, found, strict=True):
        begin = np.random.default_rng([4, int(child)]).random()
        rows = features.inverted.of(int(child))[0]
        rows = rows[((np.arange(16) + begin) * (rows.size / 16)).astype(int)]
        table = np.zeros((rows.size, 12))
        np.put_along_axis(table, codes.indices[rows].astype(int), codes.values[rows], axis=1)
        x = vectors.gather(rows).astype(np.float64)
        full = np.square(x - table @ decoder).sum()
        table[:, parent] = 0
        rest = x - table @ decoder
        # The child's activation is chosen anew, by least squares, where the parent is taken away.
        fitted = np.linalg.lstsq(decoder[child][:, None].astype(np.float64), rest.T, rcond=None)[0]
        left = np.square(rest - fitted.T @ decoder[child][None]).sum()
        assert gain == pytest.approx(1 - full / left, rel=1e-4, abs=1e-5)


def test_links_have_no_circles_and_may_have_several_parents() -> None:
    import networkx as nx

    random = np.random.default_rng(8)
    table = np.zeros((3000, 30), np.float32)
    for row in table:
        row[random.integers(0, 10)] = 1
        for general in range(10, 16):
            row[general] = row[:10][[general - 10, (general - 9) % 10, (general - 8) % 10]].any()
        row[16 + random.integers(0, 14)] = 1
    features, vectors, pairs = opened(table, noise=0.02)
    found = links(features, pairs, vectors, Progress())
    graph = nx.DiGraph([(link.parent, link.child) for link in found])
    assert nx.is_directed_acyclic_graph(graph)
    assert max(degree for _, degree in graph.in_degree()) >= 2
    frequency = pairs.frequency
    for link in found:
        met = int(((table[:, link.parent] > 0) & (table[:, link.child] > 0)).sum())
        assert link.containment == pytest.approx(met / frequency[link.child])


def test_the_most_general_member_is_the_root() -> None:
    table = planted(rows=8000)
    # The first of each ten fires in nearly all of its theme's documents.
    for block in range(24):
        theme = (table[:, block * 10 : block * 10 + 10] > 0).sum(axis=1) >= 3
        table[theme, block * 10] = 1.5
    found = found_in(table)
    roots = [family.root for family in found.families if family.level == MAIN_LEVEL]
    assert sum(root is not None and root % 10 == 0 for root in roots) > 0.8 * len(roots) > 15
    assert all(family.members[0] == family.root for family in found.families if family.root is not None)
