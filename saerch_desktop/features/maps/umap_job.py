"""UMAP (McInnes, Healy and Melville 2018) as a job that can be watched and stopped, in a child process."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Mapping
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.maps import umap_child
from saerch_desktop.features.maps.umap_child import BEGINNING, DISTANCES, PLACES, RESULT
from saerch_desktop.library.readers.base import readable_error
from saerch_desktop.progress import Progress

NEIGHBOURS: Final = 15
LEAST: Final = 8  # points; with fewer there is nothing to lay out
_POLL_S: Final = 0.1


def lay_out(
    places: NDArray[np.int32],
    distances: NDArray[np.float32],
    beginning: NDArray[np.float32],
    progress: Progress,
    *,
    seed: int = 0,
) -> NDArray[np.float32]:
    """UMAP coordinates (m, 2) float32 of points whose neighbours are known.

    places (m, k) int32, distances (m, k) float32: neighbours, itself first. beginning (m, 2) float32: where
    points start, their principal components, which keeps the large picture (Kobak and Linderman 2021). After
    a cancel the child is killed within a fraction of a second. The same arguments give the same coordinates.
    Raises UserError when the child failed or its folder cannot be used, Cancelled.
    """
    progress.begin("Getting ready to lay out the map")
    beginning = _spread(beginning, seed)
    try:
        found = _in_child({PLACES: places, DISTANCES: distances, BEGINNING: beginning}, progress, seed)
    except (OSError, ValueError) as error:
        raise UserError(
            f"The map could not be laid out: {readable_error(error)}.",
            "UMAP works in a folder for temporary files. Nothing was changed.",
            "Free some space there, or set TMPDIR to a folder on another disk.",
        ) from error
    if found.shape != beginning.shape or not np.isfinite(found).all():
        raise _failed("it gave no usable coordinates")
    return np.asarray(found, np.float32)


def _spread(beginning: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """With a little chance along an axis on which all points are one: UMAP divides by its length."""
    flat = np.ptp(beginning, axis=0) <= 0
    chance = np.random.default_rng(seed).normal(size=beginning.shape).astype(np.float32)
    return np.where(flat, chance, beginning)


def _in_child(arrays: Mapping[str, NDArray[Any]], progress: Progress, seed: int) -> NDArray[np.float32]:
    """What the child makes of the arrays. OSError or ValueError when its folder cannot be used."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="saerch-map-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for file, array in arrays.items():
            np.save(folder / file, array)
        ours, theirs = context.Pipe(duplex=False)
        child = context.Process(
            target=umap_child.work, args=(name, seed, theirs), name="saerch-map", daemon=True
        )
        try:
            child.start()
            theirs.close()
            _follow(child, ours, progress)
            return np.array(files.mapped_array(folder / RESULT))
        finally:
            if child.is_alive():
                child.kill()
            if child.pid is not None:
                child.join()
                child.close()
            ours.close()


def _follow(child: BaseProcess, pipe: Connection, progress: Progress) -> None:
    started = False
    while True:
        progress.check()
        if not pipe.poll(_POLL_S):
            if not child.is_alive() and not pipe.poll():
                raise _failed(f"its process ended (exit code {child.exitcode})")
            continue
        try:
            told: Any = pipe.recv()
        except EOFError as error:
            child.join()
            raise _failed(f"its process ended (exit code {child.exitcode})") from error
        if told[0] == "done":
            child.join()
            return
        if told[0] == "failed":
            raise _failed(str(told[1]))
        _, done, total = told
        if not started:
            started = True
            progress.begin("Laying out the map", total, "rounds")
        progress.advance(done)


def _failed(why: str) -> UserError:
    return UserError(
        f"The map could not be laid out: {why}.",
        "Nothing was changed; the map by principal components works.",
        "Close other programs if memory is short, and try again.",
    )
