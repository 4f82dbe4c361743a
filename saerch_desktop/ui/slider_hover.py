"""A pointer that rests over a slider, without pressing: one wants to know what a move there would do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

_REST_MS = 300  # a pointer that only passes asks for nothing
_FOLLOW_MS = 60  # once it has rested, it is followed


class Dwell:
    """`rested(x)` once the pointer has rested, and again as it moves on; `left()` once after that."""

    def __init__(self, parent: QObject, rested: Callable[[float], None], left: Callable[[], None]) -> None:
        self._rested, self._left = rested, left
        self._x = 0.0
        self.active = False
        self._timer = QTimer(parent)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._due)

    def moved(self, x: float) -> None:
        """The pointer is at `x` now."""
        self._x = x
        if not self.active:
            self._timer.start(_REST_MS)
        elif not self._timer.isActive():
            self._timer.start(_FOLLOW_MS)

    def stop(self) -> None:
        """It has gone, or does something else now."""
        self._timer.stop()
        if self.active:
            self.active = False
            self._left()

    def _due(self) -> None:
        self.active = True
        self._rested(self._x)
