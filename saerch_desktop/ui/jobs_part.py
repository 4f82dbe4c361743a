"""The dock of jobs, what keeps the computer awake for them, and what happens to them at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from saerch_desktop.settings_fields import Settings
from saerch_desktop.ui import keep_awake, settings_live
from saerch_desktop.ui.job import State
from saerch_desktop.ui.jobs_battery import BatteryWatch
from saerch_desktop.ui.jobs_desk import JobsDesk
from saerch_desktop.ui.jobs_entries import JobEntry
from saerch_desktop.ui.jobs_leaving import Leaving
from saerch_desktop.ui.jobs_pane import JobsPane
from saerch_desktop.ui.keep_awake import KeepAwake
from saerch_desktop.ui.part import Part

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_LONG_S: Final = 2.0  # nothing falls asleep in less


class JobsPart(Part):
    """Connects the pane with its desk, the bar at the window's foot, and the system's sleep."""

    dock_name = "jobs-dock"
    dock_title = "Jobs"
    dock_area = Qt.DockWidgetArea.RightDockWidgetArea
    dock_action = "show-jobs"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._settings = settings_live.live.now
        self.desk = JobsDesk(self.controller, self)
        self.jobs = JobsPane()
        self.awake = KeepAwake(keep_awake.for_this_system(self), self)
        self.battery = BatteryWatch(self.desk, self.controller.runner, self)
        self.leaving = Leaving(window, self.desk)
        desk, bar = self.desk, window.job_bar
        desk.listed.connect(self._listed)
        desk.moved.connect(self._moved)
        desk.left_changed.connect(bar.set_left)
        bar.go_on.connect(desk.go_on)
        bar.leave.connect(desk.leave)
        self.jobs.wanted.connect(self._act)
        self.jobs.dropped.connect(desk.move_before)
        self.jobs.clear_wanted.connect(desk.clear)
        self.awake.changed.connect(lambda: self.jobs.set_power(self.awake.words, self.awake.explained))
        settings_live.live.changed.connect(self._changed)
        window.finished.connect(self._ended)

    def pane(self) -> QWidget:
        return self.jobs

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"stop-job": self.stop, "pause-job": self.pause, "clear-jobs": self.desk.clear}

    def conditions(self) -> Mapping[str, bool]:
        return {"finished-jobs": any(entry.over for entry in self.desk.entries())}

    def begin(self, go_on: bool) -> None:
        """At the start: what earlier runs left. go_on: at once with what was put off on purpose."""
        self.desk.look_for_left(go_on)

    # Actions ---------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop the first job that is not stopping yet."""
        entry = next((one for one in self.desk.live() if one.state is not State.STOPPING), None)
        if entry is not None:
            self.desk.stop(entry)

    def pause(self) -> None:
        """Pause the first job, or let it go on."""
        entry = next((one for one in self.desk.live() if one.state is not State.STOPPING), None)
        if entry is not None:
            self.desk.pause(entry)

    def _act(self, name: str, entry: JobEntry) -> None:
        desk = self.desk
        if name == "go_on":
            if entry.left is not None:
                desk.go_on(entry.left)
            return
        acts: Mapping[str, Callable[[], object]] = {
            "pause": lambda: desk.pause(entry),
            "stop": lambda: desk.stop(entry),
            "open": lambda: desk.open_result(entry),
            "again": lambda: desk.again(entry),
            "forget": lambda: desk.forget(entry),
            "up": lambda: desk.move(entry, -1),
            "down": lambda: desk.move(entry, 1),
        }
        acts[name]()

    # Events ----------------------------------------------------------------------------------------------

    def _listed(self) -> None:
        self.jobs.set_entries(self.desk.entries())
        self._power()
        if hasattr(self.window, "wiring"):
            self.window.refresh_actions()

    def _moved(self, entry: JobEntry) -> None:
        self.jobs.touch(entry)
        self._power()

    def _power(self) -> None:
        now = time.monotonic()
        live = self.desk.live()
        busy = any(
            entry.state in (State.RUNNING, State.STOPPING) and now - entry.began >= _LONG_S for entry in live
        )
        self.awake.want(busy and self._settings.keep_awake)
        self.battery.watch(bool(live) and self._settings.pause_on_battery)

    def _ended(self) -> None:
        """The window is closed; what its last jobs tell has nobody to show it to."""
        self.desk.listed.disconnect(self._listed)
        self.desk.moved.disconnect(self._moved)
        self.battery.watch(False)
        self.awake.want(False)
        self.controller.library.kept.close()

    def _changed(self, before: Settings, now: Settings) -> None:
        self._settings = now
        self._power()
