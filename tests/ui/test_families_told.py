"""What the families pane says of itself is so: nodes drawn and left out, steps, methods, details."""

from __future__ import annotations

from pathlib import Path

import pytest
from ui.families_support import opened, part_of, put_families

from saerch_desktop.features.families import graph as family_graph
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_lights import Lit
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
