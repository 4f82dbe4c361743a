"""Actions about why a result is where it is, and what the SAE says of a steered query."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

WHY_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "why-result",
        "Explain this result",
        "Search",
        "Show which features and which of your changes put the chosen result where it is",
        ("Ctrl+Shift+W",),
        ("library", "explainable"),
        icon="chart",
        section=True,
    ),
    Spec(
        "why-above",
        "Explain why one is above the other",
        "Search",
        "Show what puts one of the two selected results above the other",
        ("Ctrl+Alt+W",),
        ("library", "two-results"),
        icon="compare",
    ),
    Spec(
        "next-mark",
        "Next mark in the text",
        "Search",
        "Go to the next marked word or sentence of the document that is read",
        ("F3",),
        ("document",),
    ),
    Spec(
        "former-mark",
        "Mark before in the text",
        "Search",
        "Go to the marked word or sentence before in the document that is read",
        ("Shift+F3",),
        ("document",),
    ),
    Spec(
        "show-why",
        "Why pane",
        "View",
        "Show or hide the pane that explains results",
        ("Ctrl+9",),
        toggle=True,
    ),
)
