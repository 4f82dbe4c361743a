"""Actions about help: what this program is, and whose work it is made of."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

HELP_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "manual",
        "Manual",
        "Help",
        "How to work with this program, page by page, and every action there is",
        ("Shift+F1",),
        icon="document",
    ),
    Spec(
        "licences",
        "Licences…",
        "Help",
        "Whose work this program is made of, and on what terms",
        section=True,
    ),
    Spec(
        "about",
        "About SAErch Desktop",
        "Help",
        "Version, terms, and what to paste into a report",
        icon="info",
    ),
)
