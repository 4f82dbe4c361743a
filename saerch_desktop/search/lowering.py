"""What really lowers or raises a concept: the features that carry it together, moved as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.search.blends import Blend

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.search.steering import Query

_MOST_READ: Final = 4096  # of the concept's documents, the strongest
_LEAST_SHARE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Carrier:
    """A feature of the query that carries the same as another one.

    natural: the query's activation of it. share: how much of the concept in the query it brings, 0 to 1, the
    feature in question included in the whole. cosine: of its direction with the concept's. lift: how many
    times more often it is active in the concept's documents than in all.
    """

    feature: int
    natural: float
    share: float
    cosine: float
    lift: float


def carriers(features: FeatureSet, query: Query, feature: int, top: int = 8) -> tuple[Carrier, ...]:
    """The query's other features that bring the concept of `feature` along, most of it first.

    The concept is what the feature's documents have more of than all documents have (`concept`). A feature
    carries it where that is more of the feature too. UserError when there is no such feature.
    """
    direction, excess, lift = concept(features, feature)
    size = float(np.linalg.norm(direction))
    if size == 0:
        return ()
    ids = query.indices.astype(np.int64)
    along = features.sae.decoder[ids].astype(np.float64) @ (direction / size)
    brings = np.where((excess[ids] > 0) | (ids == feature), query.values * along, 0.0).clip(0.0)
    whole = float(brings.sum())
    if whole <= 0:
        return ()
    order = np.argsort(-brings, kind="stable")
    return tuple(
        Carrier(int(f), float(query.values[i]), float(brings[i] / whole), float(along[i]), float(lift[f]))
        for i in order
        if (f := int(ids[i])) != feature and brings[i] >= _LEAST_SHARE * whole
    )[:top]


def lower_together(
    features: FeatureSet, query: Query, feature: int, others: Sequence[Carrier | int]
) -> Blend:
    """A slider over `feature` and `others`; at -1 all of them are out of the query, at -0.5 half way.

    UserError when there is no such feature.
    """
    features.require(feature)
    ids = [feature, *(other if isinstance(other, int) else other.feature for other in others)]
    ids = list(dict.fromkeys(ids))
    typical = features.statistics.mean
    weights = [query.natural(f) or float(typical[f]) for f in ids]
    return Blend(f"carriers:{feature}", features.labels.text(feature), tuple(ids), tuple(weights))


def strengthen(features: FeatureSet, feature: int) -> Blend:
    """A slider that adds what the feature's documents have more of than all documents, as a plain direction.

    UserError when there is no such feature.
    """
    from saerch_desktop.search.blends import direction_blend

    direction, _, _ = concept(features, feature)
    if not direction.any():
        direction = features.sae.decoder[feature].astype(np.float64)
    return direction_blend(f"concept:{feature}", features.labels.text(feature), direction)


def concept(
    features: FeatureSet, feature: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """What the feature's documents have in common: direction (d,), excess (n,) and lift (n,) of each feature.

    excess: its mean activation in the feature's documents, weighted by the feature's own, less that in all
    documents; the direction is that code decoded. lift: shares of documents where it is active.
    """
    features.require(feature)
    rows, values = features.inverted.of(feature)
    rows, values = rows[:_MOST_READ].astype(np.int64), values[:_MOST_READ].astype(np.float64)
    n = features.sae.config.features
    statistics = features.statistics
    everywhere = statistics.count / max(1, features.documents)
    if not rows.size:
        return np.zeros(features.sae.config.dim), np.zeros(n), np.ones(n)
    ids = np.take(features.codes.indices, rows, axis=0)
    activations = np.take(features.codes.values, rows, axis=0).astype(np.float64)
    active = activations > 0
    weights = values / values.sum()
    mean = np.bincount(ids.ravel(), (activations * weights[:, None]).ravel(), minlength=n)
    share = np.bincount(ids.ravel(), (active / rows.size).ravel(), minlength=n)
    excess = mean - everywhere * statistics.mean
    lift = np.divide(share, everywhere, out=np.ones(n), where=everywhere > 0)
    return np.asarray(excess @ features.sae.decoder, np.float64), excess, lift
