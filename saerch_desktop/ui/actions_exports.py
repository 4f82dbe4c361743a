"""Actions about what leaves the program."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

EXPORT_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "export",
        "Export…",
        "File",
        "Write results, features, codes, names, families, a map or a report to a file",
        ("Ctrl+E",),
        ("library",),
        icon="export",
        section=True,
    ),
    Spec(
        "export-report",
        "Export a report…",
        "File",
        "One page that others can open: results, what moved them, features, families and method",
        needs=("library",),
        icon="document",
    ),
    Spec(
        "copy-command",
        "Copy as command",
        "Edit",
        "Copy a line for a shell that does again what you did last: a search, an export, a long job",
        ("Ctrl+Alt+C",),
        ("done-something",),
        icon="copy",
        section=True,
    ),
)
