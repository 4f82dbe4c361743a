"""Which pages the settings window has, in their order."""

from __future__ import annotations

from saerch_desktop.ui.settings_page import SettingsPage

__all__ = ["SettingsPage", "pages"]


def pages() -> tuple[type[SettingsPage], ...]:
    """The kinds of pages. Imported only now: nobody who never opens the settings waits for them."""
    from saerch_desktop.ui.hardware_page import HardwarePage
    from saerch_desktop.ui.keys_page import KeysPage
    from saerch_desktop.ui.models_page import ModelsPage
    from saerch_desktop.ui.network_page import NetworkPage
    from saerch_desktop.ui.settings_advanced import AdvancedPage
    from saerch_desktop.ui.settings_appearance import AppearancePage
    from saerch_desktop.ui.settings_keyboard import KeyboardPage
    from saerch_desktop.ui.storage_page import StoragePage

    return (
        AppearancePage,
        KeyboardPage,
        HardwarePage,
        ModelsPage,
        NetworkPage,
        KeysPage,
        StoragePage,
        AdvancedPage,
    )
