"""Codes that another program computed with an SAE's weights: checked against them, then kept as ours."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.files import explain_os_error, mapped_array, reserve
from saerch_desktop.progress import Progress
from saerch_desktop.sae.codes import INDICES_FILE, VALUES_FILE
from saerch_desktop.sae.split import VectorSource
from saerch_desktop.sae.weights import Sae

_SAMPLE: Final = 256
_CLOSE: Final = 5e-3  # of one activation: both the vectors and the values may have been rounded to float16
_ENOUGH: Final = 0.98  # of the sampled documents
_BLOCK: Final = 1 << 14


def store_given(
    folder: Path,
    vectors: VectorSource,
    records: NDArray[np.int64],
    indices: Path,
    values: Path,
    progress: Progress,
) -> str | None:
    """Keep given codes as those of the SAE in `folder`; or why they cannot be kept, as a clause.

    indices, values: `.npy` files (m, k), integers and floating point, row records[i] for document i. They are
    compared with the weights on a sample of documents and checked whole. Documents without a vector get
    zeros. Raises UserError (disk full), Cancelled; files that were there stay until these are whole.
    """
    sae = Sae.load(folder)
    try:
        given = mapped_array(indices), mapped_array(values)
    except (OSError, ValueError) as error:
        return f"they cannot be read ({error})"
    complaint = _shape_complaint(given, sae, records) or _disagreement(given, sae, vectors, records)
    if complaint is not None:
        return complaint
    paths = folder / INDICES_FILE, folder / VALUES_FILE
    partial = [path.with_name(f"{path.name}.given") for path in paths]
    progress.begin("Checking the given codes", len(records), "documents")
    try:
        complaint = _copy(given, sae, vectors, records, partial, progress)
        if complaint is None:
            for made, final in zip(partial, paths, strict=True):
                made.replace(final)
    except OSError as error:
        raise explain_os_error(error, paths[0]) from error
    finally:
        for made in partial:
            made.unlink(missing_ok=True)
    return complaint


def _shape_complaint(
    given: tuple[NDArray[Any], NDArray[Any]], sae: Sae, records: NDArray[np.int64]
) -> str | None:
    ids, values = given
    if ids.ndim != 2 or ids.shape != values.shape or ids.shape[1] != sae.config.width:
        return f"they are {ids.shape} and {values.shape}, not documents × {sae.config.width}"
    if ids.dtype.kind not in "iu" or values.dtype.kind != "f":
        return f"they are of type {ids.dtype} and {values.dtype}"
    if len(records) and len(ids) <= int(records.max()):
        return f"they are of {len(ids):,} documents"
    return None


def _disagreement(
    given: tuple[NDArray[Any], NDArray[Any]], sae: Sae, vectors: VectorSource, records: NDArray[np.int64]
) -> str | None:
    rows = vectors.valid_rows()
    rows = rows[np.linspace(0, len(rows) - 1, min(_SAMPLE, len(rows))).astype(np.int64)]
    ours = _dense(*sae.encode(vectors.gather(rows)), sae.config.features)
    at = records[rows]
    ids, values = np.asarray(given[0][at], np.int64), np.asarray(given[1][at], np.float32)
    if _impossible(ids, values, sae.config.features).any():
        return "they hold impossible features or activations"
    theirs = _dense(ids, np.maximum(values, 0), sae.config.features)
    agree = float((np.abs(ours - theirs).max(axis=1) <= _CLOSE).mean())
    if agree < _ENOUGH:
        return f"they differ from what the weights give for {100 * (1 - agree):.0f} % of sampled documents"
    return None


def _dense(ids: NDArray[Any], values: NDArray[np.float32], features: int) -> NDArray[np.float32]:
    """Of a small sample only: (m, k) codes as (m, n)."""
    out = np.zeros((len(ids), features), np.float32)
    np.put_along_axis(out, np.asarray(ids, np.int64), values, axis=1)
    return out


def _impossible(ids: NDArray[Any], values: NDArray[Any], features: int) -> NDArray[np.bool_]:
    """(m,) rows with an id out of range or twice, or a value that is not finite."""
    ordered = np.sort(ids, axis=1)
    twice = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    out = (ordered[:, 0] < 0) | (ordered[:, -1] >= features)
    return np.asarray(twice | out | ~np.isfinite(values).all(axis=1))


def _copy(
    given: tuple[NDArray[Any], NDArray[Any]],
    sae: Sae,
    vectors: VectorSource,
    records: NDArray[np.int64],
    partial: list[Path],
    progress: Progress,
) -> str | None:
    width = sae.config.width
    made = []
    for path, dtype in zip(partial, (np.int32, np.float32), strict=True):
        made.append(np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=(len(records), width)))
        # Written through a memory map, where a full disk would end the whole program.
        with path.open("rb+") as stream:
            reserve(stream, path.stat().st_size)
    missing = np.zeros(len(records), np.bool_)
    missing[vectors.missing] = True
    for start in range(0, len(records), _BLOCK):
        stop = min(len(records), start + _BLOCK)
        at = records[start:stop]
        ids, values = np.asarray(given[0][at], np.int64), np.asarray(given[1][at], np.float32)
        blank = missing[start:stop]
        ids[blank], values[blank] = np.arange(width), 0
        if _impossible(ids, values, sae.config.features).any():
            return "they hold impossible features or activations"
        values = np.maximum(values, np.float32(0))
        order = np.lexsort((ids, -values), axis=1)
        made[0][start:stop] = np.take_along_axis(ids, order, axis=1)
        made[1][start:stop] = np.take_along_axis(values, order, axis=1)
        progress.advance(stop)
    for array, path in zip(made, partial, strict=True):
        array.flush()
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
    return None
