"""The autoencoder's parameters in torch: how they start, and how they come and go as NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saerch_desktop.embedding.torch_setup import may_use_card
from saerch_desktop.errors import UserError
from saerch_desktop.sae import kernels, selection
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.weights import DECODER, ENCODER, LATENT_BIAS, PRE_BIAS, THRESHOLD

PARAMETERS = (ENCODER, LATENT_BIAS, DECODER, PRE_BIAS)


def choose_device(device: str) -> torch.device:
    """The torch device for "auto", "cpu" or "cuda"; UserError when a graphics card is asked for and there is
    none. "auto" is the processor where the settings want it alone.
    """
    if device == "cpu" or (device == "auto" and not may_use_card()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise UserError(
            "This computer offers no CUDA graphics card to the program.",
            "Nothing was started.",
            "Choose the device “auto” or “cpu”.",
        )
    return torch.device("cuda")


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """encoder (n, d), latent_bias (n,), decoder (n, d) with unit rows, pre_bias (d,): float32 leaves on one
    device. threshold (): what a pre-activation must exceed to be active at inference; batchtopk alone has
    one.
    """

    encoder: Tensor
    latent_bias: Tensor
    decoder: Tensor
    pre_bias: Tensor
    threshold: Tensor | None = None

    @property
    def features(self) -> int:
        return self.encoder.shape[0]

    def parameters(self) -> list[Tensor]:
        return [self.encoder, self.latent_bias, self.decoder, self.pre_bias]

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """The parameters under their names on disk, and the threshold (n,), the same for every feature."""
        arrays = {
            name: part.detach().cpu().numpy()
            for name, part in zip(PARAMETERS, self.parameters(), strict=True)
        }
        if self.threshold is not None:
            arrays[THRESHOLD] = np.full(self.features, float(self.threshold), dtype=np.float32)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.float32]], device: torch.device) -> Model:
        encoder, bias, decoder, centre = (
            torch.tensor(arrays[name], device=device).requires_grad_() for name in PARAMETERS
        )
        held = arrays.get(THRESHOLD)
        threshold = None if held is None else torch.tensor(float(held[0]), device=device)
        return cls(encoder, bias, decoder, centre, threshold)

    def follow(self, threshold: Tensor, step: int) -> None:
        """Move the inference threshold () towards that of the batch of update `step` (0-based), in place.

        The mean over the first 100 updates, then a moving average over about as many: no early value counts
        for more than its share, and only the number of updates has to be remembered.
        """
        if self.threshold is not None:
            self.threshold.lerp_(threshold.to(self.threshold), max(0.01, 1 / (step + 1)))


def initial_model(config: TrainConfig, sample: NDArray[np.float32], device: torch.device) -> Model:
    """Untrained parameters from a seeded random sample (m, d) of training vectors.

    The pre-bias is the sample's centre; decoder rows are random directions (paper section 2.2) or centred
    documents; the encoder starts parallel to the decoder, as it is or scaled so that the first
    reconstructions have the right length (Gao et al. 2024, appendix A.1); the latent bias is 0.
    """
    generator = torch.Generator().manual_seed(config.seed)
    rows = torch.tensor(sample)
    centre = _centre(rows, config.pre_bias)
    shape = (config.sae.features, config.sae.dim)
    directions = torch.randn(shape, generator=generator)
    if config.decoder_start == "documents":
        chosen = torch.randint(len(rows), (shape[0],), generator=generator)
        # The small random part keeps twice-drawn and duplicate documents apart.
        directions = unit_rows(rows[chosen] - centre) + 0.5 * unit_rows(directions)
    decoder = unit_rows(directions)
    encoder = decoder.clone()
    if config.encoder_scale == "fitted":
        encoder *= _fitted_scale(rows[:2048], decoder, centre, config.sae.k)
    threshold = torch.zeros((), device=device) if config.sae.variant == "batchtopk" else None
    parts = (encoder, torch.zeros(shape[0]), decoder, centre)
    encoder, bias, decoder, centre = (part.to(device).requires_grad_() for part in parts)
    return Model(encoder, bias, decoder, centre, threshold)


def unit_rows(rows: Tensor) -> Tensor:
    """Rows scaled to length 1; a zero row stays zero."""
    lengths: Tensor = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    return rows / lengths.clamp(min=1e-12)


def _centre(rows: Tensor, kind: str) -> Tensor:
    if kind == "mean":
        return rows.mean(dim=0)
    if kind == "coordinate_median":
        return rows.median(dim=0).values
    # Weiszfeld's iteration: the point with the least summed distance, which a few odd documents cannot drag
    # away.
    centre = rows.mean(dim=0)
    for _ in range(50):
        weights = 1 / (rows - centre).norm(dim=1).clamp(min=1e-6)
        moved: Tensor = (weights[:, None] * rows).sum(dim=0) / weights.sum()
        if (moved - centre).norm() <= 1e-6 * centre.norm():
            return moved
        centre = moved
    return centre


def _fitted_scale(rows: Tensor, decoder: Tensor, centre: Tensor, k: int) -> float:
    """The factor on a tied encoder that makes its reconstruction of `rows` best in least squares."""
    indices, values = selection.top_k((rows - centre) @ decoder.t(), k)
    rebuilt = kernels.weighted_rows(decoder, indices, values)
    square = float((rebuilt * rebuilt).sum())
    return max(1e-3, float((rebuilt * (rows - centre)).sum()) / square) if square > 0 else 1.0
