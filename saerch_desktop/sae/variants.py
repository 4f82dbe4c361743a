"""Which codes of a batch each variant makes active, and of which of its reconstructions they are part."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from saerch_desktop.sae import kernels
from saerch_desktop.sae.config import SaeConfig
from saerch_desktop.sae.kernels import Codes
from saerch_desktop.sae.peers import Peers
from saerch_desktop.sae.selection import common_threshold, top_k


@dataclass(frozen=True, slots=True, eq=False)
class Active:
    """A batch's active codes, bag by bag; starts (rows · levels,): where each bag begins. threshold ():
    batchtopk's.

    Row b has one bag for each level, b · levels + level. Reconstruction l is made of the bags up to l.
    """

    codes: Codes
    starts: Tensor
    levels: int
    threshold: Tensor | None = None

    def bags(self, decoder: Tensor) -> Tensor:
        """Σ value · decoder[feature] of each bag: (rows, levels, d)."""
        found = kernels.weighted_rows(decoder, self.codes.features, self.codes.values, self.starts)
        return found.view(-1, self.levels, found.shape[1])

    def firings(self, features: int) -> Tensor:
        """For how many rows each feature is above zero: (features,) int64."""
        return torch.bincount(self.codes.features[self.codes.values > 0], minlength=features)


def choose(pre: Tensor, sae: SaeConfig, peers: Peers) -> Active:
    """The active codes of pre-activations (b, n); for batchtopk with a threshold that all `peers` share."""
    if sae.variant == "batchtopk":
        return _above_threshold(pre, sae.k, peers)
    indices, values = top_k(pre, sae.k)
    documents = torch.arange(len(pre), device=pre.device).repeat_interleave(sae.k)
    if sae.variant == "topk":
        starts = torch.arange(0, documents.numel(), sae.k, device=pre.device)
        return _active(documents, documents, indices, values, starts, 1)
    if sae.variant == "hierarchical":
        values, order = torch.sort(values, dim=1, descending=True, stable=True)
        indices = indices.gather(1, order)
        level_of = torch.arange(sae.k, device=pre.device)
    else:
        indices, order = torch.sort(indices, dim=1)
        values = values.gather(1, order)
        level_of = indices
    levels = len(sae.levels)
    bounds = torch.tensor(sae.levels, device=pre.device)
    # The level of rank or feature i is the first whose bound is above i.
    level = torch.bucketize(level_of, bounds, right=True).expand_as(indices)
    bags = documents * levels + level.reshape(-1)
    counts = torch.bincount(bags, minlength=len(pre) * levels)
    return _active(documents, bags, indices, values, torch.cumsum(counts, 0) - counts, levels)


def _above_threshold(pre: Tensor, k: int, peers: Peers) -> Active:
    threshold = common_threshold(pre, k, peers)
    documents, features = torch.nonzero(pre > threshold, as_tuple=True)
    counts = torch.bincount(documents, minlength=len(pre))
    starts = torch.cumsum(counts, 0) - counts
    values = pre[documents, features]
    return _active(documents, documents, features, values, starts, 1, threshold)


def _active(
    documents: Tensor,
    bags: Tensor,
    indices: Tensor,
    values: Tensor,
    starts: Tensor,
    levels: int,
    threshold: Tensor | None = None,
) -> Active:
    flat = values.reshape(-1)
    codes = Codes(documents, bags, indices.reshape(-1), flat, (flat > 0).to(flat.dtype))
    return Active(codes, starts, levels, threshold)
