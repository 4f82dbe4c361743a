"""Which phrases name a family best: true of many members, and finding its documents among near misses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.label_votes import LabelVotes
from saerch_desktop.features.naming_choice import quality, standard_error
from saerch_desktop.features.phrase_choice import Candidates, roots_of, shortlist
from saerch_desktop.features.phrases import PhraseTable, stem

_HELD: Final = 0.15  # of a member's documents hold a phrase that is true of it,
_ABOVE: Final = 2.5  # and so many times as many as of the corpus
_LOST: Final = 0.3  # what a phrase is worth that is true of no member
_INSIDE: Final = 0.4  # what the inside of a longer phrase is worth
_OPTIONS: Final = 10
_CLOSER: Final = 3  # of them are the best one with another phrase
_QUALIFIED: Final = 0.5  # standard errors that each of these is worth less than the one before
_LONGEST: Final = 48  # characters of a name
_PARTNERS: Final = 8
_GAIN: Final = 0.02  # of AUROC that a second phrase must bring
_NEW: Final = 0.2  # of the members that it must be true of and the first one is not
# In standard errors of the AUROC: what being true of e times as many members' documents is worth, or one
# standard deviation nearer to the members' directions, or several words.
_WORTH: Final = 1.0
_DIRECTION: Final = 0.8
_SEVERAL: Final = 1.2
_TOO_COMMON: Final = 0.7  # lost for each e times that a phrase is commoner than the family,
_COMMON: Final = 1.5  # from so many times on
_VOTES: Final = 3.0  # gained where all members say it in their names
_WEAK: Final = 4.0  # lost by an adjective, a verb, or a word that says little
_VERB: Final = re.compile(r"\w{3,}(?:ify|ize)|\w{5,}ed", re.IGNORECASE)
_SOLID: Final = 0.5  # how readable a phrase is that is none of these


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """What a family could be called, best first by its documents' words alone.

    texts; worth (c,) float64, positive; true (m, c) bool: of which of the members looked at; share (c,)
    float64: of the corpus that holds it; solid (c,) bool: whether it can stand alone; votes (c,) float64: the
    share of members whose names hold it.
    """

    texts: tuple[str, ...]
    worth: NDArray[np.float64]
    true: NDArray[np.bool_]
    share: NDArray[np.float64]
    solid: NDArray[np.bool_]
    votes: NDArray[np.float64]

    def at(self, places: list[int], texts: Sequence[str]) -> Wording:
        """Some of them, as they are to be written."""
        return Wording(
            tuple(texts),
            self.worth[places],
            self.true[:, places],
            self.share[places],
            self.solid[places],
            self.votes[places],
        )

    def heard(self, votes: LabelVotes) -> Wording:
        """With the members' votes, and with what their names say beside it."""
        further = votes.further({text.casefold() for text in self.texts})
        more, members = len(further), self.true.shape[0]
        worth = float(np.quantile(self.worth, 0.25)) if self.worth.size else 1.0
        texts = (*self.texts, *further)
        return Wording(
            texts,
            np.r_[self.worth, np.full(more, worth)],
            np.concatenate([self.true, np.zeros((members, more), np.bool_)], axis=1),
            np.r_[self.share, np.zeros(more)],
            # A word of its own that was not found in the documents is more often an adjective than a name.
            np.r_[self.solid, np.asarray([" " in text for text in further], np.bool_)],
            np.asarray([votes.of(text) for text in texts]),
        )


NOTHING: Final = Wording(
    (), np.zeros(0), np.zeros((0, 0), np.bool_), np.zeros(0), np.zeros(0, np.bool_), np.zeros(0)
)


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
) -> tuple[NDArray[np.int64], Wording]:
    """The phrases of a family that are worth a closer look: their numbers (c,), and a wording without texts.

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
    phrases = sorted_.phrases[places]
    return phrases, Wording(
        (),
        sorted_.scores[places],
        true[:, order][:, places],
        table.frequency[phrases] / max(1, table.documents),
        table.whole[phrases] & (table.weight[phrases] >= _SOLID),
        np.zeros(phrases.size),
    )


def options(
    wording: Wording,
    placed: NDArray[np.float32],
    reference: NDArray[np.float32],
    positives: NDArray[np.float32],
    negatives: NDArray[np.float32],
    direction: NDArray[np.float32],
    density: float,
) -> list[Option]:
    """Names for a family, best first, of one phrase or two; density: the share of documents it is about.

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
    common = np.log(np.maximum(wording.share[usable] / (_COMMON * max(density, 1e-9)), 1.0))
    solid = wording.solid[usable] & np.asarray([not _VERB.fullmatch(wording.texts[i]) for i in usable])
    liking = _WORTH * worth + _DIRECTION * near + _SEVERAL * several - _TOO_COMMON * common - _WEAK * ~solid
    liking += _VOTES * wording.votes[usable]
    liking = unsure * liking
    scores = areas + liking
    order = np.argsort(-scores, kind="stable").tolist()
    singles = [Option((wording.texts[usable[i]],), float(scores[i])) for i in order]
    pair = _pair(wording, usable, order, own, areas, scores, reference, positives, negatives)
    best = singles[0]
    # Where the best name is another family's, more of it often says more than a worse one.
    beside = [i for i in order[1:] if _beside(wording, usable[order[0]], usable[i])]
    closer = [
        Option((*best.phrases, wording.texts[usable[i]]), best.score - _QUALIFIED * unsure * step)
        for step, i in enumerate(beside[:_CLOSER], 1)
    ]
    further = sorted([*closer, *singles[1:]], key=lambda option: -option.score)
    once: dict[tuple[str, ...], Option] = {}
    for option in (*([pair] if pair is not None else []), best, *further):
        once.setdefault(option.phrases, option)
    return list(once.values())[:_OPTIONS]


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
    mine = wording.true[:, usable[first]]
    free = []
    for i in order[1 : _PARTNERS + 1]:
        news = (wording.true[:, usable[i]] & ~mine).mean() if mine.size else 0.0
        if news >= _NEW and _beside(wording, usable[first], usable[i]):
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


def _beside(wording: Wording, first: int, other: int) -> bool:
    """Whether a phrase can stand beside another: it says something else, and the two are not too long."""
    a, b = wording.texts[first], wording.texts[other]
    return bool(wording.solid[other]) and len(a) + len(b) + 3 <= _LONGEST and _roots(a).isdisjoint(_roots(b))


def _roots(text: str) -> frozenset[str]:
    return roots_of(tuple(stem(word) for word in text.split()))
