"""Pairs of features against dense products of the whole table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pairs_support import clumped, feature_set

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.families import pair_scan
from saerch_desktop.features.families.cooccurrence import PairCounts, count_pairs, exact_block
from saerch_desktop.features.families.pair_scan import scan_pairs
from saerch_desktop.progress import Progress


def dense(table: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """C = AᵀA and D, the cosines of the columns."""
    active = (table > 0).astype(np.int64)
    length = np.linalg.norm(table, axis=0)
    unit = table / np.where(length > 0, length, 1)
    return active.T @ active, unit.T @ unit


def kept(counts: NDArray[np.int64], documents: int) -> NDArray[np.bool_]:
    """Which of the pairs left < right are to be kept, by the rule as it is written."""
    n = len(counts)
    out = np.zeros((n, n), np.bool_)
    for i in range(n):
        for j in range(i + 1, n):
            f, g, c = int(counts[i, i]), int(counts[j, j]), int(counts[i, j])
            expected = f * g / documents
            variance = expected * (1 - f / documents) * (documents - g) / max(1, documents - 1)
            surprising = c >= expected + 3 * np.sqrt(variance) - 1e-3
            out[i, j] = c >= 3 and (surprising or c >= 0.05 * min(f, g) - 1e-3)
    return out


def assert_same(pairs: PairCounts, table: NDArray[np.float64], documents: int) -> None:
    counts, cosine = dense(table)
    left, right = np.nonzero(kept(counts, documents))
    assert np.array_equal(pairs.left, left)
    assert np.array_equal(pairs.right, right)
    assert np.array_equal(pairs.counts, counts[left, right])
    assert np.array_equal(pairs.frequency, np.diag(counts))
    np.testing.assert_allclose(pairs.similarity, cosine[left, right], atol=2e-6)
    dtypes = [part.dtype for part in (pairs.left, pairs.right, pairs.counts, pairs.similarity)]
    assert dtypes == [np.int32, np.int32, np.int32, np.float32]


@pytest.mark.parametrize(("rows", "features", "clumps"), [(400, 60, 6), (90, 17, 3), (1, 4, 1), (30, 2, 1)])
def test_pairs_are_those_of_the_dense_product(tmp_path: Path, rows: int, features: int, clumps: int) -> None:
    table = clumped(rows, features, clumps, seed=rows)
    assert_same(count_pairs(feature_set(tmp_path, table), Progress()), table, rows)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.integers(1, 60), features=st.integers(2, 40), seed=st.integers(0, 99), many=st.floats(0.05, 0.9)
)
def test_any_codes_are_counted_exactly(rows: int, features: int, seed: int, many: float) -> None:
    chance = np.random.default_rng(seed)
    table = np.where(chance.random((rows, features)) < many, chance.uniform(0.01, 3, (rows, features)), 0)
    order = np.argsort(-table, axis=1, kind="stable").astype(np.int32)
    values = np.take_along_axis(table, order.astype(np.int64), axis=1).astype(np.float32)
    assert_same(scan_pairs(order, values, features, rows, Progress()), table, rows)


def test_surprising_pairs_are_kept_though_they_share_little() -> None:
    """In 20,000 documents, features of 400 each: 17 shared ones are surprising, 20 would be a twentieth."""
    chance = np.random.default_rng(2)
    table = np.where(chance.random((20_000, 30)) < 0.02, 1.0, 0.0)
    for feature in range(1, 30):
        shared = np.flatnonzero(table[:, 0])[: feature // 2]
        table[shared, feature] = 1
    order = np.argsort(-table, axis=1, kind="stable")
    values = np.take_along_axis(table, order, axis=1).astype(np.float32)
    pairs = scan_pairs(order.astype(np.int32), values, 30, 20_000, Progress())
    fewer = np.minimum(pairs.frequency[pairs.left], pairs.frequency[pairs.right])
    assert ((pairs.counts < 0.05 * fewer) & (pairs.counts > 10)).any()
    assert_same(pairs, table, 20_000)


def test_two_features_that_are_one_have_a_cosine_of_one(tmp_path: Path) -> None:
    table = clumped(200, 8, 2)
    table[:, 5] = table[:, 2]
    pairs = count_pairs(feature_set(tmp_path, table), Progress())
    twin = (pairs.left == 2) & (pairs.right == 5)
    assert pairs.counts[twin] == np.count_nonzero(table[:, 2])
    assert pairs.similarity[twin] == pytest.approx(1, abs=1e-6)
    assert pairs.overlap()[twin] == 1


def test_documents_may_be_drawn_with_repetition(tmp_path: Path) -> None:
    table = clumped(120, 20, 4)
    table[[7, 50]] = 0
    features = feature_set(tmp_path, table, without=(7, 50))
    drawn = np.random.default_rng(1).integers(0, 120, 300)
    pairs = count_pairs(features, Progress(), drawn)
    usable = drawn[(drawn != 7) & (drawn != 50)]
    assert pairs.documents == usable.size < drawn.size
    assert_same(pairs, table[usable], usable.size)
    assert count_pairs(features, Progress()).documents == 118
    assert len(count_pairs(features, Progress(), np.empty(0, np.int64))) == 0


def test_pairs_that_meet_once_are_counted_when_asked(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    table = np.where(chance.random((300, 40)) < 0.02, 1.0, 0.0)
    pairs = count_pairs(feature_set(tmp_path, table), Progress(), fewest=1)
    counts, _ = dense(table)
    often = np.diag(counts)
    share = counts / np.maximum(np.minimum.outer(often, often), 1)
    left, right = np.nonzero(np.triu((counts >= 1) & (share >= 0.05), 1))
    found = set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert set(zip(left.tolist(), right.tolist(), strict=True)) <= found
    assert np.array_equal(pairs.counts, counts[pairs.left, pairs.right])
    assert (pairs.counts < 3).any()


def test_without_similarity_the_counts_are_the_same(tmp_path: Path) -> None:
    features = feature_set(tmp_path, clumped(300, 40, 5))
    with_it, without = (count_pairs(features, Progress(), similarity=asked) for asked in (True, False))
    assert np.array_equal(with_it.counts, without.counts)
    assert np.isnan(without.similarity).all()
    assert without.similarity.dtype == np.float32


def test_ids_that_need_more_than_sixteen_bits() -> None:
    table = clumped(60, 12, 3)
    order = np.argsort(-table, axis=1, kind="stable")
    values = np.take_along_axis(table, order, axis=1).astype(np.float32)
    few = scan_pairs(order.astype(np.int32), values, 12, 60, Progress())
    shifted = scan_pairs((order + 66_000).astype(np.int32), values, 66_012, 60, Progress())
    assert np.array_equal(few.left + 66_000, shifted.left)
    assert np.array_equal(few.counts, shifted.counts)
    assert np.array_equal(few.similarity, shifted.similarity)


def test_the_size_of_the_pieces_and_the_threads_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = feature_set(tmp_path, clumped(500, 50, 2))
    whole = count_pairs(features, Progress())
    monkeypatch.setattr(pair_scan, "_SEGMENTS", 7)
    monkeypatch.setattr(pair_scan, "_WORKERS", 3)
    monkeypatch.setattr(pair_scan, "_AT_ONCE", 1)
    pieces = count_pairs(features, Progress())
    assert np.array_equal(whole.counts, pieces.counts)
    assert np.array_equal(whole.left, pieces.left)
    np.testing.assert_allclose(whole.similarity, pieces.similarity, atol=1e-6)


def test_counting_stops_when_asked(tmp_path: Path) -> None:
    features = feature_set(tmp_path, clumped(200, 100, 4))
    progress = Progress(lambda update: progress.cancel() if update.done >= 32 else None)
    with pytest.raises(Cancelled):
        count_pairs(features, progress)


def test_features_that_do_not_exist_are_refused() -> None:
    ids, values = np.asarray([[0, 5]], np.int32), np.ones((1, 2), np.float32)
    with pytest.raises(UserError, match="features that do not exist"):
        scan_pairs(ids, values, 5, 1, Progress())


def test_a_block_is_exact_for_rare_pairs_too(tmp_path: Path) -> None:
    table = clumped(300, 40, 4)
    features = feature_set(tmp_path, table)
    ids = np.asarray([39, 3, 7, 11, 0])  # the first never fires
    assert np.array_equal(exact_block(features, ids), dense(table)[0][np.ix_(ids, ids)])
    assert exact_block(features, np.empty(0, np.int64)).shape == (0, 0)
    with pytest.raises(UserError, match="no feature 40"):
        exact_block(features, np.asarray([40]))


def test_measures_of_a_pair(tmp_path: Path) -> None:
    table = clumped(400, 30, 5)
    pairs = count_pairs(feature_set(tmp_path, table), Progress())
    counts, _ = dense(table)
    f, g, c = pairs.frequency[pairs.left], pairs.frequency[pairs.right], counts[pairs.left, pairs.right]
    right_given_left, left_given_right = pairs.conditional()
    np.testing.assert_allclose(right_given_left, c / f, rtol=1e-6)
    np.testing.assert_allclose(left_given_right, c / g, rtol=1e-6)
    np.testing.assert_allclose(pairs.overlap(), c / np.minimum(f, g), rtol=1e-6)
    share = c / 400
    np.testing.assert_allclose(pairs.npmi(), np.log(share / (f / 400 * g / 400)) / -np.log(share), atol=1e-6)
    matrix = pairs.matrix(pairs.counts).toarray()
    assert np.array_equal(matrix, matrix.T)
    assert not matrix.diagonal().any()
    assert np.array_equal(matrix[pairs.left, pairs.right], pairs.counts)


def test_features_that_are_everywhere_say_nothing(tmp_path: Path) -> None:
    pairs = count_pairs(feature_set(tmp_path, np.ones((50, 3))), Progress())
    assert pairs.npmi().tolist() == [0, 0, 0]
    assert pairs.chance() == pytest.approx([1, 1, 1])


def test_pairs_among_some_features(tmp_path: Path) -> None:
    pairs = count_pairs(feature_set(tmp_path, clumped(200, 30, 3)), Progress())
    some = pairs.among(np.asarray([0, 3, 6, 9]))
    assert 0 < len(some) <= 6
    assert set(some.left) | set(some.right) <= {0, 3, 6, 9}
    assert np.array_equal(some.frequency, pairs.frequency)
    for place in range(len(some)):
        at = (pairs.left == some.left[place]) & (pairs.right == some.right[place])
        assert pairs.counts[at] == some.counts[place]


def test_q_counts_the_pairs_that_were_not_kept(tmp_path: Path) -> None:
    """Of features that have nothing to do with each other hardly any pair is significant."""
    chance = np.random.default_rng(3)
    unrelated = np.where(chance.random((600, 60)) < 0.1, 1.0, 0.0)
    assert (count_pairs(feature_set(tmp_path / "a", unrelated), Progress()).q() > 0.05).all()
    related = count_pairs(feature_set(tmp_path / "b", clumped(600, 60, 6)), Progress())
    same = related.left % 6 == related.right % 6
    # The last feature, which never fires, is in no pair.
    assert (related.q()[same] < 0.01).mean() > 0.99
    assert (related.q()[~same] > 0.05).all()
