"""Every kernel against dense autograd in float64, which shares no code with it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from saerch_desktop.sae import kernels
from saerch_desktop.sae.loss import loss
from saerch_desktop.sae.model import Model

CASES = {
    "ordinary": (7, 5, 11, 3),
    "k equals n": (6, 4, 9, 9),
    "one document": (1, 5, 8, 2),
    "one feature": (5, 3, 1, 1),
    "more rows than features": (40, 6, 5, 2),
}
SITUATIONS = ("ordinary", "ties", "all negative", "duplicate rows", "dead latents", "all dead")


def _inputs(
    case: str, situation: str, dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Model, int, Tensor | None]:
    batch, dim, features, k = CASES[case]
    generator = torch.Generator().manual_seed(sum(map(ord, case + situation)))

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=dtype)

    x, encoder, bias = normal(batch, dim), normal(features, dim), 0.3 * normal(features)
    decoder, centre = normal(features, dim), 0.1 * normal(dim)
    decoder /= decoder.norm(dim=1, keepdim=True)
    dead: Tensor | None = None
    if situation == "ties":
        encoder[:] = encoder[0]
        bias[:] = 0.25
    elif situation == "all negative":
        bias -= 100
    elif situation == "duplicate rows":
        x[:] = x[0]
    elif situation == "dead latents":
        dead = torch.arange(0, features, 2)
        bias[dead] -= 1  # some of them below zero, some above
    elif situation == "all dead":
        dead = torch.arange(features)
    model = Model(*[part.requires_grad_() for part in (encoder, bias, decoder, centre)])
    return x, model, k, dead


def _dense_code(pre: Tensor, chosen: Tensor) -> Tensor:
    """A full (B, n) code that keeps the chosen columns: the oracle may be dense, the product may not."""
    mask = torch.zeros_like(pre).scatter(1, chosen, 1.0)
    return torch.relu(pre) * mask


def _oracle(x: Tensor, model: Model, k: int, dead: Tensor | None, aux_k: int, variance: float) -> Tensor:
    encoder, bias, decoder, centre = model.parameters()
    pre = (x - centre) @ encoder.T + bias
    # Ties are undefined in the method: the oracle takes the kernel's choice after checking that it is a valid
    # one.
    code = _dense_code(pre, kernels.select_top_k(pre.detach(), k)[0])
    rebuilt = code @ decoder + centre
    total = ((x - rebuilt) ** 2).sum() / (len(x) * variance)
    if dead is not None and aux_k:
        masked = torch.full_like(pre, -torch.inf)
        masked[:, dead] = pre[:, dead]
        count = min(aux_k, len(dead))
        among = kernels.select_top_k(pre.detach()[:, dead], count)[0]
        aux = pre * torch.zeros_like(pre).scatter(1, dead[among], 1.0)
        expected = torch.topk(masked.detach(), count, dim=1).values.sort(dim=1).values
        assert torch.equal(masked.detach().gather(1, dead[among]).sort(dim=1).values, expected)
        residual = (x - rebuilt).detach()
        spread = ((residual - residual.mean(dim=0)) ** 2).sum().clamp(min=1e-6 * len(x) * variance)
        total = total + ((residual - aux @ decoder) ** 2).sum() / spread / 32
    return total


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("case", CASES)
def test_loss_and_all_gradients_equal_the_dense_ones(case: str, situation: str) -> None:
    x, model, k, dead = _inputs(case, situation)
    ours = loss(model, x, k=k, variance=1.7, dead=dead, aux_k=4, aux_coefficient=1 / 32)
    expected = _oracle(x, model, k, dead, 4, 1.7)
    torch.testing.assert_close(ours.total, expected, rtol=1e-10, atol=1e-12)
    gradients = torch.autograd.grad(expected, model.parameters())
    for got, want in zip(torch.autograd.grad(ours.total, model.parameters()), gradients, strict=True):
        torch.testing.assert_close(got, want, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("case", CASES)
def test_single_precision_agrees_with_double(case: str) -> None:
    x, model, k, dead = _inputs(case, "dead latents")
    single = Model(*[part.detach().float().requires_grad_() for part in model.parameters()])
    arguments = {"k": k, "variance": 1.7, "dead": dead, "aux_k": 4, "aux_coefficient": 1 / 32}
    one = loss(single, x.float(), **arguments)  # type: ignore[arg-type]
    two = loss(model, x, **arguments)  # type: ignore[arg-type]
    torch.testing.assert_close(one.total.double(), two.total, rtol=1e-4, atol=1e-5)
    for got, want in zip(
        torch.autograd.grad(one.total, single.parameters()),
        torch.autograd.grad(two.total, model.parameters()),
        strict=True,
    ):
        torch.testing.assert_close(got.double(), want, rtol=1e-3, atol=1e-4)


def test_gradients_pass_finite_differences() -> None:
    x, model, k, dead = _inputs("ordinary", "dead latents")

    def total(*parts: Tensor) -> Tensor:
        indices, values, aux_indices, aux_values = kernels.encode(x, parts[0], parts[1], parts[3], k, dead, 2)
        assert aux_indices is not None
        assert aux_values is not None
        return (
            kernels.decode(indices, values, parts[2]).sum()
            + (kernels.decode(aux_indices, aux_values, parts[2]) ** 2).sum()
        )

    assert torch.autograd.gradcheck(total, tuple(model.parameters()), eps=1e-7, atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_sparse_products_equal_dense_ones(case: str) -> None:
    x, model, k, _ = _inputs(case, "ordinary")
    table = model.decoder.detach()
    indices = torch.topk(torch.rand(len(x), len(table), dtype=torch.float64), k, dim=1).indices
    weights = torch.randn(len(x), k, dtype=torch.float64)
    dense = torch.zeros(len(x), len(table), dtype=torch.float64).scatter(1, indices, weights)
    torch.testing.assert_close(kernels.weighted_rows(table, indices, weights), dense @ table)
    torch.testing.assert_close(kernels.weighted_rows_transposed(x, indices, weights, len(table)), dense.T @ x)
    torch.testing.assert_close(kernels.sampled_products(x, table, indices), (x @ table.T).gather(1, indices))


def test_a_feature_named_twice_in_a_row_counts_twice() -> None:
    table = torch.eye(3, dtype=torch.float64)
    indices, weights = torch.tensor([[1, 1, 2]]), torch.tensor([[1.0, 2.0, 5.0]], dtype=torch.float64)
    assert kernels.weighted_rows(table, indices, weights).tolist() == [[0, 3, 5]]
    rows = torch.tensor([[2.0]], dtype=torch.float64)
    assert kernels.weighted_rows_transposed(rows, indices, weights, 3).tolist() == [[0], [6], [10]]


def test_aux_selection_prefers_a_negative_dead_latent_to_any_live_one() -> None:
    encoder = torch.tensor([[1.0], [-3.0], [-2.0], [0.0]])
    parts = (encoder, torch.zeros(4), torch.zeros(1))
    _, _, chosen, values = kernels.encode(torch.ones(1, 1), *parts, 1, torch.tensor([1, 2]), 8)
    assert chosen is not None
    assert values is not None
    assert sorted(chosen[0].tolist()) == [1, 2]
    assert sorted(values[0].tolist()) == [-3, -2]


def test_without_dead_latents_there_is_no_auxiliary_term() -> None:
    x, model, k, _ = _inputs("ordinary", "ordinary")
    for dead in (None, torch.zeros(0, dtype=torch.int64)):
        result = loss(model, x, k=k, variance=1.0, dead=dead, aux_k=4, aux_coefficient=1.0)
        assert torch.equal(result.total.detach(), result.unexplained)


def test_auxiliary_reconstruction_gets_no_pre_bias() -> None:
    eye = torch.eye(2, dtype=torch.float64)
    x = torch.tensor([[3.0, 1.0], [1.0, 3.0]], dtype=torch.float64)
    # Feature 0 answers 0 everywhere, so that ê must be nothing at all and the residual stays as it is.
    encoder = eye * torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    parts = (encoder, torch.zeros(2).double(), eye.clone(), torch.ones(2).double())
    model = Model(*[part.requires_grad_() for part in parts])
    result = loss(model, x, k=1, variance=1.0, dead=torch.tensor([0]), aux_k=1, aux_coefficient=1.0)
    rebuilt = (
        kernels.decode(*kernels.encode(x, *(model.encoder, model.latent_bias, model.pre_bias), 1)[:2], eye)
        + 1
    )
    residual = (x - rebuilt).detach()
    spread = ((residual - residual.mean(dim=0)) ** 2).sum()
    torch.testing.assert_close(result.total - result.unexplained, (residual**2).sum() / spread)


def test_ordered_selection_breaks_ties_for_the_lower_id() -> None:
    pre = torch.tensor([[1.0, 2, 2, 2, 0], [-1, -1, -1, -1, -1], [5, 4, 3, 2, 1], [0, 0, 7, 0, 7]])
    indices, values = kernels.ordered_top_k(pre, 2)
    assert indices.tolist() == [[1, 2], [0, 1], [0, 1], [2, 4]]
    assert values.tolist() == [[2, 2], [0, 0], [5, 4], [7, 7]]
    everything, _ = kernels.ordered_top_k(pre, 5)
    assert everything.tolist() == [[1, 2, 3, 0, 4], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [2, 4, 0, 1, 3]]
