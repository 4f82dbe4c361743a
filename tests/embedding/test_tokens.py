from __future__ import annotations

import pytest

from saerch_desktop.embedding.online.tokens import TokenBudget, cut, estimate
from saerch_desktop.errors import UserError


@pytest.mark.parametrize(
    ("text", "at_least"),
    [
        ("", 0),
        ("word " * 100, 100),
        ("1234567890" * 30, 100),
        ("}{)(][" * 50, 300),
        ("🚀" * 10, 30),
        ("深い学習" * 10, 40),
    ],
)
def test_estimate_is_on_the_safe_side(text: str, at_least: int) -> None:
    assert at_least <= estimate(text) <= len(text.encode()) + 1


@pytest.mark.parametrize("text", ["word " * 10_000, "🚀" * 10_000, "", "short", "x" * 16_382])
def test_cut_keeps_the_longest_beginning_that_fits(text: str) -> None:
    kept = cut(text, 8191)
    assert text.startswith(kept)
    assert estimate(kept) <= 8191
    if kept != text:
        assert estimate(text[: len(kept) + 1]) > 8191


def test_budget_counts_reservations_until_they_are_settled() -> None:
    budget = TokenBudget(100)
    budget.reserve(80)
    with pytest.raises(UserError, match="budget of 100 tokens"):
        budget.reserve(30)
    budget.settle(80, 20)
    assert (budget.spent, budget.left()) == (20, 80)
    budget.reserve(80)
    assert budget.left() == 0


def test_no_budget_never_refuses() -> None:
    budget = TokenBudget(None)
    budget.reserve(10**9)
    assert budget.left() is None
