"""The system asks the program to end, as it does before it shuts down: that is an end, and no crash."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys

from PySide6.QtCore import QObject, QSocketNotifier, Signal

_SIGNALS = ("SIGTERM", "SIGHUP")


class SystemSignals(QObject):
    """`asked`: the system wants the program to end soon. Does nothing where there are no such signals."""

    asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._former: dict[int, object] = {}
        self._notifier: QSocketNotifier | None = None
        if sys.platform == "win32":
            return
        # Python handles signals only when it runs; Qt may wait for events for hours. The socket wakes it up.
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)
        self._wakeup = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        for name in _SIGNALS:
            number = getattr(signal, name)
            self._former[number] = signal.signal(number, lambda *_: None)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(lambda *_: self._woken())

    def stop(self) -> None:
        """Put everything back; a second call does nothing."""
        if self._notifier is None:
            return
        self._notifier.setEnabled(False)
        self._notifier = None
        signal.set_wakeup_fd(self._wakeup)
        for number, former in self._former.items():
            signal.signal(number, former)  # type: ignore[arg-type]
        self._ours.close()
        self._theirs.close()

    def _woken(self) -> None:
        numbers = b""
        with contextlib.suppress(OSError):
            numbers = self._ours.recv(64)
        if any(number in self._former for number in numbers):
            self.asked.emit()
