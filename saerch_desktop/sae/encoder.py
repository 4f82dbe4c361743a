"""The one dense product of a step, and what is chosen from it before it is forgotten."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from saerch_desktop.sae.auxiliary import Auxiliary, strongest_dead
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.model import Model
from saerch_desktop.sae.peers import Peers
from saerch_desktop.sae.selection import top_k
from saerch_desktop.sae.variants import Active, above_threshold, of_each_row

_BLOCK_FLOATS: Final = 1 << 20  # 4 MiB: what is chosen from is still in the caches
_FEWEST_ROWS: Final = 256  # below this the product waits for the weights to come from memory


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
    """The active codes of x − b_pre (b, d), and those of AuxK where some of the latents are `dead` (m,)."""
    if dead is None or len(dead) == 0 or config.aux_k == 0 or config.aux_coefficient == 0:
        dead = None
    whole = config.sae.variant == "batchtopk" or centred.device.type != "cpu"
    rows = len(centred) if whole else max(_FEWEST_ROWS, _BLOCK_FLOATS // model.features)
    chosen, chosen_dead = [], []
    active = None
    for block in torch.split(centred, max(1, rows)):
        pre = _pre_activations(model, block, room)
        if config.sae.variant == "batchtopk":
            active = above_threshold(pre, config.sae.k, peers)
        else:
            chosen.append(top_k(pre, config.sae.k))
        if dead is not None:
            chosen_dead.append(strongest_dead(pre, dead, config.aux_k))
    if active is None:
        active = of_each_row(*_joined(chosen), config.sae)
    return active, None if dead is None else Auxiliary(*_joined(chosen_dead), dead, config)


def _pre_activations(model: Model, centred: Tensor, room: Room) -> Tensor:
    out = room.table(len(centred), model.latent_bias)
    return torch.mm(centred, model.encoder.t(), out=out).add_(model.latent_bias)


def _joined(parts: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    if len(parts) == 1:
        return parts[0]
    indices, values = zip(*parts, strict=True)
    return torch.cat(indices), torch.cat(values)
