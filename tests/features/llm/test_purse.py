from __future__ import annotations

import threading
import time

import pytest

from saerch_desktop.errors import Cancelled
from saerch_desktop.features.llm.purse import BudgetReachedError, Cost, Purse


def test_a_reservation_counts_until_it_is_settled() -> None:
    purse = Purse(None, 100)
    purse.reserve(Cost(60, 20, 0))
    purse.settle(Cost(60, 20, 0), Cost(30, 10, 0))
    assert purse.spent == Cost(30, 10, 0)
    purse.reserve(Cost(50, 10, 0))
    purse.settle(Cost(50, 10, 0), None)
    assert purse.spent == Cost(30, 10, 0)
    with pytest.raises(BudgetReachedError, match="budget of 100 tokens"):
        purse.reserve(Cost(61, 0, 0))


def test_money_is_capped_too() -> None:
    purse = Purse(1.0, None)
    purse.reserve(Cost(1, 1, 0.6))
    purse.settle(Cost(1, 1, 0.6), Cost(1, 1, 0.6))
    with pytest.raises(BudgetReachedError, match=r"\$1\.00 is used up: \$0\.6000"):
        purse.reserve(Cost(1, 1, 0.5))
    purse.reserve(Cost(1, 1, 0.4))


def test_what_does_not_fit_waits_for_what_is_under_way() -> None:
    purse = Purse(None, 100)
    purse.reserve(Cost(80, 0, 0))
    done: list[str] = []

    def wait() -> None:
        purse.reserve(Cost(50, 0, 0))
        done.append("reserved")

    waiter = threading.Thread(target=wait)
    waiter.start()
    time.sleep(0.15)
    assert done == []
    purse.settle(Cost(80, 0, 0), Cost(40, 0, 0))
    waiter.join(5)
    assert done == ["reserved"]


def test_many_threads_never_break_the_cap() -> None:
    purse = Purse(None, 1000)
    most = [0]
    taken: list[int] = []

    def work() -> None:
        try:
            while True:
                purse.reserve(Cost(40, 0, 0))
                taken.append(1)
                most[0] = max(most[0], purse.spent.tokens)
                purse.settle(Cost(40, 0, 0), Cost(30, 0, 0))
        except BudgetReachedError:
            return

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert purse.spent.tokens == 30 * len(taken)
    assert 960 < purse.spent.tokens <= 1000


def test_a_service_that_takes_more_is_reckoned_with() -> None:
    purse = Purse(None, 1000)
    purse.reserve(Cost(50, 50, 0))
    purse.settle(Cost(50, 50, 0), Cost(50, 350, 0))
    with pytest.raises(BudgetReachedError):
        purse.reserve(Cost(100, 60, 0))


def test_the_gate_is_asked_first() -> None:
    def stopped() -> None:
        raise Cancelled

    purse = Purse(None, 100, stopped)
    with pytest.raises(Cancelled):
        purse.reserve(Cost(1, 1, 0))
    assert purse.spent == Cost(0, 0, 0)
