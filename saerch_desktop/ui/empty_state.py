"""What an empty pane says: what will be here, and the one action that brings it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.theme import UNIT


class EmptyState(QWidget):
    """An icon, a short title, one sentence, and at most one button.

    Its button triggers the window's action `does` where one is given, and is as able as that; else it emits
    `acted`.
    """

    acted = Signal()

    def __init__(
        self,
        icon: str,
        title: str,
        text: str,
        action: str = "",
        tip: str = "",
        parent: QWidget | None = None,
        *,
        does: str = "",
    ) -> None:
        super().__init__(parent)
        self._icon = QLabel()
        self._icon.setProperty("icon_side", 32)
        self._icon.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        theme.set_icon(self._icon, icon)
        self._title = QLabel()
        theme.set_role(self._title, "heading")
        self._text = QLabel()
        theme.set_role(self._text, "muted")
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            label.setWordWrap(True)
        self._does = ""
        self._action: QAction | None = None
        self._button = QPushButton()
        self._button.clicked.connect(self._pressed)
        column = QWidget()
        theme.sized(column, lambda it: it.setMaximumWidth(theme.units(90)))
        column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        inside = QVBoxLayout(column)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(2 * UNIT)
        for widget in (self._icon, self._title, self._text):
            inside.addWidget(widget)
        inside.addSpacing(UNIT)
        inside.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(column, 100)
        middle.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * UNIT, 4 * UNIT, 4 * UNIT, 4 * UNIT)
        layout.addStretch(2)
        layout.addLayout(middle)
        layout.addStretch(3)
        self.set_texts(title, text, action, tip, does=does)

    def set_texts(self, title: str, text: str, action: str = "", tip: str = "", *, does: str = "") -> None:
        """Say something else; without `action` there is no button."""
        self._title.setText(title)
        self._text.setText(text)
        self._button.setText(action)
        self._button.setToolTip(tip or action)
        self._button.setAccessibleName(action)
        self._button.setVisible(bool(action))
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self._tip = tip or action
        if does != self._does:
            self._does = does
            self._follow()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._action is None:
            self._follow()

    def _follow(self) -> None:
        """Be as able as the window's action; a pane is in no window when it is made."""
        if self._action is not None:
            self._action.changed.disconnect(self._mirror)
        self._action = _action_of(self, self._does) if self._does else None
        if self._action is not None:
            self._action.changed.connect(self._mirror)
        self._mirror()

    def _mirror(self) -> None:
        able = self._action is None or self._action.isEnabled()
        self._button.setEnabled(able)
        self._button.setToolTip(self._tip if able or self._action is None else self._action.toolTip())

    def _pressed(self) -> None:
        if self._action is not None:
            self._action.trigger()
        else:
            self.acted.emit()


def _action_of(widget: QWidget, name: str) -> QAction | None:
    """An action of the main window that the widget belongs to, also from a dock that floats."""
    parent: QWidget | None = widget
    while parent is not None and not isinstance(parent, QMainWindow):
        parent = parent.parentWidget()
    return parent.findChild(QAction, f"action-{name}") if parent is not None else None
