"""A trained autoencoder as plain NumPy arrays: load from disk, encode, decode. Loads no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open

from saerch_desktop.errors import UserError
from saerch_desktop.files import read_small, sha256
from saerch_desktop.sae.config import SaeConfig
from saerch_desktop.sae.details import SAE_FORMAT_VERSION, SaeDetails

WEIGHTS_FILE: Final = "sae.safetensors"
DETAILS_FILE: Final = "sae.json"
# The tensor names of EleutherAI's sparsify, whose forward pass is the same as ours.
ENCODER, LATENT_BIAS, DECODER, PRE_BIAS = "encoder.weight", "encoder.bias", "W_dec", "b_dec"
_LARGEST_DETAILS: Final = 1 << 20
_MEANING: Final = "This autoencoder cannot be used; documents, vectors and other autoencoders are unharmed."
_REMEDY: Final = "Train it again, or put back a copy of its folder."


@dataclass(frozen=True, slots=True, eq=False)
class Sae:
    """A TopK sparse autoencoder (paper section 2.1): z = ReLU(top-k of W_enc (x − b_pre) + b_lat), x̂ = z·D +
    b_pre.

    encoder (n, d), decoder (n, d) with unit rows (row f is feature f's direction d_f), pre_bias (d,),
    latent_bias (n,), all float32 and read-only.
    """

    name: str
    config: SaeConfig
    encoder: NDArray[np.float32]
    decoder: NDArray[np.float32]
    pre_bias: NDArray[np.float32]
    latent_bias: NDArray[np.float32]
    sha256: str
    details: SaeDetails

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
            sha256=digest,
            details=details,
        )

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """The four arrays under their names on disk."""
        return {
            ENCODER: self.encoder,
            LATENT_BIAS: self.latent_bias,
            DECODER: self.decoder,
            PRE_BIAS: self.pre_bias,
        }

    def encode(self, x: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Codes of `x` (m, d): feature ids (m, k) int32 and activations (m, k) float32 ≥ 0.

        Each row is ordered by activation, highest first, equal ones by lower id; the k features are those of
        the k largest pre-activations, equal ones again by lower id. A row with NaN gets features 0…k−1 at 0.
        """
        x = np.ascontiguousarray(x, dtype=np.float32)
        if x.ndim != 2 or x.shape[1] != self.config.dim:
            raise ValueError(f"expected (m, {self.config.dim}), got {x.shape}")
        with np.errstate(all="ignore"):
            pre = np.asarray((x - self.pre_bias) @ self.encoder.T + self.latent_bias, dtype=np.float32)
        blank = ~np.isfinite(pre).all(axis=1)
        pre[blank] = 0
        chosen = _top_k(pre, self.config.k)
        values = np.maximum(np.take_along_axis(pre, chosen, axis=1), np.float32(0))
        order = np.lexsort((chosen, -values), axis=1)
        indices = np.take_along_axis(chosen, order, axis=1).astype(np.int32)
        return indices, np.take_along_axis(values, order, axis=1)

    def decode(self, indices: NDArray[np.int32], values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rebuild (m, d) float32 vectors from codes: Σ values · d_f + b_pre. Touches only the named rows."""
        out = np.empty((len(indices), self.config.dim), dtype=np.float32)
        for row, (ids, activations) in enumerate(zip(indices, values, strict=True)):
            np.matmul(np.asarray(activations, dtype=np.float32), self.decoder[ids], out=out[row])
        out += self.pre_bias
        return out


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


def _read_tensors(path: Path, details: SaeDetails) -> tuple[dict[str, NDArray[np.float32]], str]:
    sae = details.sae
    shapes = {
        ENCODER: (sae.features, sae.dim),
        DECODER: (sae.features, sae.dim),
        PRE_BIAS: (sae.dim,),
        LATENT_BIAS: (sae.features,),
    }
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
            for name, shape in shapes.items():
                part = file.get_slice(name)
                if part.get_dtype() != "F32" or tuple(part.get_shape()) != shape:
                    raise ValueError(
                        f"{name} is {part.get_dtype()} {part.get_shape()}, not F32 {list(shape)}"
                    )
                tensors[name] = file.get_tensor(name)
    except (OSError, ValueError, SafetensorError) as error:
        raise _damaged(folder, path.name, str(error)) from error
    _check_values(folder, tensors)
    for tensor in tensors.values():
        tensor.flags.writeable = False
    return tensors, digest


def _check_values(folder: Path, tensors: dict[str, NDArray[np.float32]]) -> None:
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise _damaged(folder, WEIGHTS_FILE, f"{name} holds values that are not numbers")
    norms = np.sqrt(np.einsum("nd,nd->n", tensors[DECODER], tensors[DECODER]))
    if not np.allclose(norms, 1, atol=1e-3):
        raise _damaged(folder, WEIGHTS_FILE, "its feature directions are not of unit length")


def _damaged(folder: Path, file: str, why: str) -> UserError:
    return UserError(
        f"{file} of the autoencoder “{folder.name}” cannot be used: {why.strip().rstrip('.')}.",
        _MEANING,
        _REMEDY,
    )


def _top_k(pre: NDArray[np.float32], k: int) -> NDArray[Any]:
    """Column ids (m, k) of each row's k largest values, in no order; equal values at the edge go to the lower
    id.
    """
    features = pre.shape[1]
    if k == features:
        return np.broadcast_to(np.arange(features), pre.shape).copy()
    order = np.argpartition(pre, features - k - 1, axis=1)
    chosen = order[:, features - k :]
    edge = np.take_along_axis(pre, chosen, axis=1).min(axis=1)
    below = np.take_along_axis(pre, order[:, features - k - 1 : features - k], axis=1)[:, 0]
    for row in np.flatnonzero(below == edge):
        chosen[row] = np.argsort(-pre[row], kind="stable")[:k]
    return chosen
