"""What every test of the window has: no leaks, and the dialogs' seam replaced."""

from __future__ import annotations

from leaks import no_leaked_threads, no_leaked_widgets, no_running_timers
from window_support import fake_dialogs, open_window, steerable, steerable_original, window

__all__ = [
    "fake_dialogs",
    "no_leaked_threads",
    "no_leaked_widgets",
    "no_running_timers",
    "open_window",
    "steerable",
    "steerable_original",
    "window",
]
