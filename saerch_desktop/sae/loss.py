"""What training minimises: the unexplained share of the vectors, and AuxK for the latents that died."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from saerch_desktop.sae import kernels
from saerch_desktop.sae.model import Model


@dataclass(frozen=True, slots=True, eq=False)
class Loss:
    """total () to differentiate; unexplained () detached, the batch's reconstruction term alone; codes (B,
    k).
    """

    total: Tensor
    unexplained: Tensor
    indices: Tensor
    values: Tensor


def loss(
    model: Model,
    x: Tensor,
    *,
    k: int,
    variance: float,
    dead: Tensor | None,
    aux_k: int,
    aux_coefficient: float,
) -> Loss:
    """Σ‖x−x̂‖² / (B·variance) + α·Σ‖e−ê‖² / Σ‖e−ē‖² for a batch x (B, d); paper section 2.3 without its
    defects.

    variance: mean squared distance of a training row to the training mean, computed once, so that the value
    means the same in every batch. dead: ids (m,) int64 of latents that count as dead. e = x − x̂ carries no
    gradient; ê is decoded from the aux_k strongest dead latents, negative ones included, without the
    pre-bias, which x̂ has added already. With no dead latent there is no second term.
    """
    indices, values, aux_indices, aux_values = kernels.encode(
        x, model.encoder, model.latent_bias, model.pre_bias, k, dead, aux_k
    )
    residual = x - (kernels.decode(indices, values, model.decoder) + model.pre_bias)
    unexplained = residual.square().sum() / (len(x) * variance)
    total = unexplained
    if aux_indices is not None and aux_values is not None:
        target = residual.detach()
        spread = (target - target.mean(dim=0)).square().sum()
        missed = (target - kernels.decode(aux_indices, aux_values, model.decoder)).square().sum()
        # A batch of one, or of equal rows, has no spread; the floor keeps its term finite.
        total = total + aux_coefficient * missed / torch.clamp(spread, min=1e-6 * len(x) * variance)
    return Loss(total, unexplained.detach(), indices.detach(), values.detach())
