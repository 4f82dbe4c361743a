"""Every sparse operation against the dense one."""

from __future__ import annotations

import pytest
import torch
from dense_oracle import CASES, inputs
from torch import Tensor

from saerch_desktop.sae import kernels
from saerch_desktop.sae.kernels import ByFeature, Codes


def _codes(case: str, ragged: bool) -> tuple[Tensor, Tensor, Codes, Tensor]:
    """Rows (b, d), a table (n, d), codes with three bags for each row, and these dense (3b, n)."""
    x, model, k, _ = inputs(case, "ordinary")
    table = model.decoder.detach()
    generator = torch.Generator().manual_seed(len(case))
    places = torch.rand(len(x), len(table), generator=generator).topk(k, dim=1).indices
    documents = torch.arange(len(x)).repeat_interleave(k)
    features = places.reshape(-1)
    if ragged:
        kept = torch.rand(len(features), generator=generator) < 0.5
        documents, features = documents[kept], features[kept]
    values = torch.randn(len(features), generator=generator, dtype=torch.float64)
    bags = documents * 3 + torch.randint(3, (len(features),), generator=generator)
    dense = torch.zeros(3 * len(x), len(table), dtype=torch.float64)
    dense[bags, features] = values
    return x, table, Codes(documents, bags, features, values), dense


@pytest.mark.parametrize("csr", [True, False])
@pytest.mark.parametrize("ragged", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_sparse_products_equal_dense_ones(
    case: str, ragged: bool, csr: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not csr:
        monkeypatch.setattr(kernels, "_multiplies_sparse", lambda: False)
    x, table, codes, dense = _codes(case, ragged)
    rows = torch.randn(3 * len(x), x.shape[1], dtype=torch.float64)
    plan = ByFeature.of(codes, len(table))
    mine = plan.codes
    out = torch.full_like(table, torch.nan)
    plan.add_rows(rows, mine.bags, mine.values, out, empty=True)
    torch.testing.assert_close(out, dense.T @ rows)
    plan.add_rows(rows, mine.bags, mine.values, out, empty=False)
    torch.testing.assert_close(out, 2 * dense.T @ rows)
    products = (rows @ table.T)[mine.bags, mine.features]
    torch.testing.assert_close(plan.products(table, rows), products * (mine.values > 0))
    torch.testing.assert_close(plan.totals(mine.values), dense.sum(dim=0))
    assert torch.equal(mine.features, mine.features.sort().values)
    assert torch.equal(dense[mine.bags, mine.features], mine.values)


@pytest.mark.parametrize("case", CASES)
def test_decoding_equals_the_dense_product(case: str) -> None:
    x, model, k, _ = inputs(case, "ordinary")
    table = model.decoder.detach()
    indices = torch.rand(len(x), len(table)).topk(k, dim=1).indices
    weights = torch.randn(len(x), k, dtype=torch.float64)
    dense = torch.zeros(len(x), len(table), dtype=torch.float64).scatter(1, indices, weights)
    torch.testing.assert_close(kernels.weighted_rows(table, indices, weights), dense @ table)
    starts = torch.arange(0, indices.numel(), k)
    flat = kernels.weighted_rows(table, indices.reshape(-1), weights.reshape(-1), starts)
    torch.testing.assert_close(flat, dense @ table)


def test_codes_that_always_learn_get_their_products_whatever_their_sign() -> None:
    x, table, codes, dense = _codes("ordinary", ragged=False)
    always = Codes(codes.documents, codes.bags, codes.features, codes.values, codes.values.bool() | True)
    rows = torch.randn(3 * len(x), x.shape[1], dtype=torch.float64)
    plan = ByFeature.of(codes.followed_by(always), len(table))
    expected = (rows @ table.T)[plan.codes.bags, plan.codes.features] * plan.codes.learning()
    torch.testing.assert_close(plan.products(table, rows), expected)
    assert int(plan.codes.learning().sum()) == len(codes.values) + int((codes.values > 0).sum())
    assert int(plan.starts[-1]) == 2 * int((dense != 0).sum())


def test_a_feature_named_twice_in_a_row_counts_twice() -> None:
    table = torch.eye(3, dtype=torch.float64)
    indices, weights = torch.tensor([[1, 1, 2]]), torch.tensor([[1.0, 2.0, 5.0]], dtype=torch.float64)
    assert kernels.weighted_rows(table, indices, weights).tolist() == [[0, 3, 5]]
    where = torch.zeros(3, dtype=torch.int64)
    plan = ByFeature.of(Codes(where, where, indices.reshape(-1), weights.reshape(-1)), 3)
    out = torch.zeros(3, 1, dtype=torch.float64)
    rows = torch.tensor([[2.0]], dtype=torch.float64)
    plan.add_rows(rows, plan.codes.bags, plan.codes.values, out, empty=True)
    assert out.tolist() == [[0], [6], [10]]


def test_no_codes_at_all_leave_nothing() -> None:
    none = torch.zeros(0, dtype=torch.int64)
    plan = ByFeature.of(Codes(none, none, none, torch.zeros(0)), 4)
    out = torch.full((4, 2), torch.nan)
    plan.add_rows(torch.ones(3, 2), plan.codes.bags, plan.codes.values, out, empty=True)
    assert out.tolist() == [[0, 0]] * 4
    assert plan.products(torch.ones(4, 2), torch.ones(3, 2)).shape == (0,)
    assert plan.totals(torch.zeros(0)).tolist() == [0] * 4
