"""Brings the manual up: its pages from disk, and a last one written from the action table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from saerch_desktop.ui.manual_actions import actions_page
from saerch_desktop.ui.manual_window import ManualWindow
from saerch_desktop.ui.part import Part
from saerch_desktop.workflow.manual import Page, pages

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


class ManualPart(Part):
    """One window at a time; a second wish brings it to the front."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.manual: ManualWindow | None = None

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"manual": self.show}

    def show(self, file: str = "") -> None:
        """Open at the page `file`, or where it was."""
        if self.manual is not None:
            self._bring(self.manual, file)
            return
        self.controller.runner.look_up(
            "Reading the manual",
            lambda progress: pages(),
            key="manual",
            fail=self.controller.fail,
            done=lambda every: self._read(every, file),
        )

    def _read(self, every: tuple[Page, ...], file: str) -> None:
        if self.manual is None:
            self.manual = ManualWindow((*every, actions_page()), self.window)
            self.manual.finished.connect(lambda _: setattr(self, "manual", None))
        self._bring(self.manual, file)

    def _bring(self, manual: ManualWindow, file: str) -> None:
        if file:
            manual.turn_to(file)
        manual.show()
        manual.raise_()
        manual.activateWindow()
