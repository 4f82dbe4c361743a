"""How torch comes into a running program: with sleeping threads, and without holding others up."""

from __future__ import annotations

import gc
import os
import sys
import threading

from saerch_desktop.settings import load_settings

_lock = threading.Lock()
_usual_threads: int | None = None


def rest_waiting_threads() -> None:
    """Let torch's waiting threads sleep instead of spin; works only before torch is first imported.

    Spinning slows two-thread torch 2 to 6 times as soon as anything else wants a core.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def load_torch(training: bool = False) -> None:
    """Import torch (1.5 s), for `training` also what its optimisers import when first made (1.2 s more).

    Meant for a worker thread of a program with a window. Both make some hundred thousand objects that live
    for ever, and Python's collector would walk all of them again and again, 40 to 110 ms each time, with
    every other thread standing still: so it rests meanwhile, and leaves them alone afterwards.
    """
    rest_waiting_threads()
    with _lock:
        collecting = gc.isenabled()
        gc.disable()
        try:
            import torch

            if training:
                torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], fused=True)
        finally:
            if collecting:
                gc.enable()
        gc.freeze()
    if (threads := load_settings().torch_threads) is not None:
        use_threads(threads)


def may_use_card() -> bool:
    """Whether jobs compute on a CUDA card by themselves: there is one, and the settings let them."""
    import torch

    return torch.cuda.is_available() and not load_settings().force_cpu


def use_threads(count: int | None) -> None:
    """Let torch's products take so many threads from now on; None: as torch chose by itself.

    Nothing while torch is not loaded: `load_torch` reads the settings when it is.
    """
    global _usual_threads
    torch = sys.modules.get("torch")
    if torch is None:
        return
    with _lock:
        if _usual_threads is None:
            _usual_threads = torch.get_num_threads()
        torch.set_num_threads(_usual_threads if count is None else count)
