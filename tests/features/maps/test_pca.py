"""Principal components against the singular value decomposition of the whole matrix."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.maps import pca
from saerch_desktop.features.maps.pca import ArrayRows, principal_plane
from saerch_desktop.progress import Progress


def cloud(rows: int = 500, dim: int = 12, seed: int = 0) -> NDArray[np.float32]:
    chance = np.random.default_rng(seed)
    stretched = chance.normal(size=(rows, dim)) * np.linspace(3, 0.2, dim)
    return (stretched @ np.linalg.qr(chance.normal(size=(dim, dim)))[0] + 5).astype(np.float32)


def by_svd(x: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    centred = x.astype(np.float64) - x.astype(np.float64).mean(axis=0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    plane = axes[:2].T
    plane = plane * np.sign(plane[np.abs(plane).argmax(axis=0), [0, 1]])
    return centred @ plane, (singular**2 / (singular**2).sum())[:2]


def rows_of(x: NDArray[np.float32], without: tuple[int, ...] = ()) -> ArrayRows:
    mask = np.zeros(len(x), bool)
    mask[list(without)] = True
    return ArrayRows(x, mask)


def test_the_plane_is_that_of_the_decomposition() -> None:
    x = cloud()
    xy, shares = principal_plane(rows_of(x), Progress())
    expected, explained = by_svd(x)
    np.testing.assert_allclose(xy, expected, atol=1e-3)
    np.testing.assert_allclose(shares, explained, rtol=1e-4)
    assert xy.dtype == np.float32


def test_rows_without_a_vector_have_no_place_and_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pca, "_BLOCK", 1)  # blocks of 64 rows
    x = cloud()
    gone = (0, 63, 64, 400)
    xy, _ = principal_plane(rows_of(x, gone), Progress())
    kept = np.setdiff1d(np.arange(len(x)), gone)
    np.testing.assert_allclose(xy[kept], by_svd(x[kept])[0], atol=1e-3)
    assert np.isnan(xy[list(gone)]).all()


def test_many_rows_are_placed_exactly_along_axes_of_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pca, "_EXACT", 1000)
    monkeypatch.setattr(pca, "_SAMPLE", 2048)
    x = cloud(6000)
    xy, _ = principal_plane(rows_of(x), Progress(), seed=1)
    again, _ = principal_plane(rows_of(x), Progress(), seed=1)
    other, _ = principal_plane(rows_of(x), Progress(), seed=2)
    np.testing.assert_array_equal(xy, again)
    assert not np.array_equal(xy, other)
    expected, _ = by_svd(x)
    for axis in (0, 1):
        assert np.corrcoef(xy[:, axis], expected[:, axis])[0, 1] > 0.99
    # Every row is a projection of itself: the placing is linear and exact, only the axes are estimates.
    design = np.hstack([x.astype(np.float64), np.ones((len(x), 1))])
    solved, *_ = np.linalg.lstsq(design, xy.astype(np.float64), rcond=None)
    np.testing.assert_allclose(design @ solved, xy, atol=2e-3)


def test_one_dimension_is_a_line() -> None:
    x = np.arange(5, dtype=np.float32)[:, None]
    xy, shares = principal_plane(rows_of(x), Progress())
    np.testing.assert_allclose(xy[:, 0], x[:, 0] - 2, atol=1e-5)
    np.testing.assert_allclose(xy[:, 1], 0)
    assert shares == pytest.approx((1, 0))


def test_too_few_vectors_and_a_cancel() -> None:
    with pytest.raises(UserError, match="too few vectors"):
        principal_plane(rows_of(cloud(3), (0, 1)), Progress())
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        principal_plane(rows_of(cloud()), progress)
