"""What the families pane says of itself is so: nodes drawn and left out, steps, methods, details."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from ui.families_support import opened, part_of, put_families

from saerch_desktop.features.families import graph as family_graph
from saerch_desktop.features.families.family import Families, Family
from saerch_desktop.features.families.graph_parts import FamilyGraph, Node
from saerch_desktop.ui import theme
from saerch_desktop.ui.elided import ElidedButton
from saerch_desktop.ui.families_build import BuildDialog
from saerch_desktop.ui.families_conflicts import ConflictsDialog
from saerch_desktop.ui.families_desk import told
from saerch_desktop.ui.families_detail import FamilyDetail
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_lights import Lit
from saerch_desktop.ui.feature_sections import Flow
from saerch_desktop.ui.graph_legend import Legend
from saerch_desktop.ui.graph_picture import Picture
from saerch_desktop.ui.window import MainWindow


@pytest.fixture
def keys(steerable: Path) -> dict[str, str]:
    return put_families(steerable)


def test_the_overview_has_as_many_nodes_as_wanted_and_tells_the_rest(
    window: MainWindow, steerable: Path, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes = []
    true = family_graph.overview_graph

    def noted(
        book: object, ties: object, features: object, threshold: float, most: int, *more: object
    ) -> object:
        wishes.append((most, more))
        return true(book, ties, features, threshold, 1, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(family_graph, "overview_graph", noted)
    part = opened(window, steerable)
    settings, graph = part.families.settings, part.families.graph
    settings.most.setCurrentIndex(settings.most.count() - 1)
    settings.most.activated.emit(settings.most.currentIndex())
    assert wishes[-1][0] == 1000
    assert graph.note.text().endswith("1 smaller family is not drawn")
    graph.light(Lit(families={keys["Other"]: 0.5}, caption="a query"))
    assert wishes[-1][1][-1] == {keys["Other"]: 0.5}  # it is drawn anew: others are the brightest
    assert graph.note.text().endswith("1 further family is not drawn")
    part.families.go(Focus(keys["Broad"]))
    settings.most.setCurrentIndex(0)
    settings.most.activated.emit(0)
    assert "there was no room" not in graph.note.text()


def test_steps_are_one_again_around_something_else(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    families = part.families
    families.go(Focus(keys["Part"]))
    window.actions_table["graph-depth"].trigger()
    families.go(Focus(keys["Part"]))
    assert families.settings.settings().depth == 2
    families.go(Focus(keys["Other"]))
    assert families.settings.settings().depth == 1
    window.actions_table["graph-depth"].trigger()
    families.step(-1)
    assert families.settings.settings().depth == 1


def test_a_choice_of_one_method_says_why_it_is_none(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    settings = part_of(window).families.settings
    opened(window, steerable)
    assert not settings.method.isEnabled()
    assert "none of another method" in settings.method.toolTip()
    settings.set_methods(("default", "paper"), "paper")
    assert settings.method.isEnabled()
    assert settings.method.toolTip() == "Whose families are shown"


def test_what_a_build_came_to_speaks_of_changes_only_where_there_are_any() -> None:
    found = Families(method="default", live=10, families=(Family(key="a", members=(1, 2)),))
    assert "changes" not in told(found, 0)[1]
    assert told(found, 1)[1].endswith("Your own 1 change was kept.")
    assert told(found, 3)[1].endswith("Your own 3 changes were kept.")


def test_dialogs_promise_nothing_that_is_not_so(window: MainWindow) -> None:
    build = BuildDialog(0, window)
    assert "most of them" in build.about.text()
    assert "stability" in build.about.text()
    empty = ConflictsDialog((), window)
    empty.show()
    assert not empty.table.isVisible()
    assert not empty.forget.isVisible()
    words = [label.text() for label in empty.findChildren(QLabel)]
    assert any("fit them" in text for text in words)
    assert not any("was not found" in text for text in words)
    build.close()
    empty.close()


def test_a_link_is_cut_only_where_it_does_not_fit(window: MainWindow) -> None:
    link = ElidedButton("Part of Growth of black holes", "Go to this family")
    flow = Flow([link])
    window.hide()
    flow.resize(900, 60)
    flow.show()
    assert link.shown_text() == link.text()
    names = ("Technosignatures", "Education · career", "Chemical evolution · metallicity", "Angular momentum")
    links = [ElidedButton(f"Part of {name}") for name in names]
    flow.replace([link, *links])
    QApplication.processEvents()
    assert [one.shown_text() for one in links] == [one.text() for one in links]
    flow.setFont(theme.scaled(flow.font(), 1.6))  # as when a style comes in
    QApplication.processEvents()
    assert link.shown_text() == link.text()
    assert link.width() < 600
    flow.resize(100, 200)
    QApplication.processEvents()
    assert link.shown_text().endswith("…")
    flow.close()


def test_the_legend_has_discs_from_the_rarest_to_the_commonest_node() -> None:
    wide = Legend(densities=(0.0004, 0.16))
    assert wide.entries(1.0)[0][1] == "feature, in 0.04, 0.8, 16 % of documents"
    small, middle, large = wide.discs(1.0)
    assert small < middle < large <= 8.0
    assert (large / middle) ** 2 == pytest.approx(20, rel=0.01)
    same = Legend(densities=(0.001, 0.001))
    assert same.entries(1.0)[0][1] == "feature, in 0.1 % of documents"
    assert same.discs(1.0) == pytest.approx((110 * 0.001**0.5,))
    nodes = [Node(f"#{i}", "feature", i, None, "x", 0.01 * (i + 1), "B") for i in range(5)]
    graph = FamilyGraph(tuple(nodes))
    assert Picture(graph, np.zeros((5, 2))).legend.densities == (0.01, 0.05)
    of_families = FamilyGraph((Node("k", "family", None, "k", "x", 0.2, "B", 3),))
    assert Picture(of_families, np.zeros((1, 2))).legend.entries(1.0)[0][1] == "family, in 20 % of documents"


def test_the_legend_says_by_what_scale_a_selection_lights_up(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    window.store.selected = tuple(range(40))
    assert part.families.graph.view.picture.caption.startswith("More common in 40 documents than in all")
    window.store.selected = tuple(range(window.store.library.documents))
    assert max(part.lights.lit.families.values()) < 0.1


def test_families_that_another_program_built_are_read_when_one_comes_back(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    book = window.store.book
    came = QApplication.instance().applicationStateChanged
    came.emit(Qt.ApplicationState.ApplicationActive)
    assert window.store.book is book  # nothing has changed
    put_families(steerable, ("Wider", "Part", "Other"))
    came.emit(Qt.ApplicationState.ApplicationActive)
    assert {family.name.text for family in window.store.book} == {"Wider", "Part", "Other"}
    assert "another program" in window.statusBar().currentMessage()
    window.toggle_dock(part.dock)
    put_families(steerable, ("Widest", "Part", "Other"))
    came.emit(Qt.ApplicationState.ApplicationActive)
    assert "Wider" in {family.name.text for family in window.store.book}  # nobody looks
    window.actions_table["show-families"].trigger()
    assert "Widest" in {family.name.text for family in window.store.book}


def test_details_have_a_scroll_bar_only_where_there_is_something_to_scroll(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    window.hide()
    detail = FamilyDetail()
    detail.resize(320, 1600)
    detail.show()
    QApplication.processEvents()
    area = detail.scrolled
    width = area.viewport().width()
    assert not area.verticalScrollBar().isVisible()
    assert part.names is not None
    detail.show_family(part.names, keys["Broad"])
    detail.resize(320, 120)
    QApplication.processEvents()
    assert area.verticalScrollBar().isVisible()
    assert area.verticalScrollBar().maximum() > 0
    assert area.viewport().width() == width
    detail.resize(320, 1600)
    QApplication.processEvents()
    assert not area.verticalScrollBar().isVisible()
    assert area.viewport().width() == width
    detail.close()
