"""The loss of a batch and its gradients, by hand: no autograd, nothing dense of rows × features but the
pre-activations.

One idea carries every variant. A batch's active codes are a flat list of (row, feature, value, level);
reconstruction l is made of the codes of the levels up to l. With residuals r_l, a code of level g feels the
gradient G_g = Σ_{l≥g} r_l, so that a stack of L residuals per row serves all: codes are decoded into L bags
per row and summed up, and both weight gradients sum rows of the stack, or of the inputs, over the same list
sorted by feature.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.encoder import Room, encode
from saerch_desktop.sae.kernels import ByFeature, put
from saerch_desktop.sae.model import Model
from saerch_desktop.sae.peers import Peers


@dataclass(slots=True, eq=False)
class Gradients:
    """Room for the gradients of encoder (n, d), latent_bias (n,), decoder (n, d) and pre_bias (d,), used
    again for every batch. along (n,): decoder gradient · decoder row of each feature, which the sum of value
    times gradient over its codes gives without another pass over the weights.

    `empty` says that the tensors hold nothing yet: the next part of a batch overwrites them, so that nobody
    has to fill them with zeros. An error in `accumulate` leaves them undefined; `clear` them then.
    """

    encoder: Tensor
    latent_bias: Tensor
    decoder: Tensor
    pre_bias: Tensor
    along: Tensor
    empty: bool = True
    room: Room = field(default_factory=Room, repr=False)

    @classmethod
    def of(cls, model: Model) -> Gradients:
        encoder, latent_bias, decoder, pre_bias = (torch.zeros_like(part) for part in model.parameters())
        along = torch.zeros_like(latent_bias).detach()
        return cls(encoder.detach(), latent_bias.detach(), decoder.detach(), pre_bias.detach(), along)

    def clear(self) -> None:
        """Forget what was accumulated, before a new batch."""
        self.empty = True

    def tensors(self) -> list[Tensor]:
        """All that parts and processes add up: in the order of `Model.parameters`, and `along`."""
        return [self.encoder, self.latent_bias, self.decoder, self.pre_bias, self.along]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What one part of a batch contributes.

    unexplained (): Σ‖x−x̂‖² of these rows / (batch · variance), by the outermost reconstruction. total ():
    their share of the loss, AuxK included. firings (n,) int64: for how many of these rows each feature was
    active. threshold (): what the active codes exceeded; batchtopk alone has one.
    """

    unexplained: Tensor
    total: Tensor
    firings: Tensor
    threshold: Tensor | None = None


@torch.no_grad()
def accumulate(
    model: Model,
    x: Tensor,
    config: TrainConfig,
    *,
    variance: float,
    dead: Tensor | None,
    batch: int,
    peers: Peers,
    gradients: Gradients,
) -> Step:
    """Add the gradients of the rows x (b, d), a part of a batch of `batch` rows, to `gradients`.

    The loss is the mean over levels of Σ‖x−x̂‖² / (batch · variance), and AuxK: α · Σ‖e−ê‖² / Σ‖e−ē‖² with
    e = x−x̂ held fixed and ê decoded, without the pre-bias, from the aux_k strongest of the `dead` latents'
    (m,) int64 ids. variance: mean squared distance of a training row to the training mean. All processes of
    `peers` must call alike, with the same dead latents. Parts add up to the whole batch exactly for the first
    term; a part's Σ‖e−ē‖² stands, in proportion to its rows, for that of a batch done in parts, and a
    batchtopk part has its own threshold.
    """
    levels = max(1, len(config.sae.levels))
    weight = 1 / (batch * variance * levels)
    centred = x - model.pre_bias
    active, aux = encode(model, centred, config, dead, peers, gradients.room)
    stack = _residuals(centred, active.bags(model.decoder))
    squares = torch.stack([stack[:, level].square().sum() for level in range(levels)])
    total = squares.sum() * weight
    if aux is not None:
        floor = 1e-6 * batch * variance
        total += aux.explain(stack[:, -1], model.decoder, peers, batch=batch, floor=floor)
    for level in range(levels - 1, 0, -1):
        stack[:, level - 1] += stack[:, level]
    stack *= -2 * weight
    for_pre_bias = stack[:, 0].sum(dim=0)
    codes, rows = active.codes, stack.flatten(0, 1)
    if aux is not None:
        codes, rows = aux.sparse(codes, rows)
    by_feature = ByFeature.of(codes, model.features)
    codes = by_feature.codes
    through = by_feature.products(model.decoder, rows)
    for_bias = by_feature.totals(through)
    along = by_feature.totals(through * codes.values)
    by_feature.add_rows(rows, codes.bags, codes.values, gradients.decoder, empty=gradients.empty)
    by_feature.add_rows(centred, codes.documents, through, gradients.encoder, empty=gradients.empty)
    if aux is not None:
        aux.add_dense(centred, model.decoder, gradients.encoder, gradients.decoder, for_bias, along)
    for_pre_bias -= for_bias @ model.encoder
    put(gradients.latent_bias, for_bias, empty=gradients.empty)
    put(gradients.along, along, empty=gradients.empty)
    put(gradients.pre_bias, for_pre_bias, empty=gradients.empty)
    gradients.empty = False
    return Step(squares[-1] / (batch * variance), total, active.firings(model.features), active.threshold)


def _residuals(centred: Tensor, bags: Tensor) -> Tensor:
    """What each reconstruction leaves over (b, L, d), in the place of the decoded bags (b, L, d)."""
    torch.sub(centred, bags[:, 0], out=bags[:, 0])
    for level in range(1, bags.shape[1]):
        torch.sub(bags[:, level - 1], bags[:, level], out=bags[:, level])
    return bags
