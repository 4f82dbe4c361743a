"""Finding features by the words of their labels: all texts in one array of bytes, looked through at once."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

NOWHERE: Final = 3
"""The closeness of a label that is not found."""

_LINE: Final = 0x0A  # before every label; no folded text holds it
_REBUILT: Final = 1024  # so many changed labels are looked through one by one before all are joined again
_FEW: Final = 1024  # so many labels are looked through one by one
_KEPT: Final = 16  # answers kept, a byte for each feature
_ACCENTS: Final = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]")
# The characters that have a bit of their own in a label's set of characters.
_SINGLE: Final = bytes([*range(0x21, 0x41), *range(0x5B, 0x7B)])


def fold(text: str) -> str:
    """The text as it is compared: case and accents away, one space between words."""
    folded = text.casefold()
    if not folded.isascii():
        folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", folded)).casefold()
    return " ".join(folded.split())


class LabelIndex:
    """The folded labels of `features` features; immutable, so it may be read from any thread.

    `with_changes` gives the next one: it shares the joined texts and keeps the few changed labels beside
    them, so that a new name costs next to nothing among 100,000.
    """

    __slots__ = ("_base", "_changed", "features")

    def __init__(self, features: int, texts: Iterable[tuple[int, str]]) -> None:
        """texts: (feature, label as shown); the others have none."""
        folded: list[str | None] = [None] * features
        for feature, text in texts:
            folded[feature] = fold(text)
        self.features = features
        self._base = _Base(folded)
        self._changed: dict[int, str | None] = {}

    def with_changes(self, texts: Mapping[int, str | None]) -> LabelIndex:
        """The index where these features have these labels, or None."""
        made = LabelIndex.__new__(LabelIndex)
        made.features, made._base = self.features, self._base
        made._changed = dict(self._changed)
        for feature, text in texts.items():
            folded = None if text is None else fold(text)
            if folded == self._base.texts[feature]:
                made._changed.pop(feature, None)
            else:
                made._changed[feature] = folded
        if len(made._changed) > _REBUILT:
            joined = list(self._base.texts)
            for feature, changed in made._changed.items():
                joined[feature] = changed
            made._base, made._changed = _Base(joined), {}
        return made

    def text(self, feature: int) -> str | None:
        """The folded label."""
        return self._changed[feature] if feature in self._changed else self._base.texts[feature]

    def labelled(self) -> NDArray[np.bool_]:
        """(features,) which have a label."""
        there = self._base.labelled.copy()
        for feature, text in self._changed.items():
            there[feature] = text is not None
        return there

    def find(self, phrase: str) -> NDArray[np.int8]:
        """(features,) 0 where a label begins with the phrase, 1 where a word does, 2 where it occurs at all,
        else NOWHERE. An empty phrase is found in every label.
        """
        wanted = fold(phrase)
        close = self._base.find(wanted).copy()
        for feature, text in self._changed.items():
            close[feature] = _closeness(text, wanted)
        return close

    def closeness(self, wanted: Iterable[str], without: Iterable[str] = ()) -> NDArray[np.int8]:
        """(features,) 0 where the label begins with the words in this order, 1 where every word begins a
        word, 2 where all occur at all; NOWHERE else, without a label, and where one of `without` occurs.
        """
        words = [folded for word in wanted if (folded := fold(word))]
        unwanted = [folded for word in without if (folded := fold(word))]
        close = np.where(self.labelled(), np.int8(0), np.int8(NOWHERE))
        if len(words) == 1:
            close = self.find(words[0])
        elif words:
            for word in sorted(words, key=len, reverse=True):
                close = self._narrowed(close, word)
            # Each word may begin the label, or none: only all of them together in this order count.
            close[close == 0] = 1
            together = " ".join(words)
            for feature in self._few(close < NOWHERE, together):
                close[feature] = _closeness(self.text(feature), together) and close[feature]
        for word in unwanted:
            self._remove(close, word)
        return close

    def _narrowed(self, close: NDArray[np.int8], word: str) -> NDArray[np.int8]:
        left = np.flatnonzero(close < NOWHERE)
        if left.size > _FEW:
            return np.maximum(close, self.find(word))
        for feature in left.tolist():
            close[feature] = max(int(close[feature]), _closeness(self.text(feature), word))
        return close

    def _remove(self, close: NDArray[np.int8], word: str) -> None:
        left = np.flatnonzero(close < NOWHERE)
        if left.size > _FEW:
            close[self.find(word) < NOWHERE] = NOWHERE
            return
        for feature in left.tolist():
            if word in (self.text(feature) or ""):
                close[feature] = NOWHERE

    def _few(self, among: NDArray[np.bool_], phrase: str) -> list[int]:
        """Features of `among` that may have the phrase."""
        left = np.flatnonzero(among)
        if left.size > _FEW:
            left = np.flatnonzero(among & (self.find(phrase) == 0))
        found: list[int] = left.tolist()
        return found

    def alphabetical(self) -> NDArray[np.float64]:
        """(features,) a number that grows with the label in the alphabet; inf without one.

        Labels that are the same but for case and accents have the same number.
        """
        ranks, ordered = self._base.ranks()
        if not self._changed:
            return ranks
        keys = ranks.copy()
        gaps: dict[int, list[str]] = {}
        for text in {text for text in self._changed.values() if text is not None}:
            at = bisect_left(ordered, text)
            if at == len(ordered) or ordered[at] != text:
                gaps.setdefault(at, []).append(text)
        between = {
            text: at - 1 + (place + 1) / (len(texts) + 1)
            for at, texts in gaps.items()
            for place, text in enumerate(sorted(texts))
        }
        for feature, changed in self._changed.items():
            if changed is None:
                keys[feature] = np.inf
            else:
                keys[feature] = between[changed] if changed in between else bisect_left(ordered, changed)
        return keys


class _Base:
    """Labels joined as UTF-8: a line feed before each, so that nothing is found across two of them.

    Every pair of neighbouring bytes knows its places, so a phrase is looked for only where its rarest pair
    stands; single characters are looked up in a set of bits for each label.
    """

    def __init__(self, texts: list[str | None]) -> None:
        self.texts = texts
        self.labelled = np.fromiter((text is not None for text in texts), np.bool_, len(texts))
        joined = "".join(f"\n{text}" for text in texts if text is not None)
        self._bytes = np.frombuffer(joined.encode(errors="replace"), np.uint8)
        self._owners = np.flatnonzero(self.labelled)
        line = self._bytes == _LINE
        self._lines = np.flatnonzero(line)
        # Which feature a byte belongs to.
        self._owner = np.repeat(self._owners, np.diff(self._lines, append=self._bytes.size)).astype(np.int32)
        inside = np.zeros(256, np.bool_)
        inside[ord("a") : ord("z") + 1] = inside[ord("0") : ord("9") + 1] = inside[0x80:] = True
        # What a phrase that begins at a byte begins: 0 the label, 1 a word, 2 nothing.
        self._begins = np.full(self._bytes.size, 2, np.int8)
        self._begins[1:][~inside[self._bytes[:-1]]] = 1
        self._begins[1:][line[:-1]] = 0
        low, high = self._bytes[:-1].astype(np.uint16), self._bytes[1:].astype(np.uint16)
        self._pairs = low | high << 8
        # A stable sort of 16-bit numbers takes linear time.
        self._places = np.argsort(self._pairs, kind="stable").astype(np.int32)
        self._starts = np.concatenate(([0], np.cumsum(np.bincount(self._pairs, minlength=1 << 16))))
        self._sets = self._character_sets()
        self._ranks: tuple[NDArray[np.float64], list[str]] | None = None
        # While one word is typed the others stay.
        self.find = lru_cache(_KEPT)(self._search)

    def _character_sets(self) -> list[NDArray[np.uint64]]:
        """For each label the characters it begins with, those its words begin with, and all of them."""
        if not self._owners.size:
            return [np.zeros(0, np.uint64)] * 3
        bits = np.zeros(256, np.uint64)
        bits[list(_SINGLE)] = np.uint64(1) << np.arange(len(_SINGLE), dtype=np.uint64)
        made = bits[self._bytes]
        sets = []
        for most in (2, 1, 0):
            made[self._begins > most] = 0
            sets.append(np.bitwise_or.reduceat(made, self._lines))
        return sets[::-1]

    def _search(self, wanted: str) -> NDArray[np.int8]:
        """As `LabelIndex.find`; what comes back belongs to this object."""
        pattern = wanted.encode(errors="replace")
        close = np.full(len(self.texts), NOWHERE, np.int8)
        if not pattern:
            close[self.labelled] = 0
        elif len(pattern) == 1 and pattern in _SINGLE:
            bit = np.uint64(1 << _SINGLE.index(pattern))
            for value in (2, 1, 0):
                close[self._owners[(self._sets[value] & bit) != 0]] = value
        else:
            at = self._positions(np.frombuffer(pattern, np.uint8))
            owner, begins = self._owner[at], self._begins[at]
            close[owner] = 2
            word = begins < 2
            owner, begins = owner[word], begins[word]
            close[owner] = 1
            close[owner[begins == 0]] = 0
        return close

    def _positions(self, pattern: NDArray[np.uint8]) -> NDArray[np.intp] | NDArray[np.int32]:
        """Where the pattern begins, in rising order."""
        if pattern.size == 1:
            return np.flatnonzero(self._bytes == pattern[0])
        pairs = (pattern[:-1].astype(np.uint16) | pattern[1:].astype(np.uint16) << 8).tolist()
        first, last = self._starts[pairs].tolist(), self._starts[[pair + 1 for pair in pairs]].tolist()
        rarest = min(range(len(pairs)), key=lambda place: int(last[place] - first[place]))
        at = self._places[first[rarest] : last[rarest]] - rarest
        at = at[(at >= 0) & (at <= self._bytes.size - pattern.size)]
        # Every other pair, counted from the rarest, covers all bytes.
        others = {*range(rarest % 2, len(pairs), 2), 0, len(pairs) - 1} - {rarest}
        for place in sorted(others):
            at = at[self._pairs[at + place] == pairs[place]]
        return at

    def ranks(self) -> tuple[NDArray[np.float64], list[str]]:
        """Each label's place among the different ones, and those in order; made when first asked for."""
        if self._ranks is None:
            ordered = sorted({text for text in self.texts if text is not None})
            place = {text: float(number) for number, text in enumerate(ordered)}
            ranks = np.fromiter(
                (np.inf if text is None else place[text] for text in self.texts), np.float64, len(self.texts)
            )
            self._ranks = (ranks, ordered)
        return self._ranks


def _closeness(text: str | None, wanted: str) -> int:
    """The same for one text."""
    if text is None or wanted not in text:
        return NOWHERE
    if text.startswith(wanted):
        return 0
    at = text.find(wanted)
    while at > 0:
        before = text[at - 1]
        if before.isascii() and not before.isalnum():
            return 1
        at = text.find(wanted, at + 1)
    return 2
