"""That training finds what is there: planted directions, and work for latents that died."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from saerch_desktop.progress import Progress
from saerch_desktop.sae import trainer
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.model import Model, initial_model
from saerch_desktop.sae.trainer import train
from saerch_desktop.sae.weights import Sae

MakeConfig = Callable[..., TrainConfig]


def test_a_planted_dictionary_is_recovered(make_corpus: Any, make_config: MakeConfig, folder: Path) -> None:
    corpus = make_corpus(rows=3000)
    settings = make_config(features=80, k=3, epochs=40, batch_size=128, learning_rate=1e-2)
    report = train(corpus.vectors, settings, folder, Progress())
    # The planted sums are shifted by their mean, which the pre-bias takes; directions are what remains.
    cosines = corpus.directions @ Sae.load(folder).decoder.T
    assert cosines.max(axis=1).mean() > 0.9
    assert report.metrics.fvu < 0.15


def _bury(config: TrainConfig, sample: Any, device: torch.device) -> Model:
    """A start in which half of the latents can never be among the k largest."""
    model = initial_model(config, sample, device)
    with torch.no_grad():
        model.latent_bias[::2] = -0.25
        model.encoder[::2] *= 0.5
    return model


def test_auxk_revives_dead_latents(
    corpus: Any, make_config: MakeConfig, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "initial_model", _bury)
    dead = {}
    for aux_k in (0, 16):
        settings = make_config(epochs=12, aux_k=aux_k, dead_after=1000, learning_rate=5e-3)
        dead[aux_k] = train(corpus.vectors, settings, folder, Progress()).metrics.dead_fraction
    assert dead[0] > 0.3
    assert dead[16] < 0.05


@pytest.mark.parametrize("pre_bias", ["mean", "geometric_median", "coordinate_median"])
def test_the_pre_bias_starts_at_the_samples_centre(
    corpus: Any, make_config: MakeConfig, pre_bias: str
) -> None:
    sample = np.ascontiguousarray(corpus.vectors.array[:501])
    start = initial_model(make_config(pre_bias=pre_bias), sample, torch.device("cpu"))
    centre = start.pre_bias.detach().numpy()
    if pre_bias == "mean":
        np.testing.assert_allclose(centre, sample.mean(axis=0), atol=1e-6)
    elif pre_bias == "coordinate_median":
        np.testing.assert_allclose(centre, np.median(sample, axis=0), atol=1e-6)
    else:
        here = np.linalg.norm(sample - centre, axis=1).sum()
        generator = np.random.default_rng(0)
        nudges = 0.01 * generator.standard_normal((20, 24)).astype(np.float32)
        assert all(here <= np.linalg.norm(sample - centre - nudge, axis=1).sum() for nudge in nudges)


@pytest.mark.parametrize("decoder_start", ["random", "documents"])
@pytest.mark.parametrize("encoder_scale", ["tied", "fitted"])
def test_every_start_has_unit_rows_and_a_parallel_encoder(
    corpus: Any, make_config: MakeConfig, decoder_start: str, encoder_scale: str
) -> None:
    settings = make_config(decoder_start=decoder_start, encoder_scale=encoder_scale)
    start = initial_model(settings, corpus.vectors.array, torch.device("cpu"))
    torch.testing.assert_close(start.decoder.norm(dim=1), torch.ones(64))
    scale = start.encoder.norm(dim=1, keepdim=True)
    torch.testing.assert_close(start.encoder / scale, start.decoder)
    assert (scale.max() - scale.min()) < 1e-5
    assert encoder_scale == "fitted" or torch.allclose(scale, torch.ones(()))
