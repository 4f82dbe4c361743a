"""What families and features are called in the families pane, and what their names rest on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.grades import Claim

if TYPE_CHECKING:
    from saerch_desktop.features.families.family import Family
    from saerch_desktop.features.feature_set import FeatureSet

_MOST_LOOKED: Final = 20_000  # things that a search walks through

Namer = Callable[[Focus], str]


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """Names of one book. Asks the labels anew each time: the analyst may rename a feature meanwhile."""

    book: FamilyBook
    features: FeatureSet

    def text(self, what: Focus) -> str:
        if what.family is not None:
            return self.book.text(what.family, self.features.labels.text)
        return "" if what.feature is None else self.features.labels.text(what.feature)

    def claim(self, what: Focus) -> Claim | None:
        """What the name's grade rests on."""
        if what.family is not None:
            return self.book.name(what.family)
        return None if what.feature is None else self.features.labels.get(what.feature)

    def verified(self, what: Focus) -> bool:
        return what.feature is not None and self.features.labels.mark(what.feature).verified

    def density(self, what: Focus) -> float | None:
        """Share of the documents where it is active; None where that was not measured."""
        if what.family is not None:
            family = self.book.get(what.family)
            return family.figures.density if family is not None else None
        return None if what.feature is None else float(self.features.statistics.density[what.feature])


def size_words(family: Family) -> str:
    count = len(family.members)
    return "1 feature" if count == 1 else f"{count:,} features"


def meets(text: str, words: str) -> bool:
    """Whether every typed word is somewhere in the text."""
    folded = text.casefold()
    return all(word in folded for word in words.casefold().split())


def next_called(names: Names, words: str, after: Focus | None) -> Focus | None:
    """The next family or feature whose name has these words, in the order of the book and round its end."""
    if not words.strip():
        return None
    found: dict[Focus, None] = {}
    for family in names.book:
        found[Focus(family.key)] = None
        if len(found) < _MOST_LOOKED:
            found.update(dict.fromkeys(Focus(feature=member) for member in family.members))
    things = list(found)
    start = things.index(after) + 1 if after in found and after is not None else 0
    return next((what for what in (*things[start:], *things[:start]) if meets(names.text(what), words)), None)


def features_of(names: Names, things: Sequence[Focus]) -> tuple[int, ...]:
    """The features meant by some features and families, each once."""
    found: dict[int, None] = {}
    for what in things:
        if what.feature is not None:
            found[what.feature] = None
        elif what.family is not None and (family := names.book.get(what.family)) is not None:
            found.update(dict.fromkeys(family.members))
    return tuple(found)
