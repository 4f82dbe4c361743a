"""Pictures of the settings about the look and the keyboard, of a conflict of keys, and of what is found."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from saerch_desktop.ui.settings_advanced import AdvancedPage
from saerch_desktop.ui.settings_appearance import AppearancePage
from saerch_desktop.ui.settings_keyboard import KeyboardPage
from saerch_desktop.ui.settings_part import SettingsPart
from saerch_desktop.ui.window import MainWindow


def settings_pages(window: MainWindow, shoot: Callable[[str, QWidget], None]) -> None:
    """Show the pages one after the other; shoot: writes a picture of a widget under a name."""
    part = next(part for part in window.parts if isinstance(part, SettingsPart))
    for kind in (AppearancePage, KeyboardPage, AdvancedPage):
        part.show(kind.title)
        shown = part.shown
        if shown is None:
            return
        page = shown.page(shown.list.currentRow())
        if isinstance(page, KeyboardPage):
            page.choose("feature-to-mixer")
            page.keys.setKeySequence(QKeySequence("Ctrl+K"))
        shoot(f"settings-{kind.title.split()[0].lower()}", shown)
        if isinstance(page, KeyboardPage):
            page.keys.clear()
    if part.shown is not None:
        part.shown.search.setText("text")
        shoot("settings-found", part.shown)
        part.shown.close()
