"""A language model on this computer, scripted: it names what texts have in common by phrases it knows."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import planted_library
import pytest
from online_support import Fault, OnlineService

TEXT = re.compile(r'<text number="(\d+)"(?: activation="([\d.]+)")?>\n(.*?)\n</text>', re.DOTALL)
NAME = re.compile(r"responds to this: (.*)")


class ChatService(OnlineService):
    """Speaks `/v1/chat/completions`. `phrases`: what it can see in texts.

    interpretations, predictions: the requests' bodies by kind. paid: answers to each question.
    """

    path = "/v1/chat/completions"

    def __init__(self, phrases: Sequence[str]) -> None:
        self.phrases = tuple(phrases)
        self.usage = True
        self.refuse: Callable[[dict[str, Any]], str | None] = lambda body: None
        self.say: Callable[[dict[str, Any], str], str] = lambda body, answer: answer
        self.paid: Counter[str] = Counter()
        self.tokens_in = 0
        self.tokens_out = 0
        super().__init__()

    @property
    def interpretations(self) -> list[dict[str, Any]]:
        return [body for body in self.seen if is_interpretation(body)]

    @property
    def predictions(self) -> list[dict[str, Any]]:
        return [body for body in self.seen if not is_interpretation(body)]

    def refusal(self, body: dict[str, Any]) -> Fault | None:
        said = self.refuse(body)
        return None if said is None else Fault(400, said)

    def reply(self, body: dict[str, Any]) -> dict[str, Any]:
        self.paid[json.dumps(body["messages"])] += 1
        answer = self.say(body, self.thought(body))
        tokens_in = len(words_of(body)) // 4
        tokens_out = max(1, len(answer) // 4)
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out
        message = {"role": "assistant", "content": answer}
        reply: dict[str, Any] = {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        }
        if self.usage:
            total = tokens_in + tokens_out
            reply["usage"] = {
                "prompt_tokens": tokens_in,
                "completion_tokens": tokens_out,
                "total_tokens": total,
            }
        return reply

    def thought(self, body: dict[str, Any]) -> str:
        """The answer of a model that knows its phrases."""
        if is_interpretation(body):
            return f"The firing texts have a subject in common.\nFINAL: {self.named(body)}"
        said = [prediction(body, text) for _, text in shown(body)]
        if len(said) == 1:
            return f"It is about that or it is not.\nPREDICTION: {said[0]}"
        return json.dumps({str(number): value for number, value in enumerate(said, 1)})

    def named(self, body: dict[str, Any]) -> str:
        """The phrase in most firing texts and fewest silent ones."""
        texts = shown(body)
        score = {
            phrase: sum((1 if fires is not None else -1) * (phrase in text.lower()) for fires, text in texts)
            for phrase in self.phrases
        }
        return max(self.phrases, key=lambda phrase: score[phrase])


def is_interpretation(body: dict[str, Any]) -> bool:
    return "FINAL:" in body["messages"][0]["content"]


def words_of(body: dict[str, Any]) -> str:
    return "\n".join(message["content"] for message in body["messages"])


def shown(body: dict[str, Any]) -> list[tuple[float | None, str]]:
    """(activation or None, text) of every text in a request, in order."""
    found = TEXT.findall(body["messages"][1]["content"])
    return [(float(value) if value else None, text) for _, value, text in found]


def prediction(body: dict[str, Any], text: str) -> float:
    """What the model says of one text, from the name alone; longer texts make it surer."""
    found = NAME.search(body["messages"][0]["content"])
    assert found is not None
    sure = round(0.5 + (len(text) % 50) / 100, 2)
    return sure if found[1].strip().lower() in text.lower() else -sure


@pytest.fixture
def library(planted_once: Path, tmp_path: Path) -> Path:
    """A copy of one's own of the requesting module's `planted_once`."""
    return Path(shutil.copytree(planted_once, tmp_path / "own.saerch"))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatService]:
    """A language model that knows the subjects of the planted library."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    running = ChatService([phrases[0] for phrases in planted_library.SUBJECTS])
    yield running
    running.stop()
