"""Different names for different families, and for a part of a family a narrower one."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from math import inf

from saerch_desktop.features.families.family import Family
from saerch_desktop.features.families.name_choice import Option
from saerch_desktop.features.judge import JOINT
from saerch_desktop.features.phrases import stem


def named_apart(
    families: Sequence[Family], possible: Sequence[Sequence[Option]], last: Sequence[str]
) -> list[tuple[str, ...]]:
    """A name for each family, as its phrases.

    Broad families choose first. Of those of one level that would like the same name the one gets it that
    would lose most without it, and the others the next that is free. A family is not called what all of one
    of its parents' phrases says already: no "neutrino" among the "neutrino oscillations". last: a name for
    each whose options are used up, or that has none.
    """
    place = {family.key: i for i, family in enumerate(families)}
    above = [_ancestors(families, place, i) for i in range(len(families))]
    taken: set[str] = set()
    names: list[tuple[str, ...]] = [()] * len(families)
    for level in sorted({family.level for family in families}):
        waiting = [(-_need(possible[i], 0), i, 0) for i, f in enumerate(families) if f.level == level]
        heapify(waiting)
        while waiting:
            _, i, at = heappop(waiting)
            some, said = possible[i], [names[other] for other in above[i]]
            if at < len(some) and (key_of(some[at].phrases) in taken or _says_less(some[at].phrases, said)):
                heappush(waiting, (-_need(some, at + 1), i, at + 1))
                continue
            names[i] = some[at].phrases if at < len(some) else _unlike(some, last[i], taken, said)
            taken.add(key_of(names[i]))
    return names


def key_of(phrases: Sequence[str]) -> str:
    """The same for names that say the same in another order, or in the plural."""
    return JOINT.join(sorted(" ".join(_words(phrase)) for phrase in phrases))


def _words(phrase: str) -> list[str]:
    return [stem(word) for word in phrase.split()]


def _ancestors(families: Sequence[Family], place: dict[str, int], i: int) -> list[int]:
    found: list[int] = []
    waiting = list(families[i].parents)
    while waiting:
        at = place.get(waiting.pop())
        if at is not None and at != i and at not in found:
            found.append(at)
            waiting += families[at].parents
    return found


def _says_less(phrases: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether every phrase is a part of one of another name's, or the whole of it."""
    return any(
        all(any(set(_words(phrase)) <= set(_words(more)) for more in other) for phrase in phrases)
        for other in others
        if other
    )


def _need(some: Sequence[Option], at: int) -> float:
    """What a family would lose if it had to take its next option."""
    if at >= len(some):
        return -inf
    return some[at].score - (some[at + 1].score if at + 1 < len(some) else 0.0)


def _unlike(
    some: Sequence[Option], last: str, taken: set[str], said: Sequence[Sequence[str]]
) -> tuple[str, ...]:
    """All its options are others' names: its best one with what it would be called otherwise."""
    best = some[0].phrases[:1] if some else ()
    for name in (*((*best, option.phrases[0]) for option in some[1:]), (last,), (*best, last)):
        distinct = len(set(map(str.casefold, name))) == len(name)
        if distinct and key_of(name) not in taken and not _says_less(name, said):
            return name
    return (last,)
