from __future__ import annotations

import pytest

from saerch_desktop.embedding.online.endpoint import endpoint_at
from saerch_desktop.features.llm.prices import likely_tokens, price_of

OPENAI = endpoint_at("https://api.openai.com/v1")
LOCAL = endpoint_at("http://localhost:11434/v1")
OTHER = endpoint_at("https://models.example/v1")


def test_whose_price_holds() -> None:
    known = price_of(OPENAI, "gpt-4o-mini")
    assert known is not None
    assert (known.source, known.of(1_000_000, 1_000_000)) == ("table", pytest.approx(0.75))
    dated = price_of(OPENAI, "gpt-4o-mini-2024-07-18")
    assert dated == known
    assert price_of(OPENAI, "unheard-of") is None
    assert price_of(OTHER, "gpt-4o-mini") is None, "another service has its own prices"
    local = price_of(LOCAL, "gpt-4o-mini")
    assert local is not None
    assert (local.source, local.of(10**9, 10**9)) == ("local", 0.0)
    given = price_of(OPENAI, "gpt-4o-mini", 1.0, 2.0)
    assert given is not None
    assert (given.source, given.of(500_000, 250_000)) == ("yours", pytest.approx(1.0))


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("four" * 25, 25), ("深い学習", 4), ("über", 2)])
def test_likely_tokens(text: str, tokens: int) -> None:
    assert likely_tokens(text) == tokens
