"""Adam with what a unit-norm decoder needs around it, in as few passes over the weights as possible."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.gradients import Gradients
from saerch_desktop.sae.model import PARAMETERS, Model

BETAS: Final = (0.9, 0.999)
EPSILON: Final = 1e-8
_FIRST, _SECOND, _STEP = "adam.first.", "adam.second.", "adam.step"


class Adam:
    """Adam (Kingma and Ba 2015) without weight decay, after a projection and a clip.

    The decoder's gradient loses its part along each row, which could only change a length that is fixed; the
    norm of all gradients together is limited to `config.grad_clip`; after the update every decoder row is a
    unit vector again (Bricken et al. 2023).
    """

    def __init__(self, model: Model, config: TrainConfig) -> None:
        self._clip = config.grad_clip
        self._first = [torch.zeros_like(part, requires_grad=False) for part in model.parameters()]
        self._second = [torch.zeros_like(part, requires_grad=False) for part in model.parameters()]
        self._step = torch.zeros((), device=model.encoder.device)

    @torch.no_grad()
    def step(self, model: Model, gradients: Gradients, rate: float) -> None:
        """Update the model by the summed gradients of a batch, which are used up."""
        parts = gradients.tensors()
        along = torch.einsum("nd,nd->n", gradients.decoder, model.decoder)
        gradients.decoder.addcmul_(model.decoder, along[:, None], value=-1)
        norm = torch.stack([torch.linalg.vector_norm(part) for part in parts]).norm()
        scale = (self._clip / (norm + 1e-6)).clamp(max=1.0)
        for part in parts:
            part *= scale
        self._step += 1
        torch._fused_adam_(
            [part.detach() for part in model.parameters()],
            parts,
            self._first,
            self._second,
            [],
            [self._step] * len(parts),
            lr=rate,
            beta1=BETAS[0],
            beta2=BETAS[1],
            weight_decay=0.0,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )
        model.normalise_decoder()
        gradients.clear()

    def state(self) -> dict[str, Tensor]:
        """Everything that an update changes here, under stable names."""
        named = {_STEP: self._step}
        for prefix, parts in ((_FIRST, self._first), (_SECOND, self._second)):
            named |= {prefix + name: part for name, part in zip(PARAMETERS, parts, strict=True)}
        return named

    def load(self, state: dict[str, Tensor]) -> None:
        """Take over a `state`; KeyError or ValueError when it is not one of such a model."""
        for name, mine in self.state().items():
            if state[name].shape != mine.shape:
                raise ValueError(f"{name} has shape {tuple(state[name].shape)}, not {tuple(mine.shape)}")
            mine.copy_(state[name])
