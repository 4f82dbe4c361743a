"""How long a slider's tick and a feature's card take, beside what they replace.

    python -m pytest tests/bench/bench_steering.py -m bench -s

Asserts nothing about time. A tick needs columns and scores only, so N stands for a library of any dimension;
the reference (full product and full sort, as a search without cached columns does it) is run at a size that
fits in memory and scaled in proportion.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.family import Families, Family
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.inverted import InvertedIndex
from saerch_desktop.features.label import Label
from saerch_desktop.features.labels import Labels
from saerch_desktop.features.occurrence import activity
from saerch_desktop.features.statistics import FeatureStatistics
from saerch_desktop.library.columns import Columns
from saerch_desktop.library.facet_column import FacetColumn
from saerch_desktop.progress import Progress
from saerch_desktop.sae.codes import Codes
from saerch_desktop.sae.config import SaeConfig
from saerch_desktop.search.blends import Blend, blend_of
from saerch_desktop.search.columns import Wanted
from saerch_desktop.search.ranking import ranks
from saerch_desktop.search.steering import Query, Steering, Term

pytestmark = pytest.mark.bench

DIM = 1536
TICKS = 60
REFERENCE_ROWS = 100_000


class RandomColumns:
    """Columns without vectors behind them."""

    def __init__(self, rows: int, features: int) -> None:
        chance = np.random.default_rng(0)
        self.columns = [chance.normal(0, 0.1, rows).astype(np.float32) for _ in range(features)]

    def many(self, wanted: list[Wanted], progress: Progress | None = None) -> list[NDArray[np.float32]]:
        return [self.columns[one[0][0] if isinstance(one, tuple) else one] for one in wanted]


def timed(action: Callable[[int], object], times: int) -> NDArray[np.float64]:
    """Milliseconds of each call."""
    out = []
    for turn in range(times):
        began = time.perf_counter()
        action(turn)
        out.append((time.perf_counter() - began) * 1000)
    return np.asarray(out)


def line(name: str, spent: NDArray[np.float64]) -> None:
    quantiles = np.percentile(spent, [50, 95, 100])
    print(f"  {name:<58} {quantiles[0]:9.2f} {quantiles[1]:9.2f} {quantiles[2]:9.2f}")


def heading(title: str) -> None:
    print(f"\n{title}\n  {'milliseconds':<58} {'median':>9} {'p95':>9} {'max':>9}")


@pytest.mark.parametrize("rows", [420_000, 1_000_000])
@pytest.mark.parametrize("edits", [1, 8])
def test_slider_tick(rows: int, edits: int) -> None:
    chance = np.random.default_rng(1)
    base = chance.normal(0.3, 0.1, rows).astype(np.float32)
    vector = np.ones(DIM, np.float32) / np.float32(np.sqrt(DIM))
    none = np.empty(0, np.float32)
    heading(f"Slider tick, {rows:,} documents, {edits} edited feature{'s' if edits > 1 else ''}")
    line("ranks of the unsteered search, once per query", timed(lambda _: ranks(base), 5))
    query = Query("", vector, base, ranks(base), none.astype(np.int32), none)
    steering = Steering(RandomColumns(rows, edits + 1))  # type: ignore[arg-type]
    target = vector.astype(np.float64)

    def drag(turn: int) -> object:
        moved = dict.fromkeys(range(edits - 1), 0.2) | {edits - 1: turn / TICKS - 0.5}
        return steering.rank(query, moved, target, top=100)

    def switch(turn: int) -> object:
        moved = {feature: 0.2 + (feature == turn % edits) * turn / TICKS for feature in range(edits)}
        return steering.rank(query, moved, target, top=100)

    drag(0)
    line("tick while dragging one slider", timed(drag, TICKS))
    if edits > 1:
        line("tick on another slider each time", timed(switch, TICKS))
    scores = base.copy()
    line("reference: full sort of the scores alone", timed(lambda _: np.argsort(-scores), 5))


@pytest.mark.parametrize("rows", [420_000, 1_000_000])
def test_tick_of_a_family(rows: int) -> None:
    """A family has one column: its slider costs what a feature's does, however many features it moves."""
    chance = np.random.default_rng(1)
    base = chance.normal(0.3, 0.1, rows).astype(np.float32)
    vector = np.ones(DIM, np.float32) / np.float32(np.sqrt(DIM))
    none = np.empty(0, np.float32)
    query = Query("", vector, base, ranks(base), none.astype(np.int32), none)
    target = vector.astype(np.float64)
    heading(f"Slider tick of a family, {rows:,} documents")
    for members in (1, 7, 400):
        steering = Steering(RandomColumns(rows, 1))  # type: ignore[arg-type]
        blend = Blend("family", "Family", tuple(range(members)), (1 / members,) * members)
        term: Term = blend if members > 1 else 0

        def drag(turn: int, steering: Steering = steering, term: Term = term) -> object:
            return steering.rank(query, {term: turn / TICKS - 0.5}, target, top=100)

        drag(0)
        name = f"{members} features as one" if members > 1 else "a feature"
        line(f"tick while dragging {name}", timed(drag, TICKS))
    steering = Steering(RandomColumns(rows, 7))  # type: ignore[arg-type]

    def apart(turn: int) -> object:
        return steering.rank(query, dict.fromkeys(range(7), turn / TICKS - 0.5), target, top=100)

    apart(0)
    line("reference: 7 features moved one by one", timed(apart, TICKS))


def test_weighing_a_family(tmp_path: Path) -> None:
    """What a double click costs before the slider is there: postings of the members, read from disk."""
    rows, members = 272_000, 200
    codes = _codes(rows, 9216, 64, tmp_path)
    inverted = InvertedIndex.build(codes, 9216, tmp_path, Progress())
    statistics = FeatureStatistics.of(inverted, rows)
    features = FeatureSet(_Sae(9216), codes, inverted, statistics, Labels(9216, []), rows, tmp_path)  # type: ignore[arg-type]
    family = Family(key="k", members=tuple(range(0, members * 7, 7)))
    book = FamilyBook.of(Families(method="own", families=(family,)))
    heading(f"A family of {members} features as a blend, {rows:,} documents")
    line("weights from the members' documents", timed(lambda _: blend_of(features, book, "k"), 10))


def test_reference_full_product_and_sort() -> None:
    chance = np.random.default_rng(2)
    vectors = chance.normal(size=(REFERENCE_ROWS, DIM)).astype(np.float32)
    q = chance.normal(size=DIM).astype(np.float32)
    heading(f"Reference: full product and full sort on each tick, {REFERENCE_ROWS:,} x {DIM}")
    spent = timed(lambda _: np.argsort(-(vectors @ q))[:100], 8)
    line("as measured", spent)
    for rows in (420_000, 1_000_000):
        line(f"in proportion, {rows:,} documents", spent * rows / REFERENCE_ROWS)


class _Sae:
    def __init__(self, features: int) -> None:
        decoder = np.random.default_rng(3).normal(size=(features, DIM)).astype(np.float32)
        self.decoder = decoder / np.linalg.norm(decoder, axis=1, keepdims=True)
        self.config = SaeConfig(dim=DIM, features=features, k=32)
        self.name = "made up"


class _Titles:
    def titles(self, rows: list[int]) -> list[str]:
        return [f"Title {row}" for row in rows]


def _codes(rows: int, features: int, k: int, folder: Path) -> Codes:
    """Codes on disk whose feature 0 is active in 15 % of the documents and the others by a long tail."""
    chance = np.random.default_rng(4)
    indices = np.lib.format.open_memmap(folder / "i.npy", "w+", np.dtype(np.int32), (rows, k))
    values = np.lib.format.open_memmap(folder / "v.npy", "w+", np.dtype(np.float32), (rows, k))
    for start in range(0, rows, 50_000):
        stop = min(rows, start + 50_000)
        # One feature from each of k ranges, so that no document holds one twice.
        width = features // k
        tail = (chance.random((stop - start, k)) ** 3 * width).astype(np.int32)
        block = tail + np.arange(k, dtype=np.int32) * width
        first = chance.random(stop - start) < 0.15
        block[:, 0] = np.where(first, 0, np.maximum(block[:, 0], 1))
        indices[start:stop] = block
        values[start:stop] = -np.sort(-chance.gamma(2.0, 0.1, (stop - start, k)), axis=1)
    return Codes(indices, values)


def _columns(rows: int) -> Columns:
    """Years, a facet of one value and one of three values per document."""
    chance = np.random.default_rng(6)
    facets = {}
    for name, values, each in (("source", 8, 1), ("category", 60, 3)):
        codes = chance.integers(0, values, (rows, each)).astype(np.int32).reshape(-1)
        starts = np.arange(0, rows * each + 1, each, dtype=np.int64)
        words = tuple(f"value {value}" for value in range(values))
        facets[name] = FacetColumn(name, words, starts, codes, np.bincount(codes, minlength=values))
    years = chance.integers(1990, 2027, rows).astype(np.int16)
    return Columns(None, years, facets, ())  # type: ignore[arg-type]


@pytest.mark.parametrize("k", [32, 64])
def test_feature_card(tmp_path: Path, k: int) -> None:
    rows, features = 1_000_000, 9_216
    codes = _codes(rows, features, k, tmp_path)
    heading(f"Features of {rows:,} documents x {k} of {features:,}")
    made: list[InvertedIndex] = []
    line(
        "inverted index",
        timed(lambda _: made.append(InvertedIndex.build(codes, features, tmp_path, Progress())), 1),
    )
    index = made[0]
    statistics = FeatureStatistics.of(index, rows)
    line("statistics", timed(lambda _: FeatureStatistics.of(index, rows), 2))
    labels = Labels(
        features, [Label(feature=f, text=f"label {f}", source="phrases") for f in range(features)]
    )
    opened = FeatureSet(_Sae(features), codes, index, statistics, labels, rows, tmp_path)  # type: ignore[arg-type]
    by_density = np.argsort(-statistics.count)
    columns = _columns(rows)
    for place in (0, 20, 200, 2000):
        feature = int(by_density[place])
        density = statistics.density[feature]
        spent = timed(lambda _, f=feature: opened.card(f, _Titles()), 40)  # type: ignore[misc,arg-type]
        line(f"card of a feature active in {density:.2%}", spent)
        spent = timed(lambda _, f=feature: activity(opened, columns, f), 10)  # type: ignore[misc]
        line("  by year and by two facets (the first time counts all documents)", spent)

    def scan(_: int) -> object:
        return np.flatnonzero((codes.indices == 0).any(axis=1))

    line("reference: finding its documents by reading all codes", timed(scan, 3))


def test_label_search() -> None:
    chance = np.random.default_rng(5)
    words = [
        f"{a}{b}" for a in ("gal", "neu", "mag", "plan", "cosm", "dust") for b in ("axy", "tron", "net", "ic")
    ]
    texts = [" ".join(chance.choice(words, 3)) for _ in range(100_000)]
    labels = Labels(100_000, [Label(feature=f, text=text, source="phrases") for f, text in enumerate(texts)])
    heading("Label search, 100,000 labels")
    for query in ("g", "galaxy", "galaxy neutron", "net dust -magic", "#123"):
        line(query, timed(lambda _, q=query: labels.search(q), 10))  # type: ignore[misc]
