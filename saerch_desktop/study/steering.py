"""Steering against its alternatives at matched cosine: concepts gained and lost, relevance kept, drift."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.progress import Progress
from saerch_desktop.study.steering_draws import Draw, Field, candidates, drawn, lay_out
from saerch_desktop.study.steering_methods import ALSO, METHODS, OURS, Direct, Stage, method

if TYPE_CHECKING:
    from saerch_desktop.embedding.base import Embedder
    from saerch_desktop.library.library import Library

COSINES: Final = (0.95, 0.9, 0.8, 0.7)
DRAWS: Final = 500
FIGURES: Final = ("gain_up", "gain_down", "relevance", "drift")
_TOP: Final = 10
_AT_ONCE: Final = 128
_RESAMPLES: Final = 1000
_ALIKE: Final = 0.1  # correlation with a steered concept from which on another one is not off target
_FEWEST: Final = 10

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """One figure at each cosine with its 95 % interval, of bootstrapped draws."""

    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What one method's result lists come to, draw by draw: each (draws, cosines).

    up, down: share of the ten first that is about what is raised, and lowered. relevance: mean likeness of
    their words to the query document's own text. drift: Bray-Curtis dissimilarity, 0 to 1, of how often other
    concepts occur in the ten first before and after.
    """

    up: Float
    down: Float
    relevance: Float
    drift: Float


@dataclass(frozen=True, slots=True)
class SteeringStudy:
    """methods: name → figure → curve; a method that could not be used is left out. also: further ones.

    base_down: share of the unsteered ten first that is about what is to be lowered: more than that cannot be
    lost. relevance is told as a share of that of the unsteered lists. leads: how much more than each other
    method ours gained and lost, draw by draw.
    """

    sae: str
    n: int
    concepts: int
    searched: int
    others: int
    judge_f1: float
    base_down: float
    cosines: tuple[float, ...]
    methods: dict[str, dict[str, Curve]]
    also: dict[str, dict[str, Curve]]
    leads: dict[str, dict[str, Curve]]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        def told(methods: dict[str, dict[str, Curve]]) -> dict[str, dict[str, Any]]:
            return {
                name: {
                    **{figure: list(curve.values) for figure, curve in curves.items()},
                    **{
                        f"{figure}_95": [list(pair) for pair in zip(curve.low, curve.high, strict=True)]
                        for figure, curve in curves.items()
                    },
                }
                for name, curves in methods.items()
            }

        return {
            "cosines": list(self.cosines),
            "n": self.n,
            "methods": told(self.methods),
            "also": told(self.also),
            "ours_ahead_of": told(self.leads),
            "concepts": self.concepts,
            "searched": self.searched,
            "base_down": self.base_down,
            "judge_f1": self.judge_f1,
        }


def study_steering(
    library: Library,
    name: str,
    embedder: Embedder | None,
    progress: Progress,
    draws: int = DRAWS,
    seed: int = 0,
    tuning: bool = False,
) -> SteeringStudy:
    """Steer `draws` queries by every method and judge the ten first.

    Half of the documents are searched, the others train the judges (`steering_judge`) and lend their titles
    as queries. embedder: the library's own; without it the queries are those documents' vectors, and the
    methods that embed texts are left out. tuning: on the half of features and queries that settings were
    chosen on. Raises UserError (no vectors, too little to draw from), Cancelled.
    """
    began = time.monotonic()
    stage, first = prepared(library, name, embedder, progress, draws, seed, tuning)
    unsteered = measure(stage, [first], first)
    measured: dict[str, Measured] = {}
    for told in (*METHODS, *ALSO):
        way = method(stage, told, progress)
        if way is not None:
            measured[told] = _followed(stage, told, way, first, progress)
    told_of = {name: curves(found, unsteered, seed) for name, found in measured.items()}
    return SteeringStudy(
        name,
        len(stage.draws),
        stage.field.features.size,
        stage.field.searched.size,
        stage.field.others.size,
        float(np.median(stage.field.f1)),
        float(unsteered.down.mean()),
        COSINES,
        {name: told_of[name] for name in METHODS if name in told_of},
        {name: told_of[name] for name in ALSO},
        {name: lead(measured[OURS], other, seed) for name, other in measured.items() if name != OURS},
        time.monotonic() - began,
    )


def prepared(
    library: Library,
    name: str,
    embedder: Embedder | None,
    progress: Progress,
    draws: int,
    seed: int,
    tuning: bool = False,
) -> tuple[Stage, NDArray[np.int64]]:
    """The draws and all that methods need; and the unsteered ten first of each, (n, 10) places among the
    searched. Raises UserError, Cancelled.
    """
    features = FeatureSet.open(library, name)
    if library.vectors is None:
        raise UserError(
            "This library has no usable vectors.", "Nothing was measured.", "Embed the documents."
        )
    field = lay_out(library, features, tuning, progress)
    vectors = library.vectors.gather(field.searched)
    chosen = candidates(library, field, 8 * draws, tuning, seed) if field.features.size else []
    places, texts = [place for place, _ in chosen], [text for _, text in chosen]
    progress.begin("Embedding queries", None)
    queries = library.vectors.gather(field.others[places]) if places else np.empty((0, library.vectors.dim))
    if embedder is not None and texts:
        queries = embedder.embed(texts, progress).vectors
        fine = np.flatnonzero(np.isfinite(queries).all(axis=1))
        queries, places, texts = queries[fine], [places[i] for i in fine], [texts[i] for i in fine]
    kept: NDArray[np.int64] = np.empty(0, np.int64)
    made: list[Draw] = []
    first = np.empty((0, _TOP), np.int64)
    if len(places):
        indices, values = features.sae.encode(np.asarray(queries, np.float32))
        active = [ids[on > 0].astype(np.int64) for ids, on in zip(indices, values, strict=True)]
        first = leading(vectors, np.asarray(queries, np.float64))
        kept, made = drawn(field, places, active, first, draws, seed)
    if len(made) < _FEWEST:
        raise UserError(
            f"Only {len(made)} queries could be drawn whose features can be judged.",
            "A study of so few would say nothing; nothing was changed.",
            "Use a library with more documents, or name its features first.",
        )
    rows = np.asarray(queries, np.float64)[kept]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    stage = Stage(
        library,
        features,
        field,
        tuple(made),
        rows,
        tuple(texts[at] for at in kept.tolist()),
        vectors,
        (indices[kept], values[kept]),
        embedder,
    )
    return stage, first[kept]


def leading(vectors: NDArray[np.float32], queries: Float) -> NDArray[np.int64]:
    """(n, 10) places of the best rows of `vectors` for each query, in no order."""
    out = np.empty((len(queries), min(_TOP, len(vectors))), np.int64)
    for start in range(0, len(queries), _AT_ONCE):
        scores = queries[start : start + _AT_ONCE].astype(np.float32) @ vectors.T
        out[start : start + _AT_ONCE] = np.argpartition(-scores, out.shape[1] - 1)[:, : out.shape[1]]
    return out


def _followed(stage: Stage, name: str, way: Direct, first: NDArray[np.int64], progress: Progress) -> Measured:
    progress.begin(f"Steering: {name.replace('_', ' ')}", len(COSINES), "cosines")
    lists = []
    for done, at in enumerate(COSINES):
        lists.append(leading(stage.vectors, way(at, progress)))
        progress.advance(done + 1)
    return measure(stage, lists, first)


def measure(stage: Stage, lists: Sequence[NDArray[np.int64]], first: NDArray[np.int64]) -> Measured:
    """lists: result lists (n, 10) at each cosine; first: the unsteered ones."""
    field = stage.field
    ups, downs, every = stage.ups(), stage.downs(), np.arange(len(stage.draws))
    off = _off_target(field)
    outside = off[ups] & off[downs]
    before = _counts(field, first)
    shape = (len(stage.draws), len(lists))
    out = Measured(*(np.empty(shape) for _ in range(4)))
    own = field.query_words[[draw.query for draw in stage.draws]]
    for at, found in enumerate(lists):
        after = _counts(field, found)
        out.up[:, at] = after[every, ups] / found.shape[1]
        out.down[:, at] = after[every, downs] / found.shape[1]
        change = np.sum(np.abs(after - before) * outside, axis=1)
        out.drift[:, at] = change / np.maximum(np.sum((after + before) * outside, axis=1), 1e-9)
        for draw in range(len(stage.draws)):
            likeness = field.words[found[draw]] @ own[draw].T
            out.relevance[draw, at] = likeness.sum() / found.shape[1]
    return out


def curves(found: Measured, unsteered: Measured, seed: int) -> dict[str, Curve]:
    """The four figures at each cosine. gain_up: share gained, gain_down: share lost."""
    base = unsteered.relevance[:, 0]
    ones = np.ones_like(base)
    return {
        "gain_up": _curve(found.up - unsteered.up, ones, seed),
        "gain_down": _curve(unsteered.down - found.down, ones, seed),
        "relevance": _curve(found.relevance, base, seed),
        "drift": _curve(found.drift, ones, seed),
    }


def lead(ours: Measured, other: Measured, seed: int) -> dict[str, Curve]:
    """By how much more ours gained and lost in the same draws."""
    ones = np.ones(len(ours.up))
    return {
        "gain_up": _curve(ours.up - other.up, ones, seed),
        "gain_down": _curve(other.down - ours.down, ones, seed),
    }


def _curve(values: Float, scale: Float, seed: int) -> Curve:
    """The ratio of means over the draws, bootstrapped; values (n, cosines), scale (n,)."""
    rng = np.random.default_rng([seed, 3])
    picks = rng.integers(0, len(scale), (_RESAMPLES, len(scale)))
    whole = values.sum(axis=0) / max(float(scale.sum()), 1e-9)
    again = np.stack([values[p].sum(axis=0) / max(float(scale[p].sum()), 1e-9) for p in picks])
    low, high = np.quantile(again, [0.025, 0.975], axis=0)
    return Curve(tuple(whole.tolist()), tuple(low.tolist()), tuple(high.tolist()))


def _counts(field: Field, lists: NDArray[np.int64]) -> Float:
    """(n, c): of how many of each list's documents the judge says each concept."""
    from scipy.sparse import csr_matrix

    n, width = lists.shape
    starts = np.arange(n + 1) * width
    shape = (n, field.searched.size)
    shown = csr_matrix((np.ones(n * width, np.float32), lists.ravel(), starts), shape=shape)
    return np.asarray((shown @ field.about.astype(np.float32)).todense(), np.float64)


def _off_target(field: Field) -> NDArray[np.bool_]:
    """(c, c): whether concepts have next to nothing to do with each other, by the judge (φ below 0.1)."""
    table = field.about.astype(np.float32)
    documents = table.shape[0]
    together = np.asarray((table.T @ table).todense(), np.float64) / documents
    share = np.asarray(table.mean(axis=0), np.float64).ravel()
    spread = np.sqrt(np.maximum(share * (1 - share), 1e-12))
    return np.asarray((together - np.outer(share, share)) / np.outer(spread, spread) < _ALIKE)
