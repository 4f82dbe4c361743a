"""What goes wrong between a naming and its service: what is waited out, what is told, what is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import planted_library
import pytest
from chat_support import ChatService, is_interpretation, shown, words_of
from planted_library import NAME

from saerch_desktop.embedding.online.sender import Patience
from saerch_desktop.errors import UserError
from saerch_desktop.features.labels import LLM_FILE, load_labels
from saerch_desktop.features.llm.report import LlmReport
from saerch_desktop.progress import Progress
from saerch_desktop.workflow.naming_llm import LlmSettings, name_by_llm

HASTE = Patience(tries=3, first_wait_s=0.001, longest_wait_s=0.01, timeout_s=20)
ROOT = Path(__file__).resolve().parents[2]
Say = Callable[[dict[str, Any], str], str]


def name(library: Path, model: ChatService, *, patience: Patience = HASTE, **more: Any) -> LlmReport:
    chosen = LlmSettings(model="scripted", base_url=model.url, **{"features": (0, 1, 2), **more})
    return name_by_llm(library, NAME, chosen, Progress(), patience=patience)


def texts(library: Path) -> dict[int, str]:
    found = load_labels(library / "saes" / NAME, planted_library.FEATURES, LLM_FILE)
    return {label.feature: label.text for label in found}


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429},
        {"status": 500},
        {"status": 503},
        {"hang_up": True},
        {"raw": b"<html>"},
        {"raw": b"{}"},
    ],
)
def test_passing_trouble_is_waited_out(library: Path, model: ChatService, fault: dict[str, Any]) -> None:
    model.order()
    model.order(**fault)
    assert name(library, model).named == 3
    assert len(model.seen) == 3 + 6 + 1


def test_a_wait_that_the_service_asks_for_is_kept(library: Path, model: ChatService) -> None:
    model.order(status=429, headers={"Retry-After": "1"})
    began = time.monotonic()
    assert name(library, model).named == 3
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 401, "message": "bad key"}, "does not accept the key"),
        ({"status": 403}, "does not allow this key"),
        ({"status": 404}, "does not know the model 'scripted'"),
        ({"status": 402}, "no credit left"),
        ({"status": 429, "code": "insufficient_quota"}, "no credit left"),
        ({"status": 500}, "error of its own"),
        ({"status": 307, "headers": {"Location": "http://192.0.2.1/v1"}}, "another address"),
        ({"hang_up": True}, "broke off"),
        ({"raw": b"<html>hello</html>"}, "does not answer as a language model's service"),
        ({"raw": b'{"choices": "none"}'}, "does not answer as a language model's service"),
        ({"raw": b'{"choices": [{"message": {"content": 7}}]}'}, "does not answer as a language model's"),
        ({"raw": b'{"error": {"message": "no model is loaded"}}'}, "no model is loaded"),
        ({"raw": b'{"error": "no model is loaded"}'}, "no model is loaded"),
        ({"raw": b'{"choices": [null]}'}, "does not answer as a language model's service"),
    ],
)
def test_lasting_trouble_ends_the_job_in_its_own_words(
    library: Path, model: ChatService, fault: dict[str, Any], words: str
) -> None:
    for _ in range(40):
        model.order(**fault)
    with pytest.raises(UserError, match=words) as caught:
        name(library, model)
    assert len(model.seen) <= 3
    assert "not be paid for again" in caught.value.meaning
    assert "embed" not in str(caught.value).lower()


def test_what_was_named_before_trouble_is_kept(library: Path, model: ChatService) -> None:
    for _ in range(3):
        model.order()
    for _ in range(40):
        model.order(status=401)
    with pytest.raises(UserError, match="key"):
        name(library, model, in_flight=1)
    assert len(texts(library)) == 1


def test_final_trouble_does_not_wait_for_what_is_under_way(library: Path, model: ChatService) -> None:
    gate = threading.Event()
    model.order()
    model.order(hold=gate)
    model.order(status=401)
    began = time.monotonic()
    with pytest.raises(UserError, match="key"):
        name(library, model, in_flight=2, features=tuple(range(8)))
    assert time.monotonic() - began < HASTE.timeout_s - 5
    gate.set()


def test_a_service_that_breaks_down_for_a_while_costs_only_some_features(
    library: Path, model: ChatService
) -> None:
    for _ in range(3):
        model.order()
    for _ in range(6):
        model.order(status=500)
    done = name(library, model, in_flight=1)
    assert (done.named, done.failed) == (3, ()), "the two it left out were tried again at the end"


def test_a_service_that_stays_down_ends_the_job(library: Path, model: ChatService) -> None:
    for _ in range(3):
        model.order()
    for _ in range(99):
        model.order(status=500)
    with pytest.raises(UserError, match="error of its own"):
        name(library, model, in_flight=1, features=tuple(range(8)))
    assert len(model.seen) == 3 + 3 * 3
    assert len(texts(library)) == 1


def test_a_time_limit_is_kept(library: Path, model: ChatService) -> None:
    gate = threading.Event()
    for _ in range(9):
        model.order(hold=gate)
    with pytest.raises(UserError, match="did not answer in time"):
        name(library, model, patience=Patience(tries=2, first_wait_s=0.001, timeout_s=0.2))
    gate.set()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("I would rather not say.", "no line FINAL"),
        ("", "empty"),
        ("FINAL:", "empty name"),
        ("FINAL: " + "very " * 40 + "long", "longer than the 8 words"),
        ("<think>for ever and ever", "empty"),
        ("FINAL: ***", "empty name"),
        ("\x00" * 50, "no line FINAL"),
    ],
)
def test_a_feature_without_a_usable_answer_is_listed_with_its_reason(
    library: Path, model: ChatService, answer: str, reason: str
) -> None:
    def say(body: dict[str, Any], usual: str) -> str:
        return answer if is_interpretation(body) and "whale" in usual else usual

    model.say = say
    done = name(library, model, features=(1, 2, 3, 4))
    assert done.named == 3
    assert [failure.feature for failure in done.failed] == [3]
    assert reason in done.failed[0].reason
    assert 3 not in texts(library)
    asked = [body for body in model.interpretations if "whale" in model.named(body)]
    assert len(asked) == 4, "asked, reminded, and both once more at the end"
    assert "could not be read" in words_of(asked[1])
    model.say = lambda body, usual: usual
    later = name(library, model, features=(1, 2, 3, 4))
    assert (later.named, later.done) == (1, 3)


def test_a_reminder_helps_and_is_paid_for_once(library: Path, model: ChatService) -> None:
    def say(body: dict[str, Any], usual: str) -> str:
        return usual if "could not be read" in words_of(body) else "hm"

    model.say = say
    assert name(library, model, features=(0,)).named == 1
    assert len(model.seen) == 2 + 4
    (library / "saes" / NAME / LLM_FILE).unlink()
    model.say = lambda body, usual: usual
    name(library, model, features=(0,), again=False)
    assert len(model.seen) == 6


def test_a_model_that_never_answers_as_asked_is_given_up(library: Path, model: ChatService) -> None:
    model.say = lambda body, usual: "Lorem ipsum."
    with pytest.raises(UserError, match=r"could not name any of the first 5 features.*no line FINAL"):
        name(library, model, features=tuple(range(20)), in_flight=1)
    assert len(model.seen) == 10


@pytest.mark.parametrize(
    ("say", "tests", "named"),
    [
        (lambda body, usual: "no numbers at all", 0, True),
        (lambda body, usual: '{"1": "perhaps", "2": 0.5, "3": 7, "4": null}', 2, True),
        (lambda body, usual: "1: 0.5\n2: -0.5\n3: quite likely\n2: 0.25", 2, True),
    ],
)
def test_predictions_that_cannot_be_read_are_left_out(
    library: Path, model: ChatService, say: Say, tests: int, named: bool
) -> None:
    model.say = lambda body, usual: usual if is_interpretation(body) else say(body, usual)
    done = name(library, model, features=(0,))
    assert done.named == named
    label = load_labels(library / "saes" / NAME, planted_library.FEATURES, LLM_FILE)[0]
    if tests == 0:
        assert (label.tests, label.pearson, label.f1) == (0, None, None)
    else:
        assert 0 < label.tests < 20


def test_constant_predictions_have_no_correlation(library: Path, model: ChatService) -> None:
    def say(body: dict[str, Any], usual: str) -> str:
        if is_interpretation(body):
            return usual
        return str({str(number): 0.0 for number in range(1, len(shown(body)) + 1)}).replace("'", '"')

    model.say = say
    name(library, model, features=(0,))
    label = load_labels(library / "saes" / NAME, planted_library.FEATURES, LLM_FILE)[0]
    assert label.pearson is None
    assert label.f1 == 0
    assert label.tests > 10


def test_a_refused_text_costs_only_itself(library: Path, model: ChatService) -> None:
    name(library, model, features=(0,))
    bad = shown(model.predictions[0])[4][1]
    for kept in (LLM_FILE, "labels_llm.journal.jsonl"):
        (library / "saes" / NAME / kept).unlink()
    whole = load = sum(len(shown(body)) for body in model.predictions)
    model.refuse = lambda body: (
        "not allowed" if bad in words_of(body) and not is_interpretation(body) else None
    )
    name(library, model, features=(0,))
    label = load_labels(library / "saes" / NAME, planted_library.FEATURES, LLM_FILE)[0]
    assert label.tests == whole - 1 == load - 1


def test_refused_content_is_listed(library: Path, model: ChatService) -> None:
    def refuse(body: dict[str, Any]) -> str | None:
        named = is_interpretation(body) and "yeast" in model.named(body) + "sourdough starter yeast"
        return "this content is not allowed" if named and "sourdough" in model.named(body) else None

    model.refuse = refuse
    done = name(library, model)
    assert done.named == 2
    assert [
        (failure.feature, "this content is not allowed" in failure.reason) for failure in done.failed
    ] == [(1, True)]


def test_a_filtered_answer_is_listed(library: Path, model: ChatService) -> None:
    def withheld(reply: dict[str, Any]) -> dict[str, Any]:
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": None},
            "finish_reason": "content_filter",
        }
        return {**reply, "choices": [choice]}

    model.order(mangle=withheld)
    done = name(library, model, in_flight=1)
    assert done.named == 2
    assert "filter" in done.failed[0].reason


@pytest.mark.parametrize(
    ("message", "without"),
    [
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_tokens"),
        ("Unsupported value: 'temperature' does not support 0 with this model.", "temperature"),
        ("Unrecognized request argument supplied: max_tokens", "max_tokens"),
        ("System role not supported", "system"),
    ],
)
def test_what_a_model_does_not_take_is_left_out_from_then_on(
    library: Path, model: ChatService, message: str, without: str
) -> None:
    def has(body: dict[str, Any]) -> bool:
        return without in body or any(message["role"] == without for message in body["messages"])

    model.refuse = lambda body: message if has(body) else None
    if without == "system":
        model.reply = lambda body: ChatService.reply(model, _split(body))  # type: ignore[method-assign]
    assert name(library, model).named == 3
    assert sum(map(has, model.seen)) == 1, "asked once the wrong way"
    if "max_completion_tokens" in message:
        assert all("max_completion_tokens" in body for body in model.seen[1:])


def _split(body: dict[str, Any]) -> dict[str, Any]:
    """The request as it would be if the model took a system message."""
    head, frame, rest = body["messages"][0]["content"].partition("\n\nTexts that make")
    if not frame:
        head, frame, rest = body["messages"][0]["content"].partition("\n\n<text")
    messages = [{"role": "system", "content": head}, {"role": "user", "content": frame.lstrip() + rest}]
    return {**body, "messages": messages}


def test_thoughts_are_not_names_and_get_room(library: Path, model: ChatService) -> None:
    def say(body: dict[str, Any], usual: str) -> str:
        return f'<think>FINAL: a wrong name\nPREDICTION: 0.1 {{"1": 0.1}}</think>\n{usual}'

    model.say = say
    model.order(mangle=lambda reply: _cut_off(reply))
    done = name(library, model)
    assert done.named == 3
    assert "wrong" not in str(texts(library))
    assert model.seen[1]["max_tokens"] == model.seen[0]["max_tokens"] + 4000
    assert all(label.pearson for label in load_labels(library / "saes" / NAME, 32, LLM_FILE))


def _cut_off(reply: dict[str, Any]) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": "<think>hm"}, "finish_reason": "length"}
    return {**reply, "choices": [choice]}


def test_a_short_context_shortens_the_texts(library: Path, model: ChatService) -> None:
    model.refuse = lambda body: (
        "the request exceeds the available context size" if len(words_of(body)) > 3600 else None
    )
    done = name(library, model)
    assert done.named == 3
    assert any("cut to" in note for note in done.notes)
    assert sum(len(words_of(body)) > 3600 for body in model.seen) <= 3, "each thread learns once"


def test_a_context_that_is_cut_in_silence_is_noticed(library: Path, model: ChatService) -> None:
    def forget(reply: dict[str, Any]) -> dict[str, Any]:
        return {**reply, "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}}

    model.order(mangle=forget)
    assert "longer context" in name(library, model).notes[0]


def test_without_a_count_the_whole_reservation_is_spent(library: Path, model: ChatService) -> None:
    model.usage = False
    done = name(library, model, budget_tokens=20_000)
    assert 0 < done.tokens_in + done.tokens_out <= 20_000
    assert done.tokens_in > model.tokens_in


def test_nothing_leaves_this_computer_without_permission_or_cap(library: Path) -> None:
    away = LlmSettings(model="gpt-4o", base_url="https://api.openai.com/v1", features=(0,))
    with pytest.raises(UserError, match="needs the network") as caught:
        name_by_llm(library, NAME, away, Progress())
    assert "No text has left" in caught.value.meaning
    assert "offline" in caught.value.remedy
    for more, words in [
        ({}, "no budget"),
        ({"model": "unheard-of", "budget": 1.0}, "not known"),
        ({"budget": 1.0}, "no key"),
        ({"budget": -1.0}, "no amount"),
        ({"price_in": 1.0}, "one of two prices"),
        ({"features": (99,)}, "no feature 99"),
        ({"in_flight": 0}, "under way"),
        ({"protocol": "other"}, "no protocol"),
        ({"base_url": "ftp://x"}, "not the address"),
    ]:
        allowed = LlmSettings(**{"model": "gpt-4o", "features": (0,), "allow_network": True, **more})  # type: ignore[arg-type]
        with pytest.raises(UserError, match=words):
            name_by_llm(library, NAME, allowed, Progress())


def test_a_killed_naming_goes_on(library: Path, model: ChatService) -> None:
    model.hold_after = 12
    program = (
        "import sys; from saerch_desktop.cli import main;"
        f"main(['label', '--library', {str(library)!r}, '--sae', {NAME!r}, '--method', 'llm',"
        f" '--model', 'scripted', '--base-url', {model.url!r}, '--in-flight', '2', '--features',"
        " '0,1,2,3,4'])"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as killed:
        assert model.holding.wait(60)
        killed.send_signal(signal.SIGKILL)
    model.released.set()
    done = name(library, model, features=(0, 1, 2, 3, 4))
    assert (done.named + done.done, done.failed) == (5, ())
    assert done.done >= 2
    assert sum(count - 1 for count in model.paid.values()) <= 2, "only what was under way is asked again"
