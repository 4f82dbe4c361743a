"""Which documents a language model is shown about a feature, and on which its name is tested.

Examples come from the documents that may be used to make names, tests from those held out of it; no text is
in both. Chosen with a seed: the same SAE, protocol and seed choose the same documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.hard_negatives import CaseFinder, Lines
from saerch_desktop.features.held_out import held_out
from saerch_desktop.features.llm.prompts import ShownText
from saerch_desktop.features.llm.settings import Protocol

if TYPE_CHECKING:
    from saerch_desktop.library.library import Library

Rows = NDArray[np.int64]
_AT_HAND: Final = 12  # random candidates for each text wanted
_MOST_READ: Final = 12  # candidates read for each text wanted before shorter ones are taken
_DRAWN: Final = 64  # candidates from one stratum
_TOP_SHARE: Final = 0.1


class NothingToShowError(Exception):
    """The feature has no document to name it from; the text says why, for the user."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The documents of one feature. firing, silent: examples as they are shown, firing ones strongest first.
    tests, truth: texts to be predicted and whether the feature is active in them, in an order that tells
    nothing. rows: of firing, silent and tests, in that order. members: what a family's features are called.
    """

    firing: tuple[ShownText, ...]
    silent: tuple[ShownText, ...]
    tests: tuple[str, ...]
    truth: tuple[bool, ...]
    rows: tuple[int, ...]
    members: tuple[str, ...] = ()


class Chooser:
    """Chooses for any feature of one SAE. Safe to use from several threads."""

    def __init__(
        self,
        library: Library,
        features: FeatureSet,
        protocol: Protocol,
        seed: int = 0,
        lines: Lines | None = None,
        touched: Lines | None = None,
    ) -> None:
        """lines: of what else documents are chosen for, where that is active; touched: which documents are
        never examples of its silence.
        """
        self._lines: Lines = lines or features.inverted
        self._touched = touched
        self._library = library
        self._features = features
        self._protocol = protocol
        self._seed = seed
        vectors = library.vectors
        self._without = np.empty(0, np.int64) if vectors is None else vectors.missing
        self._close = None
        if protocol.hard and vectors is not None:
            self._close = [
                CaseFinder(vectors, self._lines, testing=tests, touched=touched) for tests in (False, True)
            ]

    def of(self, feature: int, characters: int | None = None) -> Chosen:
        """The feature's documents, cut to `characters` (None: as the protocol says). NothingToShowError."""
        steps = self._protocol
        random = np.random.default_rng([self._seed, feature])
        active, values = self._lines.of(feature)
        rows = np.asarray(active, np.int64)
        if not rows.size:
            raise NothingToShowError("it is active in no document")
        apart = held_out(rows)
        taken = _Texts(self._library, steps.shortest, characters or steps.characters)
        examples = rows[~apart]
        if not examples.size:
            raise NothingToShowError("all documents where it is active are kept for tests")
        firing = taken.first(_by_strength(examples, steps.positives, steps.stratified, random))
        if not firing:
            raise NothingToShowError("the documents where it is active hold no text")
        place = {row: int(np.flatnonzero(rows == row)[0]) for row in firing}
        firing.sort(key=lambda row: place[row])
        silent = taken.first(self._silent(feature, steps.negatives, False, random))
        if steps.stratified:
            wanted = _by_strength(rows[apart], steps.tests, True, random)
        else:
            wanted = [(_after(rows, apart, firing[-1]), steps.tests)]
        fires = taken.first(wanted)
        quiet = taken.first(self._silent(feature, steps.tests, True, random))
        tests = [*((row, True) for row in fires), *((row, False) for row in quiet)]
        tests = [tests[at] for at in random.permutation(len(tests))]

        return Chosen(
            firing=tuple(ShownText(taken[row], float(values[place[row]])) for row in firing),
            silent=tuple(ShownText(taken[row]) for row in silent),
            tests=tuple(taken[row] for row, _ in tests),
            truth=tuple(truth for _, truth in tests),
            rows=(*firing, *silent, *(row for row, _ in tests)),
        )

    def _silent(
        self, feature: int, count: int, tests: bool, random: np.random.Generator
    ) -> list[tuple[Rows, int]]:
        """Candidates without the feature: some that are close to it, if the protocol wants, and any."""
        groups = []
        hard = 0
        if self._close is not None:
            hard = (count + 1) // 2
            groups.append((self._usable(self._close[tests].one(feature).negatives, feature, tests), hard))
        pool = np.unique(random.integers(0, self._features.codes.rows, 4 * _AT_HAND * count))
        groups.append((random.permutation(self._usable(pool, feature, tests)), count - hard))
        return groups

    def _usable(self, rows: Rows, feature: int, tests: bool) -> Rows:
        """Of `rows` those of the wanted side, with a vector, where the feature is silent."""
        rows = rows[(held_out(rows) == tests) & ~np.isin(rows, self._without)]
        if self._touched is not None:
            return np.asarray(rows[~np.isin(rows, self._touched.of(feature)[0])])
        codes = self._features.codes
        fires = (np.take(codes.indices, rows, axis=0) == feature) & (np.take(codes.values, rows, axis=0) > 0)
        return np.asarray(rows[~fires.any(axis=1)])


class _Texts:
    """Reads candidates until enough have a text worth showing that no other chosen document has."""

    def __init__(self, library: Library, shortest: int, characters: int) -> None:
        self._library = library
        self._shortest = shortest
        self._characters = characters
        self._read: dict[int, str] = {}
        self._taken: set[str] = set()
        self._rows: set[int] = set()

    def __getitem__(self, row: int) -> str:
        return self._read[row]

    def first(self, groups: Sequence[tuple[Rows, int]]) -> list[int]:
        """Of each group (candidates, how many) the first that serve; a shortage is made up from any group.

        Texts that are too short are taken only where longer ones run out.
        """
        found: list[int] = []
        for candidates, count in groups:
            self._take(candidates, count, found)
        wanted = sum(count for _, count in groups)
        for shortest in (self._shortest, 1):
            for candidates, _ in groups:
                self._take(candidates, wanted - len(found), found, shortest)
        return found

    def _take(self, candidates: Rows, count: int, found: list[int], shortest: int | None = None) -> None:
        shortest = self._shortest if shortest is None else shortest
        most = min(candidates.size, _MOST_READ * count)
        at = 0
        while count > 0 and at < most:
            some = [int(row) for row in candidates[at : at + max(count, 2)]]
            at += len(some)
            self._fetch(some)
            for row in some:
                text = self._read[row]
                if count > 0 and row not in self._rows and len(text) >= shortest and text not in self._taken:
                    self._rows.add(row)
                    self._taken.add(text)
                    found.append(row)
                    count -= 1

    def _fetch(self, rows: Iterable[int]) -> None:
        new = [row for row in rows if row not in self._read]
        for document in self._library.documents.many(new):
            self._read[document.row] = cut(document.title, document.text, self._characters)


def cut(title: str, text: str, characters: int) -> str:
    """Title and text as they are shown: white space made plain, at most `characters`, cut between words."""
    whole = "\n".join(filter(None, (" ".join(title.split()), " ".join(text.split()))))
    if len(whole) <= characters:
        return whole
    head = whole[: characters - 1]
    space = head.rfind(" ", characters // 2)
    return (head if space < 0 else head[:space]) + "…"


def _by_strength(
    rows: Rows, count: int, stratified: bool, random: np.random.Generator
) -> list[tuple[Rows, int]]:
    """The strongest `count`; or one at random from each of `count` strata, half of them in the top tenth.

    rows: strongest first. Names made from the strongest alone are too narrow (they describe the peak only).
    """
    if not stratified or rows.size <= count:
        return [(rows, count)]
    top = count // 2
    edge = min(max(top, round(rows.size * _TOP_SHARE)), rows.size - (count - top))
    parts = [*np.array_split(rows[:edge], top), *np.array_split(rows[edge:], count - top)]
    return [(_drawn(part, random), 1) for part in parts if part.size]


def _drawn(rows: Rows, random: np.random.Generator) -> Rows:
    """All of `rows` in any order, or some at random when they are many."""
    if rows.size <= _DRAWN:
        return np.asarray(random.permutation(rows))
    return np.asarray(rows[random.integers(0, rows.size, _DRAWN)])


def _after(rows: Rows, apart: NDArray[np.bool_], last: int) -> Rows:
    """Held-out rows in the order of strength from behind the weakest example on, then those before it."""
    place = int(np.flatnonzero(rows == last)[0])
    later = np.arange(rows.size) > place
    return np.concatenate([rows[apart & later], rows[apart & ~later][::-1]])
