"""Training as a job: repeatable, resumable to the bit, cancellable, and honest about what it cannot do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress, Update
from saerch_desktop.sae import checkpoint, gradients
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.presets import plan
from saerch_desktop.sae.schedule import learning_rate
from saerch_desktop.sae.trainer import train
from saerch_desktop.sae.weights import WEIGHTS_FILE, Sae, load_details

ROOT = Path(__file__).resolve().parents[2]
MakeConfig = Callable[..., TrainConfig]


def weights(folder: Path) -> bytes:
    return (folder / WEIGHTS_FILE).read_bytes()


@pytest.fixture
def second(tmp_path: Path) -> Path:
    path = tmp_path / "second"
    path.mkdir()
    return path


def test_a_finished_training_leaves_weights_details_and_nothing_else(
    corpus: Any, make_config: MakeConfig, folder: Path
) -> None:
    report = train(corpus.vectors, make_config(), folder, Progress())
    assert sorted(path.name for path in folder.iterdir()) == ["run.json", "sae.json", "sae.safetensors"]
    details = load_details(folder)
    assert details.metrics == report.metrics
    assert details.train == make_config()
    assert (report.metrics.n_train, report.metrics.n_heldout) == (1900, 100)
    assert report.resumed_at == 0
    assert report.documents_per_second > 0
    np.testing.assert_allclose(np.linalg.norm(Sae.load(folder).decoder, axis=1), 1, atol=1e-5)


def test_same_seed_same_weights_and_another_seed_others(
    corpus: Any, make_config: MakeConfig, folder: Path, second: Path
) -> None:
    train(corpus.vectors, make_config(), folder, Progress())
    train(corpus.vectors, make_config(), second, Progress())
    assert weights(folder) == weights(second)
    train(corpus.vectors, make_config(seed=1), second, Progress())
    assert weights(folder) != weights(second)


def test_progress_is_live_and_counts_documents(corpus: Any, make_config: MakeConfig, folder: Path) -> None:
    updates: list[Update] = []
    train(corpus.vectors, make_config(epochs=2), folder, Progress(updates.append))
    training = [update for update in updates if update.stage == "Training"]
    assert [update.stage for update in updates][-1] == "Measuring"
    assert training[-1].done == training[-1].total == 2 * 1900
    assert "unexplained 0." in training[-1].detail
    assert "held out 0." in training[-1].detail
    assert "dead features" in training[-1].detail
    assert len(training) == 1 + 2 * 19


def test_vectors_that_are_no_numbers_are_named(corpus: Any, make_config: MakeConfig, folder: Path) -> None:
    corpus.vectors.array[:] = np.where(np.arange(2000)[:, None] % 2 == 0, np.nan, corpus.vectors.array)
    with pytest.raises(UserError, match="not numbers") as caught:
        train(corpus.vectors, make_config(), folder, Progress())
    assert "check" in caught.value.remedy
    assert not list(folder.iterdir())


def test_listed_missing_rows_are_skipped(corpus: Any, make_config: MakeConfig, folder: Path) -> None:
    corpus.vectors.missing = np.arange(0, 2000, 7)
    corpus.vectors.array[corpus.vectors.missing] = np.nan
    metrics = train(corpus.vectors, make_config(), folder, Progress()).metrics
    assert metrics.n_train + metrics.n_heldout == 2000 - 286
    assert np.isfinite(metrics.fvu)


def test_identical_vectors_are_refused(corpus: Any, make_config: MakeConfig, folder: Path) -> None:
    corpus.vectors.array[:] = corpus.vectors.array[0]
    with pytest.raises(UserError, match="the same"):
        train(corpus.vectors, make_config(), folder, Progress())


def test_divergence_is_explained_and_cannot_be_resumed_into(
    corpus: Any, make_config: MakeConfig, folder: Path
) -> None:
    with pytest.raises(UserError, match="came apart") as caught:
        train(
            corpus.vectors,
            make_config(learning_rate=1.0, schedule="constant", warmup_fraction=0),
            folder,
            Progress(),
        )
    assert "learning rate" in caught.value.remedy
    assert checkpoint.unfinished(folder) is None
    assert not (folder / WEIGHTS_FILE).exists()


def test_another_dimension_is_refused(corpus: Any, make_config: MakeConfig, folder: Path) -> None:
    with pytest.raises(UserError, match="dimensions"):
        train(corpus.vectors, make_config(dim=25), folder, Progress())


@pytest.mark.parametrize("rows", [0, 1, 9])
def test_too_few_documents_are_refused(
    make_corpus: Any, make_config: MakeConfig, folder: Path, rows: int
) -> None:
    with pytest.raises(UserError, match="at least 10"):
        train(make_corpus(rows=rows).vectors, make_config(), folder, Progress())


@pytest.mark.parametrize("rows", [10, 23, 60])
@pytest.mark.parametrize("preset", ["balanced", "paper16"])
def test_tiny_corpora_train(make_corpus: Any, folder: Path, rows: int, preset: str) -> None:
    vectors = make_corpus(rows=rows).vectors
    planned = plan(preset, rows, 24, epochs=3, features=64 if preset == "paper16" else None, device="cpu")
    metrics = train(vectors, planned, folder, Progress()).metrics
    assert metrics.n_train + metrics.n_heldout == rows
    assert np.isfinite(metrics.fvu)
    assert Sae.load(folder).config == planned.sae


def test_nothing_held_out_measures_the_training_rows(
    corpus: Any, make_config: MakeConfig, folder: Path
) -> None:
    metrics = train(corpus.vectors, make_config(heldout_fraction=0), folder, Progress()).metrics
    assert (metrics.n_train, metrics.n_heldout) == (2000, 0)
    assert 0 < metrics.fvu < 1


@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine"])
def test_learning_rate_warms_up_and_decays(make_config: MakeConfig, schedule: str) -> None:
    settings = make_config(schedule=schedule, warmup_fraction=0.1, learning_rate=1e-2)
    rates = [learning_rate(settings, step, 200) for step in range(200)]
    assert rates[0] == pytest.approx(1e-2 / 20)
    assert max(rates) == pytest.approx(1e-2)
    assert rates[:20] == sorted(rates[:20])
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert 0 < rates[-1] <= (1e-2 if schedule == "constant" else 1e-4)


def overfitting(make_corpus: Any, make_config: MakeConfig, **changes: Any) -> tuple[Any, TrainConfig]:
    """Documents without structure, and far too many passes over them."""
    noise = make_corpus(rows=120, directions=400, active=20).vectors
    settings = {"features": 120, "k": 20, "epochs": 24, "batch_size": 10, "learning_rate": 5e-3}
    return noise, make_config(**(settings | {"schedule": "constant"} | changes))


def test_the_best_pass_can_be_kept_and_survives_an_interruption(
    make_corpus: Any,
    make_config: MakeConfig,
    folder: Path,
    second: Path,
    cancelling: Callable[[int], Progress],
) -> None:
    noise, settings = overfitting(make_corpus, make_config)
    last = train(noise, settings, folder, Progress())
    noise, settings = overfitting(make_corpus, make_config, keep="best")
    best = train(noise, settings, folder, Progress())
    judged = [epoch.fvu for epoch in best.record.epochs if epoch.fvu is not None]
    assert min(judged[1:-1]) < judged[-1]
    assert best.metrics.fvu == pytest.approx(min(judged), rel=1e-5)
    assert last.metrics.fvu == pytest.approx(judged[-1], rel=1e-5)
    with pytest.raises(Cancelled):  # after the best pass
        train(noise, settings, second, cancelling(114 * 22))
    train(noise, settings, second, Progress(), resume=True)
    assert weights(folder) == weights(second)


class Scarce:
    """`gradients.accumulate` on a card whose memory holds only so many documents at a time."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.refused = 0
        self.largest = 0
        self._accumulate = gradients.accumulate

    def __call__(self, model: Any, x: torch.Tensor, *arguments: Any, **named: Any) -> Any:
        step = self._accumulate(model, x, *arguments, **named)
        if len(x) > self.rows:
            # Only after it has written into the gradients.
            self.refused += 1
            raise torch.OutOfMemoryError("CUDA out of memory")
        self.largest = max(self.largest, len(x))
        return step


@pytest.mark.parametrize("variant", ["topk", "matryoshka", "hierarchical"])
def test_batches_too_large_for_the_card_are_done_in_parts(
    corpus: Any,
    make_config: MakeConfig,
    folder: Path,
    second: Path,
    monkeypatch: pytest.MonkeyPatch,
    variant: str,
) -> None:
    settings = make_config(variant=variant, learning_rate=1e-3, dead_after=10**6)
    whole = train(corpus.vectors, settings, folder, Progress())
    scarce = Scarce(30)
    monkeypatch.setattr(gradients, "accumulate", scarce)
    updates: list[Update] = []
    parted = train(corpus.vectors, settings, second, Progress(updates.append))
    # Found out once, by halving, and remembered.
    assert (scarce.refused, scarce.largest) == (2, 25)
    assert parted.metrics.fvu == pytest.approx(whole.metrics.fvu, rel=1e-3)
    one, two = Sae.load(folder), Sae.load(second)
    for name, array in one.tensors().items():
        np.testing.assert_allclose(two.tensors()[name], array, atol=2e-4, err_msg=name)
    assert whole.record.alarms == ()
    (alarm,) = parted.record.alarms
    assert "parts of 25" in alarm
    assert "parts of 25" in updates[-400 if len(updates) > 400 else 5].detail


def test_the_size_of_the_parts_is_remembered_across_an_interruption(
    corpus: Any,
    make_config: MakeConfig,
    folder: Path,
    second: Path,
    cancelling: Callable[[int], Progress],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gradients, "accumulate", Scarce(30))
    settings = make_config(variant="batchtopk", dead_after=400, aux_k=8, keep="best", learning_rate=1e-2)
    train(corpus.vectors, settings, folder, Progress())
    with pytest.raises(Cancelled):
        train(corpus.vectors, settings, second, cancelling(2500))
    monkeypatch.undo()
    again = train(corpus.vectors, settings, second, Progress(), resume=True)
    assert weights(folder) == weights(second)
    assert len(again.record.alarms) == 1


def test_a_card_too_small_for_one_document_is_explained(
    corpus: Any, make_config: MakeConfig, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradients, "accumulate", Scarce(0))
    with pytest.raises(UserError, match="even with one document"):
        train(corpus.vectors, make_config(), folder, Progress())


def test_lost_numbers_are_noticed(
    corpus: Any, make_config: MakeConfig, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accumulate = gradients.accumulate

    def broken(*arguments: Any, **named: Any) -> Any:
        step = accumulate(*arguments, **named)
        step.unexplained.fill_(float("nan"))
        return step

    monkeypatch.setattr(gradients, "accumulate", broken)
    with pytest.raises(UserError, match="no longer numbers"):
        train(corpus.vectors, make_config(), folder, Progress())
    assert not list(folder.iterdir())
