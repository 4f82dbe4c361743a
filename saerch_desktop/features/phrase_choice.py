"""A feature's telling phrases: which make a label by themselves, and which are worth asking a judge about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.phrases import PhraseTable

_MOST = 3
_LONGEST = 60  # characters of a label
_SPARE = 6
_SHORT = "="
_VARIANT = 0.6
_LEAST_COVERED = 0.04  # of the activation that a phrase must cover
_TELLING = 0.35  # a further phrase is worth this share of the first one's score


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """A feature's most telling phrases, best first.

    phrases (c,) int64; scores (c,) float64, positive; coverage (c,) float64: the share of the activation
    that its documents carry; present (t, c) bool: whether example t holds it; weights (t,) float32: the
    examples' shares, sum 1.
    """

    phrases: NDArray[np.int64]
    scores: NDArray[np.float64]
    coverage: NDArray[np.float64]
    present: NDArray[np.bool_]
    weights: NDArray[np.float32]


def choose(candidates: Candidates, table: PhraseTable) -> tuple[list[int], list[int]]:
    """Phrases for the label, the best first, and a few spare ones for telling equal labels apart."""
    words = [_words(int(phrase), table) for phrase in candidates.phrases]
    if not words:
        return [], []
    roots = [roots_of(phrase) for phrase in words]
    every = list(range(len(words)))
    enough = _enough(candidates)
    first = _completed(0, candidates, words, every)
    chosen, spare = [first], list[int]()
    allowed = [i for i in every if not alike(roots[i], roots[first])]
    uncovered = candidates.weights * ~candidates.present[:, first]
    while allowed and len(spare) < _SPARE:
        news = (uncovered @ candidates.present) / np.maximum(candidates.coverage, 1e-9)
        gains = candidates.scores * (0.4 + 0.6 * news)
        best = max(allowed, key=lambda i: (gains[i], -i))
        whole = _completed(best, candidates, words, every)
        if whole not in allowed:
            # Its examples say it inside a longer phrase that repeats what is chosen: "branch" after "red
            # giant".
            allowed.remove(best)
            continue
        telling = gains[whole] >= _TELLING * candidates.scores[first] and enough[whole]
        if not spare and telling and len(chosen) < _MOST and _fits([*chosen, whole], words):
            chosen.append(whole)
            uncovered = uncovered * ~candidates.present[:, whole]
        else:
            spare.append(whole)
        allowed = [i for i in allowed if not alike(roots[i], roots[whole])]
    return [int(candidates.phrases[i]) for i in chosen], [int(candidates.phrases[i]) for i in spare]


def shortlist(
    candidates: Candidates, table: PhraseTable, most: int, known: dict[int, frozenset[str]]
) -> list[int]:
    """Places of up to `most` candidates that are worth a closer look, best first.

    Variants of one phrase ("halo mass", "halo masses of") count for less with each one taken, so that they
    leave room for others (maximal marginal relevance, Carbonell and Goldstein 1998). Phrases of very few
    examples are left out where others are there. known: roots of phrases, kept from one call to the next.
    """
    enough = _enough(candidates)
    worth = np.where(enough, candidates.scores, 0.0) if enough.any() else candidates.scores.copy()
    roots = []
    for phrase in candidates.phrases.tolist():
        if phrase not in known:
            known[phrase] = roots_of(_words(phrase, table))
        roots.append(known[phrase])
    bit: dict[str, int] = {}
    masks = [sum({1 << bit.setdefault(root, len(bit)) for root in own}) for own in roots]
    taken: list[int] = []
    while len(taken) < most:
        best = int(np.argmax(worth)) if worth.size else -1
        if best < 0 or worth[best] <= 0:
            break
        taken.append(best)
        mine = masks[best]
        worth[[i for i, mask in enumerate(masks) if mask & mine]] *= _VARIANT
        worth[best] = 0.0
    return taken


def _enough(candidates: Candidates) -> NDArray[np.bool_]:
    """(c,) A phrase must stand in several examples to speak for the feature, where there are several."""
    holders = candidates.present.sum(axis=0)
    return np.asarray(
        (holders >= min(3, candidates.present.shape[0])) & (candidates.coverage >= _LEAST_COVERED)
    )


def _completed(i: int, candidates: Candidates, words: list[tuple[str, ...]], among: list[int]) -> int:
    """A longer phrase around phrase `i` that most of its examples hold too says it better: "dark" → "dark
    matter".
    """
    for _ in range(2):
        mine, least = set(words[i]), 0.6 * candidates.coverage[i]
        longer = [
            j
            for j in among
            if len(words[j]) > len(words[i]) and candidates.coverage[j] >= least and mine <= set(words[j])
        ]
        if not longer:
            break
        i = max(longer, key=lambda j: (candidates.scores[j], -j))
    return i


def _fits(chosen: list[int], words: list[tuple[str, ...]]) -> bool:
    return sum(len(" ".join(words[i])) + 3 for i in chosen) <= _LONGEST


def _words(phrase: int, table: PhraseTable) -> tuple[str, ...]:
    return tuple(table.words[word] for word in table.stems[phrase] if word >= 0)


def roots_of(words: tuple[str, ...]) -> frozenset[str]:
    """What a phrase has in common with those that say nearly the same: its words' parts cut to six letters,
    where "gravity" and "gravitational" meet, and its initials, marked so that they meet the short form alone.
    """
    parts = [part for word in words for part in word.split("-") if part]
    roots = {part[:6] for part in parts}
    if len(parts) > 1:
        roots.add(_SHORT + "".join(part[0] for part in parts))
    elif parts:
        roots.add(_SHORT + parts[0])
    return frozenset(roots)


def alike(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether phrases of these roots say nearly the same: they share one, or one is the other's initials."""
    return not a.isdisjoint(b)
