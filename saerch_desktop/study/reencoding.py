"""How far a changed code is from what the SAE reads once it is decoded, and how far each way brings it.

The paper's curves of iterative encoding (its appendix, ten steps) run again, for three kinds of change.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.library import Library
    from saerch_desktop.search.mix import Steer
    from saerch_desktop.search.steering import Mode, Query
    from saerch_desktop.search.sticking import Way

STEPS: Final = 10
WAYS: Final[tuple[tuple[Way, Mode], ...]] = (
    ("projection", "residual"),
    ("fixed point", "residual"),
    ("gradient", "paper"),
)
_FEWEST: Final = 20  # documents of a feature that may be raised
_LOWERED_AMONG: Final = 8  # the strongest features of a query, of which one is lowered
_RAISED: Final = (1, 8, 32)


@dataclass(frozen=True, slots=True)
class Curve:
    """Means over the draws. curve: NMSE before the first step and after each of ten; a path that ended early
    keeps its last. best: NMSE of the vector that is taken; to_query, to_steered: its cosines. exact: share of
    the draws in which the code sticks (NMSE below 1e-6).
    """

    change: str
    way: str
    mode: str
    curve: tuple[float, ...]
    best: float
    exact: float
    to_query: float
    to_steered: float


@dataclass(frozen=True, slots=True)
class Reencoded:
    """One SAE, `draws` documents as queries, drawn by `seed`."""

    sae: str
    features: int
    k: int
    draws: int
    seed: int
    curves: tuple[Curve, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def study_reencoding(
    library: Library, name: str, progress: Progress, draws: int = 50, seed: int = 0
) -> Reencoded:
    """Change the codes of `draws` documents and have them re-encoded, ten steps in each way.

    Changes: one of the strongest features to zero; 1, 8 or 32 inactive ones to their typical activation; and
    one of each at once. Gradient descent is run as the paper decodes, without the residual. UserError without
    vectors or features, Cancelled.
    """
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.search.reencode import make_stick

    vectors = library.vectors
    if vectors is None:
        raise UserError(
            "This library has no usable vectors.", "Nothing was measured.", "Embed the documents first."
        )
    features = FeatureSet.open(library, name)
    chance = np.random.default_rng(seed)
    usable = vectors.valid_rows()
    rows = np.sort(chance.choice(usable, min(draws, usable.size), replace=False))
    live = np.flatnonzero(features.statistics.count >= _FEWEST)
    found: dict[tuple[str, Way, Mode], list[tuple[NDArray[np.float64], float, float, float]]] = {}
    progress.begin("Re-encoding changed codes", len(rows), "queries")
    for number, row in enumerate(rows):
        query = _query(features, vectors.gather([int(row)])[0])
        for change, steer in _changes(features, query, live, chance):
            for way, mode in WAYS:
                stuck = make_stick(features, query, steer, mode, STEPS, way, progress)
                whole = np.full(STEPS + 1, stuck.curve[-1])
                whole[: len(stuck.curve)] = stuck.curve
                told = (whole, stuck.after.nmse, stuck.to_query, stuck.to_steered)
                found.setdefault((change, way, mode), []).append(told)
        progress.advance(number + 1)
    sae = features.sae
    curves = tuple(_mean(*key, runs) for key, runs in found.items())
    return Reencoded(name, sae.config.features, sae.config.k, len(rows), seed, curves)


def _query(features: FeatureSet, vector: NDArray[np.float32]) -> Query:
    from saerch_desktop.search.steering import Query

    unit = (vector / np.linalg.norm(vector)).astype(np.float32)
    indices, values = features.sae.encode(unit[None, :])
    active = values[0] > 0
    nothing = np.empty(0, np.float32)
    return Query("", unit, nothing, np.empty(0, np.int32), indices[0][active], values[0][active])


def _changes(
    features: FeatureSet, query: Query, live: NDArray[np.int64], chance: np.random.Generator
) -> list[tuple[str, Steer]]:
    from saerch_desktop.search.mix import Steer
    from saerch_desktop.search.steering import Edit

    silent = np.setdiff1d(live, query.indices)
    mean = features.statistics.mean
    place = int(chance.integers(min(_LOWERED_AMONG, query.indices.size)))
    lowered = Edit(int(query.indices[place]), -float(query.values[place]))
    raised = [
        tuple(Edit(int(f), float(mean[f])) for f in chance.choice(silent, many, replace=False))
        for many in _RAISED
        if many <= silent.size
    ]
    made = [("active → 0", Steer((lowered,), ()))]
    made += [(f"0 → active, {len(edits)}", Steer(edits, ())) for edits in raised]
    made += [("one up, one down", Steer((*edits, lowered), ())) for edits in raised[:1]]
    return made


def _mean(
    change: str, way: Way, mode: Mode, runs: list[tuple[NDArray[np.float64], float, float, float]]
) -> Curve:
    curve = np.mean([run[0] for run in runs], axis=0)
    best, to_query, to_steered = (float(np.mean([run[at] for run in runs])) for at in (1, 2, 3))
    exact = float(np.mean([run[1] < 1e-6 for run in runs]))
    return Curve(change, way, mode, tuple(map(float, curve)), best, exact, to_query, to_steered)
