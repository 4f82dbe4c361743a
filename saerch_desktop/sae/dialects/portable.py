"""What every dialect is read into and written from: an autoencoder as arrays, without a library around it.

Loads no torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.sae.active import above, strongest
from saerch_desktop.sae.config import Variant

if TYPE_CHECKING:
    from saerch_desktop.sae.weights import Sae

NOT_IMPORTED: Final = "Nothing was imported; the library is unchanged."
NOT_EXPORTED: Final = "Nothing was exported; the autoencoder is unchanged."
MOST_DIMENSIONS: Final = 1 << 16
MOST_FEATURES: Final = 1 << 24
_BLOCK: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class Portable:
    """An autoencoder that computes z = active(W_enc (x − b_pre) + b_lat), x̂ = z·D + b_pre.

    encoder (n, d), decoder (n, d) with rows of length 1 (within 1e-3), pre_bias (d,), latent_bias (n,), all
    float32. Active are the k largest pre-activations that are over 0; for the variant batchtopk all that are
    over `threshold` (n,) ≥ 0, however many, and k is None where the file does not say how many those are.
    levels: as in `SaeConfig`. notes: sentences about what the file has and this value has not.
    """

    encoder: NDArray[np.float32]
    decoder: NDArray[np.float32]
    pre_bias: NDArray[np.float32]
    latent_bias: NDArray[np.float32]
    k: int | None
    variant: Variant = "topk"
    threshold: NDArray[np.float32] | None = None
    levels: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def features(self) -> int:
        return len(self.encoder)

    @property
    def dim(self) -> int:
        return int(self.encoder.shape[1])

    @classmethod
    def of(cls, sae: Sae) -> Portable:
        """The same arrays as a library's autoencoder."""
        return cls(
            encoder=sae.encoder,
            decoder=sae.decoder,
            pre_bias=sae.pre_bias,
            latent_bias=sae.latent_bias,
            k=sae.config.k,
            variant=sae.config.variant,
            threshold=sae.threshold,
            levels=sae.config.levels,
        )

    def pre_activations(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """W_enc (x − b_pre) + b_lat: x (m, d) → (m, n)."""
        return np.asarray((x - self.pre_bias) @ self.encoder.T + self.latent_bias, dtype=np.float32)

    def active_counts(self, x: NDArray[np.float32]) -> NDArray[np.int64]:
        """How many features are over their threshold in each row of x (m, d): (m,) int64."""
        floor = np.float32(0) if self.threshold is None else np.maximum(self.threshold, np.float32(0))
        return np.asarray(np.count_nonzero(self.pre_activations(x) > floor, axis=1), dtype=np.int64)

    def reconstruct(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """x̂ (m, d) of x (m, d). Nothing over a threshold is cut, however wide the row."""
        out = np.empty_like(x, dtype=np.float32)
        for start in range(0, len(x), _BLOCK):
            out[start : start + _BLOCK] = self._rebuilt(x[start : start + _BLOCK])
        return out

    def _rebuilt(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        pre = self.pre_activations(x)
        if self.threshold is not None:
            floor = np.maximum(self.threshold, np.float32(0))
            width = max(1, int(np.count_nonzero(pre > floor, axis=1).max(initial=0)))
            indices, values = above(pre, self.threshold, width)
        else:
            indices, values = strongest(pre, self.k or self.features)
        rows = [values[row] @ self.decoder[indices[row]] for row in range(len(x))]
        return np.asarray(rows, dtype=np.float32).reshape(len(x), self.dim) + self.pre_bias


def random_units(rows: int, dim: int, seed: int = 0) -> NDArray[np.float32]:
    """Random unit vectors (rows, dim), for comparing two autoencoders."""
    drawn = np.random.default_rng(seed).standard_normal((rows, dim))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def largest_difference(one: Portable, other: Portable, rows: int = 256) -> float:
    """The largest difference in any number of the reconstructions of `rows` random unit vectors."""
    x = random_units(rows, one.dim)
    return float(np.abs(one.reconstruct(x) - other.reconstruct(x)).max(initial=0))


def unreadable(file: str, why: str) -> UserError:
    """A foreign file that is damaged, incomplete or hostile."""
    return UserError(
        f"{file} cannot be read as an autoencoder: {why.strip().rstrip('.')}.",
        NOT_IMPORTED,
        "Fetch the file again from where it came from, or choose another.",
    )


def unsupported(file: str, what: str, remedy: str) -> UserError:
    """A sound file of an autoencoder that this program cannot compute exactly."""
    return UserError(f"{file} {what.strip().rstrip('.')}.", NOT_IMPORTED, remedy)


def cannot_hold(dialect: str, why: str, others: str) -> UserError:
    """An export that the dialect has no place for."""
    return UserError(f"The format {dialect} cannot hold this autoencoder: {why}.", NOT_EXPORTED, others)


def shortened(words: Iterator[str] | list[str], most: int = 12) -> str:
    """A list for a message, cut after some; names from a foreign file may be many and long."""
    named = [word if len(word) <= 60 else word[:59] + "…" for word in words]
    more = f" and {len(named) - most} more" if len(named) > most else ""
    return (", ".join(named[:most]) + more) or "nothing"
