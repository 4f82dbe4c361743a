"""The k largest of many rows, exactly and fast, and the one threshold that keeps k per row on average."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from saerch_desktop.sae.peers import Peers

_WORTH_IT = 8  # rows of fewer than this many values per wanted one are left to torch.topk


def strongest(pre: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k largest of each row of `pre` (B, n), in no order: their ids (B, k) int64 and values (B, k).

    The columns are taken in g groups of n/g, strided so that a maximum over them is one vectorised pass. The
    k groups with the largest maxima hold all of the k largest values, because each of those maxima is at
    least as large as every value outside these groups; the columns beyond g · (n/g) are candidates always.
    """
    batch, features = pre.shape
    # A candidate costs about 1.7 times what a maximum does: both are selected from, one is gathered as well.
    members = round(math.sqrt(features / (1.7 * k))) if k else 0
    groups = features // members if members else 0
    if features < _WORTH_IT * k or members < 2 or groups <= k or not pre.is_contiguous():
        values, indices = torch.topk(pre, k, dim=1, sorted=False)
        return indices, values
    whole = members * groups
    grid = pre[:, :whole].view(batch, members, groups)
    best = torch.topk(grid.amax(dim=1), k, dim=1, sorted=False).indices
    candidates = grid.gather(2, best[:, None, :].expand(batch, members, k)).flatten(1)
    if whole < features:
        candidates = torch.cat([candidates, pre[:, whole:]], dim=1)
    values, among = torch.topk(candidates, k, dim=1, sorted=False)
    member = torch.div(among, k, rounding_mode="floor")
    indices = best.gather(1, among % k) + member * groups
    if whole < features:
        indices = torch.where(member < members, indices, among + (whole - members * k))
    return indices, values


def top_k(pre: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k largest of each row of `pre` (B, n): ids (B, k) int64 and their ReLU'd values (B, k), in no
    order; which of several equal ones at the edge is not said.
    """
    indices, values = strongest(pre, k)
    return indices, values.relu_()


def ordered_top_k(pre: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """As `top_k`, ordered by value (highest first), every tie decided for the lower id, on any device."""
    features = pre.shape[1]
    more = min(k + 1, features)
    indices, values = strongest(pre, more)
    indices, by_id = torch.sort(indices, dim=1)
    values, by_value = torch.sort(values.gather(1, by_id), dim=1, descending=True, stable=True)
    indices = indices.gather(1, by_value)
    if more > k:
        # One value more than asked for tells whether the edge is a tie, which another selection could decide
        # otherwise.
        tied = torch.nonzero(values[:, k] == values[:, k - 1]).flatten()
        values, indices = values[:, :k].contiguous(), indices[:, :k].contiguous()
        if len(tied):
            again, order = torch.sort(pre[tied], dim=1, descending=True, stable=True)
            values[tied], indices[tied] = again[:, :k], order[:, :k]
    below = values <= 0
    if bool(below.any()):
        indices, values = _zeros_by_id(indices, values)
    return indices, values


def _zeros_by_id(indices: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """ReLU makes equals of all values below zero, so that those order by id as well."""
    indices, by_id = torch.sort(indices, dim=1)
    values, by_value = torch.sort(values.gather(1, by_id).relu_(), dim=1, descending=True, stable=True)
    return indices.gather(1, by_value), values


def reaching(pre: Tensor, k: int, peers: Peers) -> tuple[Tensor, Tensor, Tensor]:
    """Entries of `pre` (b, n): the k · rows largest positive ones of all `peers`, and few more.

    Row by row: their rows (m,), columns (m,) and values (m,). As in `strongest`, maxima of groups come first:
    as many entries as wanted reach what as many maxima reach.
    """
    batch, features = pre.shape
    members = next((size for size in (8, 6, 10, 5, 7, 12, 4, 9, 3, 2) if features % size == 0), 1)
    groups = features // members
    wanted = torch.tensor([batch * k], device=pre.device)
    peers.sum_(wanted)
    maxima = pre.view(batch, members, groups).amax(dim=1)
    edge, _ = _edge(_upper(maxima[maxima > 0], peers), wanted)
    # The least number whose upper bits are those of the edge.
    bound = (edge << 16).int().view(torch.float32).to(pre.dtype)
    places = torch.nonzero(((maxima >= bound) & (maxima > 0)).view(-1)).view(-1)
    rows = torch.div(places, groups, rounding_mode="floor")
    first = places + rows * (features - groups)
    candidates = (first[:, None] + torch.arange(0, features, groups, device=pre.device)).view(-1)
    values = pre.view(-1)[candidates]
    kept = torch.nonzero((values >= bound) & (values > 0)).view(-1)
    candidates, values = candidates[kept], values[kept]
    rows = torch.div(candidates, features, rounding_mode="floor")
    return rows, candidates - rows * features, values


def common_threshold(values: Tensor, wanted: int, peers: Peers) -> Tensor:
    """What the `wanted` largest of `values` (m,) exceed, both summed over all `peers`: ().

    Only positive values count; where fewer are positive, it is 0. Positive floats order like their bit
    patterns, so that two histograms, of the upper and then of the lower 16 bits within the edge's bin, find
    it exactly in float32 without a sort. Equal values at the edge stay out together.
    """
    goal = torch.tensor([wanted], device=values.device)
    peers.sum_(goal)
    values = values[values > 0]
    edge, above = _edge(_upper(values, peers), goal)
    bits = values.float().view(torch.int32)
    lower = torch.bincount(bits[(bits >> 16) == edge] & 0xFFFF, minlength=1 << 16)
    peers.sum_(lower)
    last, beyond = _edge(lower, goal - above)
    reached = above + beyond + lower[last]
    # The number just below the last that is wanted; that one itself, if with its equals it is one of too
    # many; 0 where all that are positive are too few.
    bits = (((edge << 16) | last).int() - (reached == goal).int()).clamp_(min=0)
    return torch.where(reached < goal, torch.zeros_like(bits), bits).view(torch.float32)[0].to(values.dtype)


def _upper(positive: Tensor, peers: Peers) -> Tensor:
    """How many of all peers' `positive` (m,) values have which upper 16 bits in float32: (32768,) int64."""
    counts = torch.bincount(positive.float().view(torch.int32) >> 16, minlength=1 << 15)
    peers.sum_(counts)
    return counts


def _edge(histogram: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """The highest bin (1,) from which up at least `wanted` (1,) are counted, and how many (1,) are above it;
    the lowest bin where there are fewer.
    """
    from_top = torch.cumsum(histogram.flip(0), 0)
    place = torch.searchsorted(from_top, wanted).clamp_(max=len(histogram) - 1)
    bin_ = len(histogram) - 1 - place
    return bin_, from_top[place] - histogram[bin_]
