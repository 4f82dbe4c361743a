"""The one dense product of a step, and what is chosen from it before it is forgotten."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from saerch_desktop.sae import kernels
from saerch_desktop.sae.auxiliary import Auxiliary, strongest_dead
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.model import Model
from saerch_desktop.sae.peers import Peers
from saerch_desktop.sae.precision import uses_bfloat16
from saerch_desktop.sae.selection import reaching, strongest, top_k
from saerch_desktop.sae.variants import Active, of_each_row, of_the_batch

_BLOCK_FLOATS: Final = (
    1 << 25
)  # 128 MiB. Smaller blocks, kept in the caches, cost the product more than they save
_SPARE: Final = 8  # candidates beyond k and an eighth: bfloat16 is off by 0.4 %, a few ranks at the edge


class Room:
    """Memory for pre-activations that is used again: fresh pages cost as much as half of the selection."""

    def __init__(self) -> None:
        self._floats = torch.empty(0)

    def table(self, rows: int, like: Tensor) -> Tensor:
        """(rows, n) of the dtype and device of `like` (n,), with any content."""
        wanted = rows * len(like)
        kept = self._floats
        if len(kept) < wanted or (kept.dtype, kept.device) != (like.dtype, like.device):
            self._floats = torch.empty(0)
            self._floats = like.new_empty(wanted)
        return self._floats[:wanted].view(rows, len(like))


def encode(
    model: Model, centred: Tensor, config: TrainConfig, dead: Tensor | None, peers: Peers, room: Room
) -> tuple[Active, Auxiliary | None]:
    """The active codes of x − b_pre (b, d), and those of AuxK where some of the latents are `dead` (m,).

    Where bfloat16 is fast, the product only names candidates, a few more than wanted; their values are
    products in full precision, so that values and gradients are exact for those chosen.
    """
    if dead is None or len(dead) == 0 or config.aux_k == 0 or config.aux_coefficient == 0:
        dead = None
    sae = config.sae
    rough = uses_bfloat16(config.precision, centred.device)
    product = _Product(model, room, rough)
    spare = min(sae.features, sae.k + sae.k // 8 + _SPARE) if rough else sae.k
    whole = sae.variant == "batchtopk" or centred.device.type != "cpu"
    blocks = 1 if whole else -(-len(centred) * model.features // _BLOCK_FLOATS)
    chosen, chosen_dead = [], []
    active = None
    for block in torch.tensor_split(centred, blocks):
        pre = product.of(block)
        if sae.variant == "batchtopk":
            documents, features, values = reaching(pre, spare, peers)
            if rough:
                values = product.exact(block, documents, features)
            active = of_the_batch(documents, features, values, len(block), sae.k, peers)
        elif rough:
            chosen.append(product.best(block, strongest(pre, spare)[0], sae.k))
        else:
            chosen.append(top_k(pre, sae.k))
        if dead is not None:
            columns = product.exact_columns(block, dead) if rough else pre.index_select(1, dead)
            chosen_dead.append(strongest_dead(columns, config.aux_k))
    if active is None:
        active = of_each_row(*_joined(chosen), sae)
    return active, None if dead is None else Auxiliary(*_joined(chosen_dead), dead, config)


class _Product:
    """W_enc (x − b_pre) + b_lat, in full precision or roughly in bfloat16."""

    def __init__(self, model: Model, room: Room, rough: bool) -> None:
        self._model, self._room = model, room
        self._rough = model.encoder.bfloat16() if rough else None

    def of(self, centred: Tensor) -> Tensor:
        """Of every row and feature (b, n), in memory that the next call uses again."""
        out = self._room.table(len(centred), self._model.latent_bias)
        if self._rough is None:
            return torch.addmm(self._model.latent_bias, centred, self._model.encoder.t(), out=out)
        return out.copy_(centred.bfloat16() @ self._rough.t()).add_(self._model.latent_bias)

    def exact(self, centred: Tensor, rows: Tensor, features: Tensor) -> Tensor:
        """Of the named pairs (m,), which go row by row."""
        counts = torch.bincount(rows, minlength=len(centred))
        starts = torch.cumsum(counts, 0) - counts
        found = kernels.sampled_products(centred, self._model.encoder, rows, starts, features)
        return found + self._model.latent_bias[features]

    def exact_columns(self, centred: Tensor, features: Tensor) -> Tensor:
        """Of every row and the named features: (b, m)."""
        bias = self._model.latent_bias[features]
        return torch.addmm(bias, centred, self._model.encoder[features].t())

    def best(self, centred: Tensor, candidates: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """The k largest of each row's candidates (b, c): ids and ReLU'd values (b, k), as `top_k`."""
        rows = torch.arange(len(centred), device=centred.device).repeat_interleave(candidates.shape[1])
        values = self.exact(centred, rows, candidates.reshape(-1)).view(candidates.shape)
        values, among = torch.topk(values, k, dim=1, sorted=False)
        return candidates.gather(1, among), values.relu_()


def _joined(parts: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    if len(parts) == 1:
        return parts[0]
    indices, values = zip(*parts, strict=True)
    return torch.cat(indices), torch.cat(values)
