"""Which pages the settings window has, in their order."""

from __future__ import annotations

from saerch_desktop.ui.settings_page import SettingsPage

__all__ = ["SettingsPage", "pages"]


def pages() -> tuple[type[SettingsPage], ...]:
    """The kinds of pages. Imported only now: nobody who never opens the settings waits for them."""
    from saerch_desktop.ui.settings_advanced import AdvancedPage
    from saerch_desktop.ui.settings_appearance import AppearancePage
    from saerch_desktop.ui.settings_keyboard import KeyboardPage

    return (
        AppearancePage,
        KeyboardPage,
        AdvancedPage,
    )
