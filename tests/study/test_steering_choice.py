"""The five-way choice with a language model on this computer that compares both lists by their words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import planted_library
import pytest
from chat_support import ChatService
from planted_library import NAME, SUBJECTS

from saerch_desktop.errors import UserError
from saerch_desktop.features.feature_set import build_features
from saerch_desktop.features.llm.answers import UnreadableAnswerError
from saerch_desktop.features.llm.settings import LlmSettings
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.study import steering_draws
from saerch_desktop.study.steering_choice import Choice, answer_in, five_way

ROWS = 480
DRAWS = 10


class Comparer(ChatService):
    """Names the subject whose phrases come oftener, and the one whose come less often, than before."""

    def __init__(self) -> None:
        super().__init__([])
        self.mute = False

    def thought(self, body: dict[str, Any]) -> str:
        if self.mute:
            return "I cannot say."
        asked = body["messages"][1]["content"]
        before, rest = asked.split("After:")
        after, subjects = rest.split("Subjects:")
        change = {}
        for number, name in re.findall(r"^(\d)\. (.*)$", subjects, re.MULTILINE):
            phrases = next(p for p in SUBJECTS if any(phrase in name.lower() for phrase in p))
            counts = [sum(text.lower().count(p) for p in phrases) for text in (before, after)]
            change[number] = counts[1] - counts[0]
        return (
            f"RAISED: {max(change, key=change.__getitem__)}\nLOWERED: {min(change, key=change.__getitem__)}"
        )


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = planted_library.make(tmp_path_factory.mktemp("choice") / "planted.saerch", rows=ROWS)
    with Library.open(made, write=True) as library:
        build_features(library, NAME, Progress())
    return made


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Comparer]:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(steering_draws, "_COMMONEST", 0.3)
    running = Comparer()
    yield running
    running.stop()


def asked(path: Path, settings: LlmSettings) -> Choice:
    with Library.open(path) as library:
        return five_way(library, NAME, None, settings, Progress(), draws=DRAWS)


def test_what_is_raised_and_lowered_is_seen_in_the_lists(path: Path, model: Comparer) -> None:
    settings = LlmSettings("m", model.url)
    model.mute = True
    with pytest.raises(UserError, match="no answer that could be read"):
        asked(path, settings)
    assert max(len(body["messages"]) for body in model.seen) == 3  # asked once more, with a reminder
    model.mute = False
    found = asked(path, settings)
    assert found.asked == DRAWS
    assert found.up >= 0.6
    assert found.down >= 0.6
    assert found.as_dict()["n"] == DRAWS
    paid = len(model.seen)
    assert asked(path, settings) == found
    assert len(model.seen) == paid, "answers are kept"
    body = model.seen[-1]["messages"][1]["content"]
    numbers = re.findall(r"^(\d)\. ", body, re.MULTILINE)
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


def test_nothing_leaves_this_computer_unasked(path: Path, model: Comparer) -> None:
    with pytest.raises(UserError, match="network"):
        asked(path, LlmSettings("m", "http://example.org/v1"))
    assert not model.seen


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("RAISED: 3\nLOWERED: 1", (3, 1)),
        ("I compare.\n**Raised:** 2\n- lowered: 5", None),
        ("**Raised:** 2\n**LOWERED**: 5.", (2, 5)),
        ("<think>RAISED: 1\nLOWERED: 2</think>RAISED: 4\nLOWERED: 5", (4, 5)),
        ("RAISED: 7\nLOWERED: 1", None),
        ("RAISED: 1", None),
        ("", None),
    ],
)
def test_reading_answers(text: str, wanted: tuple[int, int] | None) -> None:
    if wanted is None:
        with pytest.raises(UnreadableAnswerError):
            answer_in(text)
    else:
        assert answer_in(text) == wanted
