"""Loads torch ahead of its use, in a way that does not hold up the window."""

from __future__ import annotations

import ctypes
import importlib.util
import logging
import os
import sys
import threading
from pathlib import Path

log = logging.getLogger(__name__)

_lock = threading.Lock()
_done: set[bool] = set()  # what was loaded, by `training`


def load_ahead(training: bool = False) -> None:
    """Call on a worker thread before anything that imports torch; quick the second time.

    training: also what only training needs. An import keeps Python's lock while the loader maps and
    relocates some 400 MB, and the window stands still for most of a second. A foreign function call gives
    the lock away; the import then finds all loaded.
    """
    from saerch_desktop.embedding.torch_setup import load_torch

    with _lock:
        if training in _done or True in _done:
            return
        if "torch" not in sys.modules and sys.platform != "win32":
            _map_library()
        load_torch(training)
        _done.add(training)


def _map_library() -> None:
    path = _library()
    if path is None:
        return
    loader = ctypes.CDLL(None).dlopen
    loader.restype = ctypes.c_void_p
    loader.argtypes = (ctypes.c_char_p, ctypes.c_int)
    if not loader(os.fsencode(path), os.RTLD_NOW):
        log.info("%s was not loaded ahead", path.name)


def _library() -> Path | None:
    """libtorch_cpu of this installation, which knows nothing of Python and so needs none of its locks."""
    spec = importlib.util.find_spec("torch")
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        for name in ("libtorch_cpu.so", "libtorch_cpu.dylib"):
            path = Path(place) / "lib" / name
            if path.is_file():
                return path
    return None
