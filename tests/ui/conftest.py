"""What every test of the window has: no leaks, and the dialogs' seam replaced."""

from __future__ import annotations

from leaks import no_leaked_threads, no_leaked_widgets, no_running_timers

__all__ = ["no_leaked_threads", "no_leaked_widgets", "no_running_timers"]
