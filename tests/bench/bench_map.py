"""How smoothly a map of a million points moves, how long its picture takes, and whether the window waits.

    python -m pytest tests/bench/bench_map.py -m bench -s

Asserts nothing about time. Goals: at least 50 frames a second while it is moved or zoomed, drawn without a
graphics card, and the window's thread never held up for 100 ms. The reference is what a scatter plot of items
needs for one frame: every point painted anew. SAERCH_BENCH_UMAP=1 lays out 30,000 and 3,072 points by UMAP.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QApplication

from saerch_desktop.features.maps.colouring import by_amount, by_names, plain
from saerch_desktop.features.maps.pca import ArrayRows, principal_plane
from saerch_desktop.features.maps.points import MapPoints, MapRecord
from saerch_desktop.features.maps.regions import dense_places
from saerch_desktop.progress import Progress
from saerch_desktop.ui.jobs import JobRunner
from saerch_desktop.ui.map_canvas import MapCanvas
from saerch_desktop.ui.map_drawing import Chart, Drawn, Scene, draw
from saerch_desktop.ui.map_names import Name
from saerch_desktop.ui.row_set import RowSet
from saerch_desktop.ui.state import Store
from saerch_desktop.ui.watchdog import Watchdog

pytestmark = pytest.mark.bench

POINTS = 1_000_000
SIZES = ((1300, 400), (2500, 700))
FRAMES = 120


def made_points(points: int = POINTS) -> MapPoints:
    """Sixty groups of different sizes, as a map by UMAP has them."""
    chance = np.random.default_rng(3)
    centres = chance.normal(size=(60, 2)) * (4, 2.5)
    of = chance.choice(60, points, p=chance.dirichlet(np.ones(60)))
    spread = chance.uniform(0.1, 0.8, 60)[of, None]
    xy = (centres[of] + chance.normal(size=(points, 2)) * spread).astype(np.float32)
    return MapPoints(xy, MapRecord(of="documents", method="umap", source="", rows=points, points=points))


@pytest.fixture(scope="module")
def chart() -> Chart:
    return Chart.of(made_points())


def timed(work: Callable[[], object], turns: int = 5) -> float:
    """Milliseconds, the median."""
    took = []
    for _ in range(turns):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def test_pieces(chart: Chart, qapp: QApplication) -> None:
    points = chart.points
    print(f"\n{POINTS:,} points")
    print(f"{'index of places':<44}{timed(lambda: Chart.of(points), 3):8.0f} ms")
    codes = np.arange(POINTS) % 8
    colourings = {
        "density": plain(POINTS, ""),
        "eight values": by_names("", codes, [str(n) for n in range(8)]),
        "an amount": by_amount("", points.xy[:, 0]),
    }
    nothing, many = np.empty(0, np.int64), np.arange(0, POINTS, 3)
    for name, colouring in colourings.items():
        print(
            f"{f'arranging, {name}':<44}{timed(lambda c=colouring: Scene.of(chart, c, nothing), 3):8.0f} ms"
        )
        for wide, high in SIZES:
            canvas = camera_of(chart, wide, high)
            for lit, words in ((nothing, ""), (many, ", a third selected")):
                scene = Scene.of(chart, colouring, lit)
                took = timed(lambda s=scene, c=canvas: draw(s, c.view(1.0), 1.0, c.box))
                print(f"{f'picture, {name}, {wide} × {high}{words}':<44}{took:8.0f} ms")
    index = chart.index
    corners = np.array([(np.cos(a) * 4, np.sin(a) * 2) for a in np.linspace(0, 2 * np.pi, 200)])
    print(f"{'lasso of 200 corners':<44}{timed(lambda: index.in_polygon(corners)):8.0f} ms")
    print(f"{'box':<44}{timed(lambda: index.in_box(-4, -2, 4, 2)):8.0f} ms")
    print(f"{'point under the mouse':<44}{timed(lambda: index.nearest(0.3, 0.2, 0.05), 50):8.2f} ms")
    print(f"{'dense places':<44}{timed(lambda: dense_places(index, (-8, -5, 8, 5), 0)):8.0f} ms")
    store, rows = Store(), RowSet(many)
    print(f"{'selecting a third, on the window’s thread':<44}{timed(lambda: select(store, rows)):8.2f} ms")


def select(store: Store, rows: RowSet) -> None:
    store.selected = RowSet()
    store.selected = rows


def camera_of(chart: Chart, wide: int, high: int):
    from saerch_desktop.ui.map_camera import Camera

    return Camera(width=wide, height=high).fit(chart.index.low, chart.index.high)


@pytest.fixture
def canvas(chart: Chart, qapp: QApplication) -> Iterator[MapCanvas]:
    made = MapCanvas(str)
    made.resize(*SIZES[0])
    made.show()
    made.set_chart(chart)
    scene = Scene.of(chart, by_names("", np.arange(POINTS) % 8, [str(n) for n in range(8)]), np.empty(0, int))
    made.scene = scene
    made.set_drawn(draw(scene, made.camera.view(1.0), 1.0, made.camera.box))
    made.set_names(
        tuple(Name(*chart.points.xy[n * 997].tolist(), f"a place of number {n}") for n in range(40))
    )
    yield made
    made.close()
    made.deleteLater()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_moving_and_zooming(canvas: MapCanvas, qapp: QApplication, size: tuple[int, int]) -> None:
    """Frames as the window's thread paints them while nothing new is drawn beside it."""
    canvas.resize(*size)
    qapp.processEvents()
    canvas.set_drawn(draw(canvas.scene, canvas.camera.view(1.0), 1.0, canvas.camera.box))
    start = canvas.camera
    moves = {
        "moved": lambda n: canvas._look(start.moved(3.0 * n % 300, 2.0 * n % 120)),
        "zoomed in": lambda n: canvas._look(start.zoomed(1.01**n, QPointF(300, 200))),
        "zoomed out": lambda n: canvas._look(start.zoomed(1.005**-n, QPointF(300, 200))),
    }
    print(f"\n{POINTS:,} points, {size[0]} × {size[1]}")
    for name, move in moves.items():
        took = []
        for n in range(FRAMES):
            began = time.perf_counter()
            move(n)
            canvas.repaint()
            took.append((time.perf_counter() - began) * 1000)
        worst, usual = float(np.percentile(took, 95)), statistics.median(took)
        print(
            f"{name:<12} {usual:6.2f} ms a frame ({1000 / usual:5.0f} a second), 95 % within {worst:6.2f} ms"
        )
    image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
    few = 50_000
    dots = QPolygonF([QPointF(x, y) for x, y in chart_pixels(canvas, few)])

    def painted() -> None:
        painter = QPainter(image)
        painter.setPen(QPen(Qt.GlobalColor.black, 2))
        painter.drawPoints(dots)
        painter.end()

    print(f"{'reference':<12} {timed(painted) * POINTS / few:6.0f} ms a frame with every point painted anew")


def chart_pixels(canvas: MapCanvas, few: int) -> NDArray[np.float32]:
    return canvas.camera.view(1.0).pixels(canvas.scene.chart.points.xy[:few])


def test_the_window_while_pictures_are_made(canvas: MapCanvas, qapp: QApplication, qtbot) -> None:
    """Moving for three seconds while a worker draws: frames, pictures, the longest time without an event."""
    runner = JobRunner()
    watchdog = Watchdog(qapp)
    pictures: list[float] = []
    busy = [False]

    def settled(camera: object) -> None:
        if busy[0]:
            return
        busy[0] = True

        def done(made: Drawn) -> None:
            busy[0] = False
            pictures.append(time.perf_counter())
            canvas.set_drawn(made)

        runner.submit(
            "Drawing", lambda progress: draw(canvas.scene, camera.view(1.0), 1.0, camera.box), done=done
        )

    canvas.settled.connect(settled)
    watchdog.start()
    began, frames, longest, last = time.perf_counter(), 0, 0.0, time.perf_counter()
    start = canvas.camera
    while time.perf_counter() - began < 3:
        canvas._look(start.moved(2.0 * frames % 900, 1.5 * frames % 300))
        canvas.repaint()
        qapp.processEvents()
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
        frames += 1
    watchdog.stop()
    print(
        f"\n{frames / 3:.0f} frames a second beside {len(pictures) / 3:.1f} new pictures a second; "
        f"longest frame {longest * 1000:.0f} ms; {watchdog.summary()}"
    )
    runner.shutdown()


def test_principal_components() -> None:
    chance = np.random.default_rng(0)
    print()
    for rows, dim in ((30_000, 384), (300_000, 384), (100_000, 1536)):
        vectors = chance.standard_normal((rows, dim), np.float32)
        source = ArrayRows(vectors, np.zeros(rows, bool))
        took = timed(lambda s=source: principal_plane(s, Progress()), 1)
        print(f"principal components of {rows:,} × {dim:,}: {took:.0f} ms")


@pytest.mark.skipif(os.environ.get("SAERCH_BENCH_UMAP", "0") in ("", "0"), reason="takes minutes")
def test_umap() -> None:
    from saerch_desktop.features.maps.neighbours import nearest_neighbours
    from saerch_desktop.features.maps.umap_job import NEIGHBOURS, lay_out
    from saerch_desktop.workflow.mapping import seconds_for

    chance = np.random.default_rng(0)
    print()
    for rows in (3_072, 30_000):
        vectors = chance.standard_normal((rows, 384), np.float32) + 3 * chance.standard_normal((40, 384))[
            chance.integers(0, 40, rows)
        ].astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        began = time.perf_counter()
        plane, _ = principal_plane(ArrayRows(vectors, np.zeros(rows, bool)), Progress())
        places, distances = nearest_neighbours(
            lambda at, v=vectors: v[at], np.arange(rows), NEIGHBOURS, Progress()
        )
        near = time.perf_counter()
        lay_out(places, distances, plane, Progress())
        over = time.perf_counter()
        print(
            f"UMAP of {rows:,}: {over - began:.0f} s, of which neighbours {near - began:.0f} s; "
            f"said beforehand: {seconds_for(rows):.0f} s"
        )
