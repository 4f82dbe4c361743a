"""Money and tokens against hard caps, reserved before a request is sent and settled when it is answered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from saerch_desktop.errors import UserError

_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Cost:
    """Tokens of one request or of many, and dollars for them (0 where no price is known)."""

    tokens_in: int
    tokens_out: int
    money: float

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out, self.money + other.money
        )

    def __sub__(self, other: Cost) -> Cost:
        return Cost(
            self.tokens_in - other.tokens_in, self.tokens_out - other.tokens_out, self.money - other.money
        )


NOTHING = Cost(0, 0, 0.0)


class BudgetReachedError(UserError):
    """The next request could break a cap."""


class Purse:
    """What may be spent and what is. Safe to use from several threads.

    limit_money: dollars, limit_tokens: in and out together; None: no cap. A reservation that does not fit
    waits while requests under way may yet give something back. gate: called before anything is reserved; may
    wait (a pause) or raise (a cancel).
    """

    def __init__(
        self,
        limit_money: float | None,
        limit_tokens: int | None,
        gate: Callable[[], None] = lambda: None,
    ) -> None:
        self.limit_money = limit_money
        self.limit_tokens = limit_tokens
        self.spent = NOTHING  # settled
        self._reserved = NOTHING
        self._open = 0
        self._overrun = 1.0  # how far services have gone beyond what they were allowed
        self._gate = gate
        self._changed = threading.Condition()

    def reserve(self, cost: Cost) -> None:
        """BudgetReachedError when `cost` would break a cap although nothing else is under way."""
        while True:
            self._gate()
            with self._changed:
                broken = self._broken_by(cost)
                if not broken:
                    self._reserved += cost
                    self._open += 1
                    return
                if not self._open:
                    raise BudgetReachedError(
                        broken,
                        "Every name made so far is kept and will not be paid for again.",
                        "Run the same job with a new budget to name the rest.",
                    )
                self._changed.wait(_POLL_S)

    def settle(self, reserved: Cost, used: Cost | None) -> None:
        """Replace a reservation by what was used (None: the request failed and is not paid)."""
        with self._changed:
            self._reserved -= reserved
            self._open -= 1
            self.spent += used or NOTHING
            if used is not None and reserved.tokens and used.tokens > reserved.tokens:
                # The service does not keep to limits: from now on as much is set aside.
                self._overrun = max(self._overrun, used.tokens / reserved.tokens)
            self._changed.notify_all()

    def _broken_by(self, cost: Cost) -> str:
        """The sentence of the cap that `cost` would break, "" when it fits."""
        money = self.spent.money + self._reserved.money + cost.money * self._overrun
        tokens = self.spent.tokens + self._reserved.tokens + int(cost.tokens * self._overrun)
        if self.limit_money is not None and money > self.limit_money:
            return (
                f"The budget of ${self.limit_money:,.2f} is used up: ${self.spent.money:,.4f} are spent, the "
                f"next request could cost ${cost.money * self._overrun:,.4f}."
            )
        if self.limit_tokens is not None and tokens > self.limit_tokens:
            return (
                f"The budget of {self.limit_tokens:,} tokens is used up: {self.spent.tokens:,} are spent, "
                f"the next request could need {int(cost.tokens * self._overrun):,}."
            )
        return ""
