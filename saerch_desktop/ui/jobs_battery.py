"""Lets long jobs rest while the computer runs on its battery, where the user wants that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

from saerch_desktop.ui import power
from saerch_desktop.ui.job import State
from saerch_desktop.ui.jobs import JobRunner
from saerch_desktop.ui.jobs_desk import JobsDesk

_EVERY_MS: Final = 20_000


class BatteryWatch(QObject):
    """Asks the system now and then, on a worker, as long as it is wanted and there are jobs."""

    def __init__(
        self,
        desk: JobsDesk,
        runner: JobRunner,
        parent: QObject,
        on_battery: Callable[[], bool] = power.on_battery,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._runner = runner
        self._on_battery = on_battery
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def watch(self, wanted: bool) -> None:
        """wanted: the setting is on and there are jobs. Those that rest for it go on without."""
        if wanted and not self._timer.isActive():
            self._timer.start()
            self.look()
        elif not wanted and self._timer.isActive():
            self._timer.stop()
            self._tell(False)

    def look(self) -> None:
        """Ask now."""
        self._runner.submit(
            "Looking at the battery",
            lambda progress: self._on_battery(),
            quiet=True,
            key="battery",
            done=self._tell,
        )

    def _tell(self, on_battery: bool) -> None:
        for entry in self._desk.live():
            if entry.job is None:
                continue
            if on_battery and entry.state is State.RUNNING:
                entry.by_battery = True
                entry.job.pause()
            elif not on_battery and entry.by_battery and entry.state is State.PAUSED:
                entry.by_battery = False
                entry.job.resume()
