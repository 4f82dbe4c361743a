"""Which features of a vector are active, chosen from its pre-activations in NumPy. Loads no torch.

Both selections first find, with whole-array comparisons, the few values of a row that can be among its
largest, and sort those alone. Equal values are told apart by their ids at no further cost.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Coded = tuple[NDArray[np.int32], NDArray[np.float32]]

_LARGEST_GROUP: Final = 32
_GROUPS_PER_PLACE: Final = 2  # fewer groups let more values through that are not among the largest
_ID_BITS: Final = np.int64(32)
_NONE: Final = np.iinfo(np.int64).max  # sorts behind every key


def strongest(pre: NDArray[np.float32], k: int, maxima: NDArray[np.float32] | None = None) -> Coded:
    """The k largest of each row of finite `pre` (m, n): ids (m, k) int32 and their values (m, k) float32,
    zero for those below zero.

    Highest value first, equal ones by lower id; at the edge too an equal value goes to the lower id. maxima:
    those of the groups of columns that `grouping` says, (m, groups), from who has them already.
    """
    if maxima is None:
        size, groups = grouping(pre.shape[1], k)
        maxima = pre[:, : size * groups].reshape(len(pre), size, groups).max(axis=1)
    # At least k of a row reach the k-th largest of the maxima, and few more.
    at = maxima.shape[1] - k
    bound = np.partition(maxima, at, axis=1)[:, at]
    keys = _first_keys(pre, pre >= bound[:, None], k)
    indices, values = _ids(keys), _values(keys)
    negative = np.flatnonzero(values[:, -1] < 0)
    if negative.size:
        # Those all become zero, and equal values are ordered by id.
        np.maximum(values, np.float32(0), out=values)
        again = np.sort(_keys(values[negative], indices[negative]), axis=1)
        indices[negative] = _ids(again)
    return indices, values


def grouping(features: int, k: int) -> tuple[int, int]:
    """How to take columns together when k are wanted: members of a group, and groups, at least k of them.

    Member i of group g is column i · groups + g, so that one maximum runs over contiguous memory. The last
    few columns may be in no group: they can only raise the k-th largest.
    """
    size = max(1, min(_LARGEST_GROUP, features // (_GROUPS_PER_PLACE * k)))
    return size, features // size


def above(pre: NDArray[np.float32], threshold: NDArray[np.float32], width: int) -> Coded:
    """Those of each row of finite `pre` (m, n) that are over `threshold` (n,) and over 0, at most the `width`
    largest: ids (m, width) int32 and values (m, width) float32, ordered as by `strongest`.

    The places that a row has no use for hold the lowest ids that are not active in it, with the value 0, so
    that no id comes twice.
    """
    keys = _first_keys(pre, pre > np.maximum(threshold, np.float32(0)), width)
    used = keys != _NONE
    indices, values = _ids(keys), np.where(used, _values(keys), np.float32(0))
    fill_unused(indices, np.count_nonzero(used, axis=1))
    return indices, values


def fill_unused(indices: NDArray[np.int32], counts: NDArray[Any]) -> None:
    """Put into each row of `indices` (m, width), behind its first `counts` (m,) ids, the lowest ids that are
    not among those.
    """
    m, width = indices.shape
    taken = np.zeros((m, width), dtype=bool)
    rows, places = np.nonzero((np.arange(width) < counts[:, None]) & (indices < width))
    taken[rows, indices[rows, places]] = True
    rows, ids = np.nonzero(~taken)
    begins = np.cumsum(width - np.count_nonzero(taken, axis=1))
    rank = np.arange(len(rows)) - np.concatenate(([0], begins[:-1]))[rows]
    # Of the first `width` ids at least as many are free as there are places left.
    wanted = rank < (width - counts)[rows]
    rows, ids, rank = rows[wanted], ids[wanted], rank[wanted]
    indices[rows, counts[rows] + rank] = ids


def _first_keys(pre: NDArray[np.float32], mask: NDArray[np.bool_], width: int) -> NDArray[np.int64]:
    """The keys (m, width) of the `width` largest values of each row among the masked ones, in order; `_NONE`
    in the places left.
    """
    m, features = pre.shape
    flat = np.flatnonzero(mask)
    rows, ids = np.divmod(flat, features)
    counts = np.bincount(rows, minlength=m)
    first = np.full((m, width), _NONE, dtype=np.int64)
    crowded = counts > 2 * width + 64
    if crowded.any():
        # Many equal values, or a threshold that lets much through: these rows are sorted whole.
        there = np.flatnonzero(crowded)
        whole = np.where(mask[there], _keys(pre[there], np.arange(features)), _NONE)
        first[there] = np.sort(np.partition(whole, width - 1, axis=1)[:, :width], axis=1)
        kept = ~crowded[rows]
        flat, rows, ids = flat[kept], rows[kept], ids[kept]
        counts[there] = 0
    most = int(counts.max(initial=0))
    if most:
        padded = np.full((m, most), _NONE, dtype=np.int64)
        places = np.arange(len(flat)) - (np.cumsum(counts) - counts)[rows]
        padded[rows, places] = _keys(pre.reshape(-1)[flat], ids)
        padded.sort(axis=1)
        few = ~crowded
        most = min(most, width)
        first[few, :most] = padded[few, :most]
    return first


def _keys(values: NDArray[np.float32], ids: NDArray[Any]) -> NDArray[np.int64]:
    """Integers that sort by (-value, id). A negative zero counts as zero."""
    bits = (values + np.float32(0)).view(np.int32)
    # Positive floats order like their bits; negative ones the other way round.
    ascending = bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))
    keys: NDArray[np.int64] = ((~ascending).astype(np.int64) << _ID_BITS) | ids
    return keys


def _ids(keys: NDArray[np.int64]) -> NDArray[np.int32]:
    return (keys & np.int64(0xFFFFFFFF)).astype(np.int32)


def _values(keys: NDArray[np.int64]) -> NDArray[np.float32]:
    ascending = ~(keys >> _ID_BITS).astype(np.int32)
    return (ascending ^ ((ascending >> 31) & np.int32(0x7FFFFFFF))).view(np.float32)
