"""Ways to steer, each as vectors at a given cosine to the query: ours, and what it is compared with."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.embedding.base import Embedder
from saerch_desktop.progress import Progress
from saerch_desktop.search.lowering import Members, members, towards
from saerch_desktop.search.steering import Query, cosine
from saerch_desktop.study.steering_draws import Draw, Field

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.library import Library

Float = NDArray[np.float64]
Direct = Callable[[float, Progress], Float]
"""Cosine → (n, d) steered queries, each with that cosine to its query."""

OURS, PAPER, ADDED, APPENDED, MEANS = "ours", "paper", "vector_add", "text_append", "mean_difference"
METHODS: Final = (OURS, PAPER, ADDED, APPENDED, MEANS)
BY_FEATURE, DIRECTION = "mean_difference_feature", "feature_direction"
ALSO: Final = (BY_FEATURE, DIRECTION)
_HALVINGS: Final = 50
_FARTHEST: Final = 1e4


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """Everything the methods need. queries (n, d) float64 unit rows, of `draws`; texts of them; vectors
    (s, d) float32 of the searched documents; codes: active features and activations of each query.
    """

    library: Library
    features: FeatureSet
    field: Field
    draws: tuple[Draw, ...]
    queries: Float
    texts: tuple[str, ...]
    vectors: NDArray[np.float32]
    codes: tuple[NDArray[np.int32], NDArray[np.float32]]
    embedder: Embedder | None
    cache: dict[int, Members] = dataclasses.field(default_factory=dict)

    def ups(self) -> NDArray[np.int64]:
        return np.asarray([draw.up for draw in self.draws], np.int64)

    def downs(self) -> NDArray[np.int64]:
        return np.asarray([draw.down for draw in self.draws], np.int64)


def method(stage: Stage, name: str, progress: Progress) -> Direct | None:
    """The method of that name; None where it embeds texts and nothing does. Raises Cancelled, UserError."""
    if name == OURS:
        return lambda at, progress: _ours(stage, at, progress)
    if name == PAPER:
        return lambda at, progress: _paper(stage, at)
    towards_it = _DIRECTIONS[name](stage, progress)
    if towards_it is None:
        return None
    across = _across(towards_it, stage.queries)
    return lambda at, progress: _turned(stage.queries, across, at)


def _turned(queries: Float, across: Float, at: float) -> Float:
    return np.asarray(at * queries + math.sqrt(1 - at * at) * across, np.float64)


def _across(vectors: Float, queries: Float) -> Float:
    """The parts at right angles to the queries, of length 1 (0 where there is none)."""
    rest = vectors - np.sum(vectors * queries, axis=1, keepdims=True) * queries
    size = np.linalg.norm(rest, axis=1, keepdims=True)
    return np.asarray(np.divide(rest, size, out=np.zeros_like(rest), where=size > 1e-9), np.float64)


def _both(stage: Stage, of_concept: Float) -> Float:
    """Up less down, each counting the same; of_concept (c, d)."""
    q = stage.queries
    return _across(of_concept[stage.ups()], q) - _across(of_concept[stage.downs()], q)


def _feature_direction(stage: Stage, progress: Progress) -> Float:
    """The decoder's rows, as in the paper's evaluation: the residual stays."""
    return _both(stage, stage.features.sae.decoder[stage.field.features].astype(np.float64))


def _mean_difference(stage: Stage, progress: Progress) -> Float:
    """Searched documents that hold the concept's phrase, less all other searched documents."""
    return _both(stage, _means(stage.field.holds, stage.vectors))


def _mean_by_feature(stage: Stage, progress: Progress) -> Float:
    """The same with documents where the concept's feature is active."""
    from scipy.sparse import csr_matrix

    lines = []
    searched = stage.field.searched
    for feature in stage.field.features.tolist():
        rows = stage.features.inverted.of(feature)[0]
        lines.append(np.flatnonzero(np.isin(searched, rows)))
    starts = np.cumsum([0, *(line.size for line in lines)])
    ids = np.concatenate([*lines, np.empty(0, np.int64)])
    shape = (len(lines), searched.size)
    active = csr_matrix((np.ones(ids.size, np.bool_), ids, starts), shape=shape)
    return _both(stage, _means(active.T.tocsr(), stage.vectors))


def _means(holds: object, vectors: NDArray[np.float32]) -> Float:
    """(c, d): the mean of those that hold it less the mean of those that do not; holds (s, c)."""
    table = holds.astype(np.float32).T.tocsr()  # type: ignore[attr-defined]
    count = np.asarray(table.sum(axis=1), np.float64).reshape(-1, 1)
    inside = np.asarray(table @ vectors, np.float64)
    rest = vectors.sum(axis=0, dtype=np.float64) - inside
    return np.asarray(inside / np.maximum(count, 1) - rest / np.maximum(len(vectors) - count, 1), np.float64)


def _vector_add(stage: Stage, progress: Progress) -> Float | None:
    """The concepts' phrases embedded."""
    if stage.embedder is None:
        return None
    used = np.unique(np.concatenate([stage.ups(), stage.downs()]))
    places = np.zeros((len(stage.field.phrases), stage.queries.shape[1]))
    places[used] = _embedded(stage.embedder, [stage.field.phrases[i] for i in used.tolist()], progress)
    return _both(stage, places)


def _text_append(stage: Stage, progress: Progress) -> Float | None:
    """The query with what is wanted written behind it, embedded; the way on from the query to there.

    What is not wanted is left unsaid: with "not …" or "without …" behind it there is more of it, not less.
    """
    if stage.embedder is None:
        return None
    named = stage.field.phrases
    texts = [f"{text}, {named[draw.up]}" for text, draw in zip(stage.texts, stage.draws, strict=True)]
    return _embedded(stage.embedder, texts, progress) - stage.queries


_DIRECTIONS: Final[dict[str, Callable[[Stage, Progress], Float | None]]] = {
    ADDED: _vector_add,
    APPENDED: _text_append,
    MEANS: _mean_difference,
    BY_FEATURE: _mean_by_feature,
    DIRECTION: _feature_direction,
}


def _embedded(embedder: Embedder, texts: Sequence[str], progress: Progress) -> Float:
    found = embedder.embed(list(texts), progress).vectors.astype(np.float64)
    return np.nan_to_num(found)


def _ours(stage: Stage, at: float, progress: Progress) -> Float:
    """The program's own `towards`, the search kept to the searched documents."""
    assert stage.library.vectors is not None
    out = np.empty_like(stage.queries)
    for place, draw in enumerate(stage.draws):
        progress.check()
        vector = stage.queries[place].astype(np.float32)
        base = np.full(stage.library.vectors.rows, -np.inf, np.float32)
        base[stage.field.searched] = stage.vectors @ vector
        none = np.empty(0, np.int32)
        query = Query("", vector, base, none, none, np.empty(0, np.float32), stage.field.searched.size)
        more, less = (_members(stage, concept) for concept in (draw.up, draw.down))
        across = towards(query, stage.library.vectors, more, less, at)
        turned = np.zeros_like(stage.queries[place]) if across is None else across
        out[place] = at * stage.queries[place] + math.sqrt(1 - at * at) * turned
    return out


def _members(stage: Stage, concept: int) -> Members:
    found = stage.cache.get(concept)
    if found is None:
        feature = int(stage.field.features[concept])
        found = stage.cache[concept] = members(stage.features, stage.library.documents, feature)
    return found


def _paper(stage: Stage, at: float) -> Float:
    """Decoding the edited code alone, the residual dropped (paper's app).

    Strength t adds t times its 95th percentile to the raised feature and takes t times its activation away
    from the lowered one, below zero too. Where decoding at t = 1 is further from the query than `at`, the
    query is mixed in; otherwise t grows.
    """
    return np.asarray([_paper_one(stage, place, at) for place in range(len(stage.draws))], np.float64)


def _paper_one(stage: Stage, place: int, at: float) -> Float:
    features, draw, q = stage.features, stage.draws[place], stage.queries[place]
    up, down = (int(stage.field.features[concept]) for concept in (draw.up, draw.down))
    ids, values = stage.codes[0][place], stage.codes[1][place]
    sae = features.sae
    rebuilt = values.astype(np.float64) @ sae.decoder[ids] + sae.pre_bias
    edit = float(features.statistics.p95[up]) * sae.decoder[up].astype(np.float64)
    edit -= float(values[ids == down].sum()) * sae.decoder[down].astype(np.float64)
    if cosine(q, rebuilt + edit) <= at:
        return _until(q, lambda share: (1 - share) * q + share * (rebuilt + edit), 1.0, at)
    farthest = 1.0
    while cosine(q, rebuilt + farthest * edit) > at and farthest < _FARTHEST:
        farthest *= 2
    return _until(q, lambda strength: rebuilt + strength * edit, farthest, at)


def _until(q: Float, path: Callable[[float], Float], end: float, at: float) -> Float:
    """The place on the path, of length 1, that has the cosine `at` with `q`, by bisection."""
    low, high = 0.0, end
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if cosine(q, path(middle)) > at else (low, middle)
    found = path(high)
    return np.asarray(found / max(float(np.linalg.norm(found)), 1e-12), np.float64)
