"""Which phrases name a feature best: a judge's ranking of documents, and what a reader would find natural."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.phrase_choice import roots_of
from saerch_desktop.features.phrases import stem
from saerch_desktop.features.ranking_quality import auroc

OPTIONS: Final = 8
_PARTNERS: Final = 16  # phrases that are tried beside the first one
_MOST: Final = 3  # phrases in a label
_LONGEST: Final = 60  # characters of a label
_GAIN: Final = 0.02  # of AUROC that each further phrase must bring
# In standard errors of the AUROC: what being e times more telling is worth, or one standard deviation nearer
# to the feature's direction, or several words, which say more to a reader than one.
_TELLING: Final = 0.4
_DIRECTION: Final = 1.2
_SEVERAL: Final = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Shortlist:
    """Phrases a feature could be named by: texts; how telling they are, (c,) float64, positive."""

    texts: tuple[str, ...]
    telling: NDArray[np.float64]


def ranked(
    shortlist: Shortlist,
    placed: NDArray[np.float32],
    reference: NDArray[np.float32],
    positives: NDArray[np.float32],
    negatives: NDArray[np.float32],
    direction: NDArray[np.float32],
) -> list[tuple[int, ...]]:
    """Labels for a feature, best first; each is the places of one to three phrases in the shortlist.

    placed (c, d): the phrases' unit vectors, NaN for one without a place. reference (d,): what labels have in
    common. positives (p, d), negatives (q, d): documents with the feature and near misses. direction (d,):
    the feature's. A phrase is worth its AUROC on these documents, corrected by how telling it is and how near
    to the feature's direction: by as much more as the AUROC is less certain. A further phrase is taken where
    the two together rank better than the first.
    """
    usable = [i for i in range(len(shortlist.texts)) if np.isfinite(placed[i]).all()]
    if not usable:
        return []
    own = placed[usable]
    qualities = quality(own, reference, positives, negatives)
    unsure = standard_error(float(qualities.max()), len(positives), len(negatives))
    telling = np.log(shortlist.telling[usable] / shortlist.telling[usable].max())
    near = (own - reference) @ direction
    near = (near - near.mean()) / max(float(near.std()), 1e-9)
    several = np.asarray([" " in shortlist.texts[i] for i in usable])
    liking = unsure * (_TELLING * telling + _DIRECTION * near + _SEVERAL * several)
    order = np.argsort(-(qualities + liking), kind="stable")
    roots = [_roots(shortlist.texts[i]) for i in usable]
    out: list[tuple[int, ...]] = []
    chosen = [int(order[0])]
    reached = float(qualities[chosen[0]])
    while len(chosen) < _MOST:
        length = sum(len(shortlist.texts[usable[j]]) + 3 for j in chosen)
        free = [
            i
            for i in order[:_PARTNERS].tolist()
            if all(roots[i].isdisjoint(roots[j]) for j in chosen)
            and length + len(shortlist.texts[usable[i]]) <= _LONGEST
        ]
        if not free:
            break
        joint = own[free] + own[chosen].sum(axis=0)
        joint /= np.maximum(np.linalg.norm(joint, axis=1, keepdims=True), 1e-12)
        together = quality(joint, reference, positives, negatives)
        best = int(np.argmax(together + liking[free]))
        if together[best] < reached + _GAIN:
            break
        chosen.append(free[best])
        reached = float(together[best])
    for size in range(len(chosen), 0, -1):
        out.append(tuple(usable[i] for i in chosen[:size]))
    out += [(usable[i],) for i in order[1:].tolist()]
    return list(dict.fromkeys(out))[:OPTIONS]


@lru_cache(maxsize=1 << 16)
def _roots(text: str) -> frozenset[str]:
    return roots_of(tuple(stem(word) for word in text.split()))


def quality(
    labels: NDArray[np.float32],
    reference: NDArray[np.float32],
    positives: NDArray[np.float32],
    negatives: NDArray[np.float32],
) -> NDArray[np.float64]:
    """(c,) AUROC of each label's closeness to positives (p, d) against negatives (q, d), labels (c, d)."""
    bare = labels - reference
    return auroc(bare @ positives.T, bare @ negatives.T)


def standard_error(area: float, p: int, q: int) -> float:
    """Of an AUROC from p positives and q negatives (Hanley and McNeil 1982)."""
    first, second = area / (2 - area), 2 * area * area / (1 + area)
    variance = area * (1 - area) + (p - 1) * (first - area * area) + (q - 1) * (second - area * area)
    return float(np.sqrt(max(variance, 1e-4) / (p * q)))
