"""How many cores torch may use, decided once for both doors."""

from __future__ import annotations

import os


def available_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def configure_torch(leave_one_core: bool, threads: int | None = None) -> int:
    """Set torch's threads and return their number: `threads`, or all cores (but one for the window).

    May be called again at any time. Waiting threads are told to sleep instead of spin, which only works
    before torch is first imported; spinning slows two-thread torch 2 to 6 times when anything else runs.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    cores = available_cores()
    wanted = threads if threads is not None else cores - 1 if leave_one_core else cores
    wanted = max(1, min(wanted, 4 * cores))
    if torch.get_num_threads() != wanted:
        torch.set_num_threads(wanted)
    return wanted
