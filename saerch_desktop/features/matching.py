"""Which features of one SAE are found again in another, by the direction of their decoder rows.

As in the paper (section 5): rows have unit length, so their product is the cosine, and each feature's nearest
in the other SAE is the one of highest cosine. Only live features take part, those that are active in at least
one document: the direction of a feature that never fires means nothing. Nothing of shape features × other
features is kept; products are made in blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

RECURRING: Final = 0.7  # mutual nearest with at least this cosine: the same feature again
RELATED: Final = 0.5  # below this the nearest is no relative; at least this: a part of a split
SAME: Final = 0.9  # what the paper's last bin holds
BINS: Final = 20  # of the histogram, from 0 to 1
CANDIDATES: Final = 16  # partners that one-to-one matching chooses from, besides mutual ones

_BLOCK_BYTES: Final = 16 << 20
_AT_ONCE: Final = 2000  # candidate pairs of one exact pairing


class Pairs(NamedTuple):
    """Pairs of a left and a right feature: two id arrays (p,) int64 and their cosines (p,) float32."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    cosines: NDArray[np.float32]

    def some(self, which: NDArray[Any]) -> Pairs:
        """Those pairs that a mask or list of places names."""
        return Pairs(self.left[which], self.right[which], self.cosines[which])


def nearest_in(
    decoder_rows: NDArray[np.float32],
    other_decoder: NDArray[np.float32],
    among: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each unit row of `decoder_rows` (m, d) the row of `other_decoder` (n, d) of highest cosine.

    Returns ids (m,) int64 and cosines (m,) float32; the lower id of equals. among (n,) limits the choice
    (live features); with nothing to choose from the id is −1 and the cosine −1. UserError: dimensions differ.
    """
    require_alike(decoder_rows, other_decoder)
    kept = np.arange(len(other_decoder)) if among is None else np.flatnonzero(among)
    ids = np.full(len(decoder_rows), -1, np.int64)
    cosines = np.full(len(decoder_rows), -1, np.float32)
    if kept.size == 0:
        return ids, cosines
    others = other_decoder if kept.size == len(other_decoder) else other_decoder[kept]
    step = _step(kept.size)
    for start in range(0, len(decoder_rows), step):
        product = decoder_rows[start : start + step] @ others.T
        best = product.argmax(axis=1)
        ids[start : start + step] = kept[best]
        cosines[start : start + step] = np.take_along_axis(product, best[:, None], axis=1)[:, 0]
    return ids, cosines


def require_alike(decoder: NDArray[np.float32], other: NDArray[np.float32]) -> None:
    """UserError unless both decoders have directions of the same number of dimensions."""
    if decoder.shape[1] != other.shape[1]:
        raise UserError(
            f"The two SAEs cannot be compared: one has {decoder.shape[1]:,} dimensions, "
            f"the other {other.shape[1]:,}.",
            "Nothing was changed.",
            "Compare SAEs that were trained on the same vectors.",
        )


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """What matching found for the features of one of the two SAEs; every array has shape (n,).

    live bool. nearest int64 and cosine float32: the other SAE's feature of highest cosine (−1 for a dead
    feature or when the other has no live one). partner int64 and partner_cosine float32: its one-to-one
    partner (−1 and 0 without one). parts int64: how many live features of the other have it as their nearest
    with a cosine of at least RELATED.
    """

    live: NDArray[np.bool_]
    nearest: NDArray[np.int64]
    cosine: NDArray[np.float32]
    partner: NDArray[np.int64]
    partner_cosine: NDArray[np.float32]
    parts: NDArray[np.int64]
    recurring: NDArray[np.bool_]  # its nearest has it as nearest too, and their cosine is at least RECURRING
    merged: NDArray[np.bool_]  # shares its nearest, at RELATED or more, with another feature of its own SAE

    @property
    def split(self) -> NDArray[np.bool_]:
        """Whether several features of the other SAE descend from it."""
        return self.parts >= 2

    @property
    def only(self) -> NDArray[np.bool_]:
        """Whether the other SAE has nothing like it."""
        return self.live & (self.cosine < RELATED)

    @property
    def cosines(self) -> NDArray[np.float32]:
        """The highest cosine of every live feature, by feature."""
        return self.cosine[self.live]

    @property
    def median(self) -> float:
        """Median of the highest cosines; NaN without live features."""
        return _median(self.cosines)

    @property
    def partner_median(self) -> float:
        """Median one-to-one cosine of the features that have a partner; NaN without one."""
        return _median(self.partner_cosine[self.partner >= 0])

    def share(self, least: float = SAME) -> float:
        """Share of the live features whose highest cosine is at least `least`."""
        return float((self.cosines >= least).mean()) if self.live.any() else float("nan")

    def histogram(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Edges (BINS+1,) from 0 to 1 and counts (BINS,) of the highest cosines; below 0 counts as 0."""
        counts, edges = np.histogram(np.clip(self.cosines, 0, 1), bins=BINS, range=(0.0, 1.0))
        return edges, counts.astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """Two SAEs' features beside each other."""

    left: Side
    right: Side

    @property
    def novel(self) -> Side:
        """The side whose histogram the paper draws: the larger SAE, of equals the right one."""
        return self.left if self.left.live.size > self.right.live.size else self.right

    def pairs(self) -> Pairs:
        """Every live feature with its nearest, from both sides, each pair once; by left, then right."""
        forward = np.flatnonzero(self.left.nearest >= 0)
        backward = np.flatnonzero(self.right.nearest >= 0)
        left = np.concatenate((forward, self.right.nearest[backward]))
        right = np.concatenate((self.left.nearest[forward], backward))
        cosines = np.concatenate((self.left.cosine[forward], self.right.cosine[backward]))
        _, first = np.unique(left * self.right.live.size + right, return_index=True)
        return Pairs(left[first], right[first], cosines[first])


def match(
    left: NDArray[np.float32],
    right: NDArray[np.float32],
    left_live: NDArray[np.bool_],
    right_live: NDArray[np.bool_],
    progress: Progress,
) -> Matching:
    """Compare the decoders (n, d) and (m, d) of two SAEs, unit rows; live (n,) and (m,) bool.

    Raises UserError (dimensions differ), Cancelled.
    """
    require_alike(left, right)
    a, b = np.flatnonzero(left_live), np.flatnonzero(right_live)
    swapped = a.size > b.size
    few, many = (right[b], left[a]) if swapped else (left[a], right[b])
    near, back, near_cosine, back_cosine, pairs = _neighbours(few, many, progress)
    progress.begin("Pairing features")
    chosen = one_to_one(pairs, len(few), len(many))
    if swapped:
        near, back, near_cosine, back_cosine = back, near, back_cosine, near_cosine
        chosen = Pairs(chosen.right, chosen.left, chosen.cosines)
    ours = _side(left_live, a, b, near, near_cosine, chosen.left, chosen.right, chosen.cosines)
    theirs = _side(right_live, b, a, back, back_cosine, chosen.right, chosen.left, chosen.cosines)
    return Matching(_related(ours, theirs), _related(theirs, ours))


def one_to_one(pairs: Pairs, left: int, right: int) -> Pairs:
    """Choose among `pairs` so that no feature is in two of them, by left id; left, right: how many there are.

    Relatives first: of the pairs with a cosine of at least RELATED the choice of highest sum, found exactly
    (sparse Jonker–Volgenant, SciPy). It may give up one feature's nearest where that serves two others. Who
    is left then is paired greedily; below RELATED no choice means much. None takes a partner of cosine 0 or
    less.
    """
    related = pairs.cosines >= RELATED
    first = _heaviest(pairs.some(related), left, right)
    taken, used = np.zeros(left, np.bool_), np.zeros(right, np.bool_)
    taken[first.left] = used[first.right] = True
    free = ~taken[pairs.left] & ~used[pairs.right]
    rest = greedy(pairs.some(free))
    joined = Pairs(
        np.concatenate((first.left, rest.left)),
        np.concatenate((first.right, rest.right)),
        np.concatenate((first.cosines, rest.cosines)),
    )
    return joined.some(np.argsort(joined.left, kind="stable"))


def _heaviest(pairs: Pairs, left: int, right: int) -> Pairs:
    """The one-to-one choice with the highest sum of cosines, all of which are positive.

    Solved for some groups of connected features at a time: the result is the same, and SciPy, which lets no
    other thread run meanwhile, never takes long.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if pairs.left.size == 0:
        return pairs
    nodes = left + right
    graph = coo_matrix((np.ones(pairs.left.size), (pairs.left, left + pairs.right)), (nodes, nodes))
    _, group = connected_components(graph, directed=False)
    order = np.argsort(group[pairs.left], kind="stable")
    ends = np.flatnonzero(np.diff(group[pairs.left][order], append=-1)) + 1
    chosen: list[NDArray[np.int64]] = []
    start = 0
    while start < order.size:
        end = int(ends[min(int(np.searchsorted(ends, start + _AT_ONCE)), ends.size - 1)])
        part = order[start:end]
        chosen.append(part[_solved(pairs.left[part], pairs.right[part], pairs.cosines[part])])
        start = end
    return pairs.some(np.concatenate(chosen))


def _solved(
    lefts: NDArray[np.int64], rights: NDArray[np.int64], cosines: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Places of the pairs that are chosen."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    row_ids, rows = np.unique(lefts, return_inverse=True)
    column_ids, columns = np.unique(rights, return_inverse=True)
    n, m = row_ids.size, column_ids.size
    # Each row has a column of its own to stay alone, worth a cosine of 0; weights are from 1 up, since the
    # sparse matrix would take 0 for no edge.
    alone = np.arange(n)
    weights = np.concatenate((2.0 - cosines.astype(np.float64), np.full(n, 2.0)))
    edges = (np.concatenate((rows, alone)), np.concatenate((columns, m + alone)))
    matched, partners = min_weight_full_bipartite_matching(csr_matrix((weights, edges), (n, m + n)))
    keys = rows * m + columns
    order = np.argsort(keys)
    wanted = (matched * m + partners)[partners < m]
    return np.asarray(order[np.searchsorted(keys, wanted, sorter=order)], np.int64)


def greedy(pairs: Pairs) -> Pairs:
    """One-to-one by taking the highest cosine first, then the highest that is still free; by left id."""
    order = np.lexsort((pairs.right, pairs.left, -pairs.cosines))
    lefts, rights, chosen = set[int](), set[int](), []
    for place in order.tolist():
        a, b = int(pairs.left[place]), int(pairs.right[place])
        if a not in lefts and b not in rights and pairs.cosines[place] > 0:
            lefts.add(a)
            rights.add(b)
            chosen.append(place)
    kept = np.array(chosen, np.int64)
    return pairs.some(kept[np.argsort(pairs.left[kept], kind="stable")])


def _neighbours(
    few: NDArray[np.float32], many: NDArray[np.float32], progress: Progress
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.float32], Pairs]:
    """One pass over the product: nearest of each row of `few`, of each of `many`, and candidate pairs."""
    n, m = len(few), len(many)
    near, back = np.full(n, -1, np.int64), np.full(m, -1, np.int64)
    near_cosine, back_cosine = np.full(n, -1, np.float32), np.full(m, -1, np.float32)
    empty = np.empty(0, np.int64)
    if n == 0:
        return near, back, near_cosine, back_cosine, Pairs(empty, empty, np.empty(0, np.float32))
    width = min(CANDIDATES, m)
    best = np.empty((n, width), np.int64)
    worth = np.empty((n, width), np.float32)
    step = _step(m)
    progress.begin("Comparing directions", n, "features")
    for start in range(0, n, step):
        product = few[start : start + step] @ many.T
        block = slice(start, start + len(product))
        near[block] = product.argmax(axis=1)
        near_cosine[block] = np.take_along_axis(product, near[block][:, None], axis=1)[:, 0]
        top = product.max(axis=0)
        better = top > back_cosine
        back[better] = start + product[:, better].argmax(axis=0)
        back_cosine[better] = top[better]
        best[block] = np.argpartition(product, m - width, axis=1)[:, m - width :]
        worth[block] = np.take_along_axis(product, best[block], axis=1)
        progress.advance(block.stop)
    rows = np.concatenate((np.repeat(np.arange(n), width), back))
    columns = np.concatenate((best.ravel(), np.arange(m)))
    cosines = np.concatenate((worth.ravel(), back_cosine))
    _, first = np.unique(rows * m + columns, return_index=True)
    return near, back, near_cosine, back_cosine, Pairs(rows[first], columns[first], cosines[first])


def _side(
    live: NDArray[np.bool_],
    own: NDArray[np.int64],
    other: NDArray[np.int64],
    near: NDArray[np.int64],
    cosine: NDArray[np.float32],
    matched: NDArray[np.int64],
    partners: NDArray[np.int64],
    partner_cosines: NDArray[np.float32],
) -> Side:
    """From places among the live features to ids; what depends on the other side is filled in later."""
    side = Side(
        live=live.copy(),
        nearest=np.full(live.size, -1, np.int64),
        cosine=np.full(live.size, -1, np.float32),
        partner=np.full(live.size, -1, np.int64),
        partner_cosine=np.zeros(live.size, np.float32),
        parts=np.zeros(live.size, np.int64),
        recurring=np.zeros(live.size, np.bool_),
        merged=np.zeros(live.size, np.bool_),
    )
    if other.size:
        side.nearest[own] = other[near]
        side.cosine[own] = cosine
        side.partner[own[matched]] = other[partners]
        side.partner_cosine[own[matched]] = partner_cosines
    return side


def _related(side: Side, other: Side) -> Side:
    """The same side with its parts, and whether its features recur or merge."""
    descending = other.nearest[(other.nearest >= 0) & (other.cosine >= RELATED)]
    side.parts[:] = np.bincount(descending, minlength=side.live.size)
    found = np.flatnonzero(side.nearest >= 0)
    near = side.nearest[found]
    side.recurring[found] = (other.nearest[near] == found) & (side.cosine[found] >= RECURRING)
    close = found[side.cosine[found] >= RELATED]
    sharing = np.bincount(side.nearest[close], minlength=other.live.size)
    side.merged[close] = sharing[side.nearest[close]] >= 2
    return side


def _step(width: int) -> int:
    return max(1, _BLOCK_BYTES // (4 * width))


def _median(values: NDArray[np.float32]) -> float:
    return float(np.median(values)) if values.size else float("nan")
