"""Where Tab leads in a window with docks.

Qt keeps a dock that lies behind another tab "visible" and moves it off the screen: Tab would walk through
controls that nobody sees, and from there it does not find back to the others.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QMainWindow, QTabBar, QWidget


def next_stop(window: QMainWindow, forward: bool) -> QWidget | None:
    """The control after (or before) the focused one, going round; None where there is no other."""
    start = window.focusWidget() or window
    stop = _beside(start, forward)
    while stop is not None and stop is not start:
        if _takes_focus(window, stop):
            return stop
        stop = _beside(stop, forward)
    return None


def _beside(widget: QWidget, forward: bool) -> QWidget | None:
    return widget.nextInFocusChain() if forward else widget.previousInFocusChain()


def _takes_focus(window: QMainWindow, widget: QWidget) -> bool:
    return (
        bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and widget.focusProxy() is None
        and widget.window() is window
        and widget.isEnabled()
        and widget.isVisibleTo(window)
        and not (isinstance(widget, QTabBar) and widget.parentWidget() is window)
        and not _behind(widget)
        and not _same_choice(widget)
    )


def _behind(widget: QWidget) -> bool:
    """Whether it is in a dock behind another tab."""
    above: QWidget | None = widget
    while above is not None and not isinstance(above, QDockWidget):
        above = above.parentWidget()
    return above is not None and above.visibleRegion().isEmpty()


def _same_choice(widget: QWidget) -> bool:
    """Whether it is another button of a group where one is chosen: the arrow keys go between those."""
    if not isinstance(widget, QAbstractButton) or not widget.isCheckable() or widget.isChecked():
        return False
    group = widget.group()
    return group is not None and group.exclusive() and group.checkedButton() is not None
