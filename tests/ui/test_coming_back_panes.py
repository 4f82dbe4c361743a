"""Panes look as they were left: scrolled, sorted, filtered, selected, zoomed; damaged values do nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtWidgets import QTabWidget
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs
from window_support import OpenWindow

from saerch_desktop.features.browse import Sort
from saerch_desktop.ui import view_state
from saerch_desktop.ui.browser_part import BrowserPart
from saerch_desktop.ui.map_part import MapPart
from saerch_desktop.ui.results_part import ResultsPart
from saerch_desktop.ui.view_values import ViewValues
from saerch_desktop.ui.window import MainWindow

P = TypeVar("P")


def part(window: MainWindow, kind: type[P]) -> P:
    return next(part for part in window.parts if isinstance(part, kind))


def recipe_tabs(window: MainWindow) -> QTabWidget:
    every = window.findChildren(QTabWidget)
    return next(tabs for tabs in every if tabs.accessibleName().startswith("Recipes"))


def show(window: MainWindow, name: str) -> None:
    for dock in window.docks:
        if dock.objectName() == name:
            dock.show()
            dock.raise_()


@pytest.fixture
def left(open_window: OpenWindow, steerable: Path, qtbot: QtBot) -> dict[str, object]:
    """A window that was looked at in many ways and closed; what was to be seen."""
    window = open_window()
    window.controller.library.open(steerable)
    window.controller.search.like_document(9)
    table = part(window, ResultsPart).table
    table.select_documents(window.store.selected.of([11, 4, 30]))
    window.store.selected = [11, 4, 30]
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum() // 2)
    show(window, "features-dock")
    browser = part(window, BrowserPart).browser
    browser.filter.line.setText("-nothing")
    browser.set_sort(Sort("density", True))
    browser.table.select_features([3, 5])
    show(window, "map-dock")
    view = part(window, MapPart)
    qtbot.waitUntil(lambda: view.map.canvas.chart is not None)
    view.map.header.names.setChecked(False)
    x, y = (float(one) for one in view.map.canvas.chart.points.xy[7])
    view.map.canvas.look_from(x, y, 5.0)
    recipe_tabs(window).setCurrentIndex(1)
    camera = view.map.canvas.camera
    found = {
        "top": table.places_in_view()[0],
        "selected": sorted(window.store.selected),
        "chosen": sorted(browser.table.chosen().tolist()),
        "camera": (camera.x, camera.y, camera.scale / camera.fitted),
    }
    window.close()
    return found


def test_every_pane_as_it_was_left(open_window: OpenWindow, left: dict[str, object], qtbot: QtBot) -> None:
    window = open_window()
    window.restore()
    table, browser = part(window, ResultsPart).table, part(window, BrowserPart).browser
    assert left["top"], "the list was scrolled"
    qtbot.waitUntil(lambda: table.places_in_view()[0] == left["top"])
    assert sorted(window.store.selected) == sorted(table.selected_documents()) == left["selected"]
    assert browser.filter.line.text() == "-nothing"
    assert browser.sort == Sort("density", True)
    assert sorted(browser.table.chosen().tolist()) == left["chosen"] == [3, 5]
    canvas = part(window, MapPart).map.canvas
    assert not canvas.names.visible
    qtbot.waitUntil(lambda: canvas.camera.scale != canvas.camera.fitted)
    camera = canvas.camera
    assert (camera.x, camera.y, camera.scale / camera.fitted) == pytest.approx(left["camera"], rel=1e-3)
    assert recipe_tabs(window).currentIndex() == 1


@pytest.mark.parametrize("library", [True, False])
def test_a_library_named_at_the_start_comes_back_too(
    open_window: OpenWindow, left: dict[str, object], steerable: Path, library: bool, qtbot: QtBot
) -> None:
    window = open_window()
    window.restore(library=steerable if library else steerable.parent / "not there.saerch")
    if library:
        assert window.store.query is not None
        assert part(window, BrowserPart).browser.filter.line.text() == "-nothing"
    else:
        assert window.store.library is None
        assert window.store.notices


@pytest.mark.parametrize("wrong", [None, [], "x", -1, 1e308, {"a": 1}, [[1]], [-1, "2", True], [0] * 30_000])
def test_values_that_make_no_sense_are_left_out(
    open_window: OpenWindow, left: dict[str, object], wrong: object, qtbot: QtBot
) -> None:
    raw = json.loads(view_state.place().read_bytes())
    raw["panes"] = {name: dict.fromkeys(kept, wrong) for name, kept in raw["panes"].items()}
    raw["extra"] = {name: "9" * 9 if name.startswith("tabs") else "AAAA" for name in raw["extra"]}
    view_state.place().write_text(json.dumps(raw), encoding="utf-8")
    window = open_window()
    window.restore()
    qtbot.waitUntil(lambda: window.store.query is not None)
    assert window.store.notices == ()
    assert window.store.library is not None


def test_what_is_read_of_a_file() -> None:
    values = ViewValues({"a": True, "b": 3, "c": "x", "d": [3, 3, 1, 99], "e": float("nan"), "f": 10**400})
    assert values.flag("a")
    assert not values.flag("b")
    assert values.whole("b", 0) == 3
    assert values.whole("a", 7) == 7
    assert values.whole("b", 7, most=2) == 7
    assert values.one_of("c", ("x", "y"), "y") == "x"
    assert values.one_of("b", ("x", "y"), "y") == "y"
    assert values.text("c", longest=0) == ""
    assert values.numbers("d", 10) == [3, 1]
    assert values.real("e") is None
    assert values.real("f") is None
    assert values.real("b") == 3.0


def test_moving_a_library_takes_window_and_searches_along(
    window: MainWindow, steerable: Path, tmp_path: Path, fake_dialogs: FakeDialogs
) -> None:
    window.controller.library.open(steerable)
    window.controller.search.like_document(9)
    rows = window.store.ranking.ranking.rows.tolist()
    there = tmp_path / "there"
    there.mkdir()
    fake_dialogs.answers = [there]
    window.actions_table["move-library"].trigger()
    assert window.store.library is not None
    assert window.store.library.path == there / steerable.name
    assert not steerable.exists()
    assert window.store.ranking.ranking.rows.tolist() == rows
    assert len(window.controller.searches.entries()) == 1
    assert str(steerable) not in window.store.recent
    fake_dialogs.answers = [tmp_path / "packed"]
    window.actions_table["pack-library"].trigger()
    package = tmp_path / "packed.saerch.zip"
    assert package.exists()
    fake_dialogs.answers = [package, tmp_path]
    window.actions_table["unpack-library"].trigger()
    assert window.store.library.path == tmp_path / steerable.name
    fake_dialogs.answers = [there]
    window.actions_table["copy-library"].trigger()
    assert (there / "Small 2.saerch" / "library.json").exists()
    assert window.store.notices == ()
