"""For each feature, documents that have it and documents that come close to it without having it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.held_out import held_out, mixed
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.library.vectors import Vectors

MOST: Final = 50  # positives, and negatives, of one feature
BAND: Final = 0.1  # negatives are drawn from this share of the documents, those nearest to the feature's
_POOL: Final = 20_000  # documents that negatives are drawn from
_CENTRE: Final = 64  # documents whose mean is the feature's centre
_LOOKED_AT: Final = 4096  # of a feature's documents; evenly spread over its activations
_AT_ONCE: Final = 256


class Lines(Protocol):
    """For each feature, or for each of other things that are active in documents, where it is active."""

    def of(self, feature: int, /) -> tuple[NDArray[Any], NDArray[np.float32]]:
        """Rows (m,) of integers and activations (m,), strongest first."""


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Documents to rank for one feature: rows (p,) and (q,) int64, positives by falling activation."""

    feature: int
    positives: NDArray[np.int64]
    negatives: NDArray[np.int64]


class CaseFinder:
    """Finds cases on one side of the line that `held_out` draws: for making labels, or for testing them.

    The centre of a feature is the mean vector of up to 64 documents that it is active in, none of them held
    out. Negatives are a random 50 of the tenth of the documents nearest to that centre (cosine) in which the
    feature is not active: nearer than chance, and not so near that they are better examples of the theme than
    the positives. Decision 6 says what other choices give.
    """

    def __init__(
        self,
        vectors: Vectors,
        inverted: Lines,
        *,
        testing: bool,
        band: float = BAND,
        seed: int = 0,
        touched: Lines | None = None,
    ) -> None:
        """band: the share of the documents that negatives are drawn from, for comparison: 1 is chance, 0 the
        very nearest ones. touched: by feature the documents that are no negatives, where these are more than
        those it is active in.
        """
        self._band = band
        self._vectors = vectors
        self._inverted = inverted
        self._touched = touched or inverted
        self._testing = testing
        self._seed = seed
        self._held = held_out(np.arange(vectors.rows), seed)
        rows = vectors.valid_rows()
        rows = rows[self._held[rows] == testing]
        if rows.size > _POOL:
            rows = np.sort(rows[np.argsort(mixed(rows, seed + 1), kind="stable")[:_POOL]])
        self._pool = rows
        self._places = np.full(vectors.rows, -1, np.int32)
        self._places[rows] = np.arange(rows.size, dtype=np.int32)
        self._points: NDArray[np.float32] | None = None

    def one(self, feature: int) -> Cases:
        """The cases of one feature; the same as among many."""
        return next(iter(self.many([feature], Progress())))

    def many(self, features: Sequence[int], progress: Progress) -> Iterator[Cases]:
        """The cases of each feature, in order. Either side may be empty. Raises Cancelled."""
        if self._points is None:
            self._points = self._vectors.gather(self._pool)
        for start in range(0, len(features), _AT_ONCE):
            progress.check()
            chosen = [int(feature) for feature in features[start : start + _AT_ONCE]]
            centres = self._centres(chosen)
            nearness = centres @ self._points.T
            for feature, near in zip(chosen, nearness, strict=True):
                yield Cases(feature, self.positives(feature), self._negatives(feature, near))

    def positives(self, feature: int, most: int = MOST) -> NDArray[np.int64]:
        """Up to `most` of this side's documents with the feature, one from each of as many equal quantiles of
        its activations, the strongest first.
        """
        return spread(self._side(feature, testing=self._testing), most)

    def _side(self, feature: int, *, testing: bool) -> NDArray[np.int64]:
        rows = spread(np.asarray(self._inverted.of(feature)[0]), _LOOKED_AT).astype(np.int64)
        return np.asarray(rows[self._held[rows] == testing])

    def _centres(self, features: list[int]) -> NDArray[np.float32]:
        """(len(features), d) unit vectors; zero for a feature that is active nowhere."""
        sides = [spread(self._side(feature, testing=False), _CENTRE) for feature in features]
        sides = [
            side if side.size else self.positives(feature)
            for side, feature in zip(sides, features, strict=True)
        ]
        every, place = np.unique(np.concatenate(sides), return_inverse=True)
        points = self._vectors.gather(every)
        centres = np.zeros((len(features), self._vectors.dim), np.float32)
        begin = 0
        for i, side in enumerate(sides):
            if side.size:
                centres[i] = points[place[begin : begin + side.size]].mean(axis=0)
            begin += side.size
        norms = np.linalg.norm(centres, axis=1, keepdims=True)
        return np.asarray(centres / np.maximum(norms, 1e-12))

    def _negatives(self, feature: int, near: NDArray[np.float32]) -> NDArray[np.int64]:
        """near: (pool,) nearness of each document of the pool; used up."""
        active = self._places[self._touched.of(feature)[0]]
        near[active[active >= 0]] = -np.inf
        free = near.size - int((active >= 0).sum())
        width = min(free, max(MOST, int(near.size * self._band)))
        if width == 0:
            return np.zeros(0, np.int64)
        band = np.sort(np.argpartition(-near, width - 1)[:width])
        generator = np.random.default_rng([self._seed, feature])
        drawn = generator.choice(band, min(MOST, width), replace=False)
        return np.asarray(self._pool[drawn])


def spread(rows: NDArray[np.integer], most: int) -> NDArray[np.int64]:
    """The middle of each of `most` equal stretches of `rows`; all when there are no more."""
    if rows.size <= most:
        return rows.astype(np.int64)
    middles = (np.arange(most) * 2 + 1) * rows.size // (2 * most)
    return rows[middles].astype(np.int64)
