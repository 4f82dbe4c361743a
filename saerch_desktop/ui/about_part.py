"""About this program: its version and terms, and the licences of what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from saerch_desktop.ui.about_dialog import AboutDialog
from saerch_desktop.ui.licences_dialog import LicencesDialog
from saerch_desktop.ui.part import Part

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


class AboutPart(Part):
    """Two small windows that may stay open; what they show is read on a worker."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.about: AboutDialog | None = None
        self.licences: LicencesDialog | None = None

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"about": self.show_about, "licences": self.show_licences}

    def show_about(self) -> None:
        if self.about is None:
            self.about = AboutDialog(self.controller.runner, self.controller.fail, self.window)
            self.about.licences_wanted.connect(self.show_licences)
            self.about.finished.connect(lambda _: setattr(self, "about", None))
        _bring(self.about)

    def show_licences(self) -> None:
        if self.licences is None:
            self.licences = LicencesDialog(self.controller.runner, self.controller.fail, self.window)
            self.licences.finished.connect(lambda _: setattr(self, "licences", None))
        _bring(self.licences)


def _bring(dialog: AboutDialog | LicencesDialog) -> None:
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
