"""Families in the place of features, for whatever asks where something is active."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.family import Family
from saerch_desktop.features.families.strength import Strength, strength_of
from saerch_desktop.features.hard_negatives import spread
from saerch_desktop.features.inverted import InvertedIndex

_MORE_THAN_CHANCE: Final = 2.0
_TOP_SHARE: Final = 0.1
_KEPT: Final = 8192  # documents of a family, evenly spread over its strength: more than anything looks at


def active_documents(inverted: InvertedIndex, family: Family, documents: int) -> Strength:
    """The documents that a family is about, strongest first.

    Those where its root is active; where so many members meet as do twice as often as they would by chance,
    two at least; and, since members may exclude each other, the strongest tenth of each member's documents
    (the paper takes a family's tests from these). documents: how many rows there are.
    """
    found = strength_of(inverted, family.members, documents)
    about = np.zeros(documents, np.bool_)
    about[found.rows[found.meeting >= _least(found, inverted, family, documents)]] = True
    if family.root is not None:
        about[inverted.of(family.root)[0]] = True
    for member in family.members:
        rows = inverted.of(member)[0]
        about[rows[: math.ceil(rows.size * _TOP_SHARE)]] = True
    kept = about[found.rows]
    return Strength(found.rows[kept], found.sums[kept], found.meeting[kept])


class FamilyLines:
    """Where each of some families is active, by its place among them; at most 8,192 documents of each."""

    def __init__(self, inverted: InvertedIndex, families: Sequence[Family], documents: int) -> None:
        self.counts: list[int] = []  # of all the documents of each
        self._lines: list[tuple[NDArray[np.int32], NDArray[np.float32]]] = []
        for family in families:
            found = active_documents(inverted, family, documents)
            self.counts.append(found.rows.size)
            places = spread(np.arange(found.rows.size), _KEPT)
            self._lines.append((found.rows[places].astype(np.int32), found.sums[places]))

    def of(self, family: int, /) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Rows and summed activations, strongest first."""
        return self._lines[family]


class TouchedLines:
    """Where any member of a family is active: what is no example of a document without the family."""

    def __init__(self, inverted: InvertedIndex, families: Sequence[Family]) -> None:
        self._inverted = inverted
        self._families = families

    def of(self, family: int, /) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Rows, ascending, and at each the activation of one of the members."""
        lines = [self._inverted.of(member) for member in self._families[family].members]
        rows, first = np.unique(np.concatenate([rows for rows, _ in lines]), return_index=True)
        return rows, np.concatenate([values for _, values in lines])[first]


def _least(found: Strength, inverted: InvertedIndex, family: Family, documents: int) -> int:
    """How many members must meet for it to be more than chance (Poisson, as if they were independent)."""
    rate = sum(inverted.of(member)[0].size for member in family.members) / max(1, documents)
    seen = np.bincount(found.meeting)[::-1].cumsum()[::-1]  # documents where at least so many meet
    below, term = math.exp(-rate), math.exp(-rate)  # P(fewer than 1), P(exactly 0)
    for least in range(2, seen.size):
        term *= rate / (least - 1)
        below += term
        if seen[least] >= _MORE_THAN_CHANCE * documents * (1.0 - below):
            return least
    return max(2, seen.size)
