"""The optimiser's settings against Adam written out in float64, and what the alignment does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.gradients import Gradients
from saerch_desktop.sae.model import Model, initial_model
from saerch_desktop.sae.optimiser import Adam

MakeConfig = Callable[..., TrainConfig]
NAMES = ("encoder", "latent_bias", "decoder", "pre_bias")


def stepped(config: TrainConfig, steps: int, rate: float) -> tuple[Model, dict[str, Any]]:
    """A model after some steps on random slopes, and the same by hand."""
    rng = np.random.default_rng(1)
    sample = rng.normal(size=(50, config.sae.dim)).astype(np.float32)
    model = initial_model(config, sample, torch.device("cpu"))
    hand = {name: getattr(model, name).detach().double().numpy().copy() for name in NAMES}
    first = {name: np.zeros_like(hand[name]) for name in NAMES}
    second = {name: np.zeros_like(hand[name]) for name in NAMES}
    optimiser = Adam(model, config)
    for step in range(1, steps + 1):
        slopes = {name: rng.normal(size=hand[name].shape) * 0.003 for name in NAMES}
        gradients = Gradients.of(model)
        for name in NAMES:
            getattr(gradients, name).copy_(torch.from_numpy(slopes[name]))
        gradients.along.copy_(torch.from_numpy((slopes["decoder"] * hand["decoder"]).sum(axis=1)))
        optimiser.step(model, gradients, rate)
        _step_by_hand(hand, slopes, first, second, step, config, rate)
    return model, hand


def _step_by_hand(
    hand: dict[str, Any],
    slopes: dict[str, Any],
    first: dict[str, Any],
    second: dict[str, Any],
    step: int,
    config: TrainConfig,
    rate: float,
) -> None:
    unit = hand["decoder"]
    slopes["decoder"] = slopes["decoder"] - (slopes["decoder"] * unit).sum(axis=1, keepdims=True) * unit
    norm = np.sqrt(sum(float((slope**2).sum()) for slope in slopes.values()))
    shares = {"encoder": 1.0, "decoder": config.decoder_rate}
    for name in NAMES:
        slope = slopes[name] / max(1.0, norm / (config.grad_clip or np.inf))
        first[name] = config.beta1 * first[name] + (1 - config.beta1) * slope
        second[name] = config.beta2 * second[name] + (1 - config.beta2) * slope**2
        mean, square = first[name] / (1 - config.beta1**step), second[name] / (1 - config.beta2**step)
        hand[name] = hand[name] - rate * shares.get(name, config.bias_rate) * mean / (np.sqrt(square) + 1e-8)
    hand["decoder"] /= np.linalg.norm(hand["decoder"], axis=1, keepdims=True)
    if step % 4:
        return
    along = (hand["encoder"] * hand["decoder"]).sum(axis=1, keepdims=True) * hand["decoder"]
    share = 1 - (1 - min(1.0, rate * config.alignment)) ** 4
    hand["encoder"] = along + (1 - share) * (hand["encoder"] - along)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"beta1": 0.8, "beta2": 0.99},
        {"decoder_rate": 2.0, "bias_rate": 0.2},
        {"alignment": 5.0},
        {"beta1": 0.7, "beta2": 0.95, "decoder_rate": 3.0, "bias_rate": 0.5, "alignment": 20.0},
        {"grad_clip": 0.01, "alignment": 5.0},
        {"grad_clip": None, "alignment": 5.0},
    ],
)
def test_settings_mean_what_they_say(make_config: MakeConfig, settings: dict[str, float | None]) -> None:
    model, hand = stepped(make_config(**settings), steps=6, rate=0.01)
    for name in NAMES:
        np.testing.assert_allclose(getattr(model, name).detach().numpy(), hand[name], atol=2e-5)


def test_full_alignment_leaves_the_encoder_parallel_to_the_decoder(make_config: MakeConfig) -> None:
    model, _ = stepped(make_config(alignment=1000.0), steps=4, rate=0.01)
    cosine = torch.nn.functional.cosine_similarity(model.encoder, model.decoder, dim=1)
    assert float(cosine.detach().abs().min()) > 1 - 1e-6
