"""AuxK: dead latents learn by explaining what the live ones leave over (Gao et al. 2024, appendix A.2)."""

from __future__ import annotations

import torch
from torch import Tensor

from saerch_desktop.sae import kernels
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.kernels import Codes
from saerch_desktop.sae.peers import Peers
from saerch_desktop.sae.selection import strongest

_DENSE = 16  # dead latents per chosen one up to which dense products are faster than sparse sums


class Auxiliary:
    """The auxiliary codes of one batch, dense over the dead columns where those are few. among (b, c): which
    of the dead (m,) are chosen; values (b, c): their pre-activations.

    Choosing among the dead columns alone is masking the live ones with −inf; a product with 0 would let a
    live zero outrank a dead latent below zero. Rectified, as in the paper, the chosen latents below zero
    explain nothing and learn nothing; a latent below zero for every document then stays dead for good, which
    happened to 2 to 9 % of them, so that otherwise all that are chosen take part.
    """

    def __init__(self, among: Tensor, values: Tensor, dead: Tensor, config: TrainConfig) -> None:
        self._dead = dead
        self._coefficient = config.aux_coefficient
        if config.aux_rectified:
            values = values.relu()
        learns = values > 0 if config.aux_rectified else torch.ones_like(values, dtype=torch.bool)
        self._width = among.shape[1]
        self._rows = values
        self._sparse: Codes | None = None
        if len(dead) <= _DENSE * self._width:
            blank = values.new_zeros(len(values), len(dead))
            self._codes = blank.scatter(1, among, values)
            self._learns = blank.bool().scatter_(1, among, learns)
        else:
            documents = torch.arange(len(values), device=values.device).repeat_interleave(self._width)
            self._sparse = Codes(
                documents, documents, dead[among].reshape(-1), values.reshape(-1), learns.reshape(-1)
            )

    def explain(self, residual: Tensor, decoder: Tensor, peers: Peers, *, batch: int, floor: float) -> Tensor:
        """α · Σ‖e−ê‖² / Σ‖e−ē‖² of e (b, d), and the gradient that ê feels, kept for `add`.

        The denominator is that of all rows of all processes, brought to `batch` rows where these are only a
        part of them, and at least `floor`: a batch of one, or of equal rows, has no spread.
        """
        sums = torch.cat([residual.sum(dim=0), residual.new_tensor([len(residual)])])
        peers.sum_(sums)
        spread = (residual - sums[:-1] / sums[-1]).square().sum()
        peers.sum_(spread)
        scale = self._coefficient / (spread * (batch / sums[-1])).clamp_(min=floor)
        if self._sparse is None:
            found = self._codes @ decoder[self._dead]
        else:
            shape = (len(residual), self._width)
            found = kernels.weighted_rows(
                decoder, self._sparse.features.view(shape), self._sparse.values.view(shape)
            )
        missed = residual - found
        share = missed.square().sum() * scale
        self._rows = missed.mul_(-2 * scale)
        return share

    def sparse(self, codes: Codes, rows: Tensor) -> tuple[Codes, Tensor]:
        """The list of codes and the stack of residual rows, with the auxiliary ones at the end if sparse."""
        if self._sparse is None:
            return codes, rows
        mine = self._sparse
        bags = mine.bags + len(rows)
        own = Codes(mine.documents, bags, mine.features, mine.values, mine.learns)
        return codes.followed_by(own), torch.cat([rows, self._rows])

    def add_dense(
        self,
        centred: Tensor,
        decoder: Tensor,
        for_encoder: Tensor,
        for_decoder: Tensor,
        for_bias: Tensor,
        along: Tensor,
    ) -> None:
        """Add what dense auxiliary codes give to the gradients (n, d), (n, d), (n,), and to the decoder's
        along its rows (n,).
        """
        if self._sparse is not None:
            return
        through = (self._rows @ decoder[self._dead].t()).mul_(self._learns)
        for_decoder.index_add_(0, self._dead, self._codes.t() @ self._rows)
        for_encoder.index_add_(0, self._dead, through.t() @ centred)
        for_bias.index_add_(0, self._dead, through.sum(dim=0))
        along.index_add_(0, self._dead, through.mul_(self._codes).sum(dim=0))


def strongest_dead(columns: Tensor, aux_k: int) -> tuple[Tensor, Tensor]:
    """The at most aux_k strongest of the dead latents' pre-activations (b, m): places and values."""
    rows, count = columns.shape
    if aux_k < count:
        return strongest(columns, aux_k)
    return torch.arange(count, device=columns.device).expand(rows, -1).contiguous(), columns
