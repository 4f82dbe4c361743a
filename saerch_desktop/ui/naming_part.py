"""Naming features and carrying their names in and out: the actions, and the dialog behind the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from saerch_desktop.ui.name_files import NameFiles
from saerch_desktop.ui.naming_desk import NamingDesk
from saerch_desktop.ui.naming_dialog import NamingDialog
from saerch_desktop.ui.part import Part

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


class NamingPart(Part):
    """Has no dock: naming is a dialog and then a job."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.desk = NamingDesk(self.controller, self)
        self.files = NameFiles(window)
        self.dialog: NamingDialog | None = None
        self.controller.library.closed.connect(self._put_away)

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {
            "name-features": self.ask,
            "export-names": self.files.export,
            "import-names": self.files.bring,
        }

    def ask(self, chosen: Iterable[int] | None = None) -> None:
        """Open the dialog; chosen: features to offer, those chosen in the browser or shown when None."""
        if self.dialog is not None:
            self.dialog.close()
        if chosen is None:
            shown = (self.store.feature,) if self.store.feature is not None else ()
            chosen = self.store.chosen or shown
        self.dialog = NamingDialog(self.desk, tuple(chosen), self.window)
        self.dialog.finished.connect(lambda: setattr(self, "dialog", None))
        self.dialog.show()

    def _put_away(self) -> None:
        if self.dialog is not None:
            self.dialog.close()
