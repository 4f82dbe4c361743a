"""Ways to a vector that an SAE encodes as wanted: projection onto what the encoder asks, and two simpler."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.sae.weights import Sae

Way = Literal["projection", "fixed point", "gradient"]

_UNDER: Final = 1e-3  # how far below the least wanted activation the others are held, of that activation
_FREE: Final = 0.9  # where the code has free places: the ceiling at first, of the least wanted activation
_LOWER: Final = 0.7  # and by how much it comes down whenever it holds
_ROOM: Final = 0.75  # constraints at most, of the vector's numbers
_RIDGE: Final = 1e-7
_RELEASES: Final = 4
_RATE: Final = 0.01  # Adam's, in units of activation
_FIRST, _SECOND, _TINY = 0.9, 0.999, 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """Active features: indices (a,) int64, none twice, and values (a,) float64 > 0, strongest first."""

    indices: NDArray[np.int64]
    values: NDArray[np.float64]

    @classmethod
    def of(cls, sae: Sae, vector: NDArray[np.float64]) -> Self:
        """What the SAE says of a vector (d,)."""
        indices, values = sae.encode(vector.astype(np.float32)[None, :])
        active = values[0] > 0
        return cls(indices[0][active].astype(np.int64), values[0][active].astype(np.float64))

    @classmethod
    def pairs(cls, pairs: Sequence[tuple[int, float]]) -> Self:
        return cls(np.asarray([f for f, _ in pairs], np.int64), np.asarray([a for _, a in pairs], np.float64))

    def as_dict(self) -> dict[int, float]:
        return dict(zip(self.indices.tolist(), self.values.tolist(), strict=True))

    def decoded(self, sae: Sae) -> NDArray[np.float64]:
        """(d,) float64."""
        return np.asarray(self.values @ sae.decoder[self.indices].astype(np.float64) + sae.pre_bias)

    def less(self, other: Code) -> Code:
        """The difference of two codes, feature by feature; its values have either sign."""
        both = self.as_dict()
        for feature, value in other.as_dict().items():
            both[feature] = both.get(feature, 0.0) - value
        return Code.pairs(list(both.items()))


def error(sae: Sae, wanted: Code, vector: NDArray[np.float64]) -> float:
    """NMSE of the re-encoded vector: ‖encode(vector) − wanted‖² ÷ ‖wanted‖².

    Of a wanted code of nothing: 0 when nothing is active, else 1.
    """
    got = Code.of(sae, vector)
    whole = float(wanted.values @ wanted.values)
    missed = got.less(wanted).values
    if whole == 0:
        return 1.0 if got.indices.size else 0.0
    return float(missed @ missed) / whole


def path(
    sae: Sae, wanted: Code, start: NDArray[np.float64], steps: int, way: Way, progress: Progress
) -> list[NDArray[np.float64]]:
    """The vectors (d,) on the way from `start`, which is the first, after each of at most `steps` steps.

    It ends early where nothing is left to be done. Raises Cancelled.
    """
    if not wanted.indices.size or steps < 1:
        return [start]
    if way == "projection":
        return _projected(sae, wanted, start, steps, progress)
    if way == "fixed point":
        return _corrected(sae, wanted, start, steps, progress)
    return _descended(sae, wanted, start, steps, progress)


def _projected(
    sae: Sae, wanted: Code, start: NDArray[np.float64], steps: int, progress: Progress
) -> list[NDArray[np.float64]]:
    """The nearest vector to `start` that has the wanted pre-activations and all others below a ceiling.

    The wanted ones are linear equations, far fewer than the vector has numbers. The others are inequalities,
    of which each step takes in those that are broken and lets go those that no longer press; where the code
    is full, none of them need be below more than the least wanted activation, and the code sticks exactly.
    A code with free places would need every other feature at zero: there the ceiling comes down as far as it
    can while the equations are kept.
    """
    ids = wanted.indices
    free = np.ones(sae.config.features, np.bool_)
    free[ids] = False
    full = ids.size >= sae.config.width
    ceiling = float(wanted.values.min()) * (1 - _UNDER if full else _FREE)
    limit = np.full(sae.config.features, ceiling) if sae.threshold is None else _beneath(sae)
    held = np.empty(0, np.int64)
    at_start = _pre(sae, start)
    taken = [start]
    for _ in range(steps):
        progress.check()
        now = _pre(sae, taken[-1])
        settled = error(sae, wanted, taken[-1]) < _TINY
        if settled:
            break
        broken = _broken(now, limit, free, held)
        if not broken.size and not full and sae.threshold is None and len(taken) > 1:
            limit = limit * _LOWER
            broken = _broken(now, limit, free, held)
        room = max(0, int(_ROOM * sae.config.dim) - ids.size - held.size)
        held = np.concatenate([held, broken[np.argsort(-now[broken], kind="stable")][:room]])
        step, held = _nearest(sae, wanted, held, limit, at_start)
        taken.append(start + step)
    return taken


def _beneath(sae: Sae) -> NDArray[np.float64]:
    """Just under the threshold of each feature, and under zero where that is negative."""
    assert sae.threshold is not None
    over = np.maximum(sae.threshold.astype(np.float64), 0.0)
    return over - _UNDER * np.maximum(over, _UNDER)


def _broken(
    now: NDArray[np.float64], limit: NDArray[np.float64], free: NDArray[np.bool_], held: NDArray[np.int64]
) -> NDArray[np.int64]:
    over = free & (now > limit + _RIDGE)
    over[held] = False
    return np.flatnonzero(over)


def _nearest(
    sae: Sae,
    wanted: Code,
    held: NDArray[np.int64],
    limit: NDArray[np.float64],
    at_start: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The shortest step (d,) that meets all equations, and which inequalities it leans on."""
    ids = wanted.indices
    for _ in range(_RELEASES):
        rows = np.concatenate([ids, held])
        asked = np.concatenate([wanted.values, limit[held]]) - at_start[rows]
        encoder = sae.encoder[rows].astype(np.float64)
        gram = encoder @ encoder.T
        gram[np.diag_indices_from(gram)] += _RIDGE * max(1.0, float(np.trace(gram)) / rows.size)
        press = np.linalg.solve(gram, asked)
        idle = press[ids.size :] > 0  # it would be lifted up to its ceiling, which nobody asked for
        if not idle.any():
            break
        held = held[~idle]
        press = press[np.concatenate([np.ones(ids.size, np.bool_), ~idle])]
        encoder = encoder[np.concatenate([np.ones(ids.size, np.bool_), ~idle])]
    return np.asarray(press @ encoder, np.float64), held


def _corrected(
    sae: Sae, wanted: Code, start: NDArray[np.float64], steps: int, progress: Progress
) -> list[NDArray[np.float64]]:
    """A fixed point: what the SAE misses or adds is added or taken away along the features' directions."""
    taken = [start]
    for _ in range(steps):
        progress.check()
        missed = wanted.less(Code.of(sae, taken[-1]))
        if float(missed.values @ missed.values) < _TINY:
            break
        taken.append(taken[-1] + missed.values @ sae.decoder[missed.indices].astype(np.float64))
    return taken


def _descended(
    sae: Sae, wanted: Code, start: NDArray[np.float64], steps: int, progress: Progress
) -> list[NDArray[np.float64]]:
    """Adam on the code that is decoded, from the wanted one, as the paper's curves seem to have been made.

    The slope passes through the features that are active or wanted, others have none.
    """
    ids = wanted.indices
    decoder = sae.decoder[ids].astype(np.float64)
    offset = start - wanted.values @ decoder
    code = wanted.values.copy()
    whole = float(code @ code)
    first, second = np.zeros_like(code), np.zeros_like(code)
    taken = [start]
    for step in range(1, steps + 1):
        progress.check()
        missed = Code.of(sae, taken[-1]).less(wanted)
        slope = 2 / whole * (missed.values @ sae.encoder[missed.indices].astype(np.float64))
        gradient = (decoder @ slope) * (code > 0)
        first = _FIRST * first + (1 - _FIRST) * gradient
        second = _SECOND * second + (1 - _SECOND) * gradient**2
        code = code - _RATE * (first / (1 - _FIRST**step)) / (np.sqrt(second / (1 - _SECOND**step)) + _TINY)
        taken.append(offset + np.maximum(code, 0.0) @ decoder)
    return taken


def _pre(sae: Sae, vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pre-activations of all features, (n,) float64."""
    centred = vector.astype(np.float32) - sae.pre_bias
    return np.asarray(sae.encoder @ centred + sae.latent_bias, np.float64)
