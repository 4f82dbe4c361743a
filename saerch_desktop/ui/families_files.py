"""Families out to files and in from them, and the views as pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.ui.dialogs import dialogs, usual_folder
from saerch_desktop.ui.families_desk import FamiliesDesk
from saerch_desktop.ui.families_pane import FamiliesPane
from saerch_desktop.ui.jobs import Lane

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_FILES: Final = (
    "GraphML (*.graphml);;GEXF (*.gexf);;JSON of the paper’s program (*.json);;Table (*.csv);;"
    "Picture of the view (*.png);;Drawing of the graph (*.svg)"
)
_PICTURES: Final = (".png", ".svg")
_BROUGHT: Final = "Families of the paper’s program (*.json);;All files (*)"
_SAID_MS: Final = 6000


class FamilyFiles:
    """Asks for the file, writes or reads it beside the window."""

    def __init__(self, window: MainWindow, desk: FamiliesDesk, pane: FamiliesPane) -> None:
        self._window = window
        self._desk = desk
        self._pane = pane
        desk.watch(pane, lambda said: window.statusBar().showMessage(said, _SAID_MS))

    def export(self) -> None:
        """Write the families, or the view as a picture, by the ending of the name."""
        store = self._window.store
        view, book, features = store.library, store.book, self._desk.features
        if view is None or book is None or features is None:
            return
        suggested = usual_folder(view.path) / f"{view.name} families.graphml"
        path = dialogs().save_file(self._window, "Export families", suggested, _FILES)
        if path is None:
            return
        if path.suffix.lower() in _PICTURES:
            self._picture(path)
            return

        pairs = self._desk.pairs

        def work(progress: Progress) -> None:
            from saerch_desktop.features.families.exchange import export_families

            export_families(path, book, features, pairs, progress)

        self._submit(f"Writing {path.name}", work, lambda: self._say(f"Families written to {path.name}"))

    def bring(self) -> None:
        """Read a family file of the paper's program; its families are shown then."""
        view, features = self._window.store.library, self._desk.features
        if view is None or features is None:
            return
        path = dialogs().open_file(self._window, "Import families", view.path.parent, _BROUGHT)
        if path is None:
            return

        def work(progress: Progress) -> None:
            from saerch_desktop.features.families.exchange import import_families

            import_families(path, features)

        self._submit(f"Reading {path.name}", work, lambda: self._desk.read("imported"))

    def _picture(self, path: Path) -> None:
        pane = self._pane
        try:
            if pane.view == "matrix" and path.suffix.lower() == ".png":
                pane.matrix.picture(path)
            else:
                pane.graph.picture(path)
        except UserError as error:
            self._window.controller.fail(error, f"Writing {path.name}")
        else:
            self._say(f"Picture written to {path.name}")

    def _submit(self, title: str, work: Callable[[Progress], None], done: Callable[[], None]) -> None:
        controller = self._window.controller
        controller.runner.submit(
            title,
            work,
            lane=Lane.IO,
            quiet=True,
            done=lambda _: done(),
            failed=lambda error: controller.fail(error, title),
        )

    def _say(self, text: str) -> None:
        self._window.statusBar().showMessage(text, _SAID_MS)
