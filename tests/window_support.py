"""Fixtures that open the real window on a small real library; shared with the scenarios."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs, vectors_library

from saerch_desktop.progress import Progress
from saerch_desktop.ui import dialogs, theme
from saerch_desktop.ui.controller import Controller
from saerch_desktop.ui.jobs import JobRunner
from saerch_desktop.ui.slider import BipolarSlider
from saerch_desktop.ui.train_part import TrainPart
from saerch_desktop.ui.train_window import TrainWindow
from saerch_desktop.ui.window import MainWindow

OpenWindow = Callable[[], MainWindow]


@pytest.fixture(autouse=True)
def fake_dialogs() -> Iterator[FakeDialogs]:
    """Nothing modal can open in a test."""
    fake = FakeDialogs()
    former = dialogs.replace(fake)
    yield fake
    dialogs.replace(former)


@pytest.fixture(scope="session")
def steerable_original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny library with given vectors and a trained SAE; made once."""
    from saerch_desktop.workflow.build import Wishes, train_sae

    path = vectors_library(tmp_path_factory.mktemp("library") / "Small.saerch")
    train_sae(path, "features", Wishes(features=32, k=4, epochs=30), Progress())
    return path


@pytest.fixture
def steerable(steerable_original: Path, tmp_path: Path) -> Path:
    """A copy of it that the test may change."""
    return Path(shutil.copytree(steerable_original, tmp_path / steerable_original.name))


@pytest.fixture
def open_window(qapp: QApplication, qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[OpenWindow]:
    """Make windows; jobs run inline unless the test is marked `threaded`. What is left open is closed."""
    theme.apply(qapp, "light")
    made: list[MainWindow] = []
    inline = request.node.get_closest_marker("threaded") is None

    def make() -> MainWindow:
        window = MainWindow(Controller(runner=JobRunner(inline=inline)))
        made.append(window)
        window.resize(1280, 800)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield make
    for window in made:
        window.close()
        window.deleteLater()


@pytest.fixture
def window(open_window: OpenWindow) -> MainWindow:
    return open_window()


def start_training(window: MainWindow, qtbot: QtBot) -> TrainWindow:
    """Go through the training window as far as its Start, with what it proposes."""
    window.actions_table["train"].trigger()
    part = next(part for part in window.parts if isinstance(part, TrainPart))
    qtbot.waitUntil(lambda: part.desk.flow is not None, timeout=60_000)
    assert part.training is not None
    part.training.next.click()
    part.training.go.click()
    return part.training


def slider_of(window: MainWindow, feature: int) -> BipolarSlider:
    """The visible slider of a feature in the mixer."""
    row = window.search_pane.mixer.rows.row_of(feature)
    assert row is not None
    return row.slider


def press(slider: BipolarSlider) -> QPoint:
    """Take the slider by its handle; where that is."""
    at = QPoint(round(slider.x_of(slider.activation())), slider.height() // 2)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    return at


def drag_to(slider: BipolarSlider, x: int) -> None:
    """Move the mouse with the button down."""
    at = QPoint(x, slider.height() // 2)
    QCursor.setPos(slider.mapToGlobal(at))
    QTest.mouseMove(slider, at)


def release(slider: BipolarSlider, x: int) -> None:
    QTest.mouseRelease(
        slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(x, slider.height() // 2)
    )
