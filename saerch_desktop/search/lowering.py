"""What really lowers or raises a concept: the features that carry it together, moved as one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.search.blends import Blend, BlendEdit, direction_blend

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.documents import Documents
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors
    from saerch_desktop.search.steering import Query

_MOST_READ: Final = 4096  # of the concept's documents, the strongest
_LEAST_SHARE: Final = 0.02
_MOST_NEAR: Final = 2048
_FARTHEST, _NEAREST = 0.05, 0.999  # cosines between which a direction across the query can be gone along


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


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """The documents that are about something. rows (m,) int64, ascending; weights (m,) float32: how much each
    is, above 0 to 1.
    """

    rows: NDArray[np.int64]
    weights: NDArray[np.float32]


def members(features: FeatureSet, documents: Documents, feature: int) -> Members:
    """What a feature is about: half by how active it is (1 from its 95th percentile on), half by whether the
    text holds the first phrase of its name. UserError when there is no such feature.

    A name that no text holds, such as a language model's, leaves it to the activations alone.
    """
    features.require(feature)
    rows, values = features.inverted.of(feature)
    top = float(features.statistics.p95[feature])
    active = np.clip(values / top, 0.0, 1.0) if top > 0 else np.zeros(len(rows))
    named = words_of(features, documents, feature)[1]
    both = np.union1d(rows, named).astype(np.int64)
    weights = np.zeros(both.size, np.float32)
    share = 0.5 if named.size else 1.0
    weights[np.searchsorted(both, rows)] += (share * active).astype(np.float32)
    weights[np.searchsorted(both, named)] += 1 - share
    return Members(both[weights > 0], weights[weights > 0])


def words_of(features: FeatureSet, documents: Documents, feature: int) -> tuple[str, NDArray[np.int64]]:
    """The phrase that stands for a feature and the rows, ascending, whose text holds it.

    That is the first phrase of the name shown, or of the name made of phrases where no text holds the former;
    ("", none) without either.
    """
    shown = features.labels.get(feature)
    made = next((c for c in features.labels.claims(feature) if c.kind == "phrases"), None)
    for label in (shown, made):
        phrase = label.text.split(" · ")[0].replace('"', " ").strip() if label is not None else ""
        rows = documents.matches(f'"{phrase}"').rows if phrase else np.empty(0, np.int64)
        if rows.size:
            return phrase, np.sort(rows)
    return "", np.empty(0, np.int64)


def joined(all_of: Sequence[Members]) -> Members | None:
    """Documents about any of these, by what they are most about; None for none at all."""
    if not all_of:
        return None
    rows = np.unique(np.concatenate([one.rows for one in all_of]))
    weights = np.zeros(rows.size, np.float32)
    for one in all_of:
        places = np.searchsorted(rows, one.rows)
        weights[places] = np.maximum(weights[places], one.weights)
    return Members(rows, weights)


def towards(
    query: Query, vectors: Vectors, more: Members | None, less: Members | None, cosine: float = 0.9
) -> NDArray[np.float64] | None:
    """The direction in which to leave the query, (d,), unit, across it (`local_contrast.local_direction`).

    Looks at the query's nearest documents, at those of the concepts, and at some for comparison, a few
    thousand in all however many there are: milliseconds. Keeps to the documents the query is kept to. None
    where they give none.
    """
    from saerch_desktop.search.local_contrast import local_direction

    there = np.isfinite(query.base)
    wishes = [_within(one, there) if one is not None else None for one in (more, less)]
    rows = np.unique(np.concatenate([_nearest(query), *(_strongest(one, query) for one in wishes)]))
    if not rows.size:
        return None
    everyone = np.flatnonzero(there)
    some = everyone[:: max(1, everyone.size // _MOST_READ)]
    ordinary = vectors.gather(some).mean(axis=0, dtype=np.float64)
    marks = [_marked(one, rows) if one is not None else None for one in wishes]
    return local_direction(query.vector, vectors.gather(rows), marks[0], marks[1], ordinary, cosine)


def shift(
    features: FeatureSet,
    library: Library,
    query: Query,
    more: Sequence[int] = (),
    less: Sequence[int] = (),
    cosine: float = 0.9,
) -> BlendEdit:
    """The slider that brings what the features `more` are about to the front and moves `less` back, so far
    that the steered query has `cosine` with the query; further or less far as it is moved.

    It is drawn for this query. Reads texts' index and a few thousand vectors: work for a thread of its own.
    UserError when there is no such feature, no vectors, or nothing to go by.
    """
    names = [
        f"{word} {' and '.join(features.labels.text(f) for f in some)}"
        for word, some in (("more", more), ("less", less))
        if some
    ]
    name = ", ".join(names)
    name = name[:1].upper() + name[1:]
    found = [joined([members(features, library.documents, f) for f in some]) for some in (more, less)]
    vectors, near = library.vectors, min(max(cosine, _FARTHEST), _NEAREST)
    direction = towards(query, vectors, found[0], found[1], near) if vectors is not None else None
    if direction is None:
        raise UserError(
            f"“{name}” points nowhere from this query.",
            "Nothing was steered.",
            "Choose a feature that is active in some of the documents searched.",
        )
    key = "shift:" + ",".join([*(f"+{f}" for f in more), *(f"-{f}" for f in less)])
    return BlendEdit(direction_blend(key, name, direction), amount_for(near))


def strengthen(
    features: FeatureSet, library: Library, query: Query, feature: int, cosine: float = 0.9
) -> BlendEdit:
    """`shift` with more of one feature."""
    return shift(features, library, query, (feature,), (), cosine)


def weaken(
    features: FeatureSet, library: Library, query: Query, feature: int, cosine: float = 0.9
) -> BlendEdit:
    """`shift` with less of one feature."""
    return shift(features, library, query, (), (feature,), cosine)


def amount_for(cosine: float) -> float:
    """How far to go along a unit vector across the query to have this cosine, above 0, with it."""
    return math.sqrt(max(0.0, 1 - cosine * cosine)) / max(cosine, 1e-6)


def _within(one: Members, there: NDArray[np.bool_]) -> Members:
    kept = there[one.rows]
    return Members(one.rows[kept], one.weights[kept])


def _nearest(query: Query) -> NDArray[np.int64]:
    from saerch_desktop.search.ranking import top_rows

    return top_rows(query.base, min(_MOST_NEAR, query.found))


def _strongest(one: Members | None, query: Query) -> NDArray[np.int64]:
    """The documents most of it, the nearer to the query the better among equals."""
    if one is None:
        return np.empty(0, np.int64)
    return one.rows[np.lexsort((-query.base[one.rows], -one.weights))[:_MOST_NEAR]]


def _marked(one: Members, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Its weights at `rows`, 0 where it has none."""
    out = np.zeros(rows.size, np.float32)
    if one.rows.size:
        places = np.minimum(np.searchsorted(one.rows, rows), one.rows.size - 1)
        same = one.rows[places] == rows
        out[same] = one.weights[places[same]]
    return out


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
