"""The list of the user's workspaces: to show, save, rename and delete them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.form_parts import describe, icon_button
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.ui.workspaces import Workspace

_LINES = 10
_WIDE = 28  # characters of a name
_NONE = "You have saved none yet. Arrange the panes as you like them, and save them under a name."


class WorkspacesDialog(QDialog):
    """`acted(name, Workspace)`: "show", "rename", "replace" or "delete"; `save_wanted`: what is shown."""

    acted = Signal(str, object)
    save_wanted = Signal()

    def __init__(self, saved: Sequence[Workspace], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("workspaces-dialog")
        self.setWindowTitle("Workspaces")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._saved: tuple[Workspace, ...] = ()
        self._none = QLabel(_NONE)
        self._none.setWordWrap(True)
        theme.set_role(self._none, "muted")
        self.list = QListWidget()
        describe(self.list, "Your workspaces", "↑ ↓ to move, Enter shows one, Delete deletes one")
        self.list.setMinimumSize(_WIDE * self.list.fontMetrics().averageCharWidth(), 0)
        self.list.setMinimumHeight(_LINES * self.list.fontMetrics().lineSpacing())
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.itemActivated.connect(lambda _: self._act("show"))
        self.list.currentRowChanged.connect(lambda _: self._enable())
        self.save = icon_button("Save what is shown…", "Keep the panes as they are now under a name", "add")
        self.save.clicked.connect(self.save_wanted)
        self.buttons = {
            name: icon_button(text, tip, icon)
            for name, text, tip, icon in (
                ("show", "Show", "Arrange the panes as in this workspace", "panel"),
                ("replace", "Replace", "Keep the panes as they are now under this name", "swap"),
                ("rename", "Rename…", "Give it another name", "edit"),
                ("delete", "Delete", "Take it away; undo brings it back", "close"),
            )
        }
        side = QVBoxLayout()
        side.setSpacing(2 * UNIT)
        side.addWidget(self.save)
        for name, button in self.buttons.items():
            button.setAutoDefault(False)
            button.clicked.connect(partial(self._act, name))
            side.addWidget(button)
        self.save.setAutoDefault(False)
        side.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(3 * UNIT)
        row.addWidget(self.list, 1)
        row.addLayout(side)
        box = QDialogButtonBox()
        close = box.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        close.setAutoDefault(False)
        describe(close, "Close", "Go back to the window")
        box.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(3 * UNIT)
        layout.addWidget(self._none)
        layout.addLayout(row, 1)
        layout.addWidget(box)
        self.set_workspaces(saved)
        self.resize(max(130 * UNIT, self.sizeHint().width()), self.sizeHint().height())

    def set_workspaces(self, saved: Sequence[Workspace]) -> None:
        """Others are saved now; the chosen one stays chosen."""
        former = self.list.currentItem()
        chosen = former.text() if former is not None else ""
        self._saved = tuple(saved)
        self.list.clear()
        for workspace in saved:
            item = QListWidgetItem(workspace.name)
            item.setToolTip(wording.tip(workspace.name))
            item.setSizeHint(QSize(0, theme.row_height(self.list.font())))
            self.list.addItem(item)
        names = [workspace.name for workspace in saved]
        if names:
            self.list.setCurrentRow(names.index(chosen) if chosen in names else 0)
        self._none.setVisible(not names)
        self._enable()

    def _act(self, name: str) -> None:
        place = self.list.currentRow()
        if 0 <= place < len(self._saved):
            self.acted.emit(name, self._saved[place])

    def _enable(self) -> None:
        for button in self.buttons.values():
            button.setEnabled(self.list.currentRow() >= 0)
