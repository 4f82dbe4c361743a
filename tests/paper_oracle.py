"""The paper's method of finding families, from its description alone: dense tables, loops and recursion."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.family import Families

Found = set[tuple[int, frozenset[int], int]]  # root, children, pass


def brute_force(
    table: NDArray[np.float64],
    clean: set[int],
    thresholds: tuple[float, ...] = (0.1, 0.07, 0.07, 0.07),
    jaccard: float = 0.6,
    smallest: int = 4,
) -> Found:
    documents = [frozenset(np.flatnonzero(column > 0).tolist()) for column in table.T]
    labels = {feature for feature in clean if documents[feature]}
    everything: list[tuple[int, frozenset[int], int]] = []
    for level, least in enumerate(thresholds):
        below: dict[int, list[int]] = {feature: [] for feature in labels}
        above: dict[int, list[int]] = {feature: [] for feature in labels}
        for one, other in kruskal(documents, labels, least):
            # From the more frequent to the rarer, the lower number first where they are equal.
            parent, child = sorted((one, other), key=lambda f: (-len(documents[f]), f))
            below[parent].append(child)
            above[child].append(parent)
        roots: set[int] = set()
        for feature in labels:
            if not above[feature]:
                descend(feature, below, roots)
        everything += [(root, frozenset(under(root, below)), level) for root in roots]
        labels -= roots
    ordered = sorted(
        (family for family in everything if len(family[1]) >= smallest),
        key=lambda family: (-len(family[1]), family[2], -len(documents[family[0]]), family[0]),
    )
    kept: Found = set()
    for root, children, level in ordered:
        if all(len(children & other) / len(children | other) <= jaccard for _, other, _ in kept):
            kept.add((root, children, level))
    return kept


def kruskal(documents: list[frozenset[int]], labels: set[int], least: float) -> list[tuple[int, int]]:
    """Edges of the strongest forest: the strongest pair first, if it does not close a circle."""
    edges = []
    for one, other in combinations(sorted(labels), 2):
        both = len(documents[one] & documents[other])
        ways = sorted((both / (len(documents[one]) + 1), both / (len(documents[other]) + 1)))
        if ways[1] >= least:
            edges.append((-ways[1], -ways[0], one, other))
    part = {feature: {feature} for feature in labels}
    tree = []
    for _, _, one, other in sorted(edges):
        if part[one] is not part[other]:
            tree.append((one, other))
            part[one] |= part[other]
            for feature in part[other]:
                part[feature] = part[one]
    return tree


def descend(root: int, below: dict[int, list[int]], roots: set[int]) -> None:
    """A root leads to more than two others; without it, those right below it may be roots."""
    if len(below[root]) > 2:
        roots.add(root)
        for child in below[root]:
            descend(child, below, roots)


def under(feature: int, below: dict[int, list[int]]) -> list[int]:
    return [one for child in below[feature] for one in (child, *under(child, below))]


def as_set(families: Families) -> Found:
    assert all(family.root is not None and family.members[0] == family.root for family in families.families)
    return {(family.members[0], frozenset(family.children), family.level) for family in families.families}
