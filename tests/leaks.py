"""Fixtures that fail a test of the window which leaves something behind: threads, running timers, widgets."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication


def flush_deletions() -> None:
    """Carry out every pending `deleteLater`."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = []
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith(("pymp-", "tqdm")):
            continue
        thread.join(2.0)
        if thread.is_alive():
            left.append(thread.name)
    assert not left, f"threads still running: {left}"


@pytest.fixture(autouse=True)
def no_running_timers(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[None]:
    started: list[QTimer] = []
    original = QTimer.start

    def start(self: QTimer, *arguments: int) -> None:
        if self not in started:
            started.append(self)
        original(self, *arguments)

    monkeypatch.setattr(QTimer, "start", start)
    yield
    flush_deletions()
    running = []
    for timer in started:
        try:
            if timer.isActive() and not timer.isSingleShot():
                timer.stop()
                running.append(f"{timer.objectName() or timer} of {timer.parent()}")
        except RuntimeError:  # its C++ side went with its parent, as it should
            continue
    assert not running, f"timers still running: {running}"


@pytest.fixture(autouse=True)
def no_leaked_widgets(qapp: QApplication) -> Iterator[None]:
    before = {id(widget) for widget in QApplication.topLevelWidgets()}
    yield
    flush_deletions()
    gc.collect()
    left = [
        w
        for w in QApplication.topLevelWidgets()
        if id(w) not in before and w.parent() is None and w.isVisible()
    ]
    names = [f"{type(w).__name__} {w.objectName()!r}" for w in left]
    for widget in left:
        widget.close()
        widget.deleteLater()
    flush_deletions()
    assert not names, f"windows left open: {names}"
