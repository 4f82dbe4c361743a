"""Adam with what a unit-norm decoder needs around it, in as few passes over the weights as possible."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Final

import torch
from torch import Tensor

from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.gradients import Gradients
from saerch_desktop.sae.model import PARAMETERS, Model

EPSILON: Final = 1e-8
_FIRST, _SECOND, _STEP = "adam.first.", "adam.second.", "adam.step"
_BLOCK_FLOATS: Final = 1 << 17  # rows of weights, gradient and both moments then stay in a core's cache
_ALIGN_EVERY: Final = 4  # updates; four small steps at once cost one pass over both tables instead of four


class Adam:
    """Adam (Kingma and Ba 2015), after a projection and a clip; no weight decays but by the alignment.

    The decoder's gradient loses its part along each row, which could only change a length that is fixed; the
    norm of all gradients together is limited to `config.grad_clip`, if there is one; after the update every
    decoder row is a unit vector again (Bricken et al. 2023). What the projection leaves of the norm is known
    before it is done, since the rows are unit vectors: ‖g‖² − (g·d)².

    With `config.alignment` the part of each encoder row across its decoder row decays, decoupled from the
    slopes as in Loshchilov and Hutter (2019) and several updates at a time: an encoder that looks for what
    its decoder writes fits single documents less. docs/decisions/0004-recipes-by-evidence.md has the figures.
    """

    def __init__(self, model: Model, config: TrainConfig) -> None:
        self._clip = config.grad_clip
        self._betas = (config.beta1, config.beta2)
        self._rates = (1.0, config.bias_rate, config.decoder_rate, config.bias_rate)  # as PARAMETERS
        self._alignment = config.alignment
        self._first = [torch.zeros_like(part).detach() for part in model.parameters()]
        self._second = [torch.zeros_like(part).detach() for part in model.parameters()]
        self._step = torch.zeros((), device=model.encoder.device)
        self._updates: int | None = None  # the same number, read once: a graphics card is waited for then

    @torch.no_grad()
    def step(self, model: Model, gradients: Gradients, rate: float) -> None:
        """Update the model by the summed gradients of a batch, which are used up."""
        shrink = self._shrink(gradients)
        updates = int(self._step) if self._updates is None else self._updates
        self._step += 1
        self._updates = updates + 1
        align = self._alignment > 0 and self._updates % _ALIGN_EVERY == 0
        share = 1 - (1 - min(1.0, rate * self._alignment)) ** _ALIGN_EVERY
        weights = (model.parameters(), gradients.tensors()[:4], self._first, self._second)
        for parameter, gradient, first, second, times in zip(*weights, self._rates, strict=True):
            own_rate = rate * times
            if parameter is not model.decoder:
                _update(parameter, gradient, first, second, self._step, shrink, own_rate, self._betas)
                continue
            for rows in _blocks(parameter):
                block, slope = parameter[rows], gradient[rows]
                slope.addcmul_(block, gradients.along[rows, None], value=-1)
                moments = first[rows], second[rows]
                _update(block, slope, *moments, self._step, shrink, own_rate, self._betas)
                block /= torch.linalg.vector_norm(block, dim=1, keepdim=True).clamp_(min=1e-12)
                if align:
                    _align(model.encoder[rows], block, share)
        gradients.clear()

    def state(self) -> dict[str, Tensor]:
        """Everything that an update changes here, under stable names."""
        named = {_STEP: self._step}
        for prefix, parts in ((_FIRST, self._first), (_SECOND, self._second)):
            named |= {prefix + name: part for name, part in zip(PARAMETERS, parts, strict=True)}
        return named

    def load(self, state: dict[str, Tensor]) -> None:
        """Take over a `state`; KeyError or ValueError when it is not one of such a model."""
        mine = self.state()
        for name, part in mine.items():
            if state[name].shape != part.shape:
                raise ValueError(f"{name} has shape {tuple(state[name].shape)}, not {tuple(part.shape)}")
        for name, part in mine.items():
            part.copy_(state[name])
        self._updates = None

    def _shrink(self, gradients: Gradients) -> Tensor | None:
        """What the gradients must be divided by, at least 1; None without a limit."""
        if self._clip is None:
            return None
        squares = -gradients.along.double().square().sum()
        for gradient in (gradients.encoder, gradients.latent_bias, gradients.decoder, gradients.pre_bias):
            squares += torch.linalg.vector_norm(gradient).double().square()
        norm = squares.clamp_(min=0).sqrt_()
        return ((norm + 1e-6) / self._clip).clamp_(min=1).float()


def _blocks(table: Tensor) -> Iterator[slice]:
    """The rows of a table in parts that fit a cache; on a graphics card all at once."""
    rows = len(table)
    step = max(1, _BLOCK_FLOATS // table.shape[1]) if table.device.type == "cpu" else rows
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def _align(encoder: Tensor, decoder: Tensor, share: float) -> None:
    """Take a `share` off what of each encoder row is across the unit decoder row of the same place."""
    along = torch.sum(encoder * decoder, dim=1, keepdim=True)
    encoder.lerp_(along * decoder, share)


def _update(
    parameter: Tensor,
    gradient: Tensor,
    first: Tensor,
    second: Tensor,
    step: Tensor,
    shrink: Tensor | None,
    rate: float,
    betas: tuple[float, float],
) -> None:
    """One update by gradient / shrink, in place; the gradient is used up."""
    if not _has_fused(parameter.device.type):
        _update_plainly(parameter, gradient, first, second, step, shrink, rate, betas)
        return
    torch._fused_adam_(
        [parameter.detach()],
        [gradient],
        [first],
        [second],
        [],
        [step],
        lr=rate,
        beta1=betas[0],
        beta2=betas[1],
        weight_decay=0.0,
        eps=EPSILON,
        amsgrad=False,
        maximize=False,
        grad_scale=shrink,
        found_inf=None,
    )


def _update_plainly(
    parameter: Tensor,
    gradient: Tensor,
    first: Tensor,
    second: Tensor,
    step: Tensor,
    shrink: Tensor | None,
    rate: float,
    betas: tuple[float, float],
) -> None:
    if shrink is not None:
        gradient /= shrink
    first.lerp_(gradient, 1 - betas[0])
    second.mul_(betas[1]).addcmul_(gradient, gradient, value=1 - betas[1])
    count = step.double()
    root = second.sqrt().div_((1 - betas[1] ** count).sqrt()).add_(EPSILON)
    parameter -= first / root * (rate / (1 - betas[0] ** count))


@functools.cache
def _has_fused(device: str) -> bool:
    """Whether torch's fused update, which has no public name of its own, is there and divides as expected."""
    ones = [torch.ones(1, device=device) for _ in range(6)]
    try:
        torch._fused_adam_(
            [ones[0]],
            [ones[1]],
            [ones[2].zero_()],
            [ones[3].zero_()],
            [],
            [ones[4]],
            lr=0.25,
            beta1=0.9,
            beta2=0.999,
            weight_decay=0.0,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
            grad_scale=ones[5] * 4,
            found_inf=None,
        )
    except (AttributeError, TypeError, RuntimeError):
        return False
    # The first update is by the rate whatever the slope is; the moment tells that this was divided by 4.
    return abs(float(ones[0]) - 0.75) < 1e-5 and abs(float(ones[2]) - 0.1 / 4) < 1e-6
