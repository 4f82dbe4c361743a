"""Names one feature and tests the name: the interpreter, then the predictor, then the scores."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from saerch_desktop.embedding.online.sender import RequestFailedError
from saerch_desktop.features.label import Label
from saerch_desktop.features.llm import prompts
from saerch_desktop.features.llm.answers import (
    UnreadableAnswerError,
    name_in,
    prediction_in,
    predictions_in,
)
from saerch_desktop.features.llm.choice import Chooser, Chosen, NothingToShowError
from saerch_desktop.features.llm.prompts import Messages
from saerch_desktop.features.llm.scores import score
from saerch_desktop.features.llm.service import Conversation, Question
from saerch_desktop.features.llm.settings import LlmSettings
from saerch_desktop.features.marks import now

NAME_ROOM: Final = 1000  # tokens for an interpreter's answer
ONE_ROOM: Final = 300  # for a prediction with its reasons
EACH_ROOM: Final = 30  # for each of several predictions
_LONGEST_REASONING: Final = 4000
_SHORTEST: Final = 80  # characters, to which texts may be cut for a model that takes only little
_TOO_LONG: Final = re.compile(r"token|length|context|too (long|large)|exceed", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a kind of thing is named. things: what they are called; interpret(domain, chosen) and
    predict(domain, name, texts): the questions; version(): stands for every word of them.
    """

    things: str
    interpret: Callable[[str, Chosen], Messages]
    predict: Callable[[str, str, Sequence[str]], Messages]
    version: Callable[[], str]


FEATURES: Final = Manner(
    "features",
    lambda domain, chosen: prompts.interpret(domain, chosen.firing, chosen.silent),
    prompts.predict,
    lambda: prompts.version(),
)


class FeatureFailedError(Exception):
    """A feature that could not be named; the text says why, for the user. again: a second try may help."""

    def __init__(self, reason: str, again: bool, refused: bool = False) -> None:
        super().__init__(reason)
        self.again = again
        self.refused = refused


@dataclass(eq=False)
class Namer:
    """Names the features of one SAE, or its families, each by its number. Shared by all threads."""

    chooser: Chooser
    settings: LlmSettings
    domain: str
    manner: Manner = FEATURES

    def __post_init__(self) -> None:
        self._characters = self.settings.steps.characters
        self._guard = threading.Lock()

    @property
    def characters(self) -> int:
        """What texts are cut to: as the protocol says, or less for a model that takes only less."""
        return self._characters

    def interpretation(self, chosen: Chosen) -> Question:
        """What the interpreter is asked."""
        messages = self.manner.interpret(self.domain, chosen)
        return Question(self.settings.model, messages, NAME_ROOM, "name")

    def predictions(self, name: str, texts: tuple[str, ...]) -> Question:
        """What the predictor is asked about one text or several."""
        messages = self.manner.predict(self.domain, name, texts)
        if len(texts) == 1:
            return Question(self.settings.tester, messages, ONE_ROOM, "one")
        return Question(self.settings.tester, messages, EACH_ROOM * len(texts) + 100, "many")

    def calls(self, chosen: Chosen) -> list[tuple[int, ...]]:
        """The places of the tests that go into each request."""
        each = self.settings.steps.a_call
        places = range(len(chosen.tests))
        return [tuple(places[at : at + each]) for at in range(0, len(places), each)]

    def name(self, feature: int, conversation: Conversation) -> Label:
        """The feature's tested label. FeatureFailedError; UserError, Cancelled as of `Conversation.ask`."""
        try:
            chosen, name, reasoning = self._interpreted(feature, conversation)
        except NothingToShowError as error:
            raise FeatureFailedError(str(error), again=False) from error
        except UnreadableAnswerError as error:
            raise FeatureFailedError(f"the model's answer is of no use: {error}", again=True) from error
        except RequestFailedError as error:
            reason = f"the service rejects its texts: {error.trouble.detail}"
            raise FeatureFailedError(reason, again=False, refused=True) from error
        said = self._predicted(name, chosen, conversation)
        places = sorted(said)
        scores = score([said[place] for place in places], [chosen.truth[place] for place in places])
        return Label(
            feature=feature,
            text=name,
            source=f"llm: {self.settings.model}",
            pearson=None if scores.pearson is None else round(scores.pearson, 4),
            f1=None if scores.f1 is None else round(scores.f1, 4),
            tests=scores.tests,
            examples=len(chosen.firing),
            reasoning=reasoning[:_LONGEST_REASONING],
            made=now(),
            prompt=self.manner.version(),
        )

    def _interpreted(self, feature: int, conversation: Conversation) -> tuple[Chosen, str, str]:
        while True:
            characters = self._characters
            chosen = self.chooser.of(feature, characters)
            try:
                return chosen, *conversation.ask(self.interpretation(chosen), name_in)
            except RequestFailedError as error:
                longest = max(len(shown.text) for shown in (*chosen.firing, *chosen.silent))
                if not self._shorten(characters, longest, error.trouble.detail):
                    raise

    def _predicted(self, name: str, chosen: Chosen, conversation: Conversation) -> dict[int, float]:
        """Place of the test → confidence; without those that were refused or not answered usefully."""
        said: dict[int, float] = {}
        waiting = deque((places, True) for places in self.calls(chosen))
        while waiting:
            places, whole = waiting.popleft()
            texts = tuple(chosen.tests[place] for place in places)
            question = self.predictions(name, texts)
            try:
                if len(places) == 1:
                    said[places[0]] = conversation.ask(question, prediction_in)
                    continue
                found = conversation.ask(question, partial(_some, len(places)))
            except UnreadableAnswerError:
                continue
            except RequestFailedError:
                if len(places) > 1:  # one text alone may be what is refused, or all are too much
                    middle = len(places) // 2
                    waiting.extendleft([(places[middle:], True), (places[:middle], True)])
                continue
            said.update({places[number - 1]: value for number, value in found.items()})
            left = tuple(place for place in places if place not in said)
            if left and whole:
                waiting.appendleft((left, False))
        return said

    def _shorten(self, characters: int, longest: int, refusal: str) -> bool:
        """Halve the texts from now on if the service calls them too long. False: that is not the trouble."""
        if not _TOO_LONG.search(refusal):
            return False
        with self._guard:
            if self._characters < characters:
                return True  # another thread has done it since
            half = min(characters, longest) // 2
            if half < _SHORTEST:
                return False
            self._characters = half
            return True


def _some(count: int, answer: str) -> dict[int, float]:
    """Predictions for some of the texts. UnreadableAnswerError when there is none at all."""
    found = predictions_in(answer, count)
    if not found:
        raise UnreadableAnswerError("its answer holds no predictions")
    return found
