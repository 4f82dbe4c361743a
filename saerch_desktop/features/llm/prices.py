"""What language models cost where we know it, and what a text costs in tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from saerch_desktop.embedding.online.endpoint import Endpoint

# OpenAI's list prices, dollars for a million tokens (in, out). Prices change: the date is shown with them.
PRICES_OF: Final = "August 2025"
_OPENAI: Final = {
    "gpt-4o": (2.50, 10.00),
    "gpt-4o-mini": (0.15, 0.60),
    "gpt-4.1": (2.00, 8.00),
    "gpt-4.1-mini": (0.40, 1.60),
    "gpt-4.1-nano": (0.10, 0.40),
    "gpt-5": (1.25, 10.00),
    "gpt-5-mini": (0.25, 2.00),
    "gpt-5-nano": (0.05, 0.40),
    "o4-mini": (1.10, 4.40),
}
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_CHARACTERS_A_TOKEN: Final = 4.0


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens. source: "yours", "table" or "local"."""

    tokens_in: float
    tokens_out: float
    source: str

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """Dollars."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1e6


def price_of(
    endpoint: Endpoint, model: str, given_in: float | None = None, given_out: float | None = None
) -> Price | None:
    """The user's price, else nothing on this computer, else our table's for OpenAI itself, else None."""
    if given_in is not None and given_out is not None:
        return Price(given_in, given_out, "yours")
    if endpoint.loopback:
        return Price(0.0, 0.0, "local")
    known = _OPENAI.get(_DATED.sub("", model.strip()))
    if endpoint.provider != "openai" or known is None:
        return None
    return Price(*known, "table")


def likely_tokens(text: str) -> int:
    """Tokens expected: one per 4 characters of English, one per other character than ASCII."""
    foreign = sum(not c.isascii() for c in text)
    return foreign + round((len(text) - foreign) / _CHARACTERS_A_TOKEN)
