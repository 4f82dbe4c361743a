"""The families pane in the window: where it opens, how one moves, what is told, and what is chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from ui.families_support import features_there, opened, part_of, put_families

from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.library import Library
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.window import MainWindow


@pytest.fixture
def keys(steerable: Path) -> dict[str, str]:
    return put_families(steerable)


def test_without_families_the_pane_says_how_they_come_to_be(window: MainWindow, steerable: Path) -> None:
    part = opened(window, steerable)
    assert window.store.book is None
    state = part.families.empty.state
    assert state.isVisible()
    assert state._button.text() == "Build families"
    assert not window.actions_table["families-graph"].isEnabled()
    assert window.actions_table["build-families"].isEnabled()


def test_the_book_comes_with_the_library_and_goes_with_it(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    window.controller.library.open(steerable)
    assert set(window.store.book.families) == set(keys.values())
    window.controller.library.close()
    assert window.store.book is None
    assert part_of(window).names is None


def test_it_opens_on_the_overview_of_families_never_on_features(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    graph = part.families.graph.view.graph
    assert {node.kind for node in graph.nodes} == {"family"}
    assert {node.key for node in graph.nodes} == {keys["Broad"], keys["Other"]}


def test_it_opens_on_the_feature_that_is_shown(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    feature = features_there(steerable)[4]
    window.controller.library.open(steerable)
    window.controller.inspect.feature(feature)
    part = part_of(window)
    window.actions_table["show-families"].trigger()
    assert part.families.focus == Focus(feature=feature)
    assert f"#{feature}" in part.families.graph.view.graph.ids
    assert part.families.header.way()[:3] == ["Overview", "Broad", "Part"]


def test_back_and_forward_go_over_what_was_in_the_middle(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    pane = part.families
    pane.go(Focus(keys["Broad"]))
    pane.go(Focus(keys["Part"]))
    window.actions_table["families-back"].trigger()
    assert pane.focus == Focus(keys["Broad"])
    assert window.store.family == keys["Broad"]
    window.actions_table["families-back"].trigger()
    assert pane.focus == Focus()
    assert not pane.header.back.isEnabled()
    window.actions_table["families-forward"].trigger()
    assert pane.focus == Focus(keys["Broad"])
    assert pane.header.forward.isEnabled()


@pytest.mark.parametrize("view", ["graph", "tree", "matrix", "table"])
def test_every_view_has_the_focus_when_it_is_asked_for(
    window: MainWindow, steerable: Path, keys: dict[str, str], view: str
) -> None:
    part = opened(window, steerable)
    window.activateWindow()
    window.actions_table[f"families-{view}"].trigger()
    QApplication.processEvents()
    assert part.families.view == view
    focus = window.focusWidget()
    assert focus is not None
    assert part.families.views.currentWidget().isAncestorOf(focus)
    assert focus.accessibleName()


def test_the_tree_unfolds_families_their_parts_and_their_features(
    window: MainWindow, steerable: Path, keys: dict[str, str], qtmodeltester
) -> None:
    part = opened(window, steerable)
    live = features_there(steerable)
    window.actions_table["families-tree"].trigger()
    tree = part.families.tree
    model = tree.families
    qtmodeltester.check(model, force_py=True)
    tops = [model.branch(model.index(row, 0)).what for row in range(model.rowCount())]
    assert tops == [Focus(keys["Broad"]), Focus(keys["Other"])]
    broad = model.index(0, 0)
    below = [model.branch(model.index(row, 0, broad)).what for row in range(model.rowCount(broad))]
    assert below == [Focus(keys["Part"]), *(Focus(feature=one) for one in live[:3])]
    tree.setCurrentIndex(broad)
    QTest.keyClick(tree, Qt.Key.Key_Right)
    assert tree.isExpanded(broad)
    QTest.keyClick(tree, Qt.Key.Key_Down)
    assert window.store.family == keys["Part"]
    assert part.families.detail.title.whole == "Part"
    assert "most general" not in model.data(model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert "A, excellent" in model.data(model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)


def test_the_tree_finds_by_words(window: MainWindow, steerable: Path, keys: dict[str, str]) -> None:
    part = opened(window, steerable)
    window.actions_table["families-tree"].trigger()
    window.actions_table["find-families"].trigger()
    line = part.families.header.line
    assert window.focusWidget() is line
    QTest.keyClicks(line, "oth")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert part.families.tree.current() == Focus(keys["Other"])
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert line.text() == ""
    assert window.focusWidget() is part.families.tree


def test_the_table_sorts_filters_and_lists_what_the_graph_shows(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    part.families.go(Focus(keys["Part"]))
    window.actions_table["families-table"].trigger()
    table = part.families.table
    model = table.table.features
    assert model.rowCount() == 3
    head = table.table.horizontalHeader()
    at = QPoint(head.sectionViewportPosition(1) + 4, head.height() // 2)
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=at)
    sizes = [model.data(model.index(row, 1), Qt.ItemDataRole.DisplayRole) for row in range(3)]
    assert sizes == ["6", "3", "3"]
    part.families.header.line.setText("par")
    assert model.rowCount() == 1
    assert table.count.text() == "1 of 3"
    part.families.header.line.clear()
    graph = part.families.graph.view.graph
    QTest.mouseClick(table.scope.buttons["nodes"], Qt.MouseButton.LeftButton)
    assert model.rowCount() == len(graph.nodes)
    QTest.mouseClick(table.scope.buttons["links"], Qt.MouseButton.LeftButton)
    assert model.rowCount() == len(graph.edges)


def test_details_tell_members_parents_and_documents(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    live = features_there(steerable)
    part.families.go(Focus(keys["Part"]))
    detail = part.families.detail
    assert detail.title.whole == "Part"
    assert detail.kind.text() == "Family of 3 features"
    assert detail.grade.grade == "A"
    assert [
        link.text() for link in detail.parents.findChildren(type(detail.parents.flow.itemAt(0).widget()))
    ] == ["Part of Broad"]
    assert detail._facts.values["R"].text() == "1.50"
    assert detail._facts.values["Block ratio"].text() == "3.00"
    assert detail._listed == [Focus(feature=one) for one in live[3:6]]
    # The documents are those with the largest summed activation, worked out densely here.
    with Library.open(steerable) as library:
        codes = FeatureSet.open(library, "features").codes
        inside = np.isin(codes.indices, live[3:6]) & (codes.values > 0)
        sums = np.where(inside, codes.values, 0).sum(axis=1)
    shown = [entry.key for entry in detail.documents.entries.entries]
    np.testing.assert_allclose(sums[shown], np.sort(sums)[::-1][: len(shown)], rtol=1e-6)
    detail.parents.flow.itemAt(0).widget().click()
    assert window.store.family == keys["Broad"]
    assert detail.title.whole == "Broad"


def test_choosing_nodes_selects_their_documents_and_features(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    live = features_there(steerable)
    part.families.go(Focus(keys["Part"]))
    nodes = tuple(f"#{feature}" for feature in live[3:5])
    part.families.graph.view.chosen.emit(nodes)
    assert window.store.chosen == tuple(live[3:5])
    with Library.open(steerable) as library:
        codes = FeatureSet.open(library, "features").codes
        hit = (np.isin(codes.indices, live[3:5]) & (codes.values > 0)).any(axis=1)
    assert sorted(window.store.selected) == np.flatnonzero(hit).tolist()
    assert part.families.detail.title.whole == "2 chosen"
    assert not part.lights.lit  # what is selected from here does not change the colours
    part.families.settings.light_chosen.emit("selection")
    assert part.lights.lit.caption == f"{hit.sum()} documents"
    assert window.actions_table["split-family"].isEnabled()


def test_features_chosen_elsewhere_are_marked_in_the_graph(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    part.families.go(Focus(keys["Part"]))
    feature = features_there(steerable)[3]
    window.store.chosen = (feature,)
    assert part.families.graph.view.selected == (f"#{feature}",)


def test_selected_documents_light_up_their_features(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    part.families.go(Focus(keys["Part"]))
    seen: list[tuple[dict[str, float] | None, str]] = []
    part.families.graph.view.set_activation = lambda shares, caption="": seen.append((shares, caption))
    with Library.open(steerable) as library:
        features = FeatureSet.open(library, "features")
        row = int(features.inverted.of(features_there(steerable)[3])[0][0])
        values = dict(
            zip(features.codes.indices[row].tolist(), features.codes.values[row].tolist(), strict=True)
        )
        strength = features.statistics.p95
    window.store.selected = (row,)
    shares, caption = seen[-1]
    assert caption == "Active in 1 document"
    for feature in features_there(steerable)[3:6]:
        expected = min(1.0, max(0.0, values.get(feature, 0.0)) / float(strength[feature]))
        assert shares[f"#{feature}"] == pytest.approx(expected, rel=1e-5)
    part.families.settings.light_chosen.emit("nothing")
    assert seen[-1][0] is None
    part.families.settings.light_chosen.emit("selection")
    window.store.selected = ()
    assert seen[-1][0] is None


def test_settings_change_the_graph(window: MainWindow, steerable: Path, keys: dict[str, str]) -> None:
    part = opened(window, steerable)
    part.families.go(Focus(keys["Part"]))
    settings = part.families.settings
    window.actions_table["graph-depth"].trigger()
    assert settings.settings().depth == 2
    settings.threshold.setValue(100)
    assert not [kind for kind in part.families.graph.view.graph.kinds if kind == 0]
    settings.threshold.setValue(0)
    assert settings.figure.text() == "0.00"
    window.actions_table["families-tree"].trigger()
    assert not settings.measure.isVisible()


def test_follow_goes_along_with_the_feature_shown(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    first, second = features_there(steerable)[:2]
    window.controller.inspect.feature(first)
    assert part.families.focus == Focus()
    QTest.mouseClick(part.families.header.follow, Qt.MouseButton.LeftButton)
    window.controller.inspect.feature(second)
    assert part.families.focus == Focus(feature=second)


def test_actions_by_chords_of_g(window: MainWindow, steerable: Path, keys: dict[str, str]) -> None:
    part = opened(window, steerable)
    feature = features_there(steerable)[7]
    window.controller.inspect.feature(feature)
    window.activateWindow()
    part.families.tree.setFocus()
    window.actions_table["graph-local"].trigger()
    assert part.families.focus == Focus(feature=feature)
    QTest.keyClick(part.families.graph.view, Qt.Key.Key_G)
    QTest.keyClick(part.families.graph.view, Qt.Key.Key_F)
    assert part.families.focus == Focus(keys["Other"])
    QTest.keyClick(part.families.graph.view, Qt.Key.Key_G)
    QTest.keyClick(part.families.graph.view, Qt.Key.Key_T)
    assert part.families.view == "tree"
