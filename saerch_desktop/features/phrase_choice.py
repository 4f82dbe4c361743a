"""Which two or three of a feature's telling phrases make its label: telling, readable, and not twice the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.phrases import PhraseTable

_MOST = 3
_LONGEST = 60  # characters of a label
_SPARE = 6


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """A feature's most telling phrases, best first.

    phrases (c,) int64; scores (c,) float64; coverage (c,) float64: the share of the activation that its documents
    carry; present (t, c) bool: whether example t holds it; weights (t,) float32: the examples' shares, sum 1.
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
    first = _completed(0, candidates, words)
    chosen = [first]
    uncovered = candidates.weights * ~candidates.present[:, first]
    spare: list[int] = []
    for _ in range(len(words)):
        gains = candidates.scores * (0.4 + 0.6 * (uncovered @ candidates.present) / np.maximum(candidates.coverage, 1e-9))
        allowed = [
            i for i in range(len(words)) if not any(alike(words[i], words[other]) for other in (*chosen, *spare))
        ]
        if not allowed:
            break
        best = max(allowed, key=lambda i: (gains[i], -i))
        best = _completed(best, candidates, words, allowed)
        telling = gains[best] >= 0.45 * candidates.scores[first] and _enough(candidates, best)
        if not spare and telling and len(chosen) < _MOST and _fits([*chosen, best], words):
            chosen.append(best)
            uncovered = uncovered * ~candidates.present[:, best]
        else:
            spare.append(best)
            if len(spare) == _SPARE:
                break
    return [int(candidates.phrases[i]) for i in chosen], [int(candidates.phrases[i]) for i in spare]


def _enough(candidates: Candidates, i: int) -> bool:
    """A phrase must stand in several examples to speak for the feature, where there are several."""
    holders = int(candidates.present[:, i].sum())
    return holders >= min(3, candidates.present.shape[0]) and candidates.coverage[i] >= 0.1


def _completed(
    i: int, candidates: Candidates, words: list[tuple[str, ...]], allowed: list[int] | None = None
) -> int:
    """A longer phrase around phrase `i` that most of its examples hold too says it better: "dark" → "dark matter"."""
    for _ in range(2):
        longer = [
            j
            for j in (range(len(words)) if allowed is None else allowed)
            if len(words[j]) > len(words[i])
            and set(words[i]) <= set(words[j])
            and candidates.coverage[j] >= 0.6 * candidates.coverage[i]
        ]
        if not longer:
            break
        i = max(longer, key=lambda j: (candidates.scores[j], -j))
    return i


def _fits(chosen: list[int], words: list[tuple[str, ...]]) -> bool:
    return sum(len(" ".join(words[i])) + 3 for i in chosen) <= _LONGEST


def _words(phrase: int, table: PhraseTable) -> tuple[str, ...]:
    return tuple(table.words[word] for word in table.stems[phrase] if word >= 0)


def alike(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether two phrases say nearly the same: a shared word or word stem, or one is the other's initials."""
    parts_a = [part for word in a for part in word.split("-")]
    parts_b = [part for word in b for part in word.split("-")]
    if _initials(a, parts_b) or _initials(b, parts_a):
        return True
    return any(_same_root(one, other) for one in parts_a for other in parts_b)


def _initials(short: tuple[str, ...], parts: list[str]) -> bool:
    return len(short) == 1 and len(parts) > 1 and short[0] == "".join(part[:1] for part in parts)


def _same_root(one: str, other: str) -> bool:
    if one == other:
        return True
    least = min(len(one), len(other))
    shared = 0
    for x, y in zip(one, other, strict=False):
        if x != y:
            break
        shared += 1
    return shared >= 5 and shared >= 0.6 * least
