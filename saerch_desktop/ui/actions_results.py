"""Actions about the list of results."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

RESULT_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "show-unsteered",
        "Unsteered ranking",
        "Search",
        "Look at the list without your changes; in the results and the mixer, B does so while it is held",
        ("Ctrl+B",),
        ("steered-list",),
        toggle=True,
        section=True,
    ),
    Spec(
        "moved-out",
        "What moved out…",
        "Search",
        "Documents that left the first places by your changes, and where they are now",
        needs=("steered-list",),
    ),
    Spec(
        "export-results",
        "Export results…",
        "Search",
        "Write the results as a table for spreadsheets, or as lines of JSON",
        needs=("results",),
        icon="export",
    ),
)
