"""Measures how long the GUI thread was ever blocked: a timer beats there, a thread listens."""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

log = logging.getLogger(__name__)

_BEAT_MS = 10
_LIMIT_S = 0.1
_KEEP = 50


@dataclass(frozen=True, slots=True)
class Block:
    """One stretch in which no event was handled. `stack` is where the thread stood at the limit."""

    seconds: float
    stack: str


class Watchdog(QObject):
    """Start and stop on the GUI thread. `longest_s` and `blocks` may be read at any time."""

    def __init__(self, parent: QObject | None = None, limit_s: float = _LIMIT_S) -> None:
        super().__init__(parent)
        self.longest_s = 0.0
        self.beats = 0
        self.blocks: list[Block] = []
        self._limit_s = limit_s
        self._gui = threading.get_ident()
        self._last = 0.0
        self._caught = ""
        self._stop = threading.Event()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._listener: threading.Thread | None = None

    def start(self) -> None:
        if self._listener is not None:
            return
        self._gui = threading.get_ident()
        self._last = time.monotonic()
        self._stop.clear()
        self._timer.start(_BEAT_MS)
        self._listener = threading.Thread(target=self._listen, name="saerch-watchdog", daemon=True)
        self._listener.start()

    def stop(self) -> None:
        self._timer.stop()
        self._stop.set()
        if self._listener is not None:
            self._listener.join()
            self._listener = None

    def reset(self) -> None:
        """Forget what was measured (the start of the program, say)."""
        self.longest_s, self.beats, self.blocks = 0.0, 0, []
        self._last = time.monotonic()

    def summary(self) -> str:
        limit, longest = self._limit_s * 1000, self.longest_s * 1000
        return f"GUI thread: longest block {longest:.0f} ms, {len(self.blocks)} over {limit:.0f} ms"

    def _beat(self) -> None:
        now = time.monotonic()
        blocked = max(0.0, now - self._last - _BEAT_MS / 1000)
        self._last = now
        self.beats += 1
        self.longest_s = max(self.longest_s, blocked)
        if blocked > self._limit_s:
            block = Block(blocked, self._caught)
            self.blocks = [*self.blocks, block][-_KEEP:]
            log.info("The window was blocked for %.0f ms\n%s", blocked * 1000, block.stack)
        self._caught = ""

    def _listen(self) -> None:
        while not self._stop.wait(self._limit_s / 4):
            if time.monotonic() - self._last > self._limit_s and not self._caught:
                frame = sys._current_frames().get(self._gui)
                if frame is not None:
                    self._caught = "".join(traceback.format_stack(frame))
