"""Pictures of the import wizard, page by page, and of the tour."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from saerch_desktop.ui.import_wizard import ImportWizard
from saerch_desktop.ui.tour import Tour
from saerch_desktop.ui.tour_steps import STEPS as TOUR
from saerch_desktop.workflow.import_vectors import Speed

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_PAPERS = (
    ("Dust in protoplanetary discs", "Grains settle and drift towards the star", "planets"),
    ("Gas flows in galaxies", "Cold gas streams feed the formation of stars", "galaxies"),
    ("Spots on cool stars", "Light curves show how spots come and go", "stars"),
    ("Spots on cool stars", "Light curves show how spots come and go", "stars"),
    ("A survey without abstract", "", "methods"),
)


def imported(window: MainWindow, shoot: Callable[[str, QWidget], None]) -> None:
    """The four pages with a small file; nothing is made, and no model is loaded for the speed shown."""
    wizard = ImportWizard(window.controller.runner, Path.home(), parent=window)
    desk, flow = wizard.desk, wizard.flow
    flow.keep_nothing()
    with tempfile.TemporaryDirectory() as folder:
        wizard.show()
        shoot("import-source", wizard)
        desk.choose(table(Path(folder)))
        shoot("import-source-chosen", wizard)
        desk.turn(lambda: flow.go_to("columns"))
        shoot("import-columns", wizard)
        desk.speed = Speed(desk.draft.model, 5, 21.0)
        desk.turn(lambda: flow.go_to("vectors"))
        shoot("import-vectors", wizard)
        desk.say(vectors="service")
        shoot("import-service", wizard)
        desk.say(vectors="given")
        shoot("import-given", wizard)
        desk.say(vectors="none")
        desk.turn(lambda: flow.go_to("check"))
        shoot("import-check", wizard)
        wizard.close()


def toured(window: MainWindow, shoot: Callable[[str, QWidget], None]) -> None:
    """Each step of the tour over the window."""
    tour = Tour(window)
    tour.begin()
    for step in range(len(TOUR)):
        tour.go(step)
        shoot(f"tour-{step + 1}", window)
    tour.end()


def table(folder: Path) -> Path:
    """A small file for the wizard to look at."""
    path = folder / "abstracts.csv"
    lines = ["paper,headline,abstract,published,field"]
    lines += [
        f"p{n},{title},{text},20{10 + n}-03-01,{field}" for n, (title, text, field) in enumerate(_PAPERS)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
