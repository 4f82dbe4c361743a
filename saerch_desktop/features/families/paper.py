"""Families as the paper finds them: subtrees of the strongest tree through what fires together.

"Disentangling Dense Embeddings with Sparse Autoencoders" (arXiv 2408.00657), section 4.2, and its released
code, with the defects of the latter mended:

* C_ij / (f_i + 1) is another number from either side; the code lets the order of the labels choose, here the
  larger one counts.
* Every root is found once, not once for each way that leads to it.
* Of two families with nearly the same children the larger stays, of equally large ones the earlier found; a
  family is only given up for one that stays itself.
* Equal weights and equal frequencies are told apart by what they are of, not by where they stand.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.family import Families, Family, Link, key_of
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.families.pair_counts import PairCounts
    from saerch_desktop.features.labels import Labels

THRESHOLD: Final = 0.1
LATER_THRESHOLD: Final = 0.07
PASSES: Final = 4
JACCARD: Final = 0.6
SMALLEST: Final = 4
CLEAN_SCORE: Final = 0.8  # of F1 and Pearson's correlation of a label (paper's released code)
CLEAN_DENSITY: Final = 0.2
_FEWEST_PARTS: Final = 3  # what a root leads to directly


@dataclass(frozen=True, slots=True)
class _Found:
    """A root, its descendants, the pass that found it, and its parents in the tree that are roots too."""

    root: int
    children: frozenset[int]
    level: int
    above: tuple[int, ...]


def paper_families(
    pairs: PairCounts,
    clean: NDArray[np.bool_] | None = None,
    *,
    threshold: float = THRESHOLD,
    later_threshold: float = LATER_THRESHOLD,
    passes: int = PASSES,
    jaccard: float = JACCARD,
    smallest: int = SMALLEST,
    progress: Progress | None = None,
) -> Families:
    """Find families by the paper's method.

    Two features are as close as P(one active | other active), about; a maximum spanning forest of what is
    at least `threshold` close is directed from the more frequent to the rarer feature. Roots are features
    without a parent there that lead to three others or more directly, and in what hangs below a root again;
    a family is a root and all its descendants. All roots are then taken out of the features, and the same is
    done again with `later_threshold`, `passes` times in all. Families of at least `smallest` children stay,
    unless their children are more than `jaccard` the same (Jaccard similarity) as those of a larger family.

    clean: (n,) the features that take part; all that are active without it. Families may overlap; level is
    the pass, links are the edges of the trees inside families. Raises Cancelled.
    """
    progress = progress or Progress()
    began = time.monotonic()
    live = pairs.frequency > 0
    there = live if clean is None else live & np.asarray(clean, np.bool_)
    taking_part = there.copy()
    found: list[_Found] = []
    edges: list[tuple[int, int]] = []
    progress.begin("Finding families", passes, "passes")
    ties = Ties.of(pairs, min(threshold, later_threshold))
    for level in range(passes):
        least = threshold if level == 0 else later_threshold
        tree = ties.tree(taking_part, least)
        here = list(_roots(tree, level))
        found += here
        edges += tree.edges
        taking_part[[one.root for one in here]] = False
        progress.advance(level + 1)
    kept = _distinct([one for one in found if len(one.children) >= smallest], jaccard, pairs.frequency)
    shares = _Shares(pairs)
    return Families(
        method="paper",
        options={
            "threshold": threshold,
            "later_threshold": later_threshold,
            "passes": passes,
            "jaccard": jaccard,
            "smallest": smallest,
            "features": "active ones" if clean is None else "active ones with a clean label",
            "features_used": int(np.count_nonzero(there)),
        },
        live=int(np.count_nonzero(live)),
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=time.monotonic() - began,
        families=_families(kept, found, shares),
        links=_links(kept, edges, shares),
    )


def clean_features(labels: Labels, density: NDArray[np.floating[Any]]) -> NDArray[np.bool_] | None:
    """(n,) features whose shown label passed the paper's tests: F1 and Pearson's correlation of at least 0.8,
    active in less than a fifth of the documents, and of features called the same only the best.

    None where most labels were not tested so: then there is nothing to go by.
    """
    shown = list(labels)
    tested = [label for label in shown if label.f1 is not None and label.pearson is not None]
    if not tested or 2 * len(tested) < len(shown):
        return None
    best: dict[str, tuple[float, int]] = {}
    for label in tested:
        f1, pearson = label.f1 or 0.0, label.pearson or 0.0
        if min(f1, pearson) >= CLEAN_SCORE and density[label.feature] < CLEAN_DENSITY:
            score = (f1 + pearson, -label.feature)
            best[label.text] = max(best.get(label.text, score), score)
    clean = np.zeros(labels.features, np.bool_)
    clean[[-feature for _, feature in best.values()]] = True
    return clean


@dataclass(frozen=True, slots=True, eq=False)
class Ties:
    """Pairs of features in the order of their weights, the strongest first. left, right (m,) int64; weight
    (m,) float64: the larger of C_ij / (f_i + 1) and C_ij / (f_j + 1); frequency (n,) int64.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    weight: NDArray[np.float64]
    frequency: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: PairCounts, least: float) -> Ties:
        """The pairs with a weight of at least `least`. Of equal weights first what is close from the other
        side too, then by number: the order of the pairs given does not matter.
        """
        ends = pairs.frequency[pairs.left], pairs.frequency[pairs.right]
        weight = pairs.counts / (np.minimum(*ends) + 1.0)
        back = pairs.counts / (np.maximum(*ends) + 1.0)
        kept = np.flatnonzero(weight >= least)
        kept = kept[np.lexsort((pairs.right[kept], pairs.left[kept], -back[kept], -weight[kept]))]
        left, right = pairs.left[kept].astype(np.int64), pairs.right[kept].astype(np.int64)
        return cls(left, right, weight[kept], pairs.frequency)

    def tree(self, there: NDArray[np.bool_], least: float) -> Any:
        """The maximum spanning forest of the features that are `there` (n,), as a networkx DiGraph.

        Ties below `least` do not count. Edges lead from the more frequent feature to the rarer; of equally
        frequent ones from the one with the lower number.
        """
        import networkx as nx
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import minimum_spanning_tree

        end = int(np.searchsorted(-self.weight, -least, side="right"))
        kept = np.flatnonzero(there[self.left[:end]] & there[self.right[:end]])
        # By places in the order, of which no two are the same, there is one such forest. networkx's own
        # function takes a minute for a million pairs, this one a second.
        places, size = kept + 1.0, there.size
        graph = csr_matrix((places, (self.left[kept], self.right[kept])), shape=(size, size))
        forest = minimum_spanning_tree(graph).tocoo()
        one, other = forest.row.astype(np.int64), forest.col.astype(np.int64)
        frequency = self.frequency
        swap = (frequency[other] > frequency[one]) | ((frequency[other] == frequency[one]) & (other < one))
        parents, children = np.where(swap, other, one), np.where(swap, one, other)
        tree = nx.DiGraph()
        tree.add_nodes_from(np.flatnonzero(there).tolist())
        tree.add_edges_from(zip(parents.tolist(), children.tolist(), strict=True))
        return tree


def _roots(tree: Any, level: int) -> Iterator[_Found]:
    """Every root once: without parents, or right below another root."""
    import networkx as nx

    def leads(node: int) -> bool:
        return int(tree.out_degree(node)) >= _FEWEST_PARTS

    waiting = [node for node in tree if tree.in_degree(node) == 0 and leads(node)]
    roots = set(waiting)
    while waiting:
        below = {child for child in tree.successors(waiting.pop()) if leads(child)} - roots
        roots |= below
        waiting += below
    for root in sorted(roots):
        above = tuple(sorted(parent for parent in tree.predecessors(root) if parent in roots))
        yield _Found(root, frozenset(nx.descendants(tree, root)), level, above)


def _distinct(found: Sequence[_Found], jaccard: float, frequency: NDArray[np.int64]) -> list[_Found]:
    """Without those whose children are nearly those of another that stays; the largest first."""
    ordered = sorted(
        found, key=lambda one: (-len(one.children), one.level, -int(frequency[one.root]), one.root)
    )
    kept: list[_Found] = []
    having: dict[int, list[int]] = {}
    for one in ordered:
        shared: dict[int, int] = {}
        for child in one.children:
            for other in having.get(child, ()):
                shared[other] = shared.get(other, 0) + 1
        size = len(one.children)
        if any(both / (size + len(kept[at].children) - both) > jaccard for at, both in shared.items()):
            continue
        for child in one.children:
            having.setdefault(child, []).append(len(kept))
        kept.append(one)
    return kept


class _Shares:
    """P(parent active | child active) of pairs, looked up one by one."""

    def __init__(self, pairs: PairCounts) -> None:
        self._features = pairs.features
        self._keys = pairs.left.astype(np.int64) * pairs.features + pairs.right
        self._order = np.argsort(self._keys, kind="stable")
        self._sorted = self._keys[self._order]
        self._pairs = pairs

    def of(self, parents: NDArray[np.int64], children: NDArray[np.int64]) -> NDArray[np.float64]:
        """Of each pair; 0 of those that were not counted."""
        if not self._sorted.size:
            return np.zeros(parents.size)
        keys = np.minimum(parents, children) * self._features + np.maximum(parents, children)
        at = np.minimum(np.searchsorted(self._sorted, keys), self._sorted.size - 1)
        met = np.where(self._sorted[at] == keys, self._pairs.counts[self._order[at]], 0)
        return np.asarray(met / np.maximum(self._pairs.frequency[children], 1), np.float64)


def _families(kept: Sequence[_Found], found: Sequence[_Found], shares: _Shares) -> tuple[Family, ...]:
    keys = {(one.level, one.root): key_of("paper", (one.root, *one.children)) for one in kept}
    above = {(one.level, one.root): one.above for one in found}
    families = []
    for one in kept:
        children = np.array(sorted(one.children), np.int64)
        share = shares.of(np.full(children.size, one.root), children)
        ordered = children[np.argsort(-share, kind="stable")].tolist()
        families.append(
            Family(
                key=keys[one.level, one.root],
                members=(one.root, *ordered),
                root=one.root,
                parents=_parents(one, above, keys),
                level=one.level,
            )
        )
    return tuple(families)


def _parents(
    one: _Found, above: dict[tuple[int, int], tuple[int, ...]], keys: dict[tuple[int, int], str]
) -> tuple[str, ...]:
    """Keys of the nearest families that hold it: past those that were given up, to what holds them."""
    parents: dict[str, None] = {}
    waiting, seen = list(one.above), set(one.above)
    while waiting:
        root = waiting.pop(0)
        key = keys.get((one.level, root))
        if key is not None:
            parents[key] = None
            continue
        further = [other for other in above.get((one.level, root), ()) if other not in seen]
        seen.update(further)
        waiting += further
    return tuple(parents)


def _links(kept: Sequence[_Found], edges: Sequence[tuple[int, int]], shares: _Shares) -> tuple[Link, ...]:
    """The trees' edges between members of a family, each once."""
    homes: dict[int, set[int]] = {}
    for number, one in enumerate(kept):
        for member in (one.root, *one.children):
            homes.setdefault(member, set()).add(number)
    inside = sorted(
        {edge for edge in edges if not homes.get(edge[0], set()).isdisjoint(homes.get(edge[1], set()))}
    )
    if not inside:
        return ()
    parents, children = (np.array(side, np.int64) for side in zip(*inside, strict=True))
    share = np.minimum(shares.of(parents, children), 1.0)
    return tuple(
        Link(parent=parent, child=child, containment=contained)
        for (parent, child), contained in zip(inside, share.tolist(), strict=True)
    )
