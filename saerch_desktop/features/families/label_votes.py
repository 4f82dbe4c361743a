"""How many members say a phrase in their own names: what several of them say may name all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.family import Family
from saerch_desktop.features.judge import JOINT
from saerch_desktop.features.phrases import stem

_ROOT: Final = 0.25  # the root's vote, as a share of all members
_LONGEST: Final = 40  # characters of a phrase that is taken over from names
_TAKEN_OVER: Final = 4


class LabelVotes:
    """The names of a family's members, split into phrases, as votes for what it could be called.

    text: what a feature is called; "#12" for one without a name, which is no vote.
    """

    def __init__(self, family: Family, text: Callable[[int], str]) -> None:
        self._root = family.root
        self._said = {member: _phrases(text(member)) for member in family.members}
        self._sets = {
            member: [set(_stems(phrase)) for phrase in phrases] for member, phrases in self._said.items()
        }

    def of(self, phrase: str) -> float:
        """The share of members whose name holds the phrase, 0 to 1, and a quarter more if the root's does."""
        return float(self.voters(phrase).mean()) + (_ROOT if self._holds(self._root, phrase) else 0.0)

    def voters(self, phrase: str) -> NDArray[np.bool_]:
        """(members,) whose name holds the phrase, in the family's order."""
        return np.asarray([self._holds(member, phrase) for member in self._said], np.bool_)

    def further(self, known: set[str]) -> list[str]:
        """Phrases of the root's name, and such as several members' names share, that are not `known`, which
        is in small letters.
        """
        counts = Counter(
            phrase
            for phrases in self._said.values()
            for phrase in {p.casefold(): p for p in phrases}.values()
        )
        own = self._said.get(self._root, []) if self._root is not None else []
        shared = [phrase for phrase, count in counts.most_common() if count > 1]
        once = {phrase.casefold(): phrase for phrase in (*own, *shared)}
        return [text for key, text in once.items() if key not in known and len(text) <= _LONGEST][
            :_TAKEN_OVER
        ]

    def _holds(self, member: int | None, phrase: str) -> bool:
        if member is None:
            return False
        words = set(_stems(phrase))
        return bool(words) and any(words <= said for said in self._sets[member])


def _phrases(label: str) -> list[str]:
    return [part.strip() for part in label.split(JOINT) if part.strip() and not part.startswith("#")]


def _stems(phrase: str) -> list[str]:
    return [stem(word) for word in phrase.split()]
