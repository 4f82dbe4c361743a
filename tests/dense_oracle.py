"""The training loss as the method's formulas read, dense and by autograd in float64. Slow, and shares no code
with the product beyond the description of what is trained.
"""

from __future__ import annotations

import torch
from torch import Tensor

from saerch_desktop.sae.config import SaeConfig, TrainConfig, Variant
from saerch_desktop.sae.model import Model

CASES = {
    "ordinary": (7, 5, 11, 3),
    "k equals n": (6, 4, 9, 9),
    "one document": (1, 5, 8, 2),
    "one feature": (5, 3, 1, 1),
    "more rows than features": (40, 6, 5, 2),
    "many features": (9, 4, 150, 3),
}
SITUATIONS = (
    "ordinary",
    "ties",
    "all negative",
    "duplicate rows",
    "few dead",
    "half dead",
    "all dead",
)


def levels(variant: Variant, features: int, k: int) -> tuple[int, ...]:
    last = {"matryoshka": features, "hierarchical": k}.get(variant)
    return () if last is None else tuple(sorted({1, max(1, last // 3), last}))


def training(variant: Variant, dim: int, features: int, k: int, **more: object) -> TrainConfig:
    shape = SaeConfig(dim=dim, features=features, k=k, variant=variant, levels=levels(variant, features, k))
    values: dict[str, object] = {"epochs": 1, "batch_size": 8, "learning_rate": 1e-2, "aux_k": 4}
    return TrainConfig.model_validate(
        {**values, "dead_after": 10, "precision": "float32", "sae": shape.model_dump(), **more}
    )


def inputs(
    case: str, situation: str, dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Model, int, Tensor | None]:
    """Rows, a model, k and the ids of the dead latents of one adversarial situation."""
    batch, dim, features, k = CASES[case]
    generator = torch.Generator().manual_seed(sum(map(ord, case + situation)))

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)

    x, encoder, bias = normal(batch, dim), normal(features, dim), 0.3 * normal(features)
    decoder, centre = normal(features, dim), 0.1 * normal(dim)
    decoder /= decoder.norm(dim=1, keepdim=True)
    dead: Tensor | None = None
    if situation == "ties":
        encoder[:] = encoder[0]
        bias[:] = 0.25
    elif situation == "all negative":
        bias -= 100
    elif situation == "duplicate rows":
        x[:] = x[0]
    elif situation == "few dead":
        dead = torch.arange(features)[-2:]
    elif situation == "half dead":
        dead = torch.arange(0, features, 2)
        bias[dead] -= 1  # some of them below zero, some above
    elif situation == "all dead":
        dead = torch.arange(features)
    model = Model(*[part.requires_grad_() for part in (encoder, bias, decoder, centre)])
    return x, model, k, dead


def pre_activations(model: Model, x: Tensor) -> Tensor:
    return (x - model.pre_bias) @ model.encoder.T + model.latent_bias


def dense_loss(
    model: Model,
    x: Tensor,
    config: TrainConfig,
    *,
    variance: float,
    dead: Tensor | None,
    batch: int,
    level: Tensor,
    chosen_dead: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """The loss and its outermost first term.

    The choice among equal values is left open by the method, and given here: level (b, n) int64 says of which
    reconstruction on an active place is part, −1 where a place is not active; chosen_dead (b, n) bool names
    AuxK's.
    """
    code = torch.relu(pre_activations(model, x))
    residuals = [
        x - ((code * ((level >= 0) & (level <= step))) @ model.decoder + model.pre_bias)
        for step in range(max(1, len(config.sae.levels)))
    ]
    terms = torch.stack([residual.square().sum() / (batch * variance) for residual in residuals])
    total = terms.mean()
    if dead is not None and len(dead) and chosen_dead is not None:
        rest = residuals[-1].detach()
        answer = pre_activations(model, x) * chosen_dead
        if config.aux_rectified:
            answer = torch.relu(answer)
        spread = (rest - rest.mean(dim=0)).square().sum() * batch / len(x)
        missed = (rest - answer @ model.decoder).square().sum()
        total = total + config.aux_coefficient * missed / spread.clamp(min=1e-6 * batch * variance)
    return total, terms[-1]


def check_levels(pre: Tensor, level: Tensor, sae: SaeConfig, threshold: Tensor | None) -> None:
    """That a choice is one of those that the variant's description allows."""
    chosen = level >= 0
    if sae.variant == "batchtopk":
        assert threshold is not None
        assert torch.equal(chosen, pre > threshold)
        positive, wanted = pre[pre > 0], sae.k * len(pre)
        # Equal values stay out together; those above the edge are all in.
        assert int(chosen.sum()) <= wanted
        if len(positive) <= wanted:
            assert int(chosen.sum()) == len(positive)
        else:
            edge = positive.sort(descending=True).values[wanted]
            assert int(chosen.sum()) >= int((positive.float() > edge.float()).sum())
        return
    _check_strongest(pre, chosen, sae.k)
    if sae.variant == "matryoshka":
        bounds = torch.tensor((0, *sae.levels))
        columns = torch.arange(sae.features)
        for step in range(len(sae.levels)):
            band = (columns >= bounds[step]) & (columns < bounds[step + 1])
            assert torch.equal(level == step, chosen & band)
    elif sae.variant == "hierarchical":
        for step, size in enumerate(sae.levels):
            # ReLU makes equals of all values below zero, and ranks are taken after it.
            _check_strongest(torch.relu(pre).masked_fill(~chosen, -1), chosen & (level <= step), size)
    else:
        assert int(level.max()) == 0


def check_dead(pre: Tensor, chosen_dead: Tensor, dead: Tensor, aux_k: int) -> None:
    live = torch.ones(pre.shape[1], dtype=torch.bool)
    live[dead] = False
    _check_strongest(pre.masked_fill(live, -torch.inf), chosen_dead, min(aux_k, len(dead)))


def _check_strongest(pre: Tensor, chosen: Tensor, k: int) -> None:
    assert (chosen.sum(dim=1) == k).all()
    got = pre[chosen].view(len(pre), k).sort(dim=1, descending=True).values
    assert torch.equal(got, pre.sort(dim=1, descending=True).values[:, :k])
