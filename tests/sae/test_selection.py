"""The fast selections against plain sorting."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from saerch_desktop.sae.peers import Peers
from saerch_desktop.sae.selection import common_threshold, ordered_top_k, reaching, strongest, top_k


def above_common_threshold(pre: Tensor, k: int, peers: Peers) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    rows, columns, values = reaching(pre, k, peers)
    threshold = common_threshold(values, k * len(pre), peers)
    kept = values > threshold
    return rows[kept], columns[kept], values[kept], threshold


KINDS = ("normal", "ties", "negative", "equal", "ascending", "one group", "infinite")


def _table(kind: str, batch: int, features: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    pre = torch.randn(batch, features, generator=generator)
    if kind == "ties":
        pre = pre.mul(2).round()
    elif kind == "negative":
        pre -= 50
    elif kind == "equal":
        pre[:] = 0.5
    elif kind == "ascending":
        pre = torch.arange(batch * features).float().view(batch, features) - features
    elif kind == "one group":  # the strided neighbours of a column hold the largest values
        pre[:, :: max(1, features // 8)] += 100
    elif kind == "infinite":
        pre[:, ::3] = -math.inf
    return pre


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    batch=st.integers(1, 9),
    features=st.integers(1, 700),
    seed=st.integers(0, 2**32),
    data=st.data(),
)
def test_the_k_largest_are_found(
    kind: str, batch: int, features: int, seed: int, data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, min(features, 40)))
    pre = _table(kind, batch, features, seed)
    expected = pre.sort(dim=1, descending=True).values[:, :k]
    indices, values = strongest(pre, k)
    assert torch.equal(values.sort(dim=1, descending=True).values, expected)
    assert torch.equal(pre.gather(1, indices), values)
    assert all(len(set(row)) == k for row in indices.tolist())
    again, rectified = top_k(pre, k)
    assert torch.equal(again, indices)
    assert torch.equal(rectified, values.relu())


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    batch=st.integers(1, 9),
    features=st.integers(1, 700),
    seed=st.integers(0, 2**32),
    data=st.data(),
)
def test_ordered_selection_equals_a_stable_sort(
    kind: str, batch: int, features: int, seed: int, data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, min(features, 40)))
    pre = _table(kind, batch, features, seed)
    chosen = pre.sort(dim=1, descending=True, stable=True).indices[:, :k].sort(dim=1).values
    values, order = pre.relu().gather(1, chosen).sort(dim=1, descending=True, stable=True)
    indices, got = ordered_top_k(pre, k)
    assert torch.equal(indices, chosen.gather(1, order))
    assert torch.equal(got, values)


def test_ties_go_to_the_lower_id() -> None:
    pre = torch.tensor([[1.0, 2, 2, 2, 0], [-1, -1, -1, -1, -1], [5, 4, 3, 2, 1], [0, 0, 7, 0, 7]])
    indices, values = ordered_top_k(pre, 2)
    assert indices.tolist() == [[1, 2], [0, 1], [0, 1], [2, 4]]
    assert values.tolist() == [[2, 2], [0, 0], [5, 4], [7, 7]]
    everything, _ = ordered_top_k(pre, 5)
    assert everything.tolist() == [[1, 2, 3, 0, 4], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [2, 4, 0, 1, 3]]


def test_not_a_number_counts_as_the_largest_as_in_torch() -> None:
    pre = torch.zeros(2, 3072)
    pre[0, 7] = math.nan
    pre[1, 9] = 1.0
    indices, values = strongest(pre, 2)
    assert 7 in indices[0].tolist()
    assert values[0].isnan().sum() == 1
    assert 9 in indices[1].tolist()


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    batch=st.integers(1, 12),
    features=st.integers(1, 300),
    seed=st.integers(0, 2**32),
    data=st.data(),
)
def test_the_common_threshold_leaves_k_on_average(
    kind: str, batch: int, features: int, seed: int, data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, features))
    pre = _table(kind, batch, features, seed)
    rows, columns, values, threshold = above_common_threshold(pre, k, Peers())
    assert torch.equal(rows, rows.sort().values)
    assert torch.equal(pre[rows, columns], values)
    found = torch.zeros(pre.shape, dtype=torch.bool)
    found[rows, columns] = True
    assert torch.equal(found, pre > threshold)
    assert threshold >= 0
    ranked = pre[pre > 0].sort(descending=True).values
    wanted = batch * k
    if len(ranked) <= wanted:
        assert len(values) == len(ranked)
    elif ranked[wanted - 1] > ranked[wanted]:
        assert len(values) == wanted
    else:
        assert len(values) == int((ranked > ranked[wanted]).sum())


class _Pair(Peers):
    """What `sum_` would give if the other process had its own share: recorded sums, call by call."""

    world = 2

    def __init__(self, others: list[Tensor] | None = None) -> None:
        self.sent: list[Tensor] = []
        self._others = others

    def sum_(self, tensor: Tensor) -> None:
        self.sent.append(tensor.clone())
        if self._others is not None:
            tensor += self._others[len(self.sent) - 1]


@pytest.mark.parametrize("kind", ["normal", "ties", "negative"])
def test_two_processes_find_the_threshold_of_one(kind: str) -> None:
    whole = _table(kind, 11, 96)
    first, second = whole[:4].contiguous(), whole[4:].contiguous()
    *_, expected = above_common_threshold(whole, 5, Peers())
    # Each exchange depends on those before it, so that the other's share is found one exchange at a time.
    from_first: list[Tensor] = []
    from_second: list[Tensor] = []
    for _ in range(5):
        one, two = _Pair(_padded(from_second)), _Pair(_padded(from_first))
        *_, threshold = above_common_threshold(first, 5, one)
        *_, same = above_common_threshold(second, 5, two)
        from_first, from_second = one.sent, two.sent
        done = len(from_first)
    assert done == 5
    one, two = _Pair(from_second), _Pair(from_first)
    *_, threshold = above_common_threshold(first, 5, one)
    *_, same = above_common_threshold(second, 5, two)
    assert threshold == same == expected


def _padded(sent: list[Tensor]) -> list[Tensor]:
    sizes = (1, 1 << 15, 1, 1 << 15, 1 << 16)
    return [
        sent[i] if i < len(sent) else torch.zeros(size, dtype=torch.int64) for i, size in enumerate(sizes)
    ]
