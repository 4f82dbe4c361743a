"""Which codes of a batch each variant makes active, and of which of its reconstructions they are part."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from saerch_desktop.sae import kernels
from saerch_desktop.sae.config import SaeConfig
from saerch_desktop.sae.kernels import Codes
from saerch_desktop.sae.peers import Peers
from saerch_desktop.sae.selection import common_threshold


@dataclass(frozen=True, slots=True, eq=False)
class Active:
    """A batch's active codes, bag by bag; starts (rows · levels,): where each bag begins. threshold ():
    batchtopk's.

    Row b has one bag for each level, b · levels + level. Reconstruction l is made of the bags up to l.
    """

    codes: Codes
    starts: Tensor
    levels: int = 1
    threshold: Tensor | None = None

    def bags(self, decoder: Tensor) -> Tensor:
        """Σ value · decoder[feature] of each bag: (rows, levels, d)."""
        found = kernels.weighted_rows(decoder, self.codes.features, self.codes.values, self.starts)
        return found.view(-1, self.levels, found.shape[1])

    def firings(self, features: int) -> Tensor:
        """For how many rows each feature is above zero: (features,) int64."""
        above = self.codes.values > 0
        everything = bool(above.all())
        fired = self.codes.features if everything else self.codes.features[above]
        return torch.bincount(fired, minlength=features)


def of_each_row(indices: Tensor, values: Tensor, sae: SaeConfig) -> Active:
    """Codes from the k strongest of each row: ids and ReLU'd values (b, k), in no order."""
    rows, device = len(indices), indices.device
    documents = torch.arange(rows, device=device).repeat_interleave(sae.k)
    if sae.variant == "topk":
        starts = torch.arange(0, rows * sae.k, sae.k, device=device)
        return Active(Codes(documents, documents, indices.reshape(-1), values.reshape(-1)), starts)
    if sae.variant == "hierarchical":
        values, order = torch.sort(values, dim=1, descending=True, stable=True)
        indices = indices.gather(1, order)
        place = torch.arange(sae.k, device=device)
    else:
        indices, order = torch.sort(indices, dim=1)
        values = values.gather(1, order)
        place = indices
    levels = len(sae.levels)
    # The level of rank or feature i is the first whose bound is above i.
    level = torch.bucketize(place, torch.tensor(sae.levels, device=device), right=True)
    bags = documents * levels + level.expand_as(indices).reshape(-1)
    counts = torch.bincount(bags, minlength=rows * levels)
    codes = Codes(documents, bags, indices.reshape(-1), values.reshape(-1))
    return Active(codes, torch.cumsum(counts, 0) - counts, levels)


def of_the_batch(rows: Tensor, features: Tensor, values: Tensor, batch: int, k: int, peers: Peers) -> Active:
    """Codes above the threshold that leaves k per row on average of all peers' rows.

    From candidates for it, row by row: their rows (m,), features (m,) and values (m,); batch: rows here.
    """
    threshold = common_threshold(values, batch * k, peers)
    kept = torch.nonzero(values > threshold).view(-1)
    rows = rows[kept]
    counts = torch.bincount(rows, minlength=batch)
    codes = Codes(rows, rows, features[kept], values[kept])
    return Active(codes, torch.cumsum(counts, 0) - counts, threshold=threshold)
