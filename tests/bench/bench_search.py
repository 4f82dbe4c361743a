"""Searching and steering libraries of up to a million documents, in the real window, beside a plain way.

    python -m pytest tests/bench/bench_search.py -m bench -s

Asserts nothing about time. The libraries are made first, which takes minutes and, for a million documents of
1,536 numbers, 5 GB of disk; with SAERCH_BENCH_LIBRARIES naming a folder they are kept there and used again.
The window is drawn offscreen at 1440 × 900, with workers on threads as always. The plain way is one
product of all vectors with the steered query and one sort of all scores at each tick.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench.large_library import make, word
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QApplication
from window_support import drag_to, fake_dialogs, open_window, press, release, slider_of

from saerch_desktop.embedding.torch_setup import load_torch
from saerch_desktop.progress import Progress
from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.search.steering import Edit, Query
from saerch_desktop.ui.window import MainWindow
from saerch_desktop.workflow.session import Session, open_session

__all__ = ["fake_dialogs", "open_window"]

pytestmark = [pytest.mark.bench, pytest.mark.threaded, pytest.mark.timeout(0)]

TICKS = 100
SIZES = [(100_000, 384), (420_000, 1536), (1_000_000, 1536)]
_PATIENCE_S = 600


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, int], Path]:
    kept = os.environ.get("SAERCH_BENCH_LIBRARIES")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("large")

    def library(rows: int, dim: int) -> Path:
        path = folder / f"{rows}x{dim}.saerch"
        return path if path.is_dir() else make(path, rows, dim)

    return library


def timed(action: Callable[[int], object], times: int) -> NDArray[np.float64]:
    """Milliseconds of each call."""
    out = []
    for turn in range(times):
        began = time.perf_counter()
        action(turn)
        out.append((time.perf_counter() - began) * 1000)
    return np.asarray(out)


def line(name: str, spent: NDArray[np.float64], more: str = "") -> None:
    middle, late, worst = np.percentile(spent, [50, 95, 100])
    print(f"  {name:<66} {middle:9.2f} {late:9.2f} {worst:9.2f}  {more}", flush=True)


def heading(title: str) -> None:
    print(f"\n{title}\n  {'milliseconds':<66} {'median':>9} {'p95':>9} {'max':>9}")


def plain_tick(session: Session, query: Query, edits: list[Edit]) -> NDArray[np.int64]:
    """The steered search as it is written down: a product with everything and a sort of everything."""
    vectors, features = session.library.vectors, session.required_features()
    assert vectors is not None
    target = query.vector + sum(edit.delta * features.sae.decoder[edit.feature] for edit in edits)
    step = 8192
    parts = [vectors.block(at, at + step) @ target for at in range(0, vectors.rows, step)]
    return np.argsort(-np.concatenate(parts), kind="stable")[:100]


@pytest.mark.parametrize(("rows", "dim"), SIZES)
def test_opening(made: Callable[[int, int], Path], rows: int, dim: int) -> None:
    """In a program of its own, so that its memory can be told."""
    path = made(rows, dim)
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom saerch_desktop.progress import Progress\n"
        "from saerch_desktop.workflow.session import open_session\nloaded = time.perf_counter()\n"
        "session = open_session(Path(sys.argv[1]))\nprint((time.perf_counter() - loaded) * 1000)\n"
        "query = session.engine.query_from_document(5)\nsession.engine.rank(query)\n"
        "session.engine.prefetch(query.indices.tolist(), Progress())\n"
        "print(''.join(l for l in open('/proc/self/status') if l.startswith(('RssAnon', 'RssFile'))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    opened, *memory = done.stdout.split("\n")
    heading(f"Opening {rows:,} documents × {dim}")
    line("opened, ready for a query", np.asarray([float(opened)]))
    print(f"  after a query, with 32 sliders ready: {' '.join(' '.join(memory).split())}")


@pytest.mark.parametrize(("rows", "dim"), SIZES)
def test_queries(made: Callable[[int, int], Path], rows: int, dim: int) -> None:
    load_torch()  # as the window does before the first query
    with open_session(made(rows, dim)) as session:
        engine = session.engine
        query = engine.query_from_document(5)
        vectors = session.library.vectors
        assert vectors is not None
        chance = np.random.default_rng(0)
        heading(f"Queries of {rows:,} documents × {dim}, warm, from a vector to 100 results")
        asked = [vectors.gather([int(row)])[0] for row in chance.integers(0, rows, 12)]

        def ask(turn: int) -> object:
            return engine.rank(engine.query_from_vector(asked[turn % len(asked)], "words"))

        line("exact", timed(ask, 8))
        line("reference: product and sort of everything", timed(lambda _: plain_tick(session, query, []), 2))
        active = query.indices.tolist()
        columns = session.columns()
        assert columns.rows == rows
        filters = Filters((Chip("year:2000..2010"), Chip(f"#{active[0]}>0.2", out=True)))
        line("a chip switched the first time: year", timed(lambda _: session.mask("year:2000..2010"), 1))
        line("a chip switched the first time: feature", timed(lambda _: session.mask(f"#{active[0]}>0.2"), 1))
        line("a chip switched the first time: facet", timed(lambda _: session.mask("category:c3"), 1))
        mask = session.within(filters)

        def switch(_: int) -> object:
            return engine.rank(engine.keep(query, session.within(filters)))

        line("chips switched again, to the ranking", timed(switch, 5))
        line("count of every chip", timed(lambda _: session.counts(filters), 5))
        kept = engine.keep(query, mask)
        engine.prefetch(active[:8], Progress())
        held = [Edit(feature, 0.1) for feature in active[1:8]]

        def drag(asked: Query) -> Callable[[int], object]:
            return lambda turn: engine.rank(asked, [*held, Edit(active[0], turn / TICKS)])

        for name, asked_query in (("no filter", query), ("two filters", kept)):
            tick = drag(asked_query)
            tick(0)
            line(f"tick without the window, 8 features edited, {name}", timed(tick, TICKS))
        edited = engine.rank(query, [Edit(active[0], 0.4)])
        line("the whole order of a steered search", timed(lambda _: engine.order(edited), 3))
        some = np.arange(100) * (rows // 100)
        line("figures of 100 rows anywhere", timed(lambda _: engine.figures(edited, some), 20))
        for place, kind in ((0, "the commonest word"), (50, "a word"), (500, "a rare word")):
            spent = timed(lambda turn, p=place: engine.matches(f"{word(p)}{' ' * turn}"), 2)  # type: ignore[misc]
            line(f"all hits of {kind}", spent, f"{engine.matches(word(place)).rows.size:,} hits")
        words = engine.matches(word(50))
        line("a page of hits", timed(lambda turn: engine.keyword(word(50), 100, None, 100 * turn), 5))

        def both(turn: int) -> object:
            return engine.both(query, words, 0.5, [*held, Edit(active[0], turn / TICKS)])

        both(0)
        line("tick without the window, meaning and words fused", timed(both, TICKS))


class Beat:
    """The longest time the window did not answer."""

    def __init__(self) -> None:
        self.timer = QTimer(interval=1)
        self.timer.timeout.connect(self.beat)
        self.gaps: list[float] = []

    def beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self.last) * 1000)
        self.last = now

    def __enter__(self) -> Beat:
        self.gaps.clear()
        self.last = time.perf_counter()
        self.timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.beat()
        self.timer.stop()

    def told(self) -> str:
        return f"longest block of the window {max(self.gaps):.0f} ms"


def wait_for(done: Callable[[], bool]) -> None:
    limit = time.monotonic() + _PATIENCE_S
    while not done():
        if time.monotonic() > limit:
            raise TimeoutError
        QCoreApplication.processEvents()
        time.sleep(0.0005)


@pytest.fixture
def window(open_window: Callable[[], MainWindow], qapp: QApplication) -> Iterator[MainWindow]:
    made_window = open_window()
    made_window.resize(1440, 900)
    return made_window


def idle(window: MainWindow) -> bool:
    return not window.controller.runner.jobs(quiet=True)


def settle() -> None:
    for _ in range(3):
        QCoreApplication.processEvents()


@pytest.mark.parametrize(("rows", "dim"), SIZES)
def test_the_window(made: Callable[[int, int], Path], window: MainWindow, rows: int, dim: int) -> None:
    path = made(rows, dim)
    store, controller = window.store, window.controller
    heading(f"The window over {rows:,} documents × {dim}, painted")

    def once(name: str, act: Callable[[], object], done: Callable[[], bool]) -> None:
        with Beat() as beat:
            began = time.perf_counter()
            act()
            wait_for(done)
            settle()
            spent = (time.perf_counter() - began) * 1000
        line(name, np.asarray([spent]), beat.told())

    def all_there() -> bool:
        return idle(window)

    once("opened", lambda: controller.library.open(path), lambda: store.library is not None)
    once("all made ready that opening asks for", lambda: None, all_there)
    like = controller.search.like_document
    once("first query, to results", lambda: like(5), lambda: store.ranking is not None)
    once("its sliders ready", lambda: None, all_there)
    shown = store.ranking
    once(
        "second query, to results",
        lambda: like(77),
        lambda: store.ranking is not shown and not store.searching,
    )
    once("its sliders ready", lambda: None, all_there)
    session = controller.library.session
    assert session is not None

    def ticks(name: str) -> None:
        """The strongest feature dragged by the mouse, each tick to the end of painting."""
        first = controller.search.entries()[0]
        slider = slider_of(window, first.feature)
        press(slider)
        low, high = slider.x_of(0.0), slider.x_of(2 * first.scale)
        seen: set[Any] = set()

        def tick(turn: int) -> None:
            drag_to(slider, round(low + (high - low) * (turn * 37 % TICKS) / TICKS))
            settle()
            seen.add(tuple(store.ranking.ranking.rows.tolist()))

        tick(1)
        spent = timed(tick, TICKS)
        release(slider, round(high))
        settle()
        line(name, spent, f"{len(seen)} different lists")
        controller.search.reset()
        wait_for(all_there)

    ticks("a slider dragged by the mouse, tick to painted")
    others = [entry.feature for entry in controller.search.entries()[1:8]]
    controller.search.edit([Edit(feature, 0.1) for feature in others])
    wait_for(all_there)
    ticks("the same with seven others moved")

    cold = next(f for f in range(2000, 3000) if f not in session.engine.columns)  # type: ignore[operator]
    former = store.ranking

    def touch() -> None:
        controller.search.edit([Edit(cold, 0.3)])

    once(
        "first touch of a feature, to the ranking",
        touch,
        lambda: store.ranking is not former and idle(window),
    )
    controller.search.reset()
    wait_for(all_there)

    first = controller.search.entries()[0].feature
    chips = Filters((Chip("year:2000..2010"), Chip(f"#{first}>0.5", out=True)))
    whole = store.query

    def filtered() -> bool:
        return store.query is not whole and idle(window)

    once("two filters switched on, the first time", lambda: controller.search.set_filters(chips), filtered)
    ticks("a slider dragged with both filters on")
    kept = store.query
    off = chips.turned("year:2000..2010", on=False)
    once(
        "one filter switched off",
        lambda: controller.search.set_filters(off),
        lambda: store.query is not kept and idle(window),
    )
    query = whole.everywhere
    spent = timed(lambda _: plain_tick(session, query, [Edit(first, 0.2)]), 2)
    line("reference: product and sort of everything, not painted", spent)
