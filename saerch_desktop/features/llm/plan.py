"""What a naming will take, before anything is sent: requests, tokens, money and time."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Final

from saerch_desktop.features.llm.choice import NothingToShowError
from saerch_desktop.features.llm.naming import NAME_ROOM
from saerch_desktop.features.llm.preparation import Preparation
from saerch_desktop.features.llm.prices import PRICES_OF, likely_tokens
from saerch_desktop.features.llm.prompts import Messages
from saerch_desktop.progress import Progress

_LOOKED_AT: Final = 24  # features whose real requests are counted
_FEWEST: Final = 5  # earlier answers from which a rate is believed
_NAME: Final = "a name of about six words"
# Tokens of usual answers: reasons and a name; reasons and a number; each of several numbers.
_NAME_OUT, _ONE_OUT, _EACH_OUT = 300, 70, 8
# Usual rates: seconds before an answer begins, tokens read and written in a second.
_REMOTE: Final = (0.8, 20_000.0, 60.0)
_LOCAL: Final = (0.3, 400.0, 20.0)


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


@dataclass(slots=True)
class _Load:
    """Expected of one model for one kind of request, over the features looked at."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: float = 0.0

    def add(self, messages: Messages, tokens_out: float) -> None:
        self.requests += 1
        self.tokens_in += sum(likely_tokens(message["content"]) for message in messages)
        self.tokens_out += tokens_out


def estimate(ready: Preparation, progress: Progress) -> Plan:
    """Count the requests of some features, evenly spread over those to be named, and take them for all.

    Raises Cancelled.
    """
    settings, todo = ready.settings, ready.todo
    looked = [todo[at * len(todo) // _LOOKED_AT] for at in range(_LOOKED_AT)] if todo else []
    looked = list(dict.fromkeys(looked))
    loads = {"name": _Load(), "test": _Load()}
    progress.begin("Estimating", len(looked), ready.namer.manner.things)
    for number, feature in enumerate(looked, 1):
        _count(ready, feature, loads)
        progress.advance(number)
    factor = len(todo) / len(looked) if looked else 0.0
    models = {"name": settings.model, "test": settings.tester}
    rates = {kind: _rate(ready, kind, model) for kind, model in models.items()}
    money: float | None = 0.0
    seconds = 0.0
    for kind, load in loads.items():
        price = ready.prices[models[kind]]
        if price is None:
            money = None
        elif money is not None:
            money += factor * price.of(load.tokens_in, round(load.tokens_out))
        answer_s = rates[kind]
        if answer_s is None and load.requests:
            wait, reads, writes = _LOCAL if ready.endpoint.loopback else _REMOTE
            answer_s = wait + (load.tokens_in / reads + load.tokens_out / writes) / load.requests
        seconds += factor * load.requests * (answer_s or 0.0)
    measured = bool(todo) and None not in rates.values()
    # A service elsewhere answers several at a time. A model on this computer shares its processor among them,
    # but what was measured there was measured with several under way.
    several = measured or not ready.endpoint.loopback
    together = min(settings.in_flight, max(1, len(todo))) if several else 1
    return Plan(
        features=len(todo),
        done=len(ready.done),
        requests=round(factor * sum(load.requests for load in loads.values())),
        tokens_in=round(factor * sum(load.tokens_in for load in loads.values())),
        tokens_out=round(factor * sum(load.tokens_out for load in loads.values())),
        money=money,
        seconds=seconds / together,
        measured=measured,
        host=ready.endpoint.host,
        local=ready.endpoint.loopback,
        permitted=ready.endpoint.loopback or settings.allow_network,
        model=settings.model,
        test_model=settings.tester,
        prompt=ready.namer.manner.version(),
        rule=_rule(ready, measured),
    )


def _count(ready: Preparation, feature: int, loads: dict[str, _Load]) -> None:
    try:
        chosen = ready.namer.chooser.of(feature)
    except NothingToShowError:
        return
    loads["name"].add(ready.namer.interpretation(chosen).messages, _NAME_OUT)
    for places in ready.namer.calls(chosen):
        asked = ready.namer.predictions(_NAME, tuple(chosen.tests[place] for place in places))
        loads["test"].add(asked.messages, _ONE_OUT if len(places) == 1 else _EACH_OUT * len(places) + 10)


def _rate(ready: Preparation, kind: str, model: str) -> float | None:
    """Seconds of this model's earlier answers of this kind, None when there are too few."""
    took = [
        answer.seconds for answer in ready.journal.answers() if (answer.kind, answer.model) == (kind, model)
    ]
    return statistics.median(took) if len(took) >= _FEWEST else None


def _rule(ready: Preparation, measured: bool) -> str:
    steps, things = ready.settings.steps, ready.namer.manner.things
    one = (
        "Each family is named from its members' names,"
        if things == "families"
        else "Each feature is named from"
    )
    sentences = [
        f"{one} up to {steps.positives} texts with it and {steps.negatives} without it, "
        f"and tested on up to {steps.tests} and {steps.tests} others, {steps.a_call} in a request; of each "
        f"text at most {steps.characters:,} characters are sent.",
        f"Tokens are counted as one for 4 characters of English (one for each other character) in the real "
        f"requests of {_LOOKED_AT} {things}; answers as {_NAME_OUT} for a name, {_ONE_OUT} for a single "
        f"prediction, {_EACH_OUT} for each of several. A model that thinks before it answers takes more.",
        f"A budget sets aside more for each request: every byte that could be a token, and up to "
        f"{NAME_ROOM:,} tokens for an answer.",
    ]
    sources = {price.source for price in ready.prices.values() if price is not None}
    if "table" in sources:
        sentences.append(f"Prices are OpenAI's of {PRICES_OF}; check them.")
    if "local" in sources:
        sentences.append("A model on this computer costs nothing.")
    if None in ready.prices.values():
        sentences.append("No price is known for this service: give one, or a budget in tokens.")
    wait, reads, writes = _LOCAL if ready.endpoint.loopback else _REMOTE
    sentences.append(
        "The time is from this model's earlier answers."
        if measured
        else f"The time is a guess from usual rates: {wait} s, then {reads:,.0f} tokens read and "
        f"{writes:,.0f} written in a second."
    )
    return " ".join(sentences)
