"""Keeps the computer from going to sleep while a job runs, in the way of each system."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Sequence
from typing import Final, Protocol

from PySide6.QtCore import QObject, QProcess, Signal, SignalInstance

log = logging.getLogger(__name__)

_CONTINUOUS: Final = 0x80000000
_SYSTEM_REQUIRED: Final = 0x00000001
_WHO: Final = "SAErch Desktop"
_WHY: Final = "A long job is running"


class Inhibitor(Protocol):
    """What keeps one kind of system awake. `changed` is emitted whenever `trouble` or `held` has changed."""

    changed: SignalInstance
    held: bool
    trouble: str

    def hold(self) -> None: ...

    def release(self) -> None: ...


class ByProgram(QObject):
    """By a helper program of the system that keeps it awake as long as it runs.

    The helper ends by itself when this program ends in whatever way: it waits for the end of its input, or
    for this process.
    """

    changed: SignalInstance = Signal()  # type: ignore[assignment]  # what an instance has of it

    def __init__(self, commands: Sequence[Sequence[str]], parent: QObject | None = None) -> None:
        """commands: the first one that works is used."""
        super().__init__(parent)
        self._commands = [list(command) for command in commands]
        self._process: QProcess | None = None
        self._at = 0
        self.held = False
        self.trouble = ""

    def hold(self) -> None:
        if self._process is None:
            self._at = 0
            self._try()

    def release(self) -> None:
        process, self._process = self._process, None
        self.trouble = ""
        if process is not None:
            process.blockSignals(True)
            process.closeWriteChannel()
            process.terminate()
            process.finished.connect(process.deleteLater)
            process.waitForFinished(200)
            if process.state() is not QProcess.ProcessState.NotRunning:
                process.kill()
            process.setParent(None)
            process.deleteLater()
        self._set(False)

    def _try(self) -> None:
        if self._at >= len(self._commands):
            self._process = None
            self.trouble = "This system offers no way to keep it awake."
            self._set(False)
            return
        program, *arguments = self._commands[self._at]
        process = QProcess(self)
        process.setStandardOutputFile(QProcess.nullDevice())
        process.setStandardErrorFile(QProcess.nullDevice())
        # Methods, no lambdas: Qt lets go of them when this object goes.
        process.started.connect(self._started)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._failed)
        self._process = process
        process.start(program, arguments)

    def _started(self) -> None:
        self._set(True)

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._ended()

    def _ended(self) -> None:
        """This one does not work, or no longer: try another way."""
        process, self._process = self._process, None
        if process is None:
            return
        process.deleteLater()
        self._at += 1
        self._try()

    def _set(self, held: bool) -> None:
        self.held = held
        if held:
            self.trouble = ""
        self.changed.emit()


class ByCall(QObject):
    """By a call to Windows, which holds for the thread that made it."""

    changed: SignalInstance = Signal()  # type: ignore[assignment]  # what an instance has of it

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.held = False
        self.trouble = ""

    def hold(self) -> None:
        self._call(_CONTINUOUS | _SYSTEM_REQUIRED, True)

    def release(self) -> None:
        if self.held:
            self._call(_CONTINUOUS, False)

    def _call(self, flags: int, held: bool) -> None:
        import ctypes

        library = getattr(ctypes, "windll", None)
        done = bool(library.kernel32.SetThreadExecutionState(flags)) if library is not None else False
        self.held = held and done
        self.trouble = "" if done else "This system offers no way to keep it awake."
        self.changed.emit()


def for_this_system(parent: QObject | None = None) -> Inhibitor:
    """The way of the system that the program runs on."""
    if sys.platform == "win32":
        return ByCall(parent)
    if sys.platform == "darwin":
        return ByProgram([["caffeinate", "-i", "-w", str(os.getpid())]], parent)
    # `cat` ends when its input does, and that is ours.
    commands = [
        ["systemd-inhibit", "--what=sleep:idle", f"--who={_WHO}", f"--why={_WHY}", "--mode=block", "cat"],
        ["gnome-session-inhibit", "--inhibit", "suspend:idle", "--reason", _WHY, "cat"],
        ["kde-inhibit", "--power", "cat"],
    ]
    return ByProgram([command for command in commands if shutil.which(command[0])], parent)


class KeepAwake(QObject):
    """Holds an inhibitor while there is a reason to. `changed`: `words` are others."""

    changed = Signal()

    def __init__(self, inhibitor: Inhibitor, parent: QObject) -> None:
        super().__init__(parent)
        self._inhibitor = inhibitor
        self._wanted = False
        inhibitor.changed.connect(self.changed)

    @property
    def wanted(self) -> bool:
        return self._wanted

    @property
    def words(self) -> str:
        """What is to be said about it, briefly; "" while there is no reason to hold."""
        if not self._wanted:
            return ""
        if self._inhibitor.held:
            return "The computer is kept awake."
        return "The computer may go to sleep." if self._inhibitor.trouble else ""

    @property
    def explained(self) -> str:
        """The same at length."""
        if self._inhibitor.held:
            return "While a job runs the computer does not go to sleep by itself; the screen may go dark."
        if self._inhibitor.trouble:
            return f"{self._inhibitor.trouble} A job that sleeps with the computer goes on when it wakes."
        return ""

    def want(self, wanted: bool) -> None:
        """Whether the computer is to stay awake."""
        if wanted == self._wanted:
            return
        self._wanted = wanted
        if wanted:
            self._inhibitor.hold()
        else:
            self._inhibitor.release()
        self.changed.emit()
