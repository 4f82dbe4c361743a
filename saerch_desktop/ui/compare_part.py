"""The window's part that compares SAEs: opens the window of its own and ties it to the library in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from saerch_desktop.ui.part import Part

if TYPE_CHECKING:
    from saerch_desktop.ui.compare_desk import CompareDesk
    from saerch_desktop.ui.compare_window import CompareWindow
    from saerch_desktop.ui.window import MainWindow
    from saerch_desktop.workflow.session import Session


class ComparePart(Part):
    """At most one comparison is open; it goes with its library."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.compare_window: CompareWindow | None = None
        self._desk: CompareDesk | None = None
        self.controller.library.opened.connect(self._opened)
        self.controller.library.closed.connect(self.close)
        self.controller.marks.changed.connect(self._renamed)

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"compare-saes": self.show}

    def show(self) -> None:
        """Open the window, or bring it to the front."""
        view = self.store.library
        if view is None:
            return
        if self.compare_window is None:
            # Here and not above: most sessions compare nothing, and starting is to stay quick.
            from saerch_desktop.ui.compare_desk import CompareDesk
            from saerch_desktop.ui.compare_window import CompareWindow

            self._desk = CompareDesk(view.path, self.controller.runner, self.controller.fail, self)
            shown = CompareWindow(self._desk, view.sae, self.window)
            shown.feature_chosen.connect(self._show_feature)
            shown.train_wished.connect(self.window.actions_table["train"].trigger)
            shown.names_carried.connect(self._carried)
            shown.finished.connect(self._finished)
            self.compare_window = shown
            shown.show()
            self._desk.read_runs()
        self.compare_window.raise_()
        self.compare_window.activateWindow()

    def close(self) -> None:
        if self.compare_window is not None:
            self.compare_window.close()

    def _finished(self) -> None:
        if self._desk is not None:
            self._desk.stop()
            self._desk.deleteLater()
        self.compare_window = self._desk = None

    def _show_feature(self, sae: str, feature: int) -> None:
        """Only features of the SAE in use can be inspected."""
        view = self.store.library
        if view is not None and view.sae == sae:
            self.controller.inspect.feature(feature)

    def _opened(self, session: Session, again: bool) -> None:
        if self._desk is None:
            return
        if session.library.path != self._desk.path:
            self.close()
            return
        self._desk.forget()
        self._desk.read_runs()

    def _carried(self, sae: str) -> None:
        """Show the names where they are in use."""
        view = self.store.library
        if view is not None and view.sae == sae and self._desk is not None and view.path == self._desk.path:
            self.controller.library.refresh(view.path, sae)

    def _renamed(self, features: frozenset[int]) -> None:
        """What the analyst called features of the SAE in use, shown in the comparison too."""
        session, shown = self.controller.library.session, self.compare_window
        if session is None or session.features is None or shown is None or self._desk is None:
            return
        self._desk.forget()
        labels = session.features.labels
        shown.renamed(session.features.sae.name, [labels.mark(feature) for feature in features])
