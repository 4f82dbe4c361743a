"""A key that is held: pressed anywhere in a pane where nothing is typed, let go anywhere."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget


class HeldKey(QObject):
    """`held` tells when the key goes down and comes up. It reaches the pane only from widgets that do not
    take letters themselves, so that nothing typed is eaten.
    """

    held = Signal(bool)

    def __init__(self, pane: QWidget, key: Qt.Key) -> None:
        super().__init__(pane)
        self._key = key
        self._down = False
        pane.installEventFilter(self)
        app = cast("QApplication", QApplication.instance())
        app.focusChanged.connect(self._focus_moved)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            stroke = cast("QKeyEvent", event)
            if stroke.key() == self._key and (self._down or not stroke.modifiers()):
                if not stroke.isAutoRepeat():
                    self._turn(event.type() == QEvent.Type.KeyPress)
                return True
        return super().eventFilter(watched, event)

    def _focus_moved(self) -> None:
        """The key comes up where this does not see it."""
        self._turn(False)

    def _turn(self, down: bool) -> None:
        if down != self._down:
            self._down = down
            self.held.emit(down)
