"""How long the feature browser takes for a key: filter, order, the table on the screen; and the label search.

    python -m pytest tests/bench/bench_browser.py -m bench -s

Asserts nothing about time. The reference is a plain look at every label in Python. "cold" forgets before each
turn what was found for the words typed before, which a person who types never meets.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from saerch_desktop.features.activity import mean_activity
from saerch_desktop.features.browse import FeatureTable, Sort
from saerch_desktop.features.browse_filter import parse
from saerch_desktop.features.label import Detection, Label
from saerch_desktop.features.labels import Labels
from saerch_desktop.features.marks import Mark
from saerch_desktop.features.statistics import FeatureStatistics
from saerch_desktop.sae.codes import Codes

pytestmark = pytest.mark.bench

FEATURES = 100_000
TURNS = 15
QUERIES = (
    "",
    "e",
    "s",
    "gal",
    "galaxy",
    "ne ic",
    "galaxy neutron",
    "a e i o u",
    "al ne ic et",
    "-e",
    "net dust -magic",
    "n t r o -x -q -al",
    '"net · cosm" -é',
    "#12",
    "density<1%",
    "density<1% grade>=B auroc>0.8 unverified",
    "galaxy density>0.1% grade<B tag:odd source:llm -flagged",
    "e -a density>0.1% grade>=C live unverified note:check",
    "size>3 grade> galaxy",
)


def made_labels() -> Labels:
    """100,000 names of 32 letters on average, half of which hold an accent or a sign of another script."""
    chance = np.random.default_rng(5)
    begins = ("gal", "neu", "mag", "plan", "cosm", "dust", "spec", "lumin", "é", "proto", "quas")
    ends = ("axy", "tron", "net", "ic", "al", "etry", "osity", "ar", "stellar")
    words = [a + b for a in begins for b in ends]
    labels = []
    for feature in range(FEATURES):
        halves = [" ".join(chance.choice(words, chance.integers(1, 4))) for _ in range(2)]
        auroc = float(chance.uniform(0.5, 1.0))
        tested = Detection(auroc=auroc, low=auroc - 0.04, high=1.0, positives=20, negatives=20)
        source = "llm: some-model" if feature % 3 else "phrases"
        labels.append(Label(feature=feature, text=" · ".join(halves), source=source, detection=tested))
    marks = {
        f: Mark(
            feature=f, verified=f % 2 == 0, flagged=f % 5 == 0, tags=("odd",), note="check" * (f % 91 == 0)
        )
        for f in range(0, FEATURES, 7)
    }
    return Labels(FEATURES, labels, marks=marks)


@pytest.fixture(scope="module")
def features() -> Any:
    chance = np.random.default_rng(1)
    count = chance.integers(0, 5000, FEATURES)
    figures = [chance.random(FEATURES).astype(np.float32) for _ in range(3)]
    statistics = FeatureStatistics(count, (count / 50_000).astype(np.float32), *figures)
    junk = chance.random(FEATURES) < 0.1
    return SimpleNamespace(labels=made_labels(), statistics=statistics, junk=junk, cohesion=figures[0])


def timed(action: Callable[[int], object], times: int = TURNS) -> NDArray[np.float64]:
    out = []
    for turn in range(times):
        began = time.perf_counter()
        action(turn)
        out.append((time.perf_counter() - began) * 1000)
    return np.asarray(out)


def line(name: str, spent: NDArray[np.float64], more: str = "") -> None:
    middle, worst = np.median(spent), spent.max()
    print(f"  {name:62} median {middle:8.2f}   worst {worst:8.2f} ms  {more}")


def heading(text: str) -> None:
    print(f"\n{text}")


def forget(labels: Labels) -> None:
    labels.index._base.find.cache_clear()


def plain(labels: Labels, query: str) -> list[int]:
    words = query.casefold().split()
    return [label.feature for label in labels if all(word in label.text.casefold() for word in words)]


def test_label_search(features: Any) -> None:
    labels: Labels = features.labels
    heading(f"Label search, {FEATURES:,} labels")
    line("the index, when first asked for", timed(lambda _: labels.index, 1))
    for query in ("e", "galaxy", "galaxy neutron", "net dust -magic", "a e i o u", "#123"):

        def search(_: int, query: str = query) -> object:
            forget(labels)
            return labels.search(query)

        line(f"cold: {query}", timed(search))
    line(
        "reference: one label after the other, galaxy neutron",
        timed(lambda _: plain(labels, "galaxy neutron"), 5),
    )

    def rename(turn: int) -> None:
        labels.change([Mark(feature=turn * 7 + 1, text=f"a new name {turn}")])

    line("one name changed", timed(rename))
    line("one name changed, then searched", timed(lambda turn: (rename(turn + 50), labels.search("galaxy"))))


def test_filter_and_order(features: Any) -> None:
    heading(f"A key in the filter line: {FEATURES:,} features, cold")
    tables: list[FeatureTable] = []
    line("all columns, on a worker", timed(lambda _: tables.append(FeatureTable(features)), 1))
    table = tables[0]
    worst = 0.0
    for query in QUERIES:
        spent = []
        for sort in (Sort(), Sort("density", True), Sort("label")):
            found = []

            def key(_: int, query: str = query, sort: Sort = sort, found: list[Any] = found) -> None:
                forget(features.labels)
                found.append(table.select(parse(query, table.absent), sort))

            spent.append(timed(key))
        together = np.concatenate(spent)
        worst = max(worst, float(together.max()))
        line(f"filter: {query}", together, f"{found[0].size:,} found")
    print(f"  worst of all: {worst:.2f} ms")
    for key_name in ("label", "grade", "density", "now", "source", "tags", "marks"):

        def order(_: int, key_name: str = key_name) -> object:
            table._orders.clear()
            return table.order(Sort(key_name, True))  # type: ignore[arg-type]

        line(f"order by {key_name}, first time", timed(order, 5))
    line(
        "one decision, read again and put in order",
        timed(lambda t: (table.refresh([t]), table.order(Sort("label")))),
    )


def test_the_window(features: Any, qapp: QApplication) -> None:
    from saerch_desktop.ui import theme
    from saerch_desktop.ui.browser_pane import BrowserPane

    theme.apply(qapp, "light")
    pane = BrowserPane()
    pane.resize(480, 900)
    pane.show()
    heading(f"A key with everything behind it, painted offscreen: {FEATURES:,} features")
    table = FeatureTable(features)
    table.set_now(np.random.default_rng(2).random(FEATURES).astype(np.float32))

    def settle() -> None:
        QCoreApplication.processEvents()

    line("the table shown", timed(lambda _: (pane.set_table(table), settle()), 1))
    for query in QUERIES:

        def key(_: int, query: str = query) -> None:
            forget(features.labels)
            pane.filter.line.setText(query)
            settle()

        def other(_: int) -> None:
            pane.filter.line.setText("zzz")
            settle()

        spent = []
        for turn in range(7):
            other(turn)
            spent.append(timed(key, 1)[0])
        line(f"filter: {query}", np.asarray(spent))
    pane.filter.line.clear()
    for sort in (Sort("density", True), Sort("label"), Sort("now", True), Sort()):
        line(f"order by {sort.key}", timed(lambda _, s=sort: (pane.set_sort(s), settle()), 1))  # type: ignore[misc]
    line("all chosen", timed(lambda _: (pane.table.selectAll(), settle()), 3))
    line("filter while all are chosen", timed(lambda _: (pane.filter.line.setText("galaxy"), settle()), 1))
    pane.filter.line.clear()
    bar = pane.table.verticalScrollBar()
    line("one page down", timed(lambda turn: (bar.setValue(turn * 700), settle()), 40))
    pane.deleteLater()


def test_activity_of_a_selection() -> None:
    rows, width, features, chosen = 1_000_000, 32, 9_216, 100_000
    chance = np.random.default_rng(3)
    indices = np.empty((rows, width), np.int32)
    for start in range(0, rows, 100_000):
        indices[start : start + 100_000] = chance.integers(0, features, (100_000, width))
    codes = Codes(indices, np.full((rows, width), 0.5, np.float32))
    heading(f"Mean activation in {chosen:,} of {rows:,} documents, on a worker")
    picked = chance.choice(rows, chosen, replace=False)
    line("scattered", timed(lambda _: mean_activity(codes, features, picked), 5))
    line("side by side", timed(lambda _: mean_activity(codes, features, np.arange(chosen)), 5))
