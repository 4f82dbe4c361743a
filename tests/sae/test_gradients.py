"""The whole step of every variant against dense autograd in float64."""

from __future__ import annotations

import pytest
import torch
from dense_oracle import (
    CASES,
    SITUATIONS,
    check_dead,
    check_levels,
    dense_loss,
    inputs,
    pre_activations,
    training,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from saerch_desktop.sae import auxiliary, encoder, kernels
from saerch_desktop.sae.auxiliary import strongest_dead
from saerch_desktop.sae.config import VARIANTS, TrainConfig, Variant
from saerch_desktop.sae.encoder import Room, encode
from saerch_desktop.sae.gradients import Gradients, Step, accumulate
from saerch_desktop.sae.model import Model
from saerch_desktop.sae.peers import Peers

VARIANCE = 1.7
LEVELLED: tuple[Variant, ...] = ("topk", "matryoshka", "hierarchical")  # of which parts add up exactly


def step(
    model: Model, x: Tensor, config: TrainConfig, dead: Tensor | None, parts: int = 1
) -> tuple[list[Step], list[Tensor]]:
    gradients = Gradients.of(model)
    for tensor in gradients.tensors():
        tensor.fill_(torch.nan)  # what was there before must not matter
    steps = [
        accumulate(
            model,
            part,
            config,
            variance=VARIANCE,
            dead=dead,
            batch=len(x),
            peers=Peers(),
            gradients=gradients,
        )
        for part in torch.tensor_split(x, parts)
        if len(part)
    ]
    return steps, gradients.tensors()


@torch.no_grad()
def choices(
    model: Model, x: Tensor, config: TrainConfig, dead: Tensor | None
) -> tuple[Tensor, Tensor | None]:
    """What the product chose, each choice checked to be a valid one."""
    centred = x - model.pre_bias
    pre = torch.mm(centred, model.encoder.t()).add_(model.latent_bias)
    active, _ = encode(model, centred, config, None, Peers(), Room())
    level = torch.full(pre.shape, -1)
    codes = active.codes
    level[codes.documents, codes.features] = codes.bags - codes.documents * active.levels
    check_levels(pre, level, config.sae, active.threshold)
    if dead is None:
        return level, None
    among, _ = strongest_dead(pre[:, dead], config.aux_k)
    chosen_dead = torch.zeros(pre.shape, dtype=torch.bool).scatter_(1, dead[among], True)
    check_dead(pre, chosen_dead, dead, config.aux_k)
    return level, chosen_dead


def check_against_oracle(model: Model, x: Tensor, config: TrainConfig, dead: Tensor | None) -> Step:
    (got,), gradients = step(model, x, config, dead)
    level, chosen_dead = choices(model, x, config, dead)
    total, unexplained = dense_loss(
        model,
        x,
        config,
        variance=VARIANCE,
        dead=dead,
        batch=len(x),
        level=level,
        chosen_dead=chosen_dead,
    )
    torch.testing.assert_close(got.total, total.detach(), rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(got.unexplained, unexplained.detach(), rtol=1e-10, atol=1e-12)
    expected = [*torch.autograd.grad(total, model.parameters())]
    expected.append((expected[2] * model.decoder).sum(dim=1).detach())
    for mine, wanted in zip(gradients, expected, strict=True):
        torch.testing.assert_close(mine, wanted, rtol=1e-9, atol=1e-11)
    above = (level >= 0) & (pre_activations(model, x) > 0)
    assert torch.equal(got.firings, above.sum(dim=0))
    return got


@pytest.mark.parametrize("rectified", [False, True])
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_loss_and_all_gradients_equal_the_dense_ones(
    variant: Variant, case: str, situation: str, rectified: bool
) -> None:
    x, model, k, dead = inputs(case, situation)
    config = training(variant, x.shape[1], model.features, k, aux_rectified=rectified)
    check_against_oracle(model, x, config, dead)


@pytest.mark.parametrize("rectified", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_sparse_auxiliary_codes_equal_dense_ones(
    variant: Variant, rectified: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auxiliary, "_DENSE", 0)
    for situation in ("few dead", "half dead", "all dead"):
        x, model, k, dead = inputs("many features", situation)
        config = training(variant, x.shape[1], model.features, k, aux_rectified=rectified)
        check_against_oracle(model, x, config, dead)


@pytest.mark.parametrize("variant", VARIANTS)
def test_without_csr_products_the_gradients_are_the_same(
    variant: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "_multiplies_sparse", lambda: False)
    x, model, k, dead = inputs("ordinary", "half dead")
    check_against_oracle(model, x, training(variant, x.shape[1], model.features, k), dead)


@settings(max_examples=60, deadline=None)
@given(
    variant=st.sampled_from(VARIANTS),
    batch=st.integers(1, 12),
    dim=st.integers(1, 6),
    features=st.integers(1, 40),
    seed=st.integers(0, 2**32),
    coarse=st.booleans(),
    data=st.data(),
)
def test_any_shape_equals_the_dense_oracle(
    variant: Variant, batch: int, dim: int, features: int, seed: int, coarse: bool, data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, features))
    dead_count = data.draw(st.integers(0, features))
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        drawn = torch.randn(*shape, generator=generator, dtype=torch.float64)
        return drawn.round() if coarse else drawn  # whole numbers make ties

    decoder = torch.randn(features, dim, generator=generator, dtype=torch.float64)
    decoder /= decoder.norm(dim=1, keepdim=True)
    parts = (normal(features, dim), normal(features), decoder, normal(dim))
    model = Model(*[part.requires_grad_() for part in parts])
    dead = torch.randperm(features, generator=generator)[:dead_count].sort().values
    config = training(variant, dim, features, k)
    check_against_oracle(model, normal(batch, dim), config, dead if dead_count else None)


@pytest.mark.parametrize("variant", VARIANTS)
def test_single_precision_agrees_with_double(variant: Variant) -> None:
    x, model, k, dead = inputs("many features", "half dead")
    single = Model(*[part.detach().float().requires_grad_() for part in model.parameters()])
    config = training(variant, x.shape[1], model.features, k)
    (one,), mine = step(single, x.float(), config, dead)
    (two,), exact = step(model, x, config, dead)
    torch.testing.assert_close(one.total.double(), two.total, rtol=1e-4, atol=1e-5)
    for got, wanted in zip(mine, exact, strict=True):
        torch.testing.assert_close(got.double(), wanted, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("parts", [2, 3])
@pytest.mark.parametrize("case", ["ordinary", "more rows than features", "one document"])
@pytest.mark.parametrize("variant", LEVELLED)
def test_parts_of_a_batch_add_up_to_the_whole(variant: Variant, case: str, parts: int) -> None:
    x, model, k, _ = inputs(case, "ordinary")
    config = training(variant, x.shape[1], model.features, k)
    (whole,), expected = step(model, x, config, None)
    steps, got = step(model, x, config, None, parts)
    for mine, wanted in zip(got, expected, strict=True):
        torch.testing.assert_close(mine, wanted)
    torch.testing.assert_close(sum(part.total for part in steps), whole.total)
    torch.testing.assert_close(sum(part.unexplained for part in steps), whole.unexplained)
    assert torch.equal(sum(part.firings for part in steps), whole.firings)


def test_the_spread_of_a_part_stands_for_that_of_the_batch() -> None:
    x, model, k, dead = inputs("ordinary", "half dead")
    config = training("topk", x.shape[1], model.features, k)
    (one,), single = step(model, x, config, dead)
    both, double = step(model, torch.cat([x, x]), config, dead, 2)
    torch.testing.assert_close(sum(part.total for part in both), one.total)
    for mine, wanted in zip(double, single, strict=True):
        torch.testing.assert_close(mine, wanted)


@pytest.mark.parametrize("variant", VARIANTS)
def test_rows_may_be_chosen_from_in_blocks(variant: Variant, monkeypatch: pytest.MonkeyPatch) -> None:
    x, model, k, dead = inputs("more rows than features", "half dead")
    config = training(variant, x.shape[1], model.features, k)
    (whole,), expected = step(model, x, config, dead)
    monkeypatch.setattr(encoder, "_BLOCK_FLOATS", 7 * model.features)
    (blocked,), got = step(model, x, config, dead)
    torch.testing.assert_close(blocked.total, whole.total)
    for mine, wanted in zip(got, expected, strict=True):
        torch.testing.assert_close(mine, wanted)


@pytest.mark.parametrize("situation", ["ordinary", "ties", "all negative", "half dead", "all dead"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_codes_found_in_bfloat16_have_exact_values_and_gradients(variant: Variant, situation: str) -> None:
    x, model, k, dead = inputs("many features", situation)
    config = training(variant, x.shape[1], model.features, k, precision="bfloat16")
    # With 150 features, the few to spare hold the edge of any row, so that the choice is the exact one.
    check_against_oracle(model, x, config, dead)


@pytest.mark.parametrize("variant", VARIANTS)
def test_values_that_bfloat16_cannot_tell_apart_are_told_apart(variant: Variant) -> None:
    # Ten features within half of a bfloat16 step of each other, and a hundred far below.
    close = 1 + 0.0003 * torch.randperm(10, generator=torch.Generator().manual_seed(0)).double()
    weights = torch.cat([torch.full((60,), 0.1).double(), close, torch.full((40,), 0.1).double()])[:, None]
    decoder = torch.ones(110, 1).double()
    parts = (weights, torch.zeros(110).double(), decoder, torch.zeros(1).double())
    model = Model(*[part.requires_grad_() for part in parts])
    x = torch.linspace(1, 1.2, 4).double()[:, None]
    check_against_oracle(model, x, training(variant, 1, 110, 3, precision="bfloat16"), None)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_step_repeats_bit_for_bit(variant: Variant) -> None:
    generator = torch.Generator().manual_seed(3)
    parts = [torch.randn(*shape, generator=generator) for shape in ((300, 24), (300,), (300, 24), (24,))]
    model = Model(*[part.requires_grad_() for part in parts])
    x = torch.randn(200, 24, generator=generator)
    config = training(variant, 24, 300, 8)
    runs = [step(model, x, config, torch.arange(0, 300, 7)) for _ in range(3)]
    for steps, gradients in runs[1:]:
        assert torch.equal(steps[0].total, runs[0][0][0].total)
        assert all(torch.equal(one, two) for one, two in zip(gradients, runs[0][1], strict=True))


def test_without_dead_latents_there_is_no_auxiliary_term() -> None:
    x, model, k, _ = inputs("ordinary", "ordinary")
    for dead in (None, torch.zeros(0, dtype=torch.int64)):
        (got,), _ = step(model, x, training("topk", x.shape[1], model.features, k), dead)
        assert torch.equal(got.total, got.unexplained)
    config = training("topk", x.shape[1], model.features, k, aux_k=0)
    (got,), _ = step(model, x, config, torch.arange(3))
    assert torch.equal(got.total, got.unexplained)


def test_auxiliary_reconstruction_gets_no_pre_bias() -> None:
    eye = torch.eye(2, dtype=torch.float64)
    x = torch.tensor([[3.0, 1.0], [1.0, 3.0]], dtype=torch.float64)
    # Feature 0 answers 0 everywhere, so that ê must be nothing at all and the residual stays as it is.
    weights = eye * torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    parts = (weights, torch.zeros(2).double(), eye.clone(), torch.ones(2).double())
    model = Model(*[part.requires_grad_() for part in parts])
    config = training("topk", 2, 2, 1, aux_k=1, aux_coefficient=1.0)
    (got,), _ = step(model, x, config, torch.tensor([0]))
    code = torch.relu((x - 1) @ weights.T) * torch.tensor([0.0, 1.0])
    residual = (x - 1 - code @ eye).detach()
    spread = (residual - residual.mean(dim=0)).square().sum()
    torch.testing.assert_close(got.total - got.unexplained, (residual.square().sum() / spread).detach())


def test_a_batch_threshold_leaves_k_on_average_but_not_in_each_row() -> None:
    generator = torch.Generator().manual_seed(0)
    parts = [torch.randn(*shape, generator=generator) for shape in ((400, 16), (400,), (400, 16), (16,))]
    model = Model(*[part.requires_grad_() for part in parts])
    x = torch.randn(100, 16, generator=generator) * torch.linspace(0.1, 3, 100)[:, None]
    (got,), _ = step(model, x, training("batchtopk", 16, 400, 10), None)
    assert int(got.firings.sum()) == 1000
    assert got.threshold is not None
    per_row = (pre_activations(model, x) > got.threshold).sum(dim=1)
    assert per_row.min() < 5 < 15 < per_row.max()
