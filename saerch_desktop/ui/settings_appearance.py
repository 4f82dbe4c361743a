"""The page of the look: colours, text size, and what is marked in texts."""

from __future__ import annotations

from saerch_desktop.ui.settings_page import SettingsPage

THEMES = {
    "system": "As the desktop is",
    "light": "Light",
    "dark": "Dark",
    "contrast": "High contrast",
}
_UNITS = {"times": "Multiples of natural", "activation": "Activations"}


class AppearancePage(SettingsPage):
    """Changes apply to every open window at once."""

    title = "Appearance"
    icon = "light"
    tip = "Changes apply at once."
    fields = ("theme", "text_size", "mixer_units", "mark_words", "mark_sentences", "show_tour")
    words = ("theme", "dark", "light", "contrast", "font", "zoom", "colours")

    def build(self) -> None:
        self.choice("theme", THEMES)
        self.number("text_size", 80, 200, suffix=" %").setSingleStep(10)
        self.choice("mixer_units", _UNITS)
        self.section("When reading a document")
        self.switch("mark_words")
        self.switch("mark_sentences")
        self.section("At the start")
        self.switch("show_tour")
