"""Different names for different families, above all for relatives."""

from __future__ import annotations

from collections.abc import Sequence

from saerch_desktop.features.families.family import Family
from saerch_desktop.features.families.name_choice import Option
from saerch_desktop.features.phrases import stem


def named_apart(
    families: Sequence[Family], possible: Sequence[Sequence[Option]], last: Sequence[str]
) -> list[tuple[str, ...]]:
    """A name for each family, as its phrases.

    Where several would like the same one, the family of which it is best gets it, and the others what is free
    of theirs. last: a name for each where its options are used up, or it has none.
    """
    taken: dict[str, int] = {}
    names: list[tuple[str, ...]] = [()] * len(families)
    waiting = [(i, 0) for i in range(len(families))]
    while waiting:
        # By what each would lose if it had to take its next option.
        i, at = max(waiting, key=lambda item: (_need(possible[item[0]], item[1]), -item[0]))
        waiting.remove((i, at))
        some = possible[i]
        if at >= len(some):
            names[i] = _unlike(some, last[i], taken)
        elif key_of(some[at].phrases) in taken:
            waiting.append((i, at + 1))
            continue
        else:
            names[i] = some[at].phrases
        taken[key_of(names[i])] = i
    return names


def key_of(phrases: Sequence[str]) -> str:
    """The same for names that say the same in another order, or in the plural."""
    return " · ".join(sorted(" ".join(stem(word) for word in phrase.split()) for phrase in phrases))


def _need(some: Sequence[Option], at: int) -> float:
    if at >= len(some):
        return float("-inf")
    return some[at].score - (some[at + 1].score if at + 1 < len(some) else 0.0)


def _unlike(some: Sequence[Option], last: str, taken: dict[str, int]) -> tuple[str, ...]:
    """All its options are others' names: its best one with what it would be called otherwise."""
    best = some[0].phrases[:1] if some else ()
    for name in (*((*best, option.phrases[0]) for option in some[1:]), (last,), (*best, last)):
        if key_of(name) not in taken:
            return name
    return (last,)
