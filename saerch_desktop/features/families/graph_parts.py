"""What a graph of features and families is made of: nodes, ties, and families drawn around their members."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.label import Grade

NodeKind = Literal["feature", "family"]

ASSOCIATION: Final = 0
PARENT: Final = 1


@dataclass(frozen=True, slots=True)
class Node:
    """A feature, or a family drawn as one node.

    id: `feature_id` or the family's key. feature: its number, of a family its root's (None without one). key:
    of the family, None of a feature. density: share of documents in which it is active. size: 1, or how many
    members the family has.
    """

    id: str
    kind: NodeKind
    feature: int | None
    key: str | None
    name: str
    density: float
    grade: Grade
    size: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    """A family whose members are drawn one by one. nodes: places of those that are in the graph, ascending;
    size: how many members it has in all; root: the place of the feature that stands over the others, if it is
    among them. seen: members that are in the graph, also in another group or in a part that is one node.
    """

    key: str
    name: str
    nodes: tuple[int, ...]
    size: int
    grade: Grade = "?"
    density: float = 0.0
    root: int | None = None
    seen: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FamilyGraph:
    """Nodes and what ties them. edges (E, 2) int32 places of nodes: of PARENT from the more general to the
    more special, of ASSOCIATION the lower place first. weights (E,) float32: containment of a parent edge,
    the measure's value of an association. kinds (E,) uint8: ASSOCIATION or PARENT.

    groups: families drawn around their members; no node is in two of them. focus: id of the node, or key of
    the group, that the graph is about. left_out: neighbours that there was no room for.
    """

    nodes: tuple[Node, ...] = ()
    edges: NDArray[np.int32] = field(default_factory=lambda: np.empty((0, 2), np.int32))
    weights: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    kinds: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))
    groups: tuple[Group, ...] = ()
    focus: str = ""
    left_out: int = 0

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(node.id for node in self.nodes)


def feature_id(feature: int) -> str:
    """The id of a feature's node."""
    return f"#{feature}"
