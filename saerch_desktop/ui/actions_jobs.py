"""Actions about jobs."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

JOB_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "show-jobs",
        "Jobs",
        "Tools",
        "Show or hide the list of long jobs: running, waiting, interrupted and finished",
        ("Ctrl+Alt+J",),
        toggle=True,
        icon="jobs",
        section=True,
    ),
    Spec(
        "pause-job",
        "Pause the current job, or go on",
        "Tools",
        "A job that rests keeps its place; nothing is lost",
        ("Ctrl+Shift+.",),
        ("job",),
        "pause",
    ),
    Spec("stop-job", "Stop the current job", "Tools", "It can go on later", ("Ctrl+.",), ("job",), "stop"),
    Spec(
        "clear-jobs",
        "Clear finished jobs",
        "Tools",
        "Take all jobs that are over off the list",
        needs=("finished-jobs",),
    ),
)
