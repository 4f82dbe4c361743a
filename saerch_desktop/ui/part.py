"""A part of the window that stands on its own: a dock or a window of its own, its desk, and its actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget, QWidget

if TYPE_CHECKING:
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.ui.state import Store
    from saerch_desktop.ui.view_values import ViewValues
    from saerch_desktop.ui.window import MainWindow


class Part(QObject):
    """What a window is extended by. Parts know the store, the desks and themselves, never each other.

    A part connects itself to `controller.library.opened(session, again)` and `.closed`, to
    `controller.marks.changed(features)` and to signals of the store, and shows itself in `dock` where it has
    one.
    """

    dock_name = ""  # object name of its dock; "" for a part without one
    dock_title = ""
    dock_area = Qt.DockWidgetArea.RightDockWidgetArea
    dock_action = ""  # the toggle action that shows and hides the dock
    view_name = ""  # under which its `kept_view` is kept; "" for a part that remembers nothing

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.dock: QDockWidget | None = None

    @property
    def controller(self) -> Controller:
        return self.window.controller

    @property
    def store(self) -> Store:
        return self.window.store

    def pane(self) -> QWidget | None:
        """The content of its dock, made once."""
        return None

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        """What each of its actions does, by the action's id; the dock's toggle is added by the window."""
        return {}

    def conditions(self) -> Mapping[str, bool]:
        """Further needs of the action table, and whether they are met now."""
        return {}

    def kept_view(self) -> Mapping[str, Any]:
        """What it looks like now, as plain JSON values, to be put back at the next start."""
        return {}

    def show_view(self, kept: ViewValues) -> None:
        """Look as it did then; the library that it was of has just been opened. What fits no longer is left
        out: the values come from a file.
        """

    def escape(self) -> bool:
        """Esc was pressed: let go of one thing, and whether there was one."""
        return False
