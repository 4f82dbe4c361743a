"""Everything about a naming that is known before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from saerch_desktop.embedding.online.endpoint import Endpoint, endpoint_at
from saerch_desktop.errors import UserError
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.label import Label
from saerch_desktop.features.llm import prompts
from saerch_desktop.features.llm.choice import Chooser, NothingToShowError
from saerch_desktop.features.llm.journal import Journal, run_key
from saerch_desktop.features.llm.naming import Namer
from saerch_desktop.features.llm.prices import Price, price_of
from saerch_desktop.features.llm.quirks import Quirks
from saerch_desktop.features.llm.settings import LlmSettings

if TYPE_CHECKING:
    from saerch_desktop.library.library import Library

_LONGEST_DOMAIN: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """todo: features to be named, those that matter most first. done: labels made under the same terms.
    prices: by model, None where unknown. run: stands for these terms in the journal.
    """

    settings: LlmSettings
    endpoint: Endpoint
    prices: dict[str, Price | None]
    journal: Journal
    namer: Namer
    run: str
    todo: tuple[int, ...]
    done: dict[int, Label]

    @classmethod
    def of(cls, library: Library, features: FeatureSet, settings: LlmSettings) -> Preparation:
        """UserError: a setting, an address, a feature or the journal cannot be used."""
        settings.require_sense()
        endpoint = endpoint_at(settings.base_url)
        steps = settings.steps
        domain = domain_of(library, settings)
        journal = Journal(features.folder)
        run = run_key(
            sae=features.sae.sha256,
            prompts=prompts.version(),
            models=[settings.model, settings.tester],
            protocol=repr(steps),
            domain=domain,
            seed=settings.seed,
        )
        wanted = ordered(features, settings.features)
        done = {} if settings.again else journal.labels(run)
        return cls(
            settings=settings,
            endpoint=endpoint,
            prices=prices(endpoint, settings),
            journal=journal,
            namer=Namer(Chooser(library, features, steps, settings.seed), settings, domain),
            run=run,
            todo=tuple(feature for feature in wanted if feature not in done),
            done={feature: done[feature] for feature in wanted if feature in done},
        )

    def first_request(self) -> dict[str, Any]:
        """Address and body of the first request, and the number of the feature, or family, that it is about.
        UserError when nothing is left to be asked.
        """
        for feature in self.todo:
            try:
                chosen = self.namer.chooser.of(feature)
            except NothingToShowError:
                continue
            question = self.namer.interpretation(chosen)
            body = Quirks().body(question.model, question.messages, question.room)
            return {"feature": feature, "url": f"{self.endpoint.base_url}/chat/completions", "body": body}
        raise UserError(
            f"All these {self.namer.manner.things} are named already.",
            "Nothing would be sent.",
            f"Choose other {self.namer.manner.things}, another model or another protocol.",
        )

    def require_permission_to_spend(self) -> None:
        """UserError where money could be spent and no cap holds."""
        settings = self.settings
        unknown = [model for model, price in self.prices.items() if price is None]
        if settings.budget is not None and unknown:
            raise UserError(
                f"What {' and '.join(unknown)} costs at {self.endpoint.host} is not known.",
                "Nothing was sent: a budget in money could not be kept.",
                "Give the prices (--price-in, --price-out: dollars for a million tokens), or a budget in "
                "tokens (--budget-tokens).",
            )
        if self.endpoint.loopback or settings.budget is not None or settings.budget_tokens is not None:
            return
        remedy = "Give a budget in dollars (--budget) or in tokens (--budget-tokens)."
        if unknown:
            remedy = "Give a budget in tokens (--budget-tokens), or one in dollars with the prices."
        raise UserError(
            f"Naming with {self.endpoint.host} may cost money, and there is no budget.",
            "Nothing was sent.",
            f"{remedy} --estimate tells what is expected.",
        )


def domain_of(library: Library, settings: LlmSettings) -> str:
    """What the texts are about, for the prompts."""
    return " ".join((settings.domain or library.manifest.name).split())[:_LONGEST_DOMAIN]


def prices(endpoint: Endpoint, settings: LlmSettings) -> dict[str, Price | None]:
    """The price of each model; the test model has the given prices too, unless it has its own."""
    test_in = settings.price_in if settings.test_price_in is None else settings.test_price_in
    test_out = settings.price_out if settings.test_price_out is None else settings.test_price_out
    found = {settings.tester: price_of(endpoint, settings.tester, test_in, test_out)}
    found[settings.model] = price_of(endpoint, settings.model, settings.price_in, settings.price_out)
    return found


def ordered(features: FeatureSet, chosen: tuple[int, ...] | None) -> list[int]:
    """The chosen features, or all live ones, by falling impact: all their activation taken together.

    UserError when there is no such feature.
    """
    statistics = features.statistics
    count = statistics.count.size
    if chosen is None:
        wanted = np.flatnonzero(statistics.live)
    else:
        wanted = np.unique(np.asarray(chosen, np.int64))
        beyond = wanted[(wanted < 0) | (wanted >= count)]
        if beyond.size:
            raise UserError(
                f"There is no feature {int(beyond[0])}.",
                "Nothing was sent.",
                f"Choose features from 0 to {count - 1}.",
            )
    impact = statistics.count[wanted] * statistics.mean[wanted].astype(np.float64)
    return [int(feature) for feature in wanted[np.argsort(-impact, kind="stable")]]
