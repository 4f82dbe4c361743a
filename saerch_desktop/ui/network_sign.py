"""The sign at the bottom right that says whether anything may leave this computer; pressed, it says more."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from saerch_desktop.network import State
from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe

_MORE = "Press to see the lock, the list of allowed hosts and every request that was made."
_WORDS: dict[State, tuple[str, str, str]] = {
    "locked": ("Offline", "offline", "Nothing leaves this computer: the offline lock is on."),
    "locked for this run": (
        "Offline until closed",
        "offline",
        "Nothing leaves this computer: the program was started with --offline.",
    ),
    "open": (
        "Network unlocked",
        "unlock",
        "The offline lock is off: jobs that you allow may send texts to services.",
    ),
}


class NetworkSign(QToolButton):
    """Words and a picture; a warning colour besides while the lock is off."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(16, 16))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.state: State = "locked"
        self.show_state("locked")

    def show_state(self, state: State) -> None:
        """Say what holds now."""
        self.state = state
        text, icon, tip = _WORDS[state]
        self.setText(text)
        theme.set_icon(self, icon)
        describe(self, text, f"{tip}\n{_MORE}")
        self.setProperty("alarming", state == "open")
        self.style().unpolish(self)
        self.style().polish(self)
