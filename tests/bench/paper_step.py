"""One training step as the paper's code does it (arXiv 2408.00657), written from its description.

All codes are dense (batch × features): scattered, decoded by a product and differentiated by autograd. The
less sparse reconstruction with 4k codes is computed although its weight is 0; AuxK takes the 2k largest of
the pre-activations times the mask of dead latents; every error is divided by the variance within the batch;
the decoder's gradient loses its part along each column; the norm of all gradients is limited to 1; Adam runs
with its default implementation; the decoder's columns are brought back to length 1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

RATE = 1e-4
AUX_COEFFICIENT = 1 / 32
DEAD_AFTER = 266  # steps


class PaperStep:
    """Weights and optimiser of one autoencoder; `step` is one update. decoder: (features, dim) unit rows."""

    def __init__(self, decoder: Tensor, pre_bias: Tensor, k: int) -> None:
        features, dim = decoder.shape
        self.k = k
        self.encoder = nn.Linear(dim, features, bias=False, device=decoder.device)
        self.decoder = nn.Linear(features, dim, bias=False, device=decoder.device)
        with torch.no_grad():
            self.encoder.weight.copy_(decoder)
            self.decoder.weight.copy_(decoder.t())
        self.pre_bias = nn.Parameter(pre_bias.detach().clone())
        self.latent_bias = nn.Parameter(torch.zeros(features, device=decoder.device))
        self.parameters = [self.encoder.weight, self.decoder.weight, self.pre_bias, self.latent_bias]
        self.optimiser = torch.optim.Adam(self.parameters, lr=RATE)
        self.steps_silent = torch.zeros(features, dtype=torch.long, device=decoder.device)

    def step(self, x: Tensor) -> Tensor:
        """Update on the batch x (B, d); returns the loss ()."""
        loss = self.loss(x)
        self.optimiser.zero_grad()
        loss.backward()
        with torch.no_grad():
            weight, gradient = self.decoder.weight, self.decoder.weight.grad
            assert gradient is not None
            gradient -= (gradient * weight).sum(dim=0, keepdim=True) * weight
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        with torch.no_grad():
            self.decoder.weight /= self.decoder.weight.norm(dim=0)
        return loss

    def loss(self, x: Tensor) -> Tensor:
        pre = self.encoder(x - self.pre_bias) + self.latent_bias
        codes, chosen = self._codes(pre, self.k)
        self.steps_silent += 1
        self.steps_silent[chosen.unique()] = 0
        dead = (self.steps_silent > DEAD_AFTER).to(pre.dtype)
        for_residual, _ = self._codes(pre * dead, 2 * self.k)
        less_sparse, _ = self._codes(pre, 4 * self.k)
        rebuilt = self.decoder(codes) + self.pre_bias
        rebuilt_less_sparse = self.decoder(less_sparse) + self.pre_bias
        error = x - rebuilt.detach()
        return (
            _normalised(rebuilt, x)
            + 0.0 * _normalised(rebuilt_less_sparse, x)
            + AUX_COEFFICIENT * _normalised(self.decoder(for_residual), error)
        )

    @staticmethod
    def _codes(pre: Tensor, k: int) -> tuple[Tensor, Tensor]:
        values, indices = torch.topk(pre, k, dim=-1)
        return torch.zeros_like(pre).scatter_(-1, indices, values.relu()), indices


def _normalised(found: Tensor, wanted: Tensor) -> Tensor:
    return (found - wanted).square().mean() / (wanted.mean(dim=0) - wanted).square().mean()
