"""What a naming will take, before anything is sent: requests, tokens, money and time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """The estimate of one naming.

    features: still to be named; done: named before by the same settings, not paid for again. requests,
    tokens_in, tokens_out: expected. money: dollars, 0 on this computer, None where no price is known.
    seconds: expected. measured: whether the time is from this model's earlier answers instead of a usual
    rate. host: who receives the texts; local: whether that is this computer. permitted: whether they may be
    sent as things are. rule: how all this was reckoned, in sentences to show.
    """

    features: int
    done: int
    requests: int
    tokens_in: int
    tokens_out: int
    money: float | None
    seconds: float
    measured: bool
    host: str
    local: bool
    permitted: bool
    model: str
    test_model: str
    prompt: str
    rule: str

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out
