"""Actions about settings and the look."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

SETTINGS_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "settings",
        "Settings…",
        "Edit",
        "The look, the keyboard, this computer, models, the network and storage",
        ("Ctrl+,",),
        icon="settings",
        section=True,
    ),
    Spec(
        "theme-system",
        "Colours of the system",
        "View",
        "Light or dark, as the desktop is",
        group="theme",
        section=True,
    ),
    Spec("theme-light", "Light", "View", "Light colours", icon="light", group="theme"),
    Spec("theme-dark", "Dark", "View", "Dark colours", icon="dark", group="theme"),
    Spec(
        "theme-contrast",
        "High contrast",
        "View",
        "Strong edges and texts, bright on black",
        icon="contrast",
        group="theme",
    ),
    Spec(
        "text-larger",
        "Larger text",
        "View",
        "Everything a step larger, up to 200 %",
        ("Ctrl+Alt+=", "Ctrl+Alt++"),
        ("text-can-grow",),
        section=True,
    ),
    Spec(
        "text-smaller",
        "Smaller text",
        "View",
        "Everything a step smaller, down to 80 %",
        ("Ctrl+Alt+-",),
        ("text-can-shrink",),
    ),
    Spec("text-usual", "Usual text size", "View", "The size of the desktop's own texts", ("Ctrl+Alt+0",)),
)
