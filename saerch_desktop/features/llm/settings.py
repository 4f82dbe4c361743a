"""What a naming by a language model is told to do: which models, which protocol, for how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from saerch_desktop.errors import UserError

ProtocolName = Literal["default", "paper"]


@dataclass(frozen=True, slots=True)
class Protocol:
    """How many documents are shown and tested, and how.

    positives, negatives: texts with and without the feature that the interpreter is shown. tests: of each
    kind, kept out of the making, whose activity the predictor guesses from the name alone. stratified:
    positives from all strengths instead of the strongest. hard: half of the texts without the feature are
    near misses (`features.hard_negatives`), instead of all being random. a_call: tests in one request.
    characters: title and text are cut to so many. shortest: texts of fewer characters are passed over.
    """

    name: ProtocolName
    positives: int
    negatives: int
    tests: int
    stratified: bool
    hard: bool
    a_call: int
    characters: int
    shortest: int = 100


# 15 texts of 800 characters are about 3,000 tokens: local servers often read no more than 4,096, in silence.
DEFAULT: Final = Protocol("default", 10, 5, 10, stratified=True, hard=True, a_call=10, characters=800)
# Section 4 of arXiv 2408.00657: 5 + 5 shown, 3 + 3 tested, one whole abstract a call (few are longer).
PAPER: Final = Protocol("paper", 5, 5, 3, stratified=False, hard=False, a_call=1, characters=4000)
PROTOCOLS: Final[dict[str, Protocol]] = {"default": DEFAULT, "paper": PAPER}


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """One naming, as the user asks for it.

    model interprets; test_model predicts (None: the same). base_url: None for OPENAI_BASE_URL, else OpenAI's
    own. domain: a few words about the texts for the prompts ("" for the library's name). features: None for
    all live ones; named in order of their impact either way. budget: dollars, budget_tokens: tokens (in and
    out); neither is broken. price_in, price_out: dollars for a million tokens, where our table does not know
    the model; test_price_in, test_price_out: of the test model, as the model's when None. in_flight:
    requests under way at a time. again: name features anew that the same settings have named before.
    """

    model: str
    base_url: str | None = None
    test_model: str | None = None
    protocol: ProtocolName = "default"
    domain: str = ""
    features: tuple[int, ...] | None = None
    budget: float | None = None
    budget_tokens: int | None = None
    price_in: float | None = None
    price_out: float | None = None
    test_price_in: float | None = None
    test_price_out: float | None = None
    in_flight: int = 4
    allow_network: bool = False
    again: bool = False
    seed: int = 0

    @property
    def tester(self) -> str:
        return self.test_model or self.model

    @property
    def steps(self) -> Protocol:
        return PROTOCOLS[self.protocol]

    def require_sense(self) -> None:
        """UserError when a value cannot be meant."""
        if not self.model.strip():
            raise _senseless("No model is given.", "Name one that the service offers, such as gpt-4o-mini.")
        if self.protocol not in PROTOCOLS:
            raise _senseless(f"There is no protocol {self.protocol!r}.", "Choose default or paper.")
        amounts = (self.budget, self.price_in, self.price_out, self.test_price_in, self.test_price_out)
        if any(amount is not None and not 0 <= amount < float("inf") for amount in amounts):
            raise _senseless("A price or a budget is no amount of money.", "Give dollars, 0 or more.")
        pairs = ((self.price_in, self.price_out), (self.test_price_in, self.test_price_out))
        if any((first is None) != (second is None) for first, second in pairs):
            raise _senseless("Only one of two prices is given.", "Give the prices in and out, or neither.")
        if self.budget_tokens is not None and self.budget_tokens < 1:
            raise _senseless("The budget holds no token.", "Give a number of tokens above 0.")
        if not 1 <= self.in_flight <= 64:
            raise _senseless("So many requests cannot be under way.", "Choose from 1 to 64.")


def _senseless(happened: str, remedy: str) -> UserError:
    return UserError(happened, "Nothing was sent.", remedy)
