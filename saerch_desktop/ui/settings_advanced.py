"""The page for looking into the program itself, and for starting over."""

from __future__ import annotations

from saerch_desktop.ui.settings_page import SettingsPage

_LEVELS = {"warning": "Only trouble", "info": "The usual", "debug": "Everything"}
_CLOSING = {
    "ask": "Ask each time",
    "wait": "Finish in the background",
    "later": "Go on at the next start",
    "stop": "Stop the job",
}


class AdvancedPage(SettingsPage):
    """Jobs, logs and the watchdog."""

    title = "Jobs and advanced"
    icon = "info"
    fields = ("keep_awake", "pause_on_battery", "close_with_jobs", "library_folder", "watchdog", "log_level")
    words = ("log", "watchdog", "jobs", "battery", "sleep", "close")

    def build(self) -> None:
        self.section("Long jobs")
        self.switch("keep_awake")
        self.switch("pause_on_battery")
        self.choice("close_with_jobs", _CLOSING)
        self.section("Libraries")
        self.text("library_folder", "Your home folder", none_when_empty=True)
        self.section("Looking into the program")
        self.choice("log_level", _LEVELS)
        self.switch("watchdog")
