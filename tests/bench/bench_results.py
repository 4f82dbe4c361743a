"""The list of results by itself: ticks, scrolling, keys and selections over up to a million places.

    QT_QPA_PLATFORM=offscreen python -m pytest tests/bench/bench_results.py -m bench -s

Asserts nothing about time. Scores are made up; figures of pages are made at once, as workers would bring
them. The reference is the same table begun anew at every tick, as a model's reset does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from ui import made_up

from saerch_desktop.search.steering import Edit, Query, Ranking
from saerch_desktop.ui import theme
from saerch_desktop.ui.results_page import Page
from saerch_desktop.ui.results_panel import ResultsPanel

pytestmark = [pytest.mark.bench, pytest.mark.timeout(0)]

EDITS = (Edit(1, 0.1), Edit(2, -0.2))
TICKS = 100


def timed(name: str, acts: Iterator[Callable[[], object]], panel: ResultsPanel) -> None:
    """Do each, paint, and print median, 95th percentile and worst in ms."""
    taken = []
    for act in acts:
        start = time.perf_counter()
        act()
        panel.table.viewport().repaint()
        taken.append(1e3 * (time.perf_counter() - start))
    p50, p95 = np.percentile(taken, [50, 95])
    print(f"{name:<44} {p50:8.1f} {p95:8.1f} {max(taken):8.1f}")


@pytest.mark.parametrize("rows", [100_000, 1_000_000])
def test_the_list(rows: int, qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    rng = np.random.default_rng(0)
    base = rng.random(rows).astype(np.float32)
    order = np.argsort(-base, kind="stable").astype(np.int32)
    before = np.empty(rows, np.int32)
    before[order] = np.arange(1, rows + 1)
    active = np.arange(6, dtype=np.int32)
    vector, values = np.ones(4, np.float32) / 2, np.ones(6, np.float32)
    query = Query("words", vector, base, before, active, values, found=rows)

    def ranked(seed: int) -> Ranking:
        first = order[np.random.default_rng(seed).permutation(100)]
        return made_up.ranking(first.tolist(), EDITS, of=query)

    panel = ResultsPanel()
    panel.resize(900, 700)
    panel.show()
    qapp.processEvents()
    table, model = panel.table, panel.table.results

    def show(ranking: Ranking) -> None:
        panel.set_ranking(ranking, made_up.rows, made_up.label, None)

    def begin_anew(ranking: Ranking) -> None:
        model.beginResetModel()
        model.endResetModel()
        show(ranking)

    def bring(first: int, last: int) -> None:
        if not model.listing.is_complete():
            return
        for number in model.listing.missing(first, last):
            start, stop = model.listing.places_on(number)
            found = model.listing.documents_in(start, stop - 1)
            reasons = rng.normal(0, 0.05, (found.size, 2)).astype(np.float32)
            documents = made_up.rows(found.tolist())
            scores = base[found]
            page = Page(found, scores, scores, before[found], reasons, (1, 2), documents=documents)
            table.set_page(number, page)

    rankings = [ranked(seed) for seed in range(TICKS)]
    print(f"\n{rows:,} results{'':<32}   median      p95    worst  (ms)")
    timed("shown for the first time", iter([lambda: show(rankings[0])]), panel)
    timed("tick to painted list", (lambda r=r: show(r) for r in rankings), panel)
    timed("the same, begun anew every time", (lambda r=r: begin_anew(r) for r in rankings[:30]), panel)
    whole = np.concatenate((rankings[-1].rows, np.setdiff1d(order, rankings[-1].rows))).astype(np.int32)
    show(rankings[-1])
    qapp.processEvents()
    timed("the order arrives", iter([lambda: table.set_order(whole)]), panel)
    table.seen.connect(bring)
    bar = table.verticalScrollBar()
    stops = np.linspace(0, bar.maximum(), 300).astype(int).tolist()
    timed("frame of a scroll from end to end", (lambda v=v: bar.setValue(v) for v in stops), panel)
    table.setFocus()
    keys = [Qt.Key.Key_PageUp] * 100 + [Qt.Key.Key_Home, Qt.Key.Key_End] * 10
    timed("Page up, Home, End", (lambda k=k: QTest.keyClick(table, k) for k in keys), panel)
    timed("all selected", iter([table.selectAll]), panel)
    timed("tick with all selected", (lambda r=r: show(r) for r in rankings[:10]), panel)
    panel.close()
    panel.deleteLater()
