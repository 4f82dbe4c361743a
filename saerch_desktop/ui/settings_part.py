"""Settings in the window: their own window, the look of the whole program, and steps of the text size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from saerch_desktop.settings_fields import Settings
from saerch_desktop.ui import theme, window_layout
from saerch_desktop.ui.actions import TABLE
from saerch_desktop.ui.keymap import keymap
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.settings_live import live

if TYPE_CHECKING:
    from saerch_desktop.ui.settings_window import SettingsWindow
    from saerch_desktop.ui.window import MainWindow

LEAST, MOST, STEP = 80, 200, 10


class SettingsPart(Part):
    """Shows the settings and applies what concerns the look, whoever changed it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.shown: SettingsWindow | None = None
        self._size = live.now.text_size
        keymap.use(TABLE, live.now.keys)
        live.changed.connect(self._changed)
        keymap.changed.connect(self._rebind)
        live.failed.connect(self.controller.fail)

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {
            "settings": self.show,
            **{
                f"theme-{scheme}": partial(live.change, theme=scheme)
                for scheme in ("system", "light", "dark", "contrast")
            },
            "text-larger": lambda: self.step(STEP),
            "text-smaller": lambda: self.step(-STEP),
            "text-usual": lambda: live.change(text_size=100),
        }

    def conditions(self) -> Mapping[str, bool]:
        return {"text-can-grow": self._size < MOST, "text-can-shrink": self._size > LEAST}

    def show(self, page: str = "", setting: str = "") -> None:
        """Open the settings, or bring them to the front; at the page of this title where one is given."""
        from saerch_desktop.ui.settings_window import SettingsWindow

        if self.shown is None:
            self.shown = SettingsWindow(self.window)
            self.shown.finished.connect(lambda _: setattr(self, "shown", None))
        self.shown.show()
        self.shown.raise_()
        self.shown.activateWindow()
        if page:
            self.shown.go_to(page, setting)

    def step(self, by: int) -> None:
        """Change the text size by so many percent, within its limits."""
        live.change(text_size=min(max(live.now.text_size + by, LEAST), MOST))

    def _changed(self, before: Settings, now: Settings) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication) and (before.theme, before.text_size) != (now.theme, now.text_size):
            theme.apply(app, now.theme, now.text_size)
            self._size = now.text_size
            self.window.actions_table[f"theme-{now.theme}"].setChecked(True)
            self.window.refresh_actions()
            window_layout.fold(self.window, self.window.docks)
        if before.keys != now.keys:
            keymap.use(TABLE, now.keys)

    def _rebind(self) -> None:
        self.window.actions_table.rebind()
