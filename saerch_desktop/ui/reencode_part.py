"""The dock “What the SAE says”: the steered query read back, made to stick, and beside a rewrite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from saerch_desktop.ui.part import Part
from saerch_desktop.ui.reencode_desk import ReencodeDesk
from saerch_desktop.ui.reencode_pane import REWRITE, STICK, ReencodePane

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


class ReencodePart(Part):
    """Connects the pane and its desk with the window."""

    dock_name = "reencode-dock"
    dock_title = "What the SAE says"
    dock_area = Qt.DockWidgetArea.BottomDockWidgetArea
    dock_action = "show-reencode"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.desk = ReencodeDesk(self.controller, self)
        self.reencode = ReencodePane(self.controller.search.label)
        pane, desk, rewrite = self.reencode, self.desk, self.reencode.rewrite
        pane.seen.connect(desk.look)
        pane.stick_asked.connect(desk.stick)
        pane.stick_used.connect(desk.use)
        pane.feature_walked.connect(self._walk)
        pane.feature_opened.connect(self.controller.inspect.feature)
        rewrite.asked.connect(desk.rewrite)
        rewrite.stopped.connect(desk.stop)
        rewrite.searched.connect(self.controller.search.submit)
        rewrite.document_chosen.connect(self.controller.inspect.document)
        desk.read.connect(pane.show_read)
        desk.stuck.connect(pane.show_stuck)
        desk.rewritten.connect(pane.show_rewritten)
        desk.refused.connect(pane.show_trouble)
        desk.busy.connect(pane.set_busy)
        desk.stale.connect(pane.forget)
        self.controller.marks.changed.connect(lambda _: pane.table.spoken.relabelled())
        self.store.ranking_changed.connect(lambda _: window.refresh_actions())

    def pane(self) -> QWidget:
        return self.reencode

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"make-stick": self.stick, "rewrite-query": self.ask_rewrite}

    def conditions(self) -> Mapping[str, bool]:
        return {"reencodable": self.desk.ranking is not None}

    def stick(self) -> None:
        """Show the dock and look for a query in which the steering sticks."""
        self._reveal(STICK)
        self.desk.stick()

    def ask_rewrite(self) -> None:
        """Show where a rewrite is asked for; nothing is sent yet."""
        self._reveal(REWRITE)
        self.reencode.rewrite.model.setFocus()

    def _reveal(self, tab: int) -> None:
        if self.dock is not None:
            self.dock.show()
            self.dock.raise_()
        self.reencode.tabs.setCurrentIndex(tab)

    def _walk(self, feature: int) -> None:
        """Show it in the feature pane where that stands beside this one; not as a tab before this one."""
        self.controller.inspect.feature(feature)
        dock = self.dock
        if dock is not None and self.window.tabifiedDockWidgets(dock):
            dock.raise_()
