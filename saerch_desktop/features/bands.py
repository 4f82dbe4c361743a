"""Examples of a feature beyond its strongest documents: of every strength, from just below being active,
and from where it is silent. Drawn by a seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.card import Band, BandName, TopDocument
from saerch_desktop.features.counting import active_counts
from saerch_desktop.features.kin import by_direction

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.documents import Documents
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors

PER_BAND: Final = 5
TITLES: Final[dict[BandName, str]] = {
    "top": "Strongest",
    "upper": "Strong, 75th to 95th percentile",
    "middle": "Middle, 25th to 75th percentile",
    "low": "Weak, below the 25th percentile",
    "near": "Nearly active",
    "zero": "Not active",
}
# Where each band of the active documents ends, as a share of them from the strongest down.
_ENDS: Final[tuple[tuple[BandName, float], ...]] = (
    ("top", 0.05),
    ("upper", 0.25),
    ("middle", 0.75),
    ("low", 1.0),
)
_RELATIVES = 8  # features whose documents are looked through for near misses, by direction and again by use
_STRONGEST = 512  # documents of each
_POOL = 2048
_RANDOM = 512  # of the pool
_OCCASIONS = 2048  # documents in which features that fire together are counted


def bands(
    features: FeatureSet, library: Library, feature: int, seed: int = 0, per_band: int = PER_BAND
) -> tuple[Band, ...]:
    """Six bands: top, upper, middle, low, near and zero, of at most `per_band` documents each.

    No document is in two of them. The top band shows the strongest, whatever the seed; upper, middle and low
    are drawn at random, and so is zero, from the documents that have a vector. The near misses are those of
    the highest pre-activation (w·(x − b_pre) + b, the number that a selection turns into an activation) among
    about two thousand inactive documents: ones where features of the like direction or of the same documents
    are strong, and random ones. Without vectors there are none. The same seed gives the same bands. UserError
    when there is no such feature, or parts of the library are damaged.
    """
    return drawn_bands(features, library.documents, library.vectors, feature, seed, per_band)


def drawn_bands(
    features: FeatureSet,
    documents: Documents,
    vectors: Vectors | None,
    feature: int,
    seed: int = 0,
    per_band: int = PER_BAND,
) -> tuple[Band, ...]:
    """As `bands`, from the parts of a library; without `vectors` the band of near misses is left out."""
    features.require(feature)
    rows, values = features.inverted.of(feature)
    active = np.zeros(features.codes.rows, np.bool_)
    active[rows] = True
    found: list[tuple[BandName, float, float, int | None, NDArray[np.integer], NDArray[np.floating]]] = []
    begin = 0
    for place, (name, share) in enumerate(_ENDS):
        end = int(np.ceil(share * rows.size))
        picked = np.arange(begin, min(end, begin + per_band))
        if name != "top" and end - begin > per_band:
            chance = np.random.default_rng([seed, feature, place])
            picked = begin + np.sort(chance.choice(end - begin, per_band, replace=False, shuffle=False))
        low, high = (float(values[end - 1]), float(values[begin])) if end > begin else (0.0, 0.0)
        found.append((name, low, high, end - begin, rows[picked], values[picked]))
        begin = end
    silent = np.setdiff1d(np.flatnonzero(~active), features.without_vector, assume_unique=True)
    if vectors is not None:
        near, excitement = _near_misses(features, vectors, feature, active, silent, seed)
        near, excitement = near[:per_band], excitement[:per_band]
        low, high = (float(excitement[-1]), float(excitement[0])) if near.size else (0.0, 0.0)
        found.append(("near", low, high, None, near, excitement))
        silent = np.setdiff1d(silent, near, assume_unique=True)
    chance = np.random.default_rng([seed, feature, len(_ENDS) + 1])
    zero = _drawn(chance, silent, per_band)
    found.append(("zero", 0.0, 0.0, int(features.documents - rows.size), zero, np.zeros(zero.size)))
    every = [int(row) for _, _, _, _, chosen, _ in found for row in chosen]
    titles = iter(documents.titles(every))
    return tuple(
        Band(
            name,
            TITLES[name],
            low,
            high,
            count,
            tuple(
                TopDocument(int(row), float(value), title)
                for row, value, title in zip(chosen, numbers, titles, strict=False)
            ),
        )
        for name, low, high, count, chosen, numbers in found
    )


def pre_activations(features: FeatureSet, feature: int, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each of `vectors` (m, d) excites the feature, before any selection, (m,) float32."""
    sae = features.sae
    centred = vectors - sae.pre_bias
    return np.asarray(centred @ sae.encoder[feature] + sae.latent_bias[feature], np.float32)


def _near_misses(
    features: FeatureSet,
    vectors: Vectors,
    feature: int,
    active: NDArray[np.bool_],
    silent: NDArray[np.int64],
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Rows of the pool and their pre-activations, the highest first."""
    if vectors.rows != active.size:
        raise UserError(
            "The vectors are not those of the documents.",
            "Examples that nearly excite the feature cannot be found; everything else is shown.",
            "Run check, or embed the documents again.",
        )
    chance = np.random.default_rng([seed, feature, len(_ENDS)])
    related = [
        np.asarray(features.inverted.of(other)[0][:_STRONGEST]) for other in _relatives(features, feature)
    ]
    company = np.unique(np.concatenate(related)) if related else np.empty(0, np.int64)
    company = company[~active[company]].astype(np.int64)
    pool = np.union1d(_drawn(chance, company, _POOL - _RANDOM), _drawn(chance, silent, _RANDOM))
    excitement = pre_activations(features, feature, vectors.gather(pool))
    there = np.isfinite(excitement)
    pool, excitement = pool[there], excitement[there]
    order = np.lexsort((pool, -excitement))
    return pool[order], excitement[order]


def _relatives(features: FeatureSet, feature: int) -> list[int]:
    """Features of the like direction, and those active in most of the feature's documents."""
    live = features.statistics.live
    alike = [other for other, _ in by_direction(features.sae, feature, _RELATIVES, live)[0]]
    rows = features.inverted.of(feature)[0]
    step = max(1, rows.size // _OCCASIONS)
    counts = active_counts(features, np.sort(rows[::step]).astype(np.int64))
    counts[feature] = 0
    often = np.argsort(-counts, kind="stable")[:_RELATIVES]
    return sorted({*alike, *(int(other) for other in often if counts[other])})


def _drawn(chance: np.random.Generator, rows: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """At most `n` of `rows`, in random order."""
    if rows.size <= n:
        return chance.permutation(rows)
    return rows[chance.choice(rows.size, n, replace=False)]
