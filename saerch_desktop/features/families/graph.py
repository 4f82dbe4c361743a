"""The graph around one feature or family: which nodes, which ties, which families are drawn as one node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.graph_grouping import groups_in_view, parts_to_open, without_detours
from saerch_desktop.features.families.graph_parts import (
    ASSOCIATION,
    PARENT,
    FamilyGraph,
    Group,
    Node,
    feature_id,
)
from saerch_desktop.features.families.ties import Measure, Ties
from saerch_desktop.features.label import Grade

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.families.cooccurrence import PairCounts
    from saerch_desktop.features.families.family import Family
    from saerch_desktop.features.feature_set import FeatureSet

__all__ = [
    "ASSOCIATION",
    "PARENT",
    "FamilyGraph",
    "Group",
    "Node",
    "feature_id",
    "local_graph",
    "overview_graph",
]

_KEPT_TIES: Final = 4  # of each node: more would be a hairball
_FOR_BRIGHT: Final = 3  # the part of the overview that brightest families may take from the largest


def local_graph(
    book: FamilyBook,
    pairs: PairCounts | Ties,
    features: FeatureSet,
    focus: int | str,
    depth: int = 1,
    measure: Measure = "npmi",
    threshold: float = 0.1,
    most: int = 60,
    *,
    expanded: frozenset[str] = frozenset(),
    collapsed: frozenset[str] = frozenset(),
) -> FamilyGraph:
    """What is near a feature (its number) or a family (its key).

    depth: steps from the focus. Parents and children come first, then what is tied most strongly, and not
    more than `most` nodes; association is drawn from `threshold` of the measure on, at most four of the
    strongest from each node. A family in focus shows as many of its members as there may be nodes, before
    anything outside it: a part of it is one node only where its members would be too many, or more families
    be opened than can be told apart; parts in `expanded` are opened in any case, and families in `collapsed`
    are one node wherever their members would be. Ties already
    sorted by a measure (`Ties.of`) may be given in place of the pairs, which saves sorting them each time.
    A feature or family that is not there gives a graph without nodes.
    """
    ties = pairs if isinstance(pairs, Ties) else Ties.of(pairs, measure)
    grown = _Growth(book, ties, features, threshold, most, expanded, collapsed)
    start = grown.begin(focus)
    ring = start
    for _ in range(depth if isinstance(focus, int) else depth - 1):
        ring = grown.step(ring)
    return grown.finish(focus)


def overview_graph(
    book: FamilyBook,
    pairs: PairCounts | Ties,
    features: FeatureSet,
    threshold: float = 0.1,
    most: int = 40,
    measure: Measure = "npmi",
    bright: Mapping[str, float] | None = None,
) -> FamilyGraph:
    """The largest families that are part of no other, as one node each, and how strongly they are tied.

    bright: how strongly families light up, by key; the brightest are drawn too, in up to a third of the
    nodes. Other arguments as of `local_graph`. Families beyond `most` are told in `left_out`.
    """
    ties = pairs if isinstance(pairs, Ties) else Ties.of(pairs, measure)
    grown = _Growth(book, ties, features, threshold, most, frozenset(), frozenset())
    largest = sorted(book.tops(), key=lambda family: (-len(family.members), family.key))
    lit = bright or {}
    brightest = sorted(
        (place for place, family in enumerate(largest) if lit.get(family.key, 0.0) > 0),
        key=lambda place: -lit[largest[place].key],
    )[: most // _FOR_BRIGHT]
    drawn = dict.fromkeys((*brightest, *range(len(largest))))
    for place in sorted(list(drawn)[:most]):
        grown.add_family(largest[place])
    for family in largest:
        grown.add_family(family)  # those without room are counted
    return grown.finish("")


class _Growth:
    """A graph that grows from its focus, ring by ring."""

    def __init__(
        self,
        book: FamilyBook,
        ties: Ties,
        features: FeatureSet,
        threshold: float,
        most: int,
        expanded: frozenset[str],
        collapsed: frozenset[str],
    ) -> None:
        self._book, self._ties, self._features = book, ties, features
        self._threshold, self._most = threshold, max(1, most)
        self._expanded, self._collapsed = expanded, collapsed
        self._nodes: list[Node] = []
        self._place: dict[str, int] = {}
        self._owner: dict[int, int] = {}  # feature → place of the node that stands for it
        self._left_out: set[str] = set()
        self._opened: list[str] = []  # families whose members are shown because they were asked for
        self._flat: frozenset[str] = frozenset()  # those that are shown without parts of their own
        self._level: int | None = None  # of the family in focus: outsiders are drawn as families like it

    def add_family(self, family: Family) -> None:
        """A family as one node, as far as there is room."""
        if family.key not in self._place and self._room(family.key):
            self._add_family(family)

    def begin(self, focus: int | str) -> list[int]:
        """The focus itself: one node, or the content of a family and what it is a part of."""
        if isinstance(focus, int):
            return [self._add_feature(focus)] if 0 <= focus < self._ties.features else []
        family = self._book.get(focus)
        if family is None:
            return []
        self._level = family.level
        if family.key not in self._collapsed:
            room = self._most - len(family.parents)
            self._flat = parts_to_open(self._book, family, self._expanded, self._collapsed, room)
        shown = self._open(family)
        for parent in family.parents:
            above = self._book.get(parent)
            if above is not None and parent not in self._book.hidden and self._room(parent):
                shown.append(self._add_family(above))
        return shown

    def step(self, ring: Sequence[int]) -> list[int]:
        """Add what is next to a ring; the most telling first, as far as there is room."""
        wanted: dict[str, tuple[float, int | str]] = {}
        for place in ring:
            for unit, weight in self._next_to(self._nodes[place]):
                name = feature_id(unit) if isinstance(unit, int) else unit
                if (
                    name not in self._place
                    and unit not in self._opened
                    and weight > wanted.get(name, (-9.0, 0))[0]
                ):
                    wanted[name] = (weight, unit)
        added = []
        for name, (_, unit) in sorted(wanted.items(), key=lambda item: (-item[1][0], item[0])):
            if not self._room(name):
                continue
            if isinstance(unit, int):
                if unit not in self._owner:
                    added.append(self._add_feature(unit))
            else:
                family = self._book.families[unit]
                if unit in self._expanded:
                    added += self._open(family)
                else:
                    added.append(self._add_family(family))
        return added

    def finish(self, focus: int | str) -> FamilyGraph:
        edges, weights, kinds = self._parent_edges()
        joined = {(min(a, b), max(a, b)) for a, b in edges}
        for a, b, weight in self._associations():
            if (a, b) not in joined:
                edges.append((a, b))
                weights.append(weight)
                kinds.append(ASSOCIATION)
        return FamilyGraph(
            tuple(self._nodes),
            np.asarray(edges, np.int32).reshape(-1, 2),
            np.asarray(weights, np.float32),
            np.asarray(kinds, np.uint8),
            groups_in_view(self._book, self._nodes, self._opened, focus, self._described),
            feature_id(focus) if isinstance(focus, int) else focus,
            len(self._left_out - self._place.keys()),
        )

    # Nodes -----------------------------------------------------------------------------------------------

    def _room(self, name: str) -> bool:
        if len(self._nodes) < self._most:
            return True
        self._left_out.add(name)
        return False

    def _add_feature(self, feature: int) -> int:
        standing = self._standing_for(feature)
        if standing is not None:
            return self._add_family(standing)
        name = feature_id(feature)
        if name not in self._place:
            label = self._features.labels.get(feature)
            density = float(self._features.statistics.density[feature])
            self._owner.setdefault(feature, len(self._nodes))
            self._put(
                Node(
                    name,
                    "feature",
                    feature,
                    None,
                    self._features.labels.text(feature),
                    density,
                    label.grade if label is not None else "?",
                )
            )
        return self._place[name]

    def _add_family(self, family: Family) -> int:
        if family.key not in self._place:
            for member in family.members:
                self._owner.setdefault(member, len(self._nodes))
            name, grade, density = self._described(family)
            self._put(
                Node(family.key, "family", family.root, family.key, name, density, grade, len(family.members))
            )
        return self._place[family.key]

    def _put(self, node: Node) -> None:
        self._place[node.id] = len(self._nodes)
        self._nodes.append(node)

    def _described(self, family: Family) -> tuple[str, Grade, float]:
        density = family.figures.density
        if density is None:
            density = max(float(self._features.statistics.density[member]) for member in family.members)
        name = self._book.text(family.key, self._features.labels.text)
        return name, family.name.grade if family.name is not None else "?", density

    def _open(self, family: Family) -> list[int]:
        """A family's content: its root, its parts as one node each, and the members in none of them."""
        if family.key in self._collapsed:
            return [self._add_family(family)]
        self._opened.append(family.key)
        shown = []
        if family.root is not None:
            shown.append(self._add_feature(family.root))
        inside: set[int] = set()
        for part in () if family.key in self._flat else self._book.parts(family.key):
            if not self._room(part.key):
                continue
            inside.update(part.members)
            opened = part.key in self._expanded or part.key in self._flat
            shown += self._open(part) if opened else [self._add_family(part)]
        for member in family.members:
            if member not in inside and member not in self._owner and self._room(feature_id(member)):
                shown.append(self._add_feature(member))
        return list(dict.fromkeys(shown))

    def _standing_for(self, feature: int) -> Family | None:
        """The family that is drawn in place of a feature."""
        for family in self._book.of_feature(feature):
            if family.key in self._collapsed:
                return family
        return None

    def _next_to(self, node: Node) -> Iterable[tuple[int | str, float]]:
        """Neighbours with how telling they are: parents and children above all, then by strength."""
        if node.kind == "family":
            family = self._book.families[str(node.key)]
            for key in (*family.parents, *(part.key for part in self._book.parts(family.key))):
                if key in self._book.families and key not in self._book.hidden:
                    yield key, 3.0
        inside = self._book.families[node.key].members if node.key is not None else (node.feature,)
        for feature in inside:
            if feature is None:
                continue
            for link in self._book.more_general(feature):
                yield self._unit(link.parent), 2.0 + link.containment
            for link in self._book.more_special(feature):
                yield self._unit(link.child), 1.0 + link.containment
            others, values = self._ties.of_feature(feature, self._threshold)
            for other, value in zip(
                others[: self._most].tolist(), values[: self._most].tolist(), strict=True
            ):
                yield self._unit(other), value

    def _unit(self, feature: int) -> int | str:
        """What an outsider is drawn as: around a family its own family, else itself."""
        if feature in self._owner:
            return feature
        standing = self._standing_for(feature)
        if standing is None and self._level is not None:
            like = [f for f in self._book.of_feature(feature) if f.level == self._level]
            standing = like[0] if like and like[0].key not in self._opened else None
        return feature if standing is None else standing.key

    # Ties ------------------------------------------------------------------------------------------------

    def _parent_edges(self) -> tuple[list[tuple[int, int]], list[float], list[int]]:
        found: dict[tuple[int, int], float] = {}

        def join(parent: int | None, child: int | None, weight: float) -> None:
            if parent is None or child is None or parent == child or (child, parent) in found:
                return
            found[(parent, child)] = max(weight, found.get((parent, child), 0.0))

        for node in self._nodes:
            if node.kind == "feature" and node.feature is not None:
                for link in self._book.more_general(node.feature):
                    join(self._owner.get(link.parent), self._owner.get(link.child), link.containment)
        for node in self._nodes:
            if node.key is None:
                continue
            family = self._book.families[node.key]
            for parent in family.parents:
                join(self._place.get(parent), self._place[node.id], 1.0)
            if family.root is not None:
                for link in self._book.more_general(family.root):
                    join(self._owner.get(link.parent), self._place[node.id], link.containment)
        for key in self._opened:
            family = self._book.families[key]
            root = None if family.root is None else self._owner.get(family.root)
            if root is None or any(parent == root for parent, _ in found):
                continue
            for member in family.children:
                join(root, self._owner.get(member), 0.5)
        kept = without_detours(found)
        return list(kept), list(kept.values()), [PARENT] * len(kept)

    def _associations(self) -> list[tuple[int, int, float]]:
        """Between nodes: the tie of two features; with a family the mean, over the members of the smaller
        side, of each one's strongest tie with the other side. Of each node the strongest few.
        """
        if not self._owner:
            return []
        features = np.fromiter(self._owner, np.int64)
        owner = np.fromiter(self._owner.values(), np.int64)
        count = len(self._nodes)
        size = np.bincount(owner, minlength=count)
        first, second, value = self._ties.among(features, min(self._threshold, 0.0))
        apart = owner[first] != owner[second]
        first, second, value = first[apart], second[apart], value[apart]
        one = _strongest_by(
            np.concatenate((first, second)),
            owner[np.concatenate((second, first))],
            np.concatenate((value, value)),
            owner,
            count,
        )
        mean = one[2] / size[one[0]]
        table: dict[tuple[int, int], float] = {}
        for a, b, strength in zip(one[0].tolist(), one[1].tolist(), mean.tolist(), strict=True):
            smaller = (size[a], a) <= (size[b], b)
            if smaller and strength >= self._threshold:
                table[(min(a, b), max(a, b))] = strength
        taken = np.zeros(count, np.int64)
        kept = []
        for (a, b), strength in sorted(table.items(), key=lambda item: (-item[1], item[0])):
            if taken[a] < _KEPT_TIES or taken[b] < _KEPT_TIES:
                taken[[a, b]] += 1
                kept.append((a, b, strength))
        return kept


def _strongest_by(
    members: NDArray[np.int64],
    sides: NDArray[np.int64],
    values: NDArray[np.float32],
    owner: NDArray[np.int64],
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """(node, other node, sum over the node's members of the strongest tie of each with the other)."""
    key = members * count + sides
    order = np.lexsort((-values, key))
    heads = np.flatnonzero(np.diff(key[order], prepend=-1))
    best = order[heads]
    pair, inverse = np.unique(owner[members[best]] * count + sides[best], return_inverse=True)
    return pair // count, pair % count, np.bincount(inverse, values[best], len(pair)).astype(np.float64)
