"""How long a frame of the graph takes while it is moved, and how long its layout takes.

    python -m pytest tests/bench/bench_graph.py -m bench -s

Asserts nothing about time. Budgets: 20 ms a frame (50 a second) at 1,000 nodes and 5,000 links, 100 ms at
10,000 and 50,000, painted by the processor. The reference is the same picture with all links painted in every
frame.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from saerch_desktop.features.families.graph_parts import FamilyGraph, Group, Node
from saerch_desktop.features.families.placement import lay_out
from saerch_desktop.ui import theme
from saerch_desktop.ui.graph_view import GraphView

pytestmark = pytest.mark.bench

SIZES = ((60, 200), (1_000, 5_000), (10_000, 50_000))
FRAMES = 40


def made_graph(n: int, links: int) -> FamilyGraph:
    """Communities of about forty, a tenth of the links between them, a seventh of them arrows."""
    chance = np.random.default_rng(3)
    home = np.sort(chance.integers(0, max(2, n // 40), n))
    first = chance.integers(0, n, 3 * links)
    begin, end = np.searchsorted(home, home[first]), np.searchsorted(home, home[first], side="right")
    near = begin + (chance.random(first.size) * (end - begin)).astype(np.int64)
    second = np.where(chance.random(first.size) < 0.9, near, chance.integers(0, n, first.size))
    pairs = np.unique(np.sort(np.column_stack((first, second)), axis=1)[first != second], axis=0)
    pairs = pairs[np.sort(chance.permutation(len(pairs))[:links])]
    density = 10 ** chance.uniform(-4, -1.3, n)
    nodes = tuple(
        Node(f"#{i}", "feature", i, None, f"a name of some words {i}", float(density[i]), "B")
        for i in range(n)
    )
    sizes = [np.flatnonzero(home == h) for h in range(4)] if n <= 1_000 else []
    groups = tuple(
        Group(str(h), f"Family {h}", tuple(p.tolist()), len(p)) for h, p in enumerate(sizes) if len(p)
    )
    kinds = (chance.random(len(pairs)) < 1 / 7).astype(np.uint8)
    weights = chance.uniform(0.1, 0.8, len(pairs)).astype(np.float32)
    return FamilyGraph(nodes, pairs.astype(np.int32), weights, kinds, groups, "#0")


def timed(frames: int, frame: Callable[[int], object]) -> NDArray[np.float64]:
    out = []
    for number in range(frames):
        began = time.perf_counter()
        frame(number)
        out.append((time.perf_counter() - began) * 1000)
    return np.asarray(out)


def line(name: str, spent: NDArray[np.float64]) -> None:
    middle, worst = np.median(spent), spent.max()
    print(
        f"  {name:52} median {middle:7.1f}   worst {worst:7.1f} ms   {1000 / max(middle, 0.1):5.0f} a second"
    )


def settle(view: GraphView) -> None:
    """Until the sheet of links is whole."""
    end = time.monotonic() + 20
    while time.monotonic() < end and (view.busy or time.monotonic() < end - 19.8):
        QCoreApplication.processEvents()


def test_frames(qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    for n, links in SIZES:
        graph = made_graph(n, links)
        began = time.perf_counter()
        at = lay_out(graph)
        print(f"\n{n:,} nodes, {len(graph.edges):,} links: laid out in {time.perf_counter() - began:.2f} s")
        view = GraphView()
        view.resize(1200, 640)
        view.show()
        view.set_graph(graph, at)
        settle(view)
        measure(view)
        view.close()
        view.deleteLater()


def measure(view: GraphView) -> None:
    def frame(move: Callable[[int], object]) -> Callable[[int], object]:
        return lambda number: (move(number), view.repaint())

    def zoom(factor: float) -> Callable[[int], object]:
        return frame(lambda _: view.zoom_at(factor, 600.0, 300.0))

    def everything(_: int) -> None:
        painter = QPainter(image)
        view.picture.paint(painter, view.camera, view.font())
        painter.end()

    pan = frame(lambda i: view.look_with(view.camera.moved(9, 4 if i % 20 < 10 else -4)))
    line("moved aside", timed(FRAMES, pan))
    settle(view)
    line("zoomed in", timed(12, zoom(1.1)))
    settle(view)
    line("moved aside, nearer", timed(FRAMES, pan))
    settle(view)
    line("zoomed out", timed(12, zoom(1 / 1.1)))
    settle(view)
    line("moved aside, with the window's other events", timed(FRAMES, lambda i: (pan(i), step())))
    view.fit()
    settle(view)
    n = len(view.graph.nodes)
    line("pointed at one node after the other", timed(20, frame(lambda i: view.hover(i * 7 % n))))
    view.hover(None)
    line("at rest", timed(10, lambda _: view.repaint()))
    image = QImage(1200, 640, QImage.Format.Format_RGB32)
    line("reference: every link in every frame", timed(5, everything))


def step() -> None:
    QCoreApplication.processEvents()
