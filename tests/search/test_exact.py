"""Block-wise scores equal dense arithmetic in double precision."""

from __future__ import annotations

import numpy as np
import pytest
from planted_library import DIM, FEATURES, MISSING, ROWS, Dense

from saerch_desktop.errors import Cancelled
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.search import exact


@pytest.fixture(params=[1, 7, 64, 10_000])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "rows_per_block", lambda dim: request.param)


@pytest.mark.usefixtures("block")
def test_scores(library: Library, dense: Dense) -> None:
    assert library.vectors is not None
    q = dense.decoder[3].astype(np.float32)
    found = exact.scores(library.vectors, q)
    assert found.dtype == np.float32
    assert found.shape == (ROWS,)
    there = np.setdiff1d(np.arange(ROWS), MISSING)
    np.testing.assert_allclose(found[there], dense.vectors[there] @ dense.decoder[3], atol=1e-6)
    assert (found[list(MISSING)] == -np.inf).all()


@pytest.mark.usefixtures("block")
def test_products(library: Library, dense: Dense) -> None:
    assert library.vectors is not None
    found = exact.products(library.vectors, dense.decoder.astype(np.float32))
    assert found.shape == (FEATURES, ROWS)
    np.testing.assert_allclose(found, dense.decoder @ dense.vectors.T, atol=1e-6)


@pytest.mark.usefixtures("block")
def test_nearest(library: Library, dense: Dense) -> None:
    assert library.vectors is not None
    queries = dense.decoder[:5].astype(np.float32)
    for q, (rows, values) in zip(dense.decoder, exact.nearest(library.vectors, queries, 9), strict=False):
        scores = np.nan_to_num(dense.vectors @ q, nan=-np.inf)
        assert rows.tolist() == np.lexsort((np.arange(ROWS), -scores))[:9].tolist()
        np.testing.assert_allclose(values, scores[rows], atol=1e-6)


def test_more_neighbours_than_rows(library: Library) -> None:
    assert library.vectors is not None
    rows, _ = exact.nearest(library.vectors, np.ones((1, DIM), np.float32), 999)[0]
    assert sorted(rows.tolist()) == sorted(set(range(ROWS)) - set(MISSING))


def test_it_stops_when_told(library: Library) -> None:
    assert library.vectors is not None
    progress = Progress()
    progress.cancel()
    q = np.ones(DIM, np.float32)
    with pytest.raises(Cancelled):
        exact.scores(library.vectors, q, progress)
    with pytest.raises(Cancelled):
        exact.nearest(library.vectors, q[None], 3, progress)


@pytest.mark.parametrize("dim", [1, 384, 1536, 1 << 21])
def test_blocks_fit_the_cache_and_are_never_empty(dim: int) -> None:
    assert exact.rows_per_block(dim) >= 64
    assert exact.rows_per_block(dim) * dim <= max(1 << 20, 64 * dim)
