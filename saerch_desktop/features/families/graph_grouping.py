"""What makes a graph readable: families drawn around their members, and no arrow that others say already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from saerch_desktop.features.families.graph_parts import Group, Node
from saerch_desktop.features.label import Grade

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.families.family import Family

_FEWEST: Final = 3
_MOST: Final = 8


def groups_in_view(
    book: FamilyBook,
    nodes: Sequence[Node],
    opened: Sequence[str],
    focus: int | str,
    described: Callable[[Family], tuple[str, Grade, float]],
) -> tuple[Group, ...]:
    """Families around their members: those that were opened, that of the focus, then the narrowest ones of
    which most members are in view. No node is in two of them; an opened family keeps its root. described:
    name, grade and density of a family.
    """
    free = {
        node.feature: place
        for place, node in enumerate(nodes)
        if node.kind == "feature" and node.feature is not None
    }
    parts = {node.key: place for place, node in enumerate(nodes) if node.kind == "family"}
    wanted = list(reversed(opened))  # parts before what they are part of
    if isinstance(focus, int):
        wanted += [family.key for family in book.of_feature(focus)[:1]]
    roots: dict[int, str] = {}
    for key in opened:  # the broadest one first
        root = book.families[key].root
        if root is not None:
            roots.setdefault(root, key)
    seen: dict[str, int] = {}
    for feature in free:
        for family in book.of_feature(feature)[:1]:
            seen[family.key] = seen.get(family.key, 0) + 1
    crowd = sorted(seen, key=lambda key: (-seen[key], len(book.families[key].members), key))
    groups: list[Group] = []
    for key in dict.fromkeys((*wanted, *crowd)):
        family = book.families[key]
        own = [one for one in family.members if one in free and roots.get(one, key) == key]
        inside = [part.key for part in book.parts(key) if part.key in parts] if key in wanted else []
        if len(own) + len(inside) < (2 if key in wanted else _FEWEST) or len(groups) >= _MOST:
            continue
        over = free[family.root] if family.root in own else None
        places = [free.pop(one) for one in own] + [parts.pop(one) for one in inside]
        name, grade, density = described(family)
        groups.append(Group(key, name, tuple(sorted(places)), len(family.members), grade, density, over))
    return tuple(groups)


def without_detours(found: dict[tuple[int, int], float]) -> dict[tuple[int, int], float]:
def parts_to_open(
    book: FamilyBook, family: Family, opened: frozenset[str], closed: frozenset[str], room: int
) -> frozenset[str]:
    """Parts whose members are drawn one by one, so that as many of a family's members as `room` nodes allow
    are seen: the smallest first, and not more than can have a ground of their own. opened: those that are in
    any case; closed: those that are not.
    """
    found = opened
    tried = closed | {family.key}
    while len(found) < _MOST - 1:
        reach = [family, *(book.families[key] for key in found if key in book.families)]
        parts = {part.key: part for one in reach for part in book.parts(one.key)}
        left = [part for key, part in parts.items() if key not in tried | found]
        if not left:
            break
        part = min(left, key=lambda one: (len(one.members), one.key))
        tried |= {part.key}
        if len(_content(book, family, found | {part.key})) <= room:
            found |= {part.key}
    return found


def _content(book: FamilyBook, family: Family, opened: frozenset[str]) -> set[int | str]:
    """What is drawn of a family: features by number, parts that are one node by key."""
    out: set[int | str] = set() if family.root is None else {family.root}
    inside: set[int] = set()
    for part in book.parts(family.key):
        inside.update(part.members)
        out |= _content(book, part, opened - {family.key}) if part.key in opened else {part.key}
    return out | (set(family.members) - inside)


    """Parent edges without those that a way over other nodes says already (transitive reduction)."""
    below: dict[int, set[int]] = {}
    for parent, child in found:
        below.setdefault(parent, set()).add(child)
    reach: dict[int, set[int]] = {}

    def all_below(place: int, on_the_way: frozenset[int] = frozenset()) -> set[int]:
        if place not in reach:
            way = on_the_way | {place}
            out: set[int] = set()
            for child in below.get(place, set()) - way:
                out |= {child} | all_below(child, way)
            reach[place] = out
        return reach[place]

    return {
        (parent, child): weight
        for (parent, child), weight in found.items()
        if not any(child in all_below(other) for other in below[parent] if other != child)
    }
