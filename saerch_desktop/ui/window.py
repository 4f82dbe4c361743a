"""The main window: panes, docks, menus, messages and jobs together. What they show is the store's."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QLabel,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop import settings
from saerch_desktop.ui import theme, window_layout
from saerch_desktop.ui.actions import TABLE, Actions
from saerch_desktop.ui.command_palette import CommandPalette, Entry, narrowed
from saerch_desktop.ui.controller import Controller
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.document_pane import DocumentPane
from saerch_desktop.ui.feature_pane import FeaturePane
from saerch_desktop.ui.job_bar import JobBar
from saerch_desktop.ui.keymap import keymap
from saerch_desktop.ui.notices import NoticeStack
from saerch_desktop.ui.parts import make_parts
from saerch_desktop.ui.sae_requests import SaeRequests
from saerch_desktop.ui.search_pane import SearchPane
from saerch_desktop.ui.shortcuts_page import ShortcutsPage
from saerch_desktop.ui.start_page import StartPage
from saerch_desktop.ui.status import StatusLine
from saerch_desktop.ui.tab_order import next_stop
from saerch_desktop.ui.view_keeper import ViewKeeper
from saerch_desktop.ui.window_wiring import Wiring

log = logging.getLogger(__name__)

_SIZE = QSize(1360, 860)
_LEAST = QSize(900, 560)
_WAIT_S = 5.0


class MainWindow(QMainWindow):
    """One window, one library. `finished` tells, after closing, whether every job let go in time."""

    finished = Signal(bool)

    def __init__(self, controller: Controller | None = None) -> None:
        super().__init__()
        self.setObjectName("main-window")
        self.controller = controller if controller is not None else Controller()
        self.controller.setParent(self)
        self.store = self.controller.store
        self.setMinimumSize(_LEAST)
        self.resize(_SIZE)
        self.setDockOptions(QMainWindow.DockOption.AllowTabbedDocks | QMainWindow.DockOption.AllowNestedDocks)
        # Docks at the sides keep their height when one opens below the results.
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.layout_kept = ""
        self._closed = False
        self.start_page = StartPage()
        self.search_pane = SearchPane()
        self.feature_pane = FeaturePane()
        self.document_pane = DocumentPane()
        self.notices = NoticeStack()
        self.job_bar = JobBar()
        self.status = StatusLine(self)
        self.palette_popup = CommandPalette(self)
        self.keyboard_map: ShortcutsPage | None = None
        self._build_centre()
        self.feature_dock = window_layout.make_dock(self, "feature-dock", "Feature", self.feature_pane)
        self.document_dock = window_layout.make_dock(self, "document-dock", "Document", self.document_pane)
        self.docks = [self.feature_dock, self.document_dock]
        self.parts = make_parts(self)
        self.docks += [dock for part in self.parts if (dock := window_layout.dock_of(part)) is not None]
        self.saes = SaeRequests(self)
        self.actions_table = Actions(self, self._handlers() | self._part_handlers())
        self._build_bars()
        self.wiring = Wiring(self)
        self.view = ViewKeeper(self)
        window_layout.arrange(self, self.docks)
        self.show_library(False)
        self.status.show(None)
        self.refresh_actions()
        self.actions_table[f"theme-{settings.load_settings().theme}"].setChecked(True)

    # Building --------------------------------------------------------------------------------------------

    def _build_centre(self) -> None:
        self.stack = QStackedWidget()
        self.stack.addWidget(self.start_page)
        self.stack.addWidget(self.search_pane)
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notices)
        layout.addWidget(self.stack, 1)
        self.setCentralWidget(centre)

    def _build_bars(self) -> None:
        self.recent_menu = QMenu("Open recent", self)
        self.sae_menu = QMenu("Features in use", self)
        self.actions_table.build_menus(self, {"open": self.recent_menu, "train": self.sae_menu})
        bar = QToolBar("Main actions", self)
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        theme.sized(bar, lambda it: it.setIconSize(QSize(theme.units(4), theme.units(4))))
        bar.setAccessibleName("Main actions")
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.actions_table.build_toolbar(bar)
        self.library_label = QLabel()
        self.library_label.setTextFormat(Qt.TextFormat.PlainText)
        self.library_label.setContentsMargins(2 * theme.UNIT, 0, 2 * theme.UNIT, 0)
        theme.set_role(self.library_label, "muted")
        bar.addWidget(self.library_label)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)
        foot = QToolBar("Jobs", self)
        foot.setObjectName("jobs")
        foot.setMovable(False)
        foot.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        foot.addWidget(self.job_bar)
        foot.hide()
        self.job_bar.shown.connect(foot.setVisible)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, foot)
        for dock, name in self._toggles():
            dock.visibilityChanged.connect(lambda _, d=dock, n=name: self._mark_dock(d, n))

    def _toggles(self) -> list[tuple[QDockWidget, str]]:
        """Each dock and the action that shows it."""
        found = [(self.feature_dock, "show-feature"), (self.document_dock, "show-document")]
        return [*found, *((part.dock, part.dock_action) for part in self.parts if part.dock is not None)]

    def _mark_dock(self, dock: QDockWidget, name: str) -> None:
        self.actions_table[name].setChecked(not dock.isHidden())

    def _handlers(self) -> dict[str, Callable[[], object]]:
        c = self.controller
        return {
            "open": self.ask_open,
            "sample": c.library.sample,
            "close": c.library.close,
            "quit": self.close,
            "undo": c.undo.undo,
            "redo": c.undo.redo,
            "find": self.search_pane.focus_query,
            "document-as-query": lambda: self._with(self.store.row, c.search.like_document),
            "reset": c.search.reset,
            "mode-residual": lambda: c.search.set_mode("residual"),
            "mode-paper": lambda: c.search.set_mode("paper"),
            "go-feature": self.ask_feature,
            "feature-to-mixer": lambda: self._with(self.store.feature, c.search.add),
            "feature-as-query": lambda: self._with(self.store.feature, c.search.like_feature),
            "back": c.inspect.back,
            "forward": c.inspect.forward,
            "next-pane": lambda: self.step_pane(1),
            "previous-pane": lambda: self.step_pane(-1),
            "show-feature": lambda: self.toggle_dock(self.feature_dock),
            "show-document": lambda: self.toggle_dock(self.document_dock),
            "palette": self.ask_command,
            "keys": self.show_keys,
        }

    def _part_handlers(self) -> dict[str, Callable[[], object]]:
        found: dict[str, Callable[[], object]] = {}
        for part in self.parts:
            found |= part.handlers()
            if part.dock is not None:
                found[part.dock_action] = partial(self.toggle_dock, part.dock)
        return found

    @staticmethod
    def _with(number: int | None, run: Callable[[int], None]) -> None:
        if number is not None:
            run(number)

    # What the user asks for ------------------------------------------------------------------------------

    def ask_open(self) -> None:
        path = dialogs().open_folder(self, "Open library", self._usual_folder())
        if path is not None:
            self.controller.library.open(path)

    def ask_command(self) -> None:
        entries = [
            Entry(
                f"{spec.menu}: {spec.name}",
                keymap.shown(spec.id),
                self.actions_table[spec.id].trigger,
                self.actions_table[spec.id].isEnabled(),
                self.actions_table[spec.id].toolTip(),
            )
            for spec in TABLE
            if spec.id != "palette"
        ]
        self.palette_popup.ask("Type what you want to do…", lambda typed: narrowed(entries, typed))

    def ask_feature(self) -> None:
        search = self.controller.search

        def provide(typed: str) -> list[Entry]:
            found = (
                search.features_called(typed)
                if typed.strip()
                else [(entry.feature, entry.label) for entry in search.entries()]
            )
            return [
                Entry(text, f"#{feature}", partial(self.controller.inspect.feature, feature))
                for feature, text in found
            ]

        self.palette_popup.ask("Type a word of a feature's label, or its number…", provide)

    def show_keys(self) -> None:
        if self.keyboard_map is None:
            self.keyboard_map = ShortcutsPage(self)
            self.keyboard_map.finished.connect(lambda: setattr(self, "keyboard_map", None))
        self.keyboard_map.show()
        self.keyboard_map.raise_()

    def toggle_dock(self, dock: QDockWidget) -> None:
        """Show a dock and go on in it; hide it when one is in it already."""
        # A dock behind another tab counts as shown for Qt; the user who asks for it wants to see it.
        seen = not dock.isHidden() and not dock.visibleRegion().isEmpty()
        focus = QApplication.focusWidget() or self.focusWidget()
        inside = focus is not None and dock.isAncestorOf(focus)
        if seen and (inside or not _reachable(dock.widget())):
            dock.hide()
            return
        dock.show()
        dock.raise_()
        _entry(dock.widget()).setFocus(Qt.FocusReason.ShortcutFocusReason)
        for other, name in self._toggles():
            self._mark_dock(other, name)  # Qt has taken the mark away where the dock was there already

    def reveal(self, kind: str) -> None:
        dock = self.feature_dock if kind == "feature" else self.document_dock
        dock.show()
        dock.raise_()

    def step_pane(self, by: int) -> None:
        """Move the focus to the next visible pane, to where it was there last."""
        shown = [self.stack.currentWidget(), *(dock.widget() for dock in self.docks if not dock.isHidden())]
        panes = [pane for pane in shown if pane is not None]
        focus = QApplication.focusWidget()
        at = next((i for i, pane in enumerate(panes) if focus is not None and pane.isAncestorOf(focus)), -by)
        pane = panes[(at + by) % len(panes)]
        for dock in self.docks:
            if dock.widget() is pane:
                dock.raise_()
        (pane.focusWidget() or _entry(pane)).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _usual_folder(self) -> Path:
        recent = self.store.recent
        return Path(recent[0]).parent if recent else Path.home()

    # State -----------------------------------------------------------------------------------------------

    def show_library(self, there: bool) -> None:
        """Switch between the start page and the panes."""
        self.stack.setCurrentWidget(self.search_pane if there else self.start_page)
        if there and not window_layout.restore_layout(self, self.layout_kept):
            window_layout.arrange(self, self.docks)
        if not there:
            for dock in self.docks:
                dock.hide()

    def keep_layout(self) -> None:
        """Remember where the docks are before they go."""
        if self.stack.currentWidget() is self.search_pane:
            self.layout_kept = window_layout.saved_layout(self)

    def refresh_actions(self) -> None:
        """Enable what can be done now, and say what undo and redo are about."""
        self.actions_table.refresh(self.wiring.conditions())
        undo = self.controller.undo
        self.actions_table["undo"].setText(f"Undo {undo.undo_words}".rstrip())
        self.actions_table["redo"].setText(f"Redo {undo.redo_words}".rstrip())
        self.actions_table[f"mode-{self.store.mode}"].setChecked(True)

    def restore(self, sample: bool = False, library: Path | None = None) -> None:
        """Come back as left; with `sample` or `library` to that, where it is not what was open last."""
        self.view.restore(sample=sample, library=library)

    # Events ----------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escape()
            return
        super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        stop = next_stop(self, forward)
        if stop is not None:
            reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
            stop.setFocus(reason)
        return stop is not None

    def escape(self) -> None:
        """One level per press: the newest message, what a part lets go of, else back to the query."""
        if self.store.notices:
            self.controller.dismiss(self.store.notices[-1].number)
        elif self.store.library is not None and not any(part.escape() for part in self.parts):
            self.search_pane.focus_query()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        window_layout.fold(self, self.docks)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closed:
            self._closed = True
            self.view.save()
            self.palette_popup.close()
            self.hide()
            stopped = self.controller.shutdown(_WAIT_S)
            if not stopped:
                log.info("Some jobs did not stop within %.0f s", _WAIT_S)
            self.finished.emit(stopped)
        super().closeEvent(event)


def _entry(pane: QWidget) -> QWidget:
    """Where one begins in a pane: at what stands for it, else at its first control."""
    first, reachable = pane.focusProxy(), _reachable(pane)
    return first if first in reachable else next(iter(reachable), pane)


def _reachable(pane: QWidget) -> list[QWidget]:
    """Controls that the keyboard can reach."""
    return [
        child
        for child in pane.findChildren(QWidget)
        if child.isVisible() and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
