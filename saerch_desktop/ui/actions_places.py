"""Actions about workspaces, links and libraries as files."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

PLACE_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "copy-link",
        "Copy link to this view",
        "File",
        "A text that opens this library with this search, these sliders and filters, and what is read",
        ("Ctrl+Shift+C",),
        ("library",),
        icon="copy",
        section=True,
    ),
    Spec(
        "open-link",
        "Open a link…",
        "File",
        "Show what a copied link describes: the one on the clipboard, or one that you type",
        ("Ctrl+Shift+V",),
    ),
    Spec(
        "report",
        "Report a problem…",
        "Help",
        "Versions, settings and the log as a text that you can read, change and save; nothing is sent",
        section=True,
    ),
)
