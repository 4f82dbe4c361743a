"""What a text will cost, estimated from its bytes on the safe side, and the budget that must hold."""

from __future__ import annotations

import string
import threading
from typing import Protocol, TypeVar

from saerch_desktop.errors import UserError

MAX_TOKENS = 8191  # OpenAI's limit for one text
_Cost = TypeVar("_Cost", contravariant=True)
_WORD_BYTES = (string.ascii_letters + string.digits + " ").encode()


def estimate(text: str) -> int:
    """Tokens that `text` has at most, in practice: one per two letters, digits or spaces, one per other byte.

    English prose has about one token for 4.5 bytes, so this is about twice the truth; byte-level tokenizers
    never make more tokens than bytes.
    """
    data = text.encode()
    others = len(data.translate(None, _WORD_BYTES))
    return others + (len(data) - others + 1) // 2


def cut(text: str, limit: int) -> str:
    """The longest beginning of `text` (in characters, found by halving) whose estimate is within `limit`."""
    text = text[: 2 * limit]
    if estimate(text) <= limit:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if estimate(text[:middle]) <= limit:
            fits = middle
        else:
            too_long = middle
    return text[:fits]


class Budget(Protocol[_Cost]):
    """What a request must be allowed to cost before it is sent. Safe to use from several threads."""

    def reserve(self, cost: _Cost) -> None:
        """Count `cost` as spent until settled. UserError when it does not fit."""

    def settle(self, reserved: _Cost, used: _Cost | None) -> None:
        """Replace a reservation by what was used; None: nothing was."""


class TokenBudget:
    """Counts tokens against a hard limit (None: none). Reserve before sending, settle with what was used."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.spent = 0
        self._guard = threading.Lock()

    def left(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.spent)

    def reserve(self, tokens: int) -> None:
        """Count `tokens` as spent until settled. UserError when they would not fit."""
        with self._guard:
            if self.limit is not None and self.spent + tokens > self.limit:
                raise UserError(
                    f"The budget of {self.limit:,} tokens is used up: {self.spent:,} are spent, the next "
                    f"request could need {tokens:,}.",
                    "Everything embedded so far is kept and will not be paid for again.",
                    "Run the same job with a new budget to embed the rest.",
                )
            self.spent += tokens

    def settle(self, reserved: int, used: int | None) -> None:
        """Replace a reservation by what the service says it counted (None when the request failed unpaid)."""
        with self._guard:
            self.spent += (used or 0) - reserved
