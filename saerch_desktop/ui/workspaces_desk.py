"""The desk of the workspaces: which there are, with every change and every new layout to be taken back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.ui import window_layout, workspaces
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.workspaces import BuiltIn, Workspace

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

log = logging.getLogger(__name__)

Layout = tuple[str, dict[str, str]]


class WorkspacesDesk(QObject):
    """Files are read and written on a worker, one after the other; the newest state is what stays."""

    changed = Signal(object)  # tuple[Workspace, ...]: the user's
    told = Signal(str)  # what was done, in a sentence

    def __init__(self, window: MainWindow, parent: QObject) -> None:
        super().__init__(parent)
        self._window = window
        self._writing = threading.Lock()
        self._known = False
        self.saved: tuple[Workspace, ...] = ()
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(100)
        window.controller.undo.take_in(self.undo_stack)

    def read(self) -> None:
        """Look at what is kept, once."""
        if self._known:
            return
        self._known = True
        self._window.controller.runner.look_up(
            "Reading workspaces",
            lambda progress: workspaces.load(),
            key=None,
            done=self._read,
            fail=self._window.controller.fail,
        )

    def _read(self, found: tuple[Workspace, ...]) -> None:
        mine = self.saved  # saved before the file was read
        for workspace in mine:
            found = workspaces.put(found, workspace)
        self._set(found, write=bool(mine))

    # Layouts ---------------------------------------------------------------------------------------------

    def apply(self, workspace: Workspace | BuiltIn) -> None:
        """Show its panes; one step of undo brings the former ones back."""
        former = self._layout()

        def show() -> None:
            if isinstance(workspace, BuiltIn):
                self._show(workspace)
            else:
                self._restore((workspace.layout, workspace.splitters))

        show()
        self._remember(former, f"workspace “{workspace.name}”")
        self.told.emit(f"Workspace “{workspace.name}”")

    def reset(self) -> None:
        """Every pane back where it was at first."""
        former = self._layout()
        window_layout.arrange(self._window, self._window.docks)
        self._remember(former, "resetting the layout")

    def _show(self, built: BuiltIn) -> None:
        window = self._window
        window_layout.arrange(window, window.docks)
        for dock in window.docks:
            dock.setVisible(dock.objectName() in built.docks)
        for name in reversed(built.docks):
            for dock in window.docks:
                if dock.objectName() == name:
                    dock.raise_()
        window_layout.fold(window, window.docks)

    def _layout(self) -> Layout:
        return window_layout.saved_layout(self._window), window_layout.saved_splitters(self._window)

    def _restore(self, layout: Layout) -> None:
        if not window_layout.restore_layout(self._window, layout[0]):
            window_layout.arrange(self._window, self._window.docks)
            self._window.controller.fail(
                UserError(
                    "This workspace cannot be shown: it was saved by another version, or is damaged.",
                    "The panes are where they were at first.",
                    "Arrange them, and save the workspace again under its name.",
                )
            )
        window_layout.restore_splitters(self._window, layout[1])

    def _remember(self, former: Layout, words: str) -> None:
        now = self._layout()
        if now[0] != former[0]:
            self.undo_stack.push(_Step(words, lambda: self._restore(former), lambda: self._restore(now)))

    # Names -----------------------------------------------------------------------------------------------

    def keep(self, name: str) -> None:
        """Keep what is shown under a name, in place of what had it."""
        layout, splitters = self._layout()
        workspace = Workspace(name=workspaces.tidy_name(name), layout=layout, splitters=splitters)
        self._change(workspaces.put(self.saved, workspace), f"saving “{workspace.name}”")
        self.told.emit(f"The workspace “{workspace.name}” is saved")

    def rename(self, workspace: Workspace, name: str) -> None:
        name = workspaces.tidy_name(name)
        other = workspaces.named(self.saved, name)
        if other is not None and other is not workspace:
            raise UserError(
                f"There is a workspace “{other.name}” already.",
                "Nothing was changed.",
                "Choose another name.",
            )
        renamed = workspace.model_copy(update={"name": name})
        self._change(tuple(renamed if one is workspace else one for one in self.saved), f"renaming “{name}”")

    def delete(self, workspace: Workspace) -> None:
        """Undo brings it back."""
        self._change(tuple(one for one in self.saved if one is not workspace), f"deleting “{workspace.name}”")
        self.told.emit(f"The workspace “{workspace.name}” is deleted. Undo brings it back")

    def _change(self, new: tuple[Workspace, ...], words: str) -> None:
        old = self.saved
        if new != old:
            self.undo_stack.push(_Step(words, lambda: self._set(old), lambda: self._set(new), begin=True))

    def _set(self, new: tuple[Workspace, ...], write: bool = True) -> None:
        self.saved = new
        self.changed.emit(new)
        if not write:
            return

        def work(progress: Progress) -> None:
            with self._writing:
                workspaces.save(self.saved)  # what is newest when its turn comes

        self._window.controller.runner.submit(
            "Keeping the workspaces",
            work,
            lane=Lane.IO,
            quiet=True,
            failed=lambda error: self._window.controller.fail(error, "Keeping the workspaces"),
        )


class _Step(QUndoCommand):
    """begin: doing it first is a part of it; else it was done before it was pushed."""

    def __init__(
        self, words: str, undo: Callable[[], object], redo: Callable[[], object], *, begin: bool = False
    ) -> None:
        super().__init__(words)
        self._undo, self._redo = undo, redo
        self._done = not begin

    def redo(self) -> None:
        if self._done:
            self._done = False
        else:
            self._redo()

    def undo(self) -> None:
        self._undo()
