"""A user without a mouse: real key events to whatever has the focus, and nothing else."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

_MOST = 150  # presses of Tab after which somebody would have given up


def focused() -> QWidget:
    """What has the focus. Offscreen nobody gives it back when a window closes: the last window takes it."""
    widget = QApplication.focusWidget()
    if widget is None:
        window = next(w for w in reversed(QApplication.topLevelWidgets()) if w.isVisible() and w.isWindow())
        window.activateWindow()
        QApplication.processEvents()
        widget = QApplication.focusWidget() or window
    return widget


def press(*keys: str) -> None:
    """Shortcuts or single keys, as "Ctrl+L" or "Return"."""
    for key in keys:
        QTest.keySequence(focused(), QKeySequence(key))
        QApplication.processEvents()


def write(text: str) -> None:
    QTest.keyClicks(focused(), text)
    QApplication.processEvents()


def name(widget: QWidget) -> str:
    """What assistive technology would read."""
    text = getattr(widget, "text", None)
    return widget.accessibleName() or (str(text()) if callable(text) else "")


def tab_to(wanted: str, *, back: bool = False) -> QWidget:
    """Press Tab until a control with these words in its name has the focus."""
    seen = []
    for _ in range(_MOST):
        if wanted in name(focused()):
            return focused()
        QTest.keyClick(focused(), Qt.Key.Key_Backtab if back else Qt.Key.Key_Tab)
        QApplication.processEvents()
        seen.append(name(focused()))
    raise AssertionError(f"“{wanted}” is not reached by Tab; these are: {list(dict.fromkeys(seen))}")


def command(words: str) -> None:
    """Do what the command palette finds for these words."""
    press("Ctrl+Shift+P")
    write(words)
    press("Return")
