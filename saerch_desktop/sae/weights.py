"""A trained autoencoder as plain NumPy arrays: load from disk and save, encode, decode. Loads no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open

from saerch_desktop.errors import UserError
from saerch_desktop.files import read_small, sha256, write_json
from saerch_desktop.sae.active import above, strongest
from saerch_desktop.sae.config import SaeConfig
from saerch_desktop.sae.details import SAE_FORMAT_VERSION, SaeDetails
from saerch_desktop.sae.tensors import write_tensors

WEIGHTS_FILE: Final = "sae.safetensors"
DETAILS_FILE: Final = "sae.json"
# The tensor names of EleutherAI's sparsify, whose forward pass is the same as ours.
ENCODER, LATENT_BIAS, DECODER, PRE_BIAS = "encoder.weight", "encoder.bias", "W_dec", "b_dec"
THRESHOLD: Final = "threshold"  # batchtopk only
_UNIT: Final = 1e-3  # how far a decoder row's length may be from 1
_LARGEST_DETAILS: Final = 1 << 20
_MEANING: Final = "This autoencoder cannot be used; documents, vectors and other autoencoders are unharmed."
_REMEDY: Final = "Train it again, or put back a copy of its folder."


@dataclass(frozen=True, slots=True, eq=False)
class Sae:
    """A sparse autoencoder (paper section 2.1): codes z of x are the active ones of ReLU(W_enc (x − b_pre) +
    b_lat), and x̂ = z·D + b_pre.

    encoder (n, d), decoder (n, d) with unit rows (row f is feature f's direction d_f), pre_bias (d,),
    latent_bias (n,), all float32 and read-only. Active are the k strongest, or for the variant batchtopk
    those over `threshold` (n,) float32, which the others do not have (None).
    """

    name: str
    config: SaeConfig
    encoder: NDArray[np.float32]
    decoder: NDArray[np.float32]
    pre_bias: NDArray[np.float32]
    latent_bias: NDArray[np.float32]
    sha256: str
    details: SaeDetails
    threshold: NDArray[np.float32] | None = None

    @classmethod
    def load(cls, folder: Path) -> Sae:
        """Read and check `sae.json` and `sae.safetensors`; UserError when anything about them is wrong."""
        details = load_details(folder)
        tensors, digest = _read_tensors(folder / WEIGHTS_FILE, details)
        return cls(
            name=folder.name,
            config=details.sae,
            encoder=tensors[ENCODER],
            decoder=tensors[DECODER],
            pre_bias=tensors[PRE_BIAS],
            latent_bias=tensors[LATENT_BIAS],
            threshold=tensors.get(THRESHOLD),
            sha256=digest,
            details=details,
        )

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """The arrays under their names on disk."""
        tensors = {
            ENCODER: self.encoder,
            LATENT_BIAS: self.latent_bias,
            DECODER: self.decoder,
            PRE_BIAS: self.pre_bias,
        }
        return tensors if self.threshold is None else tensors | {THRESHOLD: self.threshold}

    def encode(
        self, x: NDArray[np.float32], k: int | None = None
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Codes of `x` (m, d): feature ids (m, width) int32, none twice in a row, and activations (m, width)
        float32 ≥ 0. The width is `config.width`, or `k` where that is given.

        Each row is ordered by activation, highest first, equal ones by lower id; equal pre-activations at
        the edge go to the lower id too. Of the variant batchtopk a row has as many activations as are over
        the threshold; the places left hold its lowest inactive ids at 0. A row with NaN gets features
        0…width−1 at 0.

        Only the variant hierarchical was trained for every `k` up to its own: UserError for another k than
        `config.k` of the others, and for one that is not in 1…`config.k`.
        """
        x = np.ascontiguousarray(x, dtype=np.float32)
        if x.ndim != 2 or x.shape[1] != self.config.dim:
            raise ValueError(f"expected (m, {self.config.dim}), got {x.shape}")
        if k is not None:
            self._check_k(k)
        with np.errstate(all="ignore"):
            pre = np.asarray((x - self.pre_bias) @ self.encoder.T + self.latent_bias, dtype=np.float32)
        blank = ~np.isfinite(pre).all(axis=1)
        pre[blank] = 0
        if self.threshold is not None:
            indices, values = above(pre, self.threshold, self.config.width)
        else:
            indices, values = strongest(pre, k or self.config.k)
        return indices, values

    def decode(
        self, indices: NDArray[np.int32], values: NDArray[np.float32], level: int | None = None
    ) -> NDArray[np.float32]:
        """Rebuild (m, d) float32 vectors from codes: Σ values · d_f + b_pre. Touches only the named rows.

        level: place in `config.levels` of a coarser reconstruction, made of the features below that prefix
        (matryoshka) or of the so many strongest of each row (hierarchical); the last level is the whole.
        """
        values = np.asarray(values, dtype=np.float32)
        if level is not None:
            values = self._of_level(indices, values, level)
        out = np.empty((len(indices), self.config.dim), dtype=np.float32)
        for row, (ids, activations) in enumerate(zip(indices, values, strict=True)):
            used = np.flatnonzero(activations)
            np.matmul(activations[used], self.decoder[ids[used]], out=out[row])
        out += self.pre_bias
        return out

    def _check_k(self, k: int) -> None:
        config = self.config
        if config.variant == "hierarchical" and 1 <= k <= config.k:
            return
        if k == config.k:
            return
        fewer = "1 to " if config.variant == "hierarchical" else ""
        raise UserError(
            f"The autoencoder “{self.name}” was trained for {fewer}{config.k} active features per document, "
            f"and {k} were asked for.",
            "With another number its features would rebuild the vectors badly; nothing was changed.",
            f"Use {fewer}{config.k}, or train the variant “hierarchical”, which serves every number up to "
            "its own.",
        )

    def _of_level(
        self, indices: NDArray[np.int32], values: NDArray[np.float32], level: int
    ) -> NDArray[np.float32]:
        """`values` (m, width) with a zero for each code that the level leaves out."""
        if not 0 <= level < len(self.config.levels):
            raise ValueError(f"level {level} of an autoencoder with {len(self.config.levels)} levels")
        size = self.config.levels[level]
        if self.config.variant == "matryoshka":
            return np.where(indices < size, values, np.float32(0))
        # By value and not by place: edited codes come in any order.
        rank = np.argsort(np.lexsort((indices, -values), axis=1), axis=1)
        return np.where(rank < size, values, np.float32(0))


def write_sae(folder: Path, arrays: Mapping[str, NDArray[Any]], details: SaeDetails) -> SaeDetails:
    """Save an autoencoder in the existing `folder`: `sae.safetensors`, then `sae.json`, each whole or not
    at all.

    arrays: the tensors of `Sae.tensors()`, any real type, kept as float32. They are checked as `Sae.load`
    checks them: UserError for names or shapes that do not fit `details.sae`, values that are not finite,
    decoder rows that are not of unit length, a full disk. Returns `details` with the digest of what was
    written in place of its own.
    """
    shapes = _shapes(details.sae)
    tensors: dict[str, NDArray[np.float32]] = {}
    for name, array in arrays.items():
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite and is refused
            tensors[name] = np.ascontiguousarray(array, dtype=np.float32)
    found = {name: tensor.shape for name, tensor in tensors.items()}
    complaint = _complaint(tensors) if found == shapes else f"its arrays are {found}, not {shapes}"
    if complaint is not None:
        raise UserError(
            f"The autoencoder “{details.name}” cannot be saved: {complaint}.",
            "Nothing was written; documents, vectors and other autoencoders are unharmed.",
            "Train it again with a lower learning rate, or fetch the imported file again.",
        )
    write_tensors(folder / WEIGHTS_FILE, {name: tensors[name] for name in shapes})
    details = details.model_copy(update={"sha256": sha256(folder / WEIGHTS_FILE)})
    write_json(folder / DETAILS_FILE, details.model_dump())
    return details


def load_details(folder: Path) -> SaeDetails:
    """The checked content of `sae.json`, without reading any weights. UserError when it is absent or
    unreadable.
    """
    path = folder / DETAILS_FILE
    try:
        raw = json.loads(read_small(path, _LARGEST_DETAILS))
        if (
            isinstance(raw, dict)
            and isinstance(raw.get("version"), int)
            and raw["version"] > SAE_FORMAT_VERSION
        ):
            raise UserError(
                f"The autoencoder “{folder.name}” was written by a newer version of SAErch Desktop.",
                "It cannot be read by this one; nothing is damaged.",
                "Update SAErch Desktop, or train it again here.",
            )
        return SaeDetails.model_validate(raw)
    except FileNotFoundError as error:
        raise UserError(
            f"“{folder.name}” holds no trained autoencoder ({DETAILS_FILE} is missing).",
            "Either its training has not finished or its files were removed.",
            "Continue the training, or train it again.",
        ) from error
    except ValidationError as error:
        raise _damaged(folder, DETAILS_FILE, error.errors()[0]["msg"]) from error
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(folder, DETAILS_FILE, str(error)) from error


def _shapes(sae: SaeConfig) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        ENCODER: (sae.features, sae.dim),
        LATENT_BIAS: (sae.features,),
        DECODER: (sae.features, sae.dim),
        PRE_BIAS: (sae.dim,),
    }
    return shapes | ({THRESHOLD: (sae.features,)} if sae.variant == "batchtopk" else {})


def _read_tensors(path: Path, details: SaeDetails) -> tuple[dict[str, NDArray[np.float32]], str]:
    shapes = _shapes(details.sae)
    expected = 4 * sum(int(np.prod(shape)) for shape in shapes.values())
    folder = path.parent
    try:
        if not path.is_file():
            raise ValueError("the file is missing")
        # The header is small beside the tensors, so any larger file is not ours and must not be read whole.
        if not expected <= path.stat().st_size <= expected + _LARGEST_DETAILS:
            raise ValueError("its size does not fit the numbers in sae.json")
        digest = sha256(path)
        if digest != details.sha256:
            raise ValueError("its content is not what was saved after training")
        tensors: dict[str, NDArray[np.float32]] = {}
        with safe_open(path, framework="numpy") as file:
            if set(file.keys()) != set(shapes):
                raise ValueError(
                    f"it holds {', '.join(sorted(file.keys()))}, not {', '.join(sorted(shapes))}"
                )
            for name, shape in shapes.items():
                part = file.get_slice(name)
                if part.get_dtype() != "F32" or tuple(part.get_shape()) != shape:
                    raise ValueError(
                        f"{name} is {part.get_dtype()} {part.get_shape()}, not F32 {list(shape)}"
                    )
                tensors[name] = file.get_tensor(name)
    except (OSError, ValueError, SafetensorError) as error:
        raise _damaged(folder, path.name, str(error)) from error
    complaint = _complaint(tensors)
    if complaint is not None:
        raise _damaged(folder, path.name, complaint)
    for tensor in tensors.values():
        tensor.flags.writeable = False
    return tensors, digest


def _complaint(tensors: Mapping[str, NDArray[np.float32]]) -> str | None:
    """What is wrong with the values of the tensors, or None."""
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            return f"{name} holds values that are not numbers"
    norms = np.sqrt(np.einsum("nd,nd->n", tensors[DECODER], tensors[DECODER]))
    if not np.allclose(norms, 1, atol=_UNIT):
        return "its feature directions are not of unit length"
    return None


def _damaged(folder: Path, file: str, why: str) -> UserError:
    return UserError(
        f"{file} of the autoencoder “{folder.name}” cannot be used: {why.strip().rstrip('.')}.",
        _MEANING,
        _REMEDY,
    )
