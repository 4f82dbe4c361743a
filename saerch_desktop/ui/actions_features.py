"""Actions about features: naming, judging and comparing them, and asking the corpus in their terms."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

FEATURE_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "filter-features",
        "Filter features",
        "Features",
        "Find features by words of their names, density, grade, tags and more",
        ("Ctrl+F",),
        ("steering",),
        icon="search",
        section=True,
    ),
    Spec(
        "relabel-features",
        "Name chosen features again",
        "Features",
        "Find names for the features chosen in the browser anew, on this computer",
        needs=("chosen-features", "idle"),
    ),
    Spec(
        "export-features",
        "Export the features shown…",
        "Features",
        "Write the list of features, as filtered and sorted, as a table",
        needs=("steering",),
        icon="export",
    ),
    Spec(
        "show-features",
        "Feature browser",
        "View",
        "Show or hide the list of all features",
        ("Ctrl+3",),
        toggle=True,
    ),
    Spec(
        "review",
        "Review names…",
        "Features",
        "Accept, change or turn down names one after the other, by keys alone",
        ("Ctrl+6",),
        ("steering",),
        icon="check",
        section=True,
    ),
    Spec(
        "compare-saes",
        "Compare SAEs…",
        "Features",
        "Which features another SAE of this library has too, which split, and names to carry over",
        ("Ctrl+5",),
        ("steering",),
        icon="compare",
    ),
)
