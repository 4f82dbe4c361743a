"""The process in which UMAP works: its compiled code holds the interpreter, so it is ended from outside.

Everything it needs lies in a folder as arrays, so that starting it copies nothing, and it leaves its result
there.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import warnings
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

PLACES: Final = "places.npy"
DISTANCES: Final = "distances.npy"
BEGINNING: Final = "beginning.npy"
RESULT: Final = "result.npy"


class _Teller:
    """A stream that the progress bar of UMAP writes to; each line holds how far it is, and is sent on."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def write(self, text: str) -> None:
        numbers = text.split()
        if len(numbers) == 2 and all(number.isdigit() for number in numbers):
            self._pipe.send(("at", int(numbers[0]), int(numbers[1])))

    def flush(self) -> None:
        """Nothing is held back."""


def work(folder: str, seed: int, pipe: Connection) -> None:
    """Lay out the neighbours in `folder`; tell ("at", epoch, epochs), then ("done",) or ("failed", why).

    places, distances (m, k): each point's neighbours, itself first. beginning (m, 2) float32: where points
    start. The same seed and arrays give the same coordinates: with a seed UMAP runs on one thread.
    """
    if parent_process() is not None:
        # A Ctrl-C in the terminal reaches both; the other side ends this one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_leave_with_parent, args=(folder,), daemon=True).start()
        if hasattr(os, "nice"):
            os.nice(5)  # the window goes first
    try:
        _lay_out(Path(folder), seed, pipe)
    except Exception as error:  # noqa: BLE001  whatever it is, the other side has to know
        pipe.send(("failed", f"{type(error).__name__}: {error}"))
    else:
        pipe.send(("done",))
    finally:
        pipe.close()


def _lay_out(folder: Path, seed: int, pipe: Connection) -> None:
    import numpy as np

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tqdm import tqdm  # type: ignore[import-untyped]  # comes with UMAP
        from umap import UMAP

        # Its own would be one between processes, which a killed child leaves to be complained about.
        tqdm.set_lock(threading.RLock())
        places, distances = np.load(folder / PLACES), np.load(folder / DISTANCES)
        beginning = np.load(folder / BEGINNING)
        bar: dict[str, Any] = {
            "file": _Teller(pipe),
            "bar_format": "{n_fmt} {total_fmt}",
            "mininterval": 0.2,
            "disable": False,
        }
        model = UMAP(
            n_neighbors=places.shape[1],
            n_components=2,
            init=beginning,
            random_state=seed,
            n_jobs=1,
            precomputed_knn=(places, distances),
            tqdm_kwds=bar,
            verbose=True,
        )
        # Of the data themselves only the number of rows matters once the neighbours are known.
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            import contextlib

            with contextlib.redirect_stdout(nowhere):
                found = model.fit_transform(beginning)
    np.save(folder / RESULT, np.asarray(found, np.float32))


def _leave_with_parent(folder: str) -> None:
    """Where the other side was killed nobody else clears up."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)
