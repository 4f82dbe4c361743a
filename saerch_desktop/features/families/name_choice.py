"""Which phrases name a family best: true of many members, and finding its documents among near misses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.naming_choice import quality, standard_error
from saerch_desktop.features.phrase_choice import Candidates, roots_of, shortlist
from saerch_desktop.features.phrases import PhraseTable, stem

_HELD: Final = 0.15  # of a member's documents hold a phrase that is true of it,
_ABOVE: Final = 2.5  # and so many times as many as of the corpus
_LOST: Final = 0.3  # what a phrase is worth that is true of no member
_INSIDE: Final = 0.4  # what the inside of a longer phrase is worth
_OPTIONS: Final = 6
_LONGEST: Final = 48  # characters of a name
_PARTNERS: Final = 8
_GAIN: Final = 0.02  # of AUROC that a second phrase must bring
_NEW: Final = 0.2  # of the members that it must be true of and the first one is not
# In standard errors of the AUROC: what being true of e times as many members' documents is worth, or one
# standard deviation nearer to the members' directions, or several words.
_WORTH: Final = 1.0
_DIRECTION: Final = 0.8
_SEVERAL: Final = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """What a family could be called, best first by its documents' words alone.

    texts; worth (c,) float64, positive; true (m, c) bool: of which of the members looked at.
    """

    texts: tuple[str, ...]
    worth: NDArray[np.float64]
    true: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Option:
    """A possible name: its phrases, and how good it is."""

    phrases: tuple[str, ...]
    score: float


def picked(
    found: Candidates,
    table: PhraseTable,
    shares: NDArray[np.float32],
    most: int,
    roots: dict[int, frozenset[str]],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """The phrases of a family that are worth a closer look: their numbers (c,), worth (c,), true (m, c).

    shares (m, t): how each member spreads over the t examples.
    """
    common = table.frequency[found.phrases] / max(1, table.documents)
    true = shares @ found.present.astype(np.float32) >= np.maximum(_HELD, _ABOVE * common)
    worth = found.scores * (_LOST + true.mean(axis=0))
    worth = worth * np.where(table.whole[found.phrases], 1.0, _INSIDE)
    order = np.argsort(-worth, kind="stable")
    sorted_ = replace(
        found,
        phrases=found.phrases[order],
        scores=worth[order],
        coverage=found.coverage[order],
        present=found.present[:, order],
    )
    places = shortlist(sorted_, table, most, roots)
    return sorted_.phrases[places], sorted_.scores[places], true[:, order][:, places]


def options(
    wording: Wording,
    placed: NDArray[np.float32],
    reference: NDArray[np.float32],
    positives: NDArray[np.float32],
    negatives: NDArray[np.float32],
    direction: NDArray[np.float32],
) -> list[Option]:
    """Names for a family, best first, of one phrase or two.

    placed (c, d): the phrases' unit vectors, NaN for one without a place. reference (d,): what names have in
    common. positives (p, d), negatives (q, d): documents of the family and near misses, neither held out.
    direction (d,): the members' mean.
    """
    usable = [i for i in range(len(wording.texts)) if np.isfinite(placed[i]).all()]
    if not usable or not len(positives) or not len(negatives):
        return [
            Option((text,), float(worth)) for text, worth in zip(wording.texts, wording.worth, strict=True)
        ]
    own = placed[usable]
    areas = quality(own, reference, positives, negatives)
    unsure = standard_error(float(areas.max()), len(positives), len(negatives))
    worth = np.log(wording.worth[usable] / wording.worth[usable].max())
    near = (own - reference) @ direction
    near = (near - near.mean()) / max(float(near.std()), 1e-9)
    several = np.asarray([" " in wording.texts[i] for i in usable])
    liking = unsure * (_WORTH * worth + _DIRECTION * near + _SEVERAL * several)
    scores = areas + liking
    order = np.argsort(-scores, kind="stable").tolist()
    singles = [Option((wording.texts[usable[i]],), float(scores[i])) for i in order]
    pair = _pair(wording, usable, order, own, areas, scores, reference, positives, negatives)
    return ([pair] if pair is not None else []) + singles[:_OPTIONS]


def _pair(
    wording: Wording,
    usable: list[int],
    order: list[int],
    own: NDArray[np.float32],
    areas: NDArray[np.float64],
    scores: NDArray[np.float64],
    reference: NDArray[np.float32],
    positives: NDArray[np.float32],
    negatives: NDArray[np.float32],
) -> Option | None:
    """The best phrase with one beside it that speaks for other members, if the two rank better together."""
    first = order[0]
    text = wording.texts[usable[first]]
    known = _roots(text)
    mine = wording.true[:, usable[first]]
    free = []
    for i in order[1 : _PARTNERS + 1]:
        other = wording.texts[usable[i]]
        news = (wording.true[:, usable[i]] & ~mine).mean() if mine.size else 0.0
        if news >= _NEW and known.isdisjoint(_roots(other)) and len(text) + len(other) + 3 <= _LONGEST:
            free.append(i)
    if not free:
        return None
    joint = own[free] + own[first]
    joint /= np.maximum(np.linalg.norm(joint, axis=1, keepdims=True), 1e-12)
    together = quality(joint, reference, positives, negatives)
    best = int(np.argmax(together + (scores - areas)[free]))
    gain = float(together[best] - areas[first])
    if gain < _GAIN:
        return None
    return Option((text, wording.texts[usable[free[best]]]), float(scores[first]) + gain)


def _roots(text: str) -> frozenset[str]:
    return roots_of(tuple(stem(word) for word in text.split()))
