"""What an SAE says of a steered query, and a vector near it of which it says what was wanted.

Decoding an edited code and encoding it again does not give the edited code back (appendix on iterative
encoding of arXiv 2408.00657): other features speak up, and those that were moved are read differently.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress
from saerch_desktop.search.blends import BlendEdit, direction_blend
from saerch_desktop.search.steering import Mode, cosine
from saerch_desktop.search.sticking import Code, Way, error, path

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.sae.weights import Sae
    from saerch_desktop.search.mix import Mix, Steer
    from saerch_desktop.search.steering import Query

STICK_KEY: Final = "makes it stick"
_AS_GOOD: Final = 0.005
"""How much of the error may remain so that a vector nearer to the steered one is taken."""
_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Spoken:
    """One feature: its activation in the query, in the code that was wanted, and as the SAE reads it."""

    feature: int
    natural: float
    wanted: float
    got: float


@dataclass(frozen=True, slots=True, eq=False)
class Reencoding:
    """The SAE's reading of a vector beside the code that was wanted of it.

    vector: (d,) float64, at the length that steering gives it, since activations are of that length too.
    wanted_indices, wanted_values (w,) and got_indices, got_values (g,): int32 and float32, active ones only,
    strongest first. nmse: ‖got − wanted‖² ÷ ‖wanted‖². gained: active without being wanted, lost: wanted
    without being active, strongest first. unsaid: wanted features beyond the most that the SAE can have
    active at a time, which `wanted` therefore leaves out. natural: of the query itself.
    """

    vector: NDArray[np.float64]
    wanted_indices: NDArray[np.int32]
    wanted_values: NDArray[np.float32]
    got_indices: NDArray[np.int32]
    got_values: NDArray[np.float32]
    nmse: float
    gained: tuple[int, ...]
    lost: tuple[int, ...]
    unsaid: int
    natural: dict[int, float]

    @property
    def spoken(self) -> tuple[Spoken, ...]:
        """All features wanted or active, those that differ most first."""
        wanted = dict(zip(self.wanted_indices.tolist(), self.wanted_values.tolist(), strict=True))
        got = dict(zip(self.got_indices.tolist(), self.got_values.tolist(), strict=True))
        every = [
            Spoken(f, self.natural.get(f, 0.0), wanted.get(f, 0.0), got.get(f, 0.0)) for f in {*wanted, *got}
        ]
        return tuple(sorted(every, key=lambda one: (-abs(one.got - one.wanted), one.feature)))


@dataclass(frozen=True, slots=True, eq=False)
class Stuck:
    """A vector of which the SAE says what was wanted, or nearly.

    vector: (d,) float64. curve: (steps + 1,) the NMSE before the first step and after each; it is not smooth,
    for which features are active changes with every step. best: the step that was taken, the first that is as
    good as any. before, after: what the SAE says of the steered vector and of this one. to_query, to_steered:
    cosines of `vector` with the query and with the steered vector.
    """

    vector: NDArray[np.float64]
    curve: tuple[float, ...]
    best: int
    way: Way
    before: Reencoding
    after: Reencoding
    to_query: float
    to_steered: float

    def blend(self) -> BlendEdit | None:
        """The step from the steered vector to this one as a slider; None when the code stuck by itself."""
        step = self.vector - self.before.vector
        size = float(np.linalg.norm(step))
        if size < _SAME:
            return None
        return BlendEdit(direction_blend(STICK_KEY, "Makes the code stick", step), size)


def reencoded(features: FeatureSet, query: Query, steer: Steer, mode: Mode = "residual") -> Reencoding:
    """What the SAE says of the query as it is steered, beside the code that the sliders ask for.

    Wanted is the query's code with the changes added, none below zero, and of more than the SAE can have
    active the strongest. Along a plain direction no code is asked for: there the SAE's own reading of the
    query moved by it counts as the code that is changed. The slider that makes a code stick asks for nothing.
    One product with the encoder: milliseconds.
    """
    code, vector, unsaid = _wish(features, query, steer, mode)
    return _read(features.sae, query, code, vector, unsaid)


def make_stick(
    features: FeatureSet,
    query: Query,
    steer: Steer,
    mode: Mode = "residual",
    steps: int = 10,
    way: Way = "projection",
    progress: Progress | None = None,
) -> Stuck:
    """Change the steered vector, `steps` times at most, so that the SAE reads the wanted code out of it.

    way: "projection" stays as near to the steered vector as the wanted activations allow, "fixed point" and
    "gradient" are there to be compared with (`search.sticking`). For a worker: a product with the encoder in
    each step. A slider that made an earlier code stick is left out. Raises Cancelled.
    """
    sae = features.sae
    others = tuple(moved for moved in steer.blends if moved.blend.key != STICK_KEY)
    code, vector, unsaid = _wish(features, query, replace(steer, blends=others), mode)
    taken = path(sae, code, vector, steps, way, progress or Progress())
    errors = [error(sae, code, at) for at in taken]
    best = next(i for i, found in enumerate(errors) if found <= min(errors) + _AS_GOOD)
    return Stuck(
        vector=taken[best],
        curve=tuple(errors),
        best=best,
        way=way,
        before=_read(sae, query, code, vector, unsaid),
        after=_read(sae, query, code, taken[best], unsaid),
        to_query=cosine(query.vector, taken[best]),
        to_steered=cosine(vector, taken[best]),
    )


def with_stick(mix: Mix, stuck: Stuck) -> Mix:
    """The mix with the slider that makes the code stick in the place of an earlier one, or without any."""
    others = tuple(edit for edit in mix.blends if edit.blend.key != STICK_KEY)
    step = stuck.blend()
    return replace(mix, blends=others if step is None else (step, *others))


def _wish(
    features: FeatureSet, query: Query, steer: Steer, mode: Mode
) -> tuple[Code, NDArray[np.float64], int]:
    """The wanted code, the steered vector, and how many wanted features the code had to leave out."""
    sae = features.sae
    plain, stick = np.zeros(sae.config.dim), np.zeros(sae.config.dim)
    deltas: dict[int, float] = {}
    for edit in steer.edits:
        deltas[edit.feature] = deltas.get(edit.feature, 0.0) + edit.delta
    for moved in steer.blends:
        if moved.blend.direction:
            along = stick if moved.blend.key == STICK_KEY else plain
            along += moved.amount * moved.blend.array().astype(np.float64)
        for feature, weight in zip(moved.blend.features, moved.blend.weights, strict=True):
            deltas[feature] = deltas.get(feature, 0.0) + moved.amount * weight
    before = query.vector.astype(np.float64)
    natural = Code(query.indices.astype(np.int64), query.values.astype(np.float64))
    base = Code.of(sae, before + plain) if plain.any() else natural
    wanted = base.as_dict()
    for feature, delta in deltas.items():
        wanted[feature] = wanted.get(feature, 0.0) + delta
    kept = sorted(((f, a) for f, a in wanted.items() if a > 0), key=lambda pair: (-pair[1], pair[0]))
    start = natural.decoded(sae) if mode == "paper" else before
    ids = list(deltas)
    vector = start + plain + stick + np.asarray(list(deltas.values())) @ sae.decoder[ids].astype(np.float64)
    most = sae.config.width
    return Code.pairs(kept[:most]), vector, max(0, len(kept) - most)


def _read(sae: Sae, query: Query, code: Code, vector: NDArray[np.float64], unsaid: int) -> Reencoding:
    got = Code.of(sae, vector)
    natural = zip(query.indices.tolist(), query.values.tolist(), strict=True)
    wanted, active = set(code.indices.tolist()), set(got.indices.tolist())
    return Reencoding(
        vector=vector,
        wanted_indices=code.indices.astype(np.int32),
        wanted_values=code.values.astype(np.float32),
        got_indices=got.indices.astype(np.int32),
        got_values=got.values.astype(np.float32),
        nmse=error(sae, code, vector),
        gained=tuple(f for f in got.indices.tolist() if f not in wanted),
        lost=tuple(f for f in code.indices.tolist() if f not in active),
        unsaid=unsaid,
        natural=dict(natural),
    )
