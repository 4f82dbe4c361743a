"""Features of two SAEs matched, against plain dense products and SciPy's dense assignment."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from numpy.typing import NDArray
from planted_pairs import beside, random_decoder
from scipy.optimize import linear_sum_assignment

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features import matching
from saerch_desktop.features.matching import Matching, Pairs, greedy, match, nearest_in, one_to_one
from saerch_desktop.progress import Progress

DIM = 64


def all_live(decoder: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.ones(len(decoder), np.bool_)


def matched(left: NDArray[np.float32], right: NDArray[np.float32]) -> Matching:
    return match(left, right, all_live(left), all_live(right), Progress())


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several blocks, the last one not full, however small the decoders are."""
    monkeypatch.setattr(matching, "_BLOCK_BYTES", 4 * 7 * 40)


def related_decoders(seed: int = 1) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """60 features and 90: some again, some split, some new on either side."""
    left = random_decoder(60, DIM, seed)
    right = [beside(left[i], 0.6013 + 0.39 * (i % 10) / 10, 100 + i) for i in range(30)]
    right += [beside(left[i // 3], 0.5537 + 0.1 * (i % 3), 500 + i) for i in range(30)]
    rows = np.concatenate((np.stack(right), random_decoder(30, DIM, seed + 50)))
    return left, rows[np.random.default_rng(seed).permutation(90)]


# Nearest ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("n", [1, 23, 60])
def test_nearest_is_the_largest_of_the_dense_product(n: int) -> None:
    rows, other = random_decoder(n, DIM, 1), random_decoder(41, DIM, 2)
    ids, cosines = nearest_in(rows, other)
    dense = rows.astype(np.float64) @ other.astype(np.float64).T
    assert ids.tolist() == dense.argmax(axis=1).tolist()
    assert cosines == pytest.approx(dense.max(axis=1), abs=1e-6)
    assert (ids.dtype, cosines.dtype) == (np.int64, np.float32)


@pytest.mark.usefixtures("small_blocks")
def test_only_some_may_be_chosen_and_keep_their_ids() -> None:
    rows, other = random_decoder(30, DIM, 1), random_decoder(41, DIM, 2)
    among = np.random.default_rng(3).random(41) < 0.4
    ids, cosines = nearest_in(rows, other, among)
    dense = np.where(among, rows @ other.T, -2)
    assert ids.tolist() == dense.argmax(axis=1).tolist()
    assert cosines == pytest.approx(dense.max(axis=1), abs=1e-6)
    nothing, least = nearest_in(rows, other, np.zeros(41, np.bool_))
    assert set(nothing.tolist()) == {-1}
    assert set(least.tolist()) == {-1.0}


def test_the_lower_of_equals_is_nearest() -> None:
    rows = random_decoder(3, DIM, 1)
    assert nearest_in(rows, np.concatenate((rows, rows)))[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("ask", [nearest_in, lambda a, b: matched(a, b)])
def test_other_dimensions_are_the_users_error(ask: object) -> None:
    with pytest.raises(UserError, match="64 dimensions, the other 32"):
        ask(random_decoder(4, 64), random_decoder(4, 32))  # type: ignore[operator]


# Matching --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("swapped", [False, True])
def test_every_figure_is_that_of_the_dense_product(swapped: bool) -> None:
    left, right = related_decoders()
    if swapped:
        left, right = right, left
    chance = np.random.default_rng(4)
    live = chance.random(len(left)) < 0.8, chance.random(len(right)) < 0.8
    found = match(left, right, *live, Progress())
    dense = left.astype(np.float64) @ right.astype(np.float64).T
    dense[~live[0]], dense[:, ~live[1]] = -2, -2
    for side, table, own in ((found.left, dense, live[0]), (found.right, dense.T, live[1])):
        near, top = table.argmax(axis=1), table.max(axis=1)
        other_near, other_top = table.argmax(axis=0), table.max(axis=0)
        assert np.where(own, near, -1).tolist() == side.nearest.tolist()
        assert side.cosine[own] == pytest.approx(top[own], abs=1e-6)
        assert set(side.cosine[~own].tolist()) <= {-1.0}
        mutual = own & (other_near[near] == np.arange(len(own))) & (top >= 0.7)
        assert side.recurring.tolist() == mutual.tolist()
        parts = [int(((other_near == f) & (other_top >= 0.5)).sum()) for f in range(len(own))]
        assert side.parts.tolist() == np.where(own, parts, 0).tolist()
        assert side.split.tolist() == (np.where(own, parts, 0) >= 2).tolist()
        close = own & (top >= 0.5)
        sharing = [int((close & (near == near[f])).sum()) for f in range(len(own))]
        assert side.merged.tolist() == (close & (np.array(sharing) >= 2)).tolist()
        assert side.only.tolist() == (own & (top < 0.5)).tolist()
        assert side.median == pytest.approx(np.median(top[own]), abs=1e-6)
        assert side.share(0.6) == pytest.approx((top[own] >= 0.6).mean())
        edges, counts = side.histogram()
        assert counts.tolist() == np.histogram(top[own], bins=20, range=(0, 1))[0].tolist()
        assert (edges[0], edges[-1]) == (0, 1)
    pairs = found.pairs()
    wanted = {(f, int(dense[f].argmax())) for f in np.flatnonzero(live[0])}
    wanted |= {(int(dense[:, g].argmax()), int(g)) for g in np.flatnonzero(live[1])}
    assert list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)) == sorted(wanted)
    assert pairs.cosines == pytest.approx(dense[pairs.left, pairs.right], abs=1e-6)


def test_an_sae_in_other_order_recurs_whole() -> None:
    left = random_decoder(50, DIM, 1)
    order = np.random.default_rng(2).permutation(50)
    found = matched(left, left[order])
    assert found.left.recurring.all()
    assert found.right.partner.tolist() == order.tolist()
    assert found.left.partner[order].tolist() == list(range(50))
    assert found.left.partner_cosine == pytest.approx(np.ones(50), abs=1e-6)
    assert found.left.median == pytest.approx(1)
    assert not found.left.only.any()
    assert not found.left.split.any()


def test_a_rotated_sae_has_nothing_in_common() -> None:
    """The same features in a turned space: every angle within is kept, none between."""
    left = random_decoder(50, DIM, 1)
    turn, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(DIM, DIM)))
    found = matched(left, (left @ turn).astype(np.float32))
    assert not found.left.recurring.any()
    assert found.left.only.mean() > 0.8


def test_planted_splits_merges_and_newcomers_are_told() -> None:
    left = random_decoder(6, 512, 1)  # in so many dimensions strangers are nearly at right angles
    parts = [beside(left[0], c, 10 + n) for n, c in enumerate((0.8, 0.6, 0.55))]
    again = [beside(left[1], 0.95, 20)]
    stranger = [beside(left[2], 0.45, 30)]
    right = np.stack([*parts, *again, *stranger, random_decoder(1, 512, 99)[0]])
    found = matched(left, right)
    assert found.left.parts.tolist() == [3, 1, 0, 0, 0, 0]
    assert np.flatnonzero(found.left.recurring).tolist() == [0, 1]
    assert np.flatnonzero(found.left.only).tolist() == [2, 3, 4, 5]
    assert found.right.merged.tolist() == [True, True, True, False, False, False]
    assert found.right.recurring.tolist() == [True, False, False, True, False, False]
    assert np.flatnonzero(found.right.only).tolist() == [4, 5]
    assert found.novel is found.right
    turned = matched(right[:5], left)
    assert turned.right.split.tolist() == [True, False, False, False, False, False]
    assert turned.left.merged.tolist() == [True, True, True, False, False]


def test_without_live_features_there_is_nothing_to_match() -> None:
    left, right = random_decoder(5, DIM, 1), random_decoder(7, DIM, 2)
    found = match(left, right, np.zeros(5, np.bool_), all_live(right), Progress())
    assert found.right.nearest.tolist() == [-1] * 7
    assert found.right.only.all()
    assert np.isnan(found.left.median)
    assert np.isnan(found.left.partner_median)
    assert np.isnan(found.left.share())
    assert found.pairs().left.size == 0
    assert found.left.histogram()[1].sum() == 0


def test_a_cancel_stops_it() -> None:
    progress = Progress()
    progress.cancel()
    left = random_decoder(5, DIM, 1)
    with pytest.raises(Cancelled):
        match(left, left, all_live(left), all_live(left), progress)


# One to one ------------------------------------------------------------------------------------------------


def every_pair(left: NDArray[np.float32], right: NDArray[np.float32]) -> Pairs:
    cosines = left @ right.T
    rows, columns = np.indices(cosines.shape)
    return Pairs(rows.ravel(), columns.ravel(), cosines.ravel())


def require_one_to_one(chosen: Pairs, cosines: NDArray[np.float32]) -> None:
    assert np.unique(chosen.left).size == chosen.left.size
    assert np.unique(chosen.right).size == chosen.right.size
    assert chosen.left.tolist() == sorted(chosen.left.tolist())
    assert chosen.cosines == pytest.approx(cosines[chosen.left, chosen.right], abs=1e-6)
    assert (chosen.cosines > 0).all()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("at_once", [3, 2000])
def test_relatives_are_paired_as_well_as_can_be(
    seed: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SciPy's dense assignment of the same problem has the same sum; in parts or at once."""
    monkeypatch.setattr(matching, "_AT_ONCE", at_once)
    left, right = related_decoders(seed)
    cosines = left @ right.T
    chosen = one_to_one(every_pair(left, right), len(left), len(right))
    require_one_to_one(chosen, cosines)
    worth = np.where(cosines >= 0.5, cosines, 0)
    rows, columns = linear_sum_assignment(-worth)
    related = chosen.cosines >= 0.5
    assert chosen.cosines[related].sum() == pytest.approx(worth[rows, columns].sum(), abs=1e-4)
    assert chosen.left.size == min(len(left), len(right))


def test_the_exact_choice_serves_two_where_greed_serves_one() -> None:
    """a is nearest to x, but b has only x: greedy takes a–x and leaves b alone."""
    pairs = Pairs(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0.9, 0.85, 0.8], np.float32))
    assert [part.tolist() for part in greedy(pairs)[:2]] == [[0], [0]]
    chosen = one_to_one(pairs, 2, 2)
    assert list(zip(chosen.left, chosen.right, strict=True)) == [(0, 1), (1, 0)]
    brute = max(
        sum(
            {(0, 0): 0.9, (0, 1): 0.85, (1, 0): 0.8}.get((row, column), 0.0)
            for row, column in enumerate(order)
        )
        for order in itertools.permutations(range(2))
    )
    assert chosen.cosines.sum() == pytest.approx(brute)


def test_a_strong_pair_is_not_given_up_for_pairs_that_mean_nothing() -> None:
    """0.95 alone is worth less than 0.48 + 0.49, but those are no relatives."""
    pairs = Pairs(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0.95, 0.49, 0.48], np.float32))
    chosen = one_to_one(pairs, 2, 2)
    assert list(zip(chosen.left, chosen.right, strict=True)) == [(0, 0)]


def test_nobody_is_paired_with_an_opposite() -> None:
    pairs = Pairs(np.array([0, 1]), np.array([0, 1]), np.array([-0.3, 0.0], np.float32))
    assert one_to_one(pairs, 2, 2).left.size == 0
    assert greedy(pairs).left.size == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_candidates_lose_nothing_that_matters(seed: int) -> None:
    """What `match` pairs from a few candidates of each is what it would from all pairs."""
    left, right = related_decoders(seed)
    found = matched(left, right)
    best = one_to_one(every_pair(left, right), len(left), len(right))
    own = found.left.partner_cosine
    assert own[own >= 0.5].sum() == pytest.approx(best.cosines[best.cosines >= 0.5].sum(), abs=1e-4)
    there = np.flatnonzero(found.left.partner >= 0)
    assert found.right.partner[found.left.partner[there]].tolist() == there.tolist()


@pytest.mark.bench
def test_time_of_the_paper_s_sizes() -> None:
    """9,216 × 12,288 × 1,536: prints seconds."""
    left, right = random_decoder(9216, 1536, 1), random_decoder(12288, 1536, 2)
    right[:6000] = left[:6000] + 0.02 * right[:6000]
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    began = time.perf_counter()
    found = matched(left, right)
    print(f"\nmatched in {time.perf_counter() - began:.2f} s; {found.left.recurring.sum()} recur")
    assert found.left.recurring.sum() >= 6000
