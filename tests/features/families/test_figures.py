"""Figures of families against the square table of overlaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pairs_support import clumped, feature_set

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.families.family import Families, Family, Figures
from saerch_desktop.features.families.figures import homes, measure, summary
from saerch_desktop.progress import Progress


def overlaps(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """C_ij / min(f_i, f_j) without the diagonal."""
    active = (table > 0).astype(np.float64)
    together = active.T @ active
    often = np.diag(together)
    out = together / np.maximum(np.minimum.outer(often, often), 1)
    np.fill_diagonal(out, 0)
    return out


def family(*members: int, root: int | None = None) -> Family:
    return Family(key="-".join(map(str, members)), members=members, root=root)


def of(*families: Family) -> Families:
    return Families(method="own", families=families)


def test_every_figure_is_that_of_the_square_table(tmp_path: Path) -> None:
    table = clumped(300, 40, 5)
    features = feature_set(tmp_path, table)
    overlap = overlaps(table)
    wanted = (family(0, 5, 10, 15, 20, root=0), family(3, 4, 7, 12, root=7), family(1, 6), family(2, 39, 8))
    for one in measure(features, of(*wanted), Progress()).families:
        members = np.asarray(one.members)
        m = members.size
        block = overlap[np.ix_(members, members)]
        assert one.figures.density == pytest.approx((table[:, members] > 0).any(axis=1).mean())
        assert one.figures.inside == pytest.approx(block.sum() / (m * (m - 1)))
        outside = [j for j in range(39) if j not in one.members]  # 39 never fires
        among_live = overlap[np.ix_(members, outside)].sum() / (m * (39 - m))
        assert one.figures.block_ratio == pytest.approx(one.figures.inside / among_live)
        if one.root is None:
            assert one.figures.r is None
            assert one.figures.r_paper is None
            continue
        children = np.asarray(one.children)
        c = children.size
        below = overlap[np.ix_(children, children)]
        row = overlap[one.root, children].mean()
        assert one.figures.r == pytest.approx(row / (below.sum() / (c * (c - 1))))
        assert one.figures.r_paper == pytest.approx(row / (below + np.eye(c)).mean())


def test_the_published_example_of_r(tmp_path: Path) -> None:
    """Children that never meet have no R without the diagonal, and one with it."""
    table = np.zeros((40, 5))
    table[:, 0] = 1
    for child in range(1, 5):
        table[child * 10 - 10 : child * 10, child] = 1
    (one,) = measure(feature_set(tmp_path, table), of(family(0, 1, 2, 3, 4, root=0)), Progress()).families
    assert one.figures.r is None
    assert one.figures.r_paper == pytest.approx(1 / (4 / 16))
    assert one.figures.density == 1


def test_what_was_measured_otherwise_stays(tmp_path: Path) -> None:
    features = feature_set(tmp_path, clumped(80, 12, 3))
    one = family(0, 3, 6).model_copy(update={"figures": Figures(stability=0.75)})
    (found,) = measure(features, of(one), Progress()).families
    assert found.figures.stability == 0.75
    assert found.figures.inside is not None


def test_families_of_one_or_of_silent_features(tmp_path: Path) -> None:
    features = feature_set(tmp_path, clumped(80, 12, 3))
    alone, silent = measure(features, of(family(0), family(11, root=11)), Progress()).families
    assert alone.figures.inside is None
    assert alone.figures.block_ratio is None
    assert silent.figures.density == 0
    assert silent.figures.r is None


def test_totals(tmp_path: Path) -> None:
    table = clumped(300, 40, 5)
    features = feature_set(tmp_path, table)
    found = measure(
        features, of(family(0, 5, 10, 15, root=0), family(0, 5), family(1, 2, 6, root=6)), Progress()
    )
    total = summary(features, found, Progress())
    assert (total.families, total.covered) == (3, 7)
    assert total.coverage == pytest.approx(7 / 39)
    assert total.largest_share == pytest.approx(4 / 39)
    assert (total.size_mean, total.size_median) == (3, 3)
    assert total.r == pytest.approx(np.median([one.figures.r for one in found.families if one.figures.r]))
    overlap = overlaps(table)
    groups = {0: 1, 5: 1, 10: 0, 15: 0, 1: 2, 2: 2, 6: 2}  # the narrowest of each
    inside = [overlap[i, j] for i in groups for j in groups if i < j and groups[i] == groups[j]]
    between = [overlap[i, j] for i in groups for j in groups if i < j and groups[i] != groups[j]]
    assert total.block_ratio == pytest.approx(np.mean(inside) / np.mean(between))


def test_groups_that_know_nothing_have_a_block_ratio_of_one(tmp_path: Path) -> None:
    """So that the paper's divisor, the ratio of features in no order, can be left out."""
    features = feature_set(tmp_path, clumped(300, 60, 6))
    nothing = of(family(0, 1))
    ratios = []
    for seed in range(40):
        groups = np.random.default_rng(seed).permutation(np.arange(60) % 6).astype(np.int32)
        ratios.append(summary(features, nothing, Progress(), groups).block_ratio)
    assert np.mean(np.asarray(ratios, np.float64)) == pytest.approx(1, abs=0.05)


def test_nothing_at_all(tmp_path: Path) -> None:
    features = feature_set(tmp_path, clumped(80, 12, 3))
    total = summary(features, measure(features, of(), Progress()), Progress())
    assert (total.families, total.covered, total.largest_share) == (0, 0, 0)
    assert (total.r, total.block_ratio) == (None, None)


def test_homes_are_the_narrowest_or_the_widest() -> None:
    families = [family(0, 1, 2, 3), family(1, 2), family(2, 3)]
    assert homes(families, 5).tolist() == [0, 1, 1, 2, -1]
    assert homes(families, 5, widest=True).tolist() == [0, 0, 0, 0, -1]


def test_measuring_stops_when_asked(tmp_path: Path) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        measure(feature_set(tmp_path, clumped(80, 12, 3)), of(family(0, 3)), progress)


@pytest.mark.parametrize("damage", [-7, 10**9])
def test_codes_of_features_that_do_not_exist_are_refused(tmp_path: Path, damage: int) -> None:
    features = feature_set(tmp_path, clumped(60, 12, 3))
    features.codes.indices[5] = damage
    with pytest.raises(UserError, match="name features that do not exist"):
        measure(features, of(family(1, 2, 3)), Progress())
