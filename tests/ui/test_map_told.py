"""What the map says and keeps while it is laid out, and when one goes over to the other map and back."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from ui.families_support import put_families
from window_support import OpenWindow

import saerch_desktop.features.maps.umap_job as umap_job
from saerch_desktop.ui.map_part import MapPart
from saerch_desktop.ui.window import MainWindow


def part_of(window: MainWindow) -> MapPart:
    return next(part for part in window.parts if isinstance(part, MapPart))


def test_going_over_to_features_and_back_keeps_what_is_selected_of_each(
    window: MainWindow, steerable: Path
) -> None:
    put_families(steerable)
    window.controller.library.open(steerable)
    window.actions_table["show-map"].trigger()
    window.actions_table["show-families"].trigger()
    window.actions_table["show-map"].trigger()
    part = part_of(window)
    part.desk.selection.select(np.array([3, 5, 8]))
    part.map.header.of_chosen.emit("features")
    part.desk.selection.select(np.array([1, 2]))
    assert part.store.selected == (3, 5, 8)
    part.map.header.of_chosen.emit("documents")
    assert part.map.lit.tolist() == [3, 5, 8]
    assert part.store.chosen == (1, 2)


@pytest.mark.threaded
def test_while_a_map_is_laid_out_the_button_stops_it(
    open_window: OpenWindow, steerable: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()

    def lay_out(places, distances, beginning, progress, *, seed=0):
        begun.set()
        while True:
            progress.check()
            threading.Event().wait(0.01)

    monkeypatch.setattr(umap_job, "lay_out", lay_out)
    window = open_window()
    part = part_of(window)
    window.controller.library.open(steerable)
    qtbot.waitUntil(lambda: window.store.library is not None, timeout=20_000)
    window.actions_table["show-map"].trigger()
    qtbot.waitUntil(lambda: part.map.canvas.drawn is not None, timeout=20_000)
    part.map.header.method.activated.emit(1)
    qtbot.waitUntil(part.map.offer.isVisible, timeout=20_000)
    assert part.map.make.text() == "Lay it out"
    part.map.make.click()
    qtbot.waitUntil(begun.is_set, timeout=20_000)
    assert part.map.make.text() == "Stop"
    job = part.desk._job
    part.desk.make()  # by its shortcut: not a second one
    assert part.desk._job is job
    part.map.make.click()
    qtbot.waitUntil(lambda: part.desk._job is None, timeout=20_000)
    assert part.map.make.text() == "Lay it out"
    assert part.map.offer.isVisible()


def test_work_is_shown_before_there_is_a_picture(window: MainWindow, steerable: Path) -> None:
    part = part_of(window)
    part.map.set_busy("Placing the points…")
    assert part.map.empty.accessibleName() == "Placing the points…"
    window.controller.library.open(steerable)
    window.actions_table["show-map"].trigger()
    empty = part.map.canvas.grab().toImage()
    part.map.canvas._drawn = None
    part.map.canvas.names.clear()
    assert part.map.canvas.grab().toImage() != empty
    window.controller.library.close()
    assert part.map.empty.accessibleName() == "The map of your documents"


def test_a_long_head_of_the_table_is_shortened_and_whole_in_its_tip(
    window: MainWindow, steerable: Path
) -> None:
    table = part_of(window).map.table
    assert table.horizontalHeader().textElideMode() == Qt.TextElideMode.ElideRight
