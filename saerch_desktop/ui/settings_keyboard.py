"""The page of shortcuts: every action, its keys, and keys of one's own."""

from __future__ import annotations

from saerch_desktop.ui.settings_page import SettingsPage


class KeyboardPage(SettingsPage):
    """A table of all actions."""

    title = "Keyboard"
    icon = "keyboard"
    tip = "Choose an action, then press the keys that it should have."
    fields = ("keys",)
    words = ("shortcut", "keys")
