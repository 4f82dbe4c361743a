"""Actions about the mixer."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

MIXER_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "go-mixer",
        "Go to the mixer",
        "Search",
        "Move the query's features with the keyboard: ← →, M mute, S solo, L lock, 0 natural",
        ("Ctrl+J",),
        ("mixer",),
        section=True,
    ),
    Spec(
        "mixer-limit",
        "Stay near the query…",
        "Search",
        "Set how far the sliders may take the query from what you asked",
        ("Ctrl+Shift+J",),
        ("mixer",),
    ),
    Spec(
        "hear-all",
        "Unmute all",
        "Search",
        "Nothing muted and nothing solo any more; where sliders stand is kept",
        needs=("silent",),
    ),
    Spec(
        "mixer-units",
        "Change the mixer's units",
        "View",
        "Sliders read in multiples of the natural value, or as activations",
    ),
)
