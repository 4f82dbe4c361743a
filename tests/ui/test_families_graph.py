"""The graph in the families pane: what is opened from it, what is worked out, and where nodes stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.families_support import features_there, opened, part_of, put_families

from saerch_desktop.features.families import graph as family_graph
from saerch_desktop.features.families.places import PLACES_FILE, load_places
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.window import MainWindow


@pytest.fixture
def keys(steerable: Path) -> dict[str, str]:
    return put_families(steerable)


def folder_of(window: MainWindow) -> Path:
    features = part_of(window).desk.features
    assert features is not None
    return features.folder


def test_a_double_click_on_the_title_of_a_group_opens_that_family(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    part.families.go(Focus(keys["Part"]))
    view = part.families.graph.view
    view.repaint()
    shape = next(shape for shape in view.picture.shapes if shape.key == keys["Part"])
    window.store.family = None
    at = shape.title.box.center().toPoint()
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert window.store.family == keys["Part"]
    assert part.families.detail.title.whole == "Part"
    assert window.store.query is not None  # without one, what the family stands for is searched for


def test_where_a_node_was_put_it_is_found_when_the_library_is_opened_again(
    qtbot: QtBot, window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    graph = part.families.graph
    part.families.go(Focus(keys["Part"]))
    node = f"#{features_there(steerable)[4]}"
    graph.view.pinned.emit(node, 333.0, -44.0)
    folder = folder_of(window)
    qtbot.waitUntil(lambda: load_places(folder) == {node: (333.0, -44.0)})
    graph.view.pinned.emit(node, 300.0, -40.0)
    window.controller.library.close()  # before it was written
    assert load_places(folder) == {node: (300.0, -40.0)}
    window.controller.library.open(steerable)
    part.families.go(Focus(keys["Part"]))
    view = graph.view
    assert view.positions()[node] == (300.0, -40.0)
    assert view.picture.pinned == {view.picture.scene.place[node]}
    graph.unpin()
    assert view.picture.pinned == set()
    qtbot.waitUntil(lambda: load_places(folder) == {})


@pytest.mark.expects_log
def test_damaged_places_are_in_nobodys_way(window: MainWindow, steerable: Path, keys: dict[str, str]) -> None:
    window.controller.library.open(steerable)
    path = folder_of(window) / PLACES_FILE
    window.controller.library.close()
    path.write_text("{", encoding="utf-8")
    part = opened(window, steerable)
    part.families.go(Focus(keys["Part"]))
    assert len(part.families.graph.view.graph.nodes) > 2


@pytest.mark.threaded
def test_of_several_wishes_at_once_only_the_last_is_worked_out(
    qtbot: QtBot, window: MainWindow, steerable: Path, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    window.controller.library.open(steerable)
    qtbot.waitUntil(lambda: window.store.book is not None, timeout=20_000)
    window.actions_table["show-families"].trigger()
    pane = part_of(window).families
    qtbot.waitUntil(lambda: bool(pane.graph.view.graph.nodes), timeout=20_000)
    worked_out = []
    real = family_graph.local_graph
    monkeypatch.setattr(
        family_graph, "local_graph", lambda *args, **rest: worked_out.append(args[3]) or real(*args, **rest)
    )
    for name in ("Broad", "Part", "Other"):
        pane.go(Focus(keys[name]))
    qtbot.waitUntil(lambda: pane.graph.view.graph.focus == keys["Other"], timeout=20_000)
    assert worked_out == [keys["Other"]]
    QApplication.processEvents()
