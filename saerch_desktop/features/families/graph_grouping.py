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
    drawn = set(free)
    for node in nodes:
        if node.kind == "family" and node.key is not None:
            drawn.update(book.families[node.key].members)
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
        there = len(drawn.intersection(family.members))
        size = len(family.members)
        groups.append(Group(key, name, tuple(sorted(places)), size, grade, density, over, there))
    return tuple(groups)


def parts_to_open(
    book: FamilyBook, family: Family, expanded: frozenset[str], closed: frozenset[str], room: int
) -> frozenset[str]:
    """Parts all of whose members are drawn one by one, so that as many of a family's members as `room` nodes
    allow are seen: the smallest first, and not more than can have a ground of their own. expanded: parts that
    are opened in any case; closed: those that are not.
    """
    parts = book.parts(family.key)
    alone = set(family.members).difference(*(part.members for part in parts)) - {family.root}
    nodes = (family.root is not None) + len(alone) + len(parts)
    nodes += sum(len(part.members) for part in parts if part.key in expanded)
    found: set[str] = set()
    shown = {family.root}
    for part in sorted(parts, key=lambda part: (len(part.members), part.key)):
        if part.key in expanded | closed or len(found) >= _MOST - 1:
            continue
        more = len(set(part.members) - shown) - 1
        if nodes + more <= room:
            nodes += more
            found.add(part.key)
            shown.update(part.members)
    return frozenset(found)


def without_detours(found: dict[tuple[int, int], float]) -> dict[tuple[int, int], float]:
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
