"""Held-out metrics against a dense computation that shares nothing with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saerch_desktop.progress import Progress
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.metrics import evaluate
from saerch_desktop.sae.split import heldout_rows, training_rows
from saerch_desktop.sae.trainer import train
from saerch_desktop.sae.weights import Sae


def test_metrics_equal_their_definitions(
    corpus: Any, make_config: Callable[..., TrainConfig], folder: Path
) -> None:
    corpus.vectors.missing = np.array([5, 6, 7])
    corpus.vectors.array[5:8] = np.nan
    settings = make_config(aux_k=0, epochs=1)
    report = train(corpus.vectors, settings, folder, Progress())
    sae = Sae.load(folder)
    x = corpus.vectors.array.astype(np.float64)
    held, trained = heldout_rows(corpus.vectors, settings), training_rows(corpus.vectors, settings)
    pre = (x - sae.pre_bias) @ sae.encoder.T.astype(np.float64) + sae.latent_bias
    kept = np.sort(pre, axis=1)[:, -settings.sae.k][:, None]
    code = np.where(pre >= kept, np.maximum(pre, 0), 0)
    rebuilt = code @ sae.decoder + sae.pre_bias
    errors = ((x - rebuilt)[held] ** 2).sum()
    spread = ((x[held] - x[trained].mean(axis=0)) ** 2).sum()
    lengths = np.linalg.norm(x, axis=1) * np.linalg.norm(rebuilt, axis=1)
    fired = (code[corpus.vectors.valid_rows()] > 0).any(axis=0)
    for metrics in (report.metrics, evaluate(sae, corpus.vectors, settings, Progress())):
        assert metrics.fvu == pytest.approx(errors / spread, rel=1e-4)
        assert metrics.l0 == pytest.approx((code[held] > 0).sum() / len(held), rel=1e-3)
        assert metrics.cosine == pytest.approx(((x * rebuilt).sum(axis=1) / lengths)[held].mean(), rel=1e-4)
        assert metrics.dead_fraction == pytest.approx(1 - fired.mean())
        assert (metrics.n_train, metrics.n_heldout) == (1897, 100)
