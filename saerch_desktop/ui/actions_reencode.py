"""Actions about what the SAE says of a steered query, and about a rewrite to compare it with."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

REENCODE_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "make-stick",
        "Make the steering stick",
        "Search",
        "Look for a query near the steered one in which the features are active as your sliders ask",
        ("Ctrl+Alt+S",),
        ("steering", "reencodable"),
        icon="pin",
        section=True,
    ),
    Spec(
        "rewrite-query",
        "Rewrite the query by a language model…",
        "Search",
        "Have the query rewritten as your sliders steer it, to compare what both find",
        ("Ctrl+Alt+R",),
        ("steering", "reencodable"),
        icon="edit",
    ),
    Spec(
        "show-reencode",
        "What the SAE says",
        "View",
        "Show or hide how the features read the steered query, beside what the sliders ask for",
        ("Ctrl+Alt+E",),
        toggle=True,
    ),
)
