"""Go through the window at a large library while a training runs, and measure how long it was ever blocked.

    xvfb-run -a -s "-screen 0 1600x1000x24" python tests/harness/stalls.py --library DIR [--no-training]
        [--pause-s 1.5] [--out FILE.json]

DIR is made by `large_library.py`; a training is started in it, and stopped at the end. Prints the longest
block of each step and every stack over 100 ms; the exit status is 1 when there was one.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget

from saerch_desktop.progress import Progress
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui import theme
from saerch_desktop.ui.jobs_part import JobsPart
from saerch_desktop.ui.watchdog import Watchdog
from saerch_desktop.ui.window import MainWindow

_TURN_S = 0.0002  # as `saerch_desktop.app` has it
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Step:
    """One thing that was done: the longest block while it was, and how many were over 100 ms."""

    name: str
    longest_ms: float
    over: int


class Tour:
    """Does one thing after the other in a window, and notes how long each blocked it."""

    def __init__(self, window: MainWindow, watchdog: Watchdog, pause_s: float) -> None:
        self._window = window
        self._watchdog = watchdog
        self._pause_s = pause_s
        self.steps: list[Step] = []
        self.stacks: list[tuple[str, str]] = []

    def do(self, name: str, act: Callable[[], object], ready: Callable[[], bool] = lambda: True) -> None:
        self._watchdog.reset()
        act()
        deadline = time.monotonic() + _PATIENCE_S
        while not ready() and time.monotonic() < deadline:
            rest(0.05)
        rest(self._pause_s)
        blocks = list(self._watchdog.blocks)
        self.stacks += [(f"{name}: {block.seconds * 1000:.0f} ms", block.stack) for block in blocks]
        step = Step(name, self._watchdog.longest_s * 1000, len(blocks))
        self.steps.append(step)
        missing = "" if ready() else "   (did not come)"
        print(f"{step.name:44} {step.longest_ms:6.0f} ms  {step.over}{missing}", flush=True)

    def trigger(self, name: str) -> None:
        self._window.actions_table[name].trigger()


def rest(seconds: float) -> None:
    """Let the window live."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def wheel(area: QWidget, steps: int) -> None:
    """Turn the wheel over a widget."""
    target = area.viewport() if isinstance(area, QAbstractScrollArea) else area
    middle = QPointF(target.rect().center())
    for _ in range(abs(steps)):
        turn = QPoint(0, -120 if steps > 0 else 120)
        event = QWheelEvent(
            middle,
            QPointF(target.mapToGlobal(middle.toPoint())),
            QPoint(),
            turn,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(target, event)
        rest(0.02)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--no-training", action="store_true")
    parser.add_argument("--pause-s", type=float, default=1.5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stalls-") as home:
        _use_home(Path(home))
        return run(options)


def run(options: argparse.Namespace) -> int:
    from saerch_desktop.embedding.torch_setup import rest_waiting_threads

    rest_waiting_threads()
    sys.setswitchinterval(_TURN_S)
    app = QApplication.instance() or QApplication(["saerch-desktop"])
    assert isinstance(app, QApplication)
    theme.apply(app, "light")
    window = MainWindow()
    window.resize(1500, 950)
    window.show()
    rest(1.0)
    watchdog = Watchdog(app)
    watchdog.start()
    tour = Tour(window, watchdog, options.pause_s)
    went_through(window, tour, options.library, training=not options.no_training)
    watchdog.stop()
    worst = max(step.longest_ms for step in tour.steps)
    over = sum(step.over for step in tour.steps)
    for name, stack in tour.stacks:
        print(f"\n{name}\n{stack}")
    print(f"longest block {worst:.0f} ms, {over} over 100 ms, in {len(tour.steps)} steps")
    if options.out is not None:
        told: dict[str, Any] = {
            "steps": [asdict(step) for step in tour.steps],
            "over": over,
            "worst_ms": worst,
        }
        options.out.write_text(json.dumps(told, indent=1), encoding="utf-8")
    window.controller.runner.cancel_all()
    while window.controller.runner.jobs():
        rest(0.1)  # else the window asks what is to become of them
    window.close()
    return int(over > 0)


def went_through(window: MainWindow, tour: Tour, library: Path, *, training: bool) -> None:
    """The tour itself."""
    store, search = window.store, window.controller.search
    tour.do("open", lambda: window.controller.library.open(library), lambda: store.library is not None)
    if training:
        tour.do(
            "start a training",
            lambda: start_training(window, library),
            lambda: any(job.update_now is not None for job in window.controller.runner.jobs()),
        )
    line = window.search_pane.query
    tour.do("type a query", lambda: type_query(window, "galaxies seen by a telescope"))
    tour.do("its results", lambda: None, lambda: store.ranking is not None)
    entries, inspect = search.entries(), window.controller.inspect
    if not entries:
        print("   (its features cannot be used: no slider is moved, no feature shown)", flush=True)
    for entry in entries[:2]:
        moves = [Edit(entry.feature, amount * entry.scale) for amount in (0.5, 1.0, 1.5, -1.0)]
        tour.do(f"move slider {entry.feature}", lambda m=moves: slide(window, m))
    tour.do("scroll the results", lambda: wheel(window.search_pane.results.table, 20))
    tour.do("show a document", lambda: inspect.document(50_000), lambda: store.row is not None)
    if entries:
        tour.do("show a feature", lambda: inspect.feature(entries[0].feature))
    for action in (
        "show-features",
        "show-why",
        "show-map",
        "show-families",
        "show-explain",
        "show-recipes",
        "show-unsteered",
        "show-reencode",
        "show-jobs",
    ):
        tour.do(action, lambda a=action: tour.trigger(a))
    tour.do("another query", lambda: type_query(window, "gradient descent for neural networks"))
    tour.do("reset", lambda: tour.trigger("reset"))
    tour.do("a document as the query", lambda: tour.trigger("document-as-query"))
    tour.do("dark", lambda: tour.trigger("theme-dark"))
    tour.do("narrow", lambda: window.resize(1000, 700))
    tour.do("wide", lambda: window.resize(1600, 950))
    tour.do("settings", lambda: tour.trigger("settings"))
    if training:
        jobs = next(part for part in window.parts if isinstance(part, JobsPart))
        tour.do("pause the training", jobs.pause)
        tour.do("go on", jobs.pause)
        tour.do("stop it", jobs.stop, lambda: not window.controller.runner.jobs())
    line.clearFocus()


def type_query(window: MainWindow, text: str) -> None:
    """By keys, as a hand does it."""
    line = window.search_pane.query
    line.setFocus()
    line.selectAll()
    for letter in text:
        QTest.keyClicks(line, letter)
        rest(0.01)
    QTest.keyClick(line, Qt.Key.Key_Return)


def slide(window: MainWindow, moves: list[Edit]) -> None:
    for move in moves:
        kept = [edit for edit in window.store.edits if edit.feature != move.feature]
        window.controller.search.edit((*kept, move))
        rest(0.03)


def start_training(window: MainWindow, library: Path) -> None:
    def work(progress: Progress) -> object:
        from saerch_desktop.workflow.build import Wishes, train_sae

        wishes = Wishes(features=4096, k=32, epochs=50)
        return train_sae(library, f"stalls {time.time_ns()}", wishes, progress)

    window.controller.library.long_job("Training features", library, work)


def _use_home(home: Path) -> None:
    """Settings and logs of this run's own."""
    import os

    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        folder = home / name.lower()
        folder.mkdir()
        os.environ[name] = str(folder)


if __name__ == "__main__":
    sys.exit(main())
