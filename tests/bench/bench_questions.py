"""How long it takes to count features in a selection, beside the plain way; and the columns of a million.

    python tests/bench/bench_questions.py [--documents N] [--selected M] [--k K]

Makes up codes in a temporary folder, memory-mapped as in a library.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.contrast import contrast
from saerch_desktop.features.counting import active_counts
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.progress import Progress
from saerch_desktop.sae.codes import Codes


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--selected", type=int, default=100_000)
    parser.add_argument("--features", type=int, default=9216)
    parser.add_argument("--k", type=int, nargs="*", default=[32, 64])
    parser.add_argument("--columns", action="store_true", help="also a database of as many documents")
    given = parser.parse_args()
    for k in given.k:
        with tempfile.TemporaryDirectory() as folder:
            _count(Path(folder), given.documents, given.selected, given.features, k)
    if given.columns:
        with tempfile.TemporaryDirectory() as folder:
            _columns(Path(folder), given.documents)


def _count(folder: Path, documents: int, selected: int, n: int, k: int) -> None:
    for holes in (False, True):
        features = made(folder, documents, n, k, holes=holes)
        rows = np.sort(np.random.default_rng(1).choice(documents, selected, replace=False)).astype(np.int64)
        most = np.setdiff1d(np.arange(documents), rows)
        kind = "some places unused" if holes else "all places used"
        print(f"{documents:,} documents, {n:,} features, k {k}, {kind}; {selected:,} selected")
        mine, found = _best(lambda r=rows, f=features: active_counts(f, r))
        plain, truth = _best(lambda r=rows, f=features: naive(f, r), 1)
        assert (found == truth).all()
        print(f"  counting the selection       {mine:8.1f} ms   plainly {plain:8.1f} ms")
        whole, _ = _best(lambda r=rows, f=features: contrast(f, r))
        rest, _ = _best(lambda r=most, f=features: contrast(f, r))
        print(f"  the whole contrast           {whole:8.1f} ms   of the other {len(most):,} {rest:8.1f} ms")


def naive(features: FeatureSet, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each feature's documents looked up in the selection."""
    wanted = np.zeros(features.codes.rows, bool)
    wanted[rows] = True
    ids, values = np.asarray(features.codes.indices), np.asarray(features.codes.values)
    n = features.sae.config.features
    total = np.zeros(n, np.int64)
    np.add.at(total, ids[wanted][values[wanted] > 0], 1)
    return total


def made(folder: Path, documents: int, n: int, k: int, *, holes: bool) -> FeatureSet:
    """Codes with the skewed densities of a real SAE."""
    chance = np.random.default_rng(0)
    weights = chance.lognormal(0, 1.2, n)
    ids = np.lib.format.open_memmap(folder / "i.npy", "w+", np.int32, (documents, k))
    values = np.lib.format.open_memmap(folder / "v.npy", "w+", np.float32, (documents, k))
    count = np.zeros(n, np.int64)
    for start in range(0, documents, 1 << 16):
        rows = min(1 << 16, documents - start)
        ids[start : start + rows] = chance.choice(n, (rows, k), p=weights / weights.sum())
        block = chance.random((rows, k), np.float32) + np.float32(0.01)
        if holes:
            block[:, -k // 8 :] = 0
        values[start : start + rows] = block
        count += np.bincount(ids[start : start + rows][block > 0], minlength=n)
    del ids, values
    codes = Codes(np.load(folder / "i.npy", mmap_mode="r"), np.load(folder / "v.npy", mmap_mode="r"))
    found = SimpleNamespace(
        codes=codes,
        sae=SimpleNamespace(config=SimpleNamespace(features=n)),
        statistics=SimpleNamespace(count=count),
        documents=documents,
        without_vector=np.empty(0, np.int64),
    )
    return cast("FeatureSet", found)


def _best(work: Callable[[], Any], times: int = 5) -> tuple[float, Any]:
    found, best = None, np.inf
    for _ in range(times):
        began = time.perf_counter()
        found = work()
        best = min(best, time.perf_counter() - began)
    return best * 1000, found


def _columns(folder: Path, documents: int) -> None:
    import sqlite3

    from saerch_desktop.library.columns import Columns
    from saerch_desktop.library.connections import create_database
    from saerch_desktop.library.documents import Documents
    from saerch_desktop.search.where import parse

    path = folder / "documents.sqlite"
    create_database(path)
    chance = np.random.default_rng(0)
    tags, years = chance.integers(0, 150, (documents, 2)), chance.integers(1990, 2025, documents)
    text = "dark matter halos and the gas around them " * 20
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT INTO documents VALUES (?, ?, ?, 'a title', ?, ?, ?, ?, NULL)",
            (
                (r, r, f"d{r}", text, f"{years[r]}-05-01", r.to_bytes(16), f'{{"cited": {r % 90}}}')
                for r in range(documents)
            ),
        )
        connection.executemany(
            "INSERT OR IGNORE INTO facets VALUES (?, ?, ?, ?)",
            (
                (r, p, "year" if p == 2 else "tag", str(years[r]) if p == 2 else f"t{tags[r, p]}")
                for r in range(documents)
                for p in range(3)
            ),
        )
    stored = Documents(path)
    took, columns = _best(lambda: Columns.load(stored, Progress()), 1)
    print(f"columns of {documents:,} documents {took:8.0f} ms")
    for filter_ in ("tag:t3 year>=2015", "-(tag:t1 OR tag:t2) year:2000..2010", "date<2010-06", "cited>2"):
        took, _ = _best(lambda f=filter_: parse(f).rows(columns), 1)
        again, mask = _best(lambda f=filter_: parse(f).rows(columns), 3)
        print(f"  {filter_:<38} {took:8.0f} ms, again {again:8.1f} ms, {mask.sum():,} documents")
    stored.close()


if __name__ == "__main__":
    main()
