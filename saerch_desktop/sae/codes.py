"""The sparse codes of a whole corpus on disk: `n_docs × k` feature ids and activations, memory-mapped.

Loads torch only inside `encode_corpus`.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from saerch_desktop.errors import UserError
from saerch_desktop.files import explain_os_error, mapped_array, read_small, reserve, write_json
from saerch_desktop.progress import Progress
from saerch_desktop.sae.split import VectorSource, heldout_rows, training_rows
from saerch_desktop.sae.weights import Sae

__all__ = ["INDICES_FILE", "VALUES_FILE", "Codes", "encode_corpus", "heldout_rows", "training_rows"]

INDICES_FILE: Final = "code_indices.npy"
VALUES_FILE: Final = "code_values.npy"
_JOURNAL: Final = "codes.partial.json"
_PARTIAL: Final = (f"{INDICES_FILE}.partial", f"{VALUES_FILE}.partial")
_JOURNAL_SECONDS: Final = 10.0
_BLOCK_FLOATS: Final = 4 << 20  # pre-activations held at once: 16 MiB stays near the caches


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """indices (N, k) int32 and values (N, k) float32 ≥ 0, row i of document i, highest activation first.

    A document without a vector has zero values only. Both are read-only memory maps.
    """

    indices: NDArray[np.int32]
    values: NDArray[np.float32]

    @property
    def rows(self) -> int:
        return len(self.indices)

    @property
    def k(self) -> int:
        return int(self.indices.shape[1])

    @classmethod
    def load(cls, folder: Path) -> Codes:
        """Map the files of an SAE's folder; UserError when they are absent, of wrong type or do not match."""
        indices = _map(folder / INDICES_FILE, np.dtype(np.int32))
        values = _map(folder / VALUES_FILE, np.dtype(np.float32))
        if indices.shape != values.shape:
            raise _unusable(
                folder, f"{INDICES_FILE} has shape {indices.shape} and {VALUES_FILE} {values.shape}"
            )
        return cls(indices, values)

    def check(self, features: int, folder: Path) -> None:
        """Read everything once: ids within 0…features−1, values finite and ≥ 0. UserError naming the first
        bad row.
        """
        for start in range(0, self.rows, 1 << 16):
            ids, values = self.indices[start : start + (1 << 16)], self.values[start : start + (1 << 16)]
            bad = ((ids < 0) | (ids >= features) | ~np.isfinite(values) | (values < 0)).any(axis=1)
            if bad.any():
                raise _unusable(folder, f"row {start + int(np.argmax(bad))} holds impossible values")


class _Journal(BaseModel):
    """How far an unfinished encoding came, and with which weights and vectors."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sha256: str
    rows: int
    k: int
    done: int


def encode_corpus(folder: Path, vectors: VectorSource, progress: Progress, *, device: str = "auto") -> Codes:
    """Encode every document with the autoencoder in `folder` and save the codes there.

    Equals `Sae.encode` row by row up to float rounding. Written to partial files that a later call continues
    after a cancel or a kill, and renamed when whole. Raises UserError (dimension differs, disk full),
    Cancelled.
    """
    import torch

    from saerch_desktop.sae.model import choose_device

    sae = Sae.load(folder)
    if vectors.dim != sae.config.dim:
        raise UserError(
            f"The vectors have {vectors.dim} dimensions and “{sae.name}” was trained on {sae.config.dim}.",
            "No codes were written; the library is unchanged.",
            "Train an autoencoder on this library's vectors.",
        )
    where = choose_device(device)
    weights = [torch.tensor(part, device=where) for part in (sae.encoder, sae.latent_bias, sae.pre_bias)]
    journal = _continue_or_start(folder, sae, vectors.rows)
    step = max(1, min(4096, _BLOCK_FLOATS // sae.config.features))
    saved = time.monotonic()
    progress.begin("Encoding documents", vectors.rows, "documents", done=journal.done)
    try:
        indices = np.lib.format.open_memmap(folder / _PARTIAL[0], mode="r+")
        values = np.lib.format.open_memmap(folder / _PARTIAL[1], mode="r+")
        for start in range(journal.done, vectors.rows, step):
            stop = min(start + step, vectors.rows)
            indices[start:stop], values[start:stop] = _encode_block(
                vectors.block(start, stop), weights, sae.config.k
            )
            if time.monotonic() - saved > _JOURNAL_SECONDS:
                indices.flush()
                values.flush()
                journal = journal.model_copy(update={"done": stop})
                write_json(folder / _JOURNAL, journal.model_dump())
                saved = time.monotonic()
            progress.advance(stop)
        indices.flush()
        values.flush()
        del indices, values
        for partial, final in zip(_PARTIAL, (INDICES_FILE, VALUES_FILE), strict=True):
            _sync(folder / partial)
            (folder / partial).replace(folder / final)
        (folder / _JOURNAL).unlink(missing_ok=True)
    except OSError as error:
        raise explain_os_error(error, folder / INDICES_FILE) from error
    return Codes.load(folder)


def _encode_block(
    x: NDArray[np.float32], weights: list[Any], k: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    import torch

    from saerch_desktop.sae import kernels

    encoder, latent_bias, pre_bias = weights
    blank = np.flatnonzero(~np.isfinite(x).all(axis=1))
    if len(blank):
        x = x.copy()
        x[blank] = 0
    with torch.inference_mode():
        block = torch.tensor(x, device=encoder.device)
        ids, activations = kernels.ordered_top_k(
            kernels.pre_activations(block, encoder, latent_bias, pre_bias), k
        )
        indices, values = ids.int().cpu().numpy(), activations.cpu().numpy()
    indices[blank] = np.arange(k, dtype=np.int32)
    values[blank] = 0
    return indices, values


def _continue_or_start(folder: Path, sae: Sae, rows: int) -> _Journal:
    """The journal of a partial encoding by these weights, or a fresh one with empty partial files."""
    shape = (rows, sae.config.k)
    path = folder / _JOURNAL
    with contextlib.suppress(OSError, ValidationError, ValueError):
        journal = _Journal.model_validate_json(read_small(path))
        same = (
            journal.sha256 == sae.sha256 and (journal.rows, journal.k) == shape and 0 <= journal.done <= rows
        )
        if same and all(mapped_array(folder / name).shape == shape for name in _PARTIAL):
            return journal
    journal = _Journal(sha256=sae.sha256, rows=rows, k=shape[1], done=0)
    try:
        path.unlink(missing_ok=True)
        for name, dtype in zip(_PARTIAL, (np.int32, np.float32), strict=True):
            created = np.lib.format.open_memmap(folder / name, mode="w+", dtype=dtype, shape=shape)
            created.flush()
            # Written through a memory map, where a full disk would end the whole program.
            with (folder / name).open("rb+") as stream:
                reserve(stream, (folder / name).stat().st_size)
        write_json(path, journal.model_dump())
    except OSError as error:
        raise explain_os_error(error, folder / INDICES_FILE) from error
    return journal


def _sync(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _map(path: Path, dtype: np.dtype[Any]) -> NDArray[Any]:
    try:
        array = mapped_array(path)
    except FileNotFoundError as error:
        raise _unusable(path.parent, f"{path.name} is missing") from error
    except (OSError, ValueError) as error:
        raise _unusable(path.parent, f"{path.name} cannot be read ({error})") from error
    if array.ndim != 2 or array.dtype != dtype:
        raise _unusable(path.parent, f"{path.name} is not a table of {dtype.name}")
    return array


def _unusable(folder: Path, why: str) -> UserError:
    return UserError(
        f"The codes of the autoencoder “{folder.name}” cannot be used: {why}.",
        "They are derived from its weights and the vectors, so nothing is lost.",
        "Run check with repair, or encode the documents again.",
    )
