"""The actions about workspaces, and their place in the View menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from saerch_desktop.errors import UserError
from saerch_desktop.ui.command_palette import Entry, narrowed
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.workspaces import BUILT_IN, BuiltIn, Workspace, named
from saerch_desktop.ui.workspaces_desk import WorkspacesDesk
from saerch_desktop.ui.workspaces_dialog import WorkspacesDialog

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

MENU = "Workspaces"
_SAID_MS = 6000


class WorkspacesPart(Part):
    """What the user saved stands below the six of the program, in the menu and in the list to go to."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.desk = WorkspacesDesk(window, self)
        self.dialog: WorkspacesDialog | None = None
        self._own: list[QAction] = []
        self.desk.changed.connect(self._changed)
        self.desk.told.connect(lambda text: window.statusBar().showMessage(text, _SAID_MS))
        self.controller.library.opened.connect(lambda *_: self.desk.read())
        self.controller.library.closed.connect(self._close)

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        shown = {
            f"workspace-{number}": partial(self.desk.apply, built)
            for number, built in enumerate(BUILT_IN, start=1)
        }
        return {
            **shown,
            "workspace-go": self.ask,
            "workspace-save": self.ask_name,
            "workspaces": self.manage,
            "reset-layout": self.desk.reset,
        }

    def ask(self) -> None:
        """Go to a workspace that is found by typing."""
        all_of_them: list[Workspace | BuiltIn] = [*self.desk.saved, *BUILT_IN]
        entries = [
            Entry(one.name, "yours" if isinstance(one, Workspace) else "", partial(self.desk.apply, one))
            for one in all_of_them
        ]
        self.window.palette_popup.ask("Type a workspace’s name…", lambda typed: narrowed(entries, typed))

    def ask_name(self) -> None:
        """Keep what is shown under a name."""
        title = "Save the workspace"
        name = dialogs().text(self.window, title, "Name of the workspace:", "", "Save")
        if not name:
            return
        there = named(self.desk.saved, " ".join(name.split()))
        if there is not None:
            question = f"There is a workspace “{there.name}” already. Put what is shown in its place?"
            if not dialogs().ask(self.window, title, question, "Replace", "Keep it"):
                return
        self._try(lambda: self.desk.keep(name))

    def manage(self) -> None:
        """Show the list of the user's own."""
        if self.dialog is None:
            self.dialog = WorkspacesDialog(self.desk.saved, self.window)
            self.dialog.acted.connect(self._act)
            self.dialog.save_wanted.connect(self.ask_name)
            self.dialog.finished.connect(lambda: setattr(self, "dialog", None))
            self.dialog.show()
        self.dialog.raise_()

    def _act(self, name: str, workspace: Workspace) -> None:
        if name == "show":
            self.desk.apply(workspace)
        elif name == "replace":
            self._try(lambda: self.desk.keep(workspace.name))
        elif name == "delete":
            self.desk.delete(workspace)
        else:
            text = f"Name of “{workspace.name}”:"
            new = dialogs().text(self.window, "Rename the workspace", text, workspace.name, "Rename")
            if new:
                self._try(lambda: self.desk.rename(workspace, new))

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except UserError as error:
            self.controller.fail(error)

    def _changed(self, saved: tuple[Workspace, ...]) -> None:
        if self.dialog is not None:
            self.dialog.set_workspaces(saved)
        menu = self.window.findChild(QMenu, f"menu-{MENU}")
        for action in self._own:
            action.deleteLater()
        self._own = []
        if menu is None or not saved:
            return
        before = self.window.actions_table["workspace-go"]
        for workspace in saved:
            action = QAction(workspace.name.replace("&", "&&"), menu)
            action.setToolTip("Show the panes as in this workspace of yours")
            action.triggered.connect(lambda _=False, one=workspace: self.desk.apply(one))
            menu.insertAction(before, action)
            self._own.append(action)

    def _close(self) -> None:
        if self.dialog is not None:
            self.dialog.close()
