"""From a foreign autoencoder's own arrays to `Portable`: biases folded, decoder rows brought to length 1.

Only where that leaves the function the same; else the file is refused. Loads no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.sae.dialects.portable import Portable, unreadable, unsupported

_SPREAD: Final = 1e-3  # relative difference of decoder lengths that one common factor can carry
_ZERO: Final = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Foreign:
    """Arrays as a file has them: encoder (n, d), decoder (n, d) with rows of any length, biases float32.

    k: how many are active; threshold (n,): those over it are, in the units of the pre-activations; exactly
    one of the two decides, k beside a threshold is a remark. subtracts_bias: the pre-bias is taken from the
    input before encoding. rescaled: pre-activations are multiplied by the decoder lengths before the
    selection, and the activations divided by them again. k_named: the k was given by the user.
    """

    file: str
    encoder: NDArray[np.float32]
    decoder: NDArray[np.float32]
    pre_bias: NDArray[np.float32]
    latent_bias: NDArray[np.float32]
    k: int | None
    threshold: NDArray[np.float32] | None = None
    levels: tuple[int, ...] = ()
    subtracts_bias: bool = True
    rescaled: bool = False
    notes: tuple[str, ...] = ()


def folded(foreign: Foreign) -> Portable:
    """The same function with unit decoder rows. UserError when there is none."""
    encoder, decoder = foreign.encoder, foreign.decoder
    features = len(encoder)
    k = foreign.k
    if k is None and foreign.threshold is None:
        raise k_is_missing(foreign.file)
    if k is not None and not 1 <= k <= features:
        raise unreadable(foreign.file, f"its k is {k} and it has {features:,} features")
    bias: NDArray[Any] = foreign.latent_bias.astype(np.float64)
    if not foreign.subtracts_bias:
        # Here the bias is subtracted before encoding: W (x − b) + (c + W b) = W x + c.
        bias = bias + encoder.astype(np.float64) @ foreign.pre_bias.astype(np.float64)
    lengths = np.linalg.norm(decoder.astype(np.float64), axis=1)
    by_row = foreign.threshold is not None or foreign.rescaled
    factor = lengths if by_row else _common(foreign.file, lengths)
    silent = np.flatnonzero(lengths <= _ZERO) if by_row else np.zeros(0, np.int64)
    safe = np.where(factor > _ZERO, factor, 1.0)
    with np.errstate(over="ignore"):  # what 32 bits cannot hold becomes infinite and is refused below
        unit = (decoder / safe[:, None]).astype(np.float32)
        scaled = (encoder * factor[:, None]).astype(np.float32)
        bias = (bias * factor).astype(np.float32)
    threshold = None
    if foreign.threshold is not None:
        with np.errstate(over="ignore"):
            threshold = (np.maximum(foreign.threshold, 0) * factor).astype(np.float32)
    notes = foreign.notes
    if silent.size:
        # Such a row adds nothing whatever its activation: any direction will do for a feature that is silent.
        unit[silent] = np.eye(1, unit.shape[1], dtype=np.float32)
        scaled[silent], bias[silent] = 0, 0
        notes = (*notes, f"{silent.size:,} of its features have no direction and are never active.")
    arrays = {"encoder": scaled, "biases": bias, "thresholds": threshold}
    for name, array in arrays.items():
        if array is not None and not np.isfinite(array).all():
            raise unreadable(foreign.file, f"its {name} are too large for 32-bit numbers")
    return Portable(
        encoder=scaled,
        decoder=unit,
        pre_bias=foreign.pre_bias.astype(np.float32),
        latent_bias=bias,
        k=k,
        variant="batchtopk" if threshold is not None else "matryoshka" if foreign.levels else "topk",
        threshold=threshold,
        levels=foreign.levels if threshold is None else (),
        notes=notes,
    )


def _common(file: str, lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """One factor for all features (n,), which changes no order among pre-activations."""
    low, high = float(lengths.min()), float(lengths.max())
    middle = (low + high) / 2
    if not middle > _ZERO or (high - low) > _SPREAD * middle:
        raise unsupported(
            file,
            f"has feature directions of lengths from {low:.3g} to {high:.3g} and keeps the k strongest by "
            "activations that do not regard them",
            "Making the directions equally long would change which features are active. Normalise the "
            "decoder while training, or train an autoencoder here.",
        )
    return np.full(len(lengths), middle if abs(middle - 1) > _SPREAD / 2 else 1.0)


class KIsMissing(UserError):
    """Only the user can say what k is."""


def k_is_missing(file: str) -> UserError:
    """The user has to say what neither the file nor its name does."""
    return KIsMissing(
        f"Neither {file} nor its name says how many features are active per document (k).",
        "The weights alone do not tell, so nothing was imported.",
        "Say the k it was trained with: --k 64, for example.",
    )
