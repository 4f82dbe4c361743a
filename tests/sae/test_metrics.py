"""Figures of an autoencoder against a dense computation in double precision that shares nothing with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress
from saerch_desktop.sae import kernels, metrics
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.details import Metrics
from saerch_desktop.sae.judging import sample
from saerch_desktop.sae.metrics import codes_of, epoch_record, measure, rebuilt_by_level, survey
from saerch_desktop.sae.model import Model
from saerch_desktop.sae.record import EpochRecord

SHAPES: dict[str, dict[str, Any]] = {
    "topk": {},
    "batchtopk": {"at_most": 7},
    "matryoshka": {"levels": (5, 20, 64)},
    "hierarchical": {"levels": (1, 3, 4)},
}
Dense = NDArray[np.float64]


def made(config: TrainConfig, seed: int = 3) -> Model:
    """Untrained weights whose encoder differs from the decoder."""
    generator = torch.Generator().manual_seed(seed)
    shape = (config.sae.features, config.sae.dim)
    decoder = torch.nn.functional.normalize(torch.randn(shape, generator=generator))
    encoder = decoder + 0.1 * torch.randn(shape, generator=generator)
    biases = (
        0.05 * torch.randn(shape[0], generator=generator),
        0.05 * torch.randn(shape[1], generator=generator),
    )
    threshold = torch.tensor(0.43) if config.sae.variant == "batchtopk" else None
    return Model(encoder, biases[0], decoder, biases[1], threshold=threshold)


def settings(make_config: Callable[..., TrainConfig], variant: str, **changes: Any) -> TrainConfig:
    plain = make_config(**changes)
    return plain.model_copy(
        update={
            "sae": type(plain.sae).model_validate(
                plain.sae.model_dump() | {"variant": variant} | SHAPES[variant]
            )
        }
    )


@dataclass
class Oracle:
    """Dense codes and one reconstruction per level of every row."""

    codes: Dense
    levels: list[Dense]


def oracle(model: Model, x: Dense, config: TrainConfig) -> Oracle:
    encoder, bias, decoder, centre = (part.detach().numpy().astype(np.float64) for part in model.parameters())
    pre = (x - centre) @ encoder.T + bias
    codes = np.zeros_like(pre)
    rank = np.zeros(pre.shape, dtype=int)
    for row in range(len(x)):
        order = np.argsort(-pre[row])
        rank[row, order] = np.arange(len(order))
        if config.sae.variant == "batchtopk":
            kept = [at for at in order[:7] if pre[row, at] > float(model.threshold or 0)]
        else:
            kept = [at for at in order[: config.sae.k] if pre[row, at] > 0]
        codes[row, kept] = pre[row, kept]
    feature = np.arange(pre.shape[1])
    if config.sae.variant == "matryoshka":
        parts = [np.where(feature < level, codes, 0) for level in config.sae.levels]
    elif config.sae.variant == "hierarchical":
        parts = [np.where(rank < level, codes, 0) for level in config.sae.levels]
    else:
        parts = [codes]
    return Oracle(codes, [part @ decoder + centre for part in parts])


def cosines(a: Dense, b: Dense) -> Dense:
    return (a @ b.T) / np.linalg.norm(a, axis=1)[:, None] / np.linalg.norm(b, axis=1)


def overlap(x: Dense, rebuilt: Dense, config: TrainConfig, data: metrics.TrainingData) -> float:
    chosen = sample(data.rows, data.heldout, config.seed)
    shares = []
    for query in chosen.queries:
        others = chosen.pool[chosen.pool != query]
        nearest = [
            set(others[np.argsort(-cosines(space[[query]], space[others])[0])[:10]]) for space in (x, rebuilt)
        ]
        shares.append(len(nearest[0] & nearest[1]) / 10)
    return float(np.mean(shares))


def recorded(
    model: Model, corpus: Any, config: TrainConfig, firings: Any = None, **changes: Any
) -> EpochRecord:
    data = survey(corpus.vectors, config, Progress())
    values: dict[str, Any] = {
        "epoch": 2,
        "step": 38,
        "documents": 3800,
        "seconds": 1.0,
        "documents_per_second": 1900.0,
        "learning_rate": 1e-3,
        "unexplained": 0.5,
        "progress": Progress(),
    }
    counts = np.zeros(config.sae.features, np.int64) if firings is None else np.asarray(firings)
    return epoch_record(model, corpus.vectors, data, config, counts, **values | changes)


@pytest.mark.parametrize("variant", list(SHAPES))
def test_an_epochs_figures_equal_their_definitions(
    corpus: Any, make_config: Callable[..., TrainConfig], variant: str
) -> None:
    config = settings(make_config, variant)
    corpus.vectors.missing = np.array([5, 6, 7])
    corpus.vectors.array[5:8] = np.nan
    model = made(config)
    data = survey(corpus.vectors, config, Progress())
    firings = np.arange(64, dtype=np.int64) // 2 * 3
    record = recorded(model, corpus, config, firings)
    x = corpus.vectors.array.astype(np.float64)
    expected = oracle(model, np.nan_to_num(x), config)
    held, mean = data.heldout, x[data.rows].mean(axis=0)
    spread = ((x[held] - mean) ** 2).sum()
    errors = [((x[held] - level[held]) ** 2).sum() / spread for level in expected.levels]
    assert record.fvu == pytest.approx(errors[-1], rel=1e-4)
    assert record.levels == pytest.approx(errors if config.sae.levels else [], rel=1e-4)
    assert record.l0 == pytest.approx((expected.codes[held] > 0).sum(axis=1).mean())
    assert record.overlap == pytest.approx(overlap(x, expected.levels[-1], config, data), abs=0.003)
    assert record.overlap is not None
    assert 0.05 < record.overlap < 0.95
    assert (record.dead, record.rare) == (2, 8)  # 0, 0, 3, 3, 6, 6, 9, 9, 12, …
    assert sum(record.density) == 64
    assert record.density[0] == 2
    encoder, decoder = (part.numpy().astype(np.float64) for part in (model.encoder, model.decoder))
    expected_cosine = np.diagonal(cosines(encoder, decoder)).mean()
    assert record.cosine_encoder_decoder == pytest.approx(expected_cosine, rel=1e-5)
    assert (record.epoch, record.step, record.documents) == (2, 38, 3800)


@pytest.mark.parametrize("variant", list(SHAPES))
def test_the_final_figures_equal_their_definitions(
    corpus: Any, make_config: Callable[..., TrainConfig], variant: str
) -> None:
    config = settings(make_config, variant)
    model = made(config)
    model.latent_bias[:3] = -0.7  # rare, or silent
    data = survey(corpus.vectors, config, Progress())
    found = measure(model, corpus.vectors, data, config, Progress())
    x = corpus.vectors.array.astype(np.float64)
    expected = oracle(model, x, config)
    held = data.heldout
    spread = ((x[held] - x[data.rows].mean(axis=0)) ** 2).sum()
    errors = [((x[held] - level[held]) ** 2).sum() / spread for level in expected.levels]
    firings = (expected.codes > 0).sum(axis=0)
    assert found.fvu == pytest.approx(errors[-1], rel=1e-4)
    assert found.levels == pytest.approx(errors if config.sae.levels else [], rel=1e-4)
    assert found.l0 == pytest.approx((expected.codes[held] > 0).sum() / len(held), rel=1e-3)
    rebuilt = expected.levels[-1][held]
    assert found.cosine == pytest.approx(np.diagonal(cosines(x[held], rebuilt)).mean(), rel=1e-4)
    assert found.dead_fraction == pytest.approx((firings == 0).mean())
    assert found.rare_fraction == pytest.approx((firings < 10).mean())
    assert 0 < found.rare_fraction < 0.2
    assert found.overlap == recorded(model, corpus, config).overlap
    assert (found.n_train, found.n_heldout) == (1900, 100)
    assert corpus.vectors.released > 0


def test_many_blocks_give_what_one_block_gives(
    make_corpus: Callable[..., Any], make_config: Callable[..., TrainConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = make_corpus(rows=3000)
    config = settings(make_config, "matryoshka", heldout_fraction=0.2)
    whole = recorded(made(config), corpus, config)
    monkeypatch.setattr(metrics, "_BLOCK_FLOATS", 72 * 37)
    monkeypatch.setattr(kernels, "FEWEST_ROWS", 1)
    parts = recorded(made(config), corpus, config)
    assert parts.model_dump(exclude={"levels", "fvu"}) == whole.model_dump(exclude={"levels", "fvu"})
    assert parts.levels == pytest.approx(whole.levels, rel=1e-5)


def test_a_perfect_autoencoder_keeps_every_neighbour(
    corpus: Any, make_config: Callable[..., TrainConfig]
) -> None:
    config = make_config(features=48, k=24)
    both = torch.cat([torch.eye(24), -torch.eye(24)])
    perfect = Model(both, torch.zeros(48), both, torch.zeros(24))
    record = recorded(perfect, corpus, config)
    assert record.fvu == pytest.approx(0, abs=1e-10)
    assert record.overlap == pytest.approx(1, abs=0.002)
    assert record.cosine_encoder_decoder == pytest.approx(1)
    assert record.l0 == pytest.approx(24)


def test_what_nothing_is_held_out_for_is_not_said(
    corpus: Any, make_config: Callable[..., TrainConfig]
) -> None:
    config = settings(make_config, "hierarchical", heldout_fraction=0.0)
    record = recorded(made(config), corpus, config, np.full(64, 125))
    assert record.fvu is None
    assert record.overlap is None
    assert record.levels == ()
    assert record.l0 == 64 * 125 / 2000  # as counted while training
    assert recorded(made(config), corpus, config, np.full(64, 125), pass_documents=4000).l0 == 2.0


def test_weights_that_are_no_numbers_still_make_a_record(
    corpus: Any, make_config: Callable[..., TrainConfig]
) -> None:
    config = settings(make_config, "topk")
    model = made(config)
    model.encoder[3, 3] = torch.nan
    model.decoder[:] = torch.inf
    assert recorded(model, corpus, config).fvu is None


def test_measuring_changes_no_weight_and_no_chance(
    corpus: Any, make_config: Callable[..., TrainConfig]
) -> None:
    config = settings(make_config, "batchtopk")
    model = made(config)
    before, chance = [part.clone() for part in model.parameters()], torch.get_rng_state()
    first, again = recorded(model, corpus, config), recorded(model, corpus, config)
    assert first == again
    assert all(torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))
    assert torch.equal(chance, torch.get_rng_state())


def test_it_can_be_stopped(corpus: Any, make_config: Callable[..., TrainConfig]) -> None:
    config, progress = make_config(), Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        recorded(made(config), corpus, config, progress=progress)


def test_before_there_is_a_threshold_the_strongest_count(make_config: Callable[..., TrainConfig]) -> None:
    config = settings(make_config, "batchtopk")
    model, x = made(config), torch.randn(9, 24, generator=torch.Generator().manual_seed(1))
    assert model.threshold is not None
    indices, values = codes_of(model, x, config.sae)
    assert indices.shape == (9, 7)
    assert bool(((values == 0) | (values > 0.43)).all())
    model.threshold.zero_()
    assert codes_of(model, x, config.sae)[0].shape == (9, 4)


@pytest.mark.parametrize("variant", ["matryoshka", "hierarchical"])
def test_levels_do_not_depend_on_the_order_of_codes(
    make_config: Callable[..., TrainConfig], variant: str
) -> None:
    config = settings(make_config, variant)
    model = made(config)
    generator = torch.Generator().manual_seed(8)
    indices = torch.stack([torch.randperm(64, generator=generator)[:4] for _ in range(20)])
    values = torch.rand((20, 4), generator=generator)
    order = torch.tensor([2, 0, 3, 1])
    straight = rebuilt_by_level(model, indices, values, config.sae)
    shuffled = rebuilt_by_level(model, indices[:, order], values[:, order], config.sae)
    torch.testing.assert_close(straight, shuffled)


def test_the_mean_is_that_of_the_training_documents(
    corpus: Any, make_config: Callable[..., TrainConfig]
) -> None:
    config = make_config()
    data = survey(corpus.vectors, config, Progress())
    train = corpus.vectors.array[data.rows].astype(np.float64)
    assert data.mean == pytest.approx(train.mean(axis=0), abs=1e-6)
    assert data.variance == pytest.approx(((train - train.mean(axis=0)) ** 2).sum(axis=1).mean(), rel=1e-6)
    corpus.vectors.array[data.rows[17]] = np.inf
    with pytest.raises(UserError, match=str(data.rows[17])):
        survey(corpus.vectors, config, Progress())


def test_metrics_of_older_versions_still_load() -> None:
    old = {"fvu": 0.3, "l0": 4, "dead_fraction": 0, "n_train": 9, "n_heldout": 1, "cosine": 0.8}
    found = Metrics.model_validate(old)
    assert (found.rare_fraction, found.overlap, found.cosine_encoder_decoder, found.levels) == (None,) * 3 + (
        (),
    )
