"""Naming by a language model from end to end, against a scripted model on this computer."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import planted_library
import pytest
from chat_support import ChatService, is_interpretation, prediction, shown, words_of
from planted_library import NAME, SUBJECTS

from saerch_desktop.embedding.online.sender import Patience
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.held_out import held_out
from saerch_desktop.features.label import Label
from saerch_desktop.features.labels import LLM_FILE, load_labels
from saerch_desktop.features.llm import prompts
from saerch_desktop.features.llm.choice import cut
from saerch_desktop.features.llm.journal import JOURNAL_FILE
from saerch_desktop.features.llm.report import LlmReport
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.workflow.naming_llm import LlmSettings, first_request, name_by_llm, plan_llm

HASTE = Patience(tries=4, first_wait_s=0.001, longest_wait_s=0.01, timeout_s=20)
PHRASES = tuple(phrases[0] for phrases in SUBJECTS)
PLANTED = tuple(range(len(SUBJECTS)))


def settings(model: ChatService, **more: Any) -> LlmSettings:
    return LlmSettings(model="scripted", base_url=model.url, **{"features": PLANTED, **more})


def name(
    library: Path,
    model: ChatService,
    *,
    progress: Progress | None = None,
    patience: Patience = HASTE,
    **more: Any,
) -> LlmReport:
    return name_by_llm(library, NAME, settings(model, **more), progress or Progress(), patience=patience)


def labels(library: Path) -> dict[int, Label]:
    found = load_labels(library / "saes" / NAME, planted_library.FEATURES, LLM_FILE)
    return {label.feature: label for label in found}


def texts_of(library: Path, characters: int) -> dict[str, int]:
    """What each document looks like when it is shown → its row."""
    with Library.open(library) as opened:
        rows = opened.documents.many(range(len(opened.documents)))
    return {cut(row.title, row.text, characters): row.row for row in rows}


def test_names_and_scores_come_out_right(library: Path, model: ChatService) -> None:
    done = name(library, model)
    assert (done.named, done.failed, done.stopped, done.left) == (8, (), "", 0)
    found = labels(library)
    assert [found[feature].text for feature in PLANTED] == list(PHRASES)
    rows = texts_of(library, 800)
    with Library.open(library) as opened:
        codes = planted_library.dense(opened).codes
    for feature, label in found.items():
        asked = [body for body in model.predictions if f": {label.text}" in words_of(body)]
        pairs = [(rows[text], prediction(body, text)) for body in asked for _, text in shown(body)]
        assert len(pairs) == len({row for row, _ in pairs}) == label.tests >= 15
        truth = np.array([codes[row, feature] > 0 for row, _ in pairs])
        said = np.array([value for _, value in pairs])
        assert label.pearson == pytest.approx(np.corrcoef(said, truth)[0, 1], abs=1e-4)
        hits = (truth & (said > 0)).sum()
        precision, recall = hits / (said > 0).sum(), hits / truth.sum()
        assert label.f1 == pytest.approx(2 * precision * recall / (precision + recall), abs=1e-4)
        assert all(held_out(np.array([row]))[0] for row, _ in pairs)
        assert label.source == "llm: scripted"
        assert label.prompt == prompts.version() == done.prompt
        assert label.examples == 10
        assert "in common" in label.reasoning
        assert label.detection is not None
        assert label.detection.judge
    assert done.median_pearson == pytest.approx(np.median([label.pearson or 0 for label in found.values()]))
    assert sum(done.grades.values()) == 8
    assert (done.tokens_in, done.tokens_out) == (model.tokens_in, model.tokens_out)
    assert done.money == 0


def test_the_default_protocol_shows_ten_and_five_and_tests_ten_and_ten(
    library: Path, model: ChatService
) -> None:
    name(library, model)
    rows = texts_of(library, 800)
    assert len(model.interpretations) == 8
    assert len(model.predictions) == 16
    for body in model.interpretations:
        values = [value for value, _ in shown(body)]
        assert [value is not None for value in values] == [True] * 10 + [False] * 5
        strengths = [value for value in values if value is not None]
        assert strengths == sorted(strengths, reverse=True)
        assert not held_out(np.array([rows[text] for _, text in shown(body)])).any()
        assert body["temperature"] == 0
    assert all(len(shown(body)) == 10 for body in model.predictions)


def test_the_papers_protocol_is_followed_to_the_number(library: Path, model: ChatService) -> None:
    name(library, model, protocol="paper", test_model="scripted-small")
    rows = texts_of(library, 4000)
    with Library.open(library) as opened:
        codes = planted_library.dense(opened).codes
    assert len(model.interpretations) == 8
    assert len(model.predictions) == 48
    assert {body["model"] for body in model.predictions} == {"scripted-small"}
    assert all(len(shown(body)) == 1 for body in model.predictions)
    for body in model.interpretations:
        firing = [(value, rows[text]) for value, text in shown(body) if value is not None]
        silent = [rows[text] for value, text in shown(body) if value is None]
        feature = PHRASES.index(model.named(body))
        usable = [row for row in np.argsort(-codes[:, feature], kind="stable") if not held_out(row)]
        assert [row for _, row in firing] == usable[:5], "the five strongest"
        assert [value for value, _ in firing] == [round(codes[row, feature], 3) for row in usable[:5]]
        assert len(silent) == 5
        assert (codes[silent, feature] == 0).all()
    for feature, label in labels(library).items():
        tested = [
            rows[shown(body)[0][1]] for body in model.predictions if f": {label.text}" in words_of(body)
        ]
        fires = codes[tested, feature] > 0
        assert (label.tests, fires.sum(), (~fires).sum()) == (6, 3, 3)
        order = np.argsort(-codes[:, feature], kind="stable").tolist()
        weakest_shown = [row for row in order if not held_out(np.array(row))][4]
        after = [row for row in order[order.index(weakest_shown) :] if held_out(np.array(row))]
        assert {row for row, fire in zip(tested, fires, strict=True) if fire} == set(after[:3])


def test_nothing_but_the_shown_texts_is_ever_sent(library: Path, model: ChatService) -> None:
    model.order(status=500)
    model.say = lambda body, answer: "no idea" if len(model.seen) == 3 else answer
    name(library, model, domain="made-up things")
    rows = texts_of(library, 800)
    with Library.open(library) as opened:
        sensitive = [opened.documents.get(0).id, str(library), 'number": 0']
    allowed = {"model", "messages", "temperature", "max_tokens"}
    for body in model.seen:
        assert set(body) == allowed
        texts = shown(body)
        assert texts
        assert all(text in rows for _, text in texts)
        frame = words_of(body)
        for _, text in texts:
            frame = frame.replace(text, "")
        # What is left is the prompts' own: the same for all features but for name, numbers and domain.
        own = (
            words_of({"messages": prompts.interpret("made-up things", [], [])})
            + words_of({"messages": prompts.predict("made-up things", "", ["", ""])})
            + words_of({"messages": prompts.predict("made-up things", "", [""])})
        )
        own += words_of({"messages": prompts.reminded([], "name") + prompts.reminded([], "many")})
        for word in set(frame.replace("<", " ").replace(">", " ").split()):
            told = (
                any(c.isdigit() for c in word) or word in own or word in " ".join(PHRASES) or word == "text"
            )
            assert told or word.startswith(("number=", "activation=")), word
        assert not any(secret in frame for secret in sensitive)


def test_the_first_request_is_shown_exactly(library: Path, model: ChatService) -> None:
    first = first_request(library, NAME, settings(model, in_flight=1))
    assert model.seen == []
    name(library, model, in_flight=1)
    assert first["body"] == model.seen[0]
    assert first["url"] == f"{model.url}/chat/completions"


def test_features_that_matter_most_come_first(library: Path, model: ChatService) -> None:
    name(library, model, in_flight=1, features=None)
    with Library.open(library) as opened:
        codes = planted_library.dense(opened).codes
    rows = texts_of(library, 800)
    impact = codes.sum(axis=0)
    strongest = []
    for body in model.interpretations:
        value, text = shown(body)[0]
        strongest.append(int(np.argmin(np.abs(codes[rows[text]] - (value or 0)))))
    assert impact[strongest].tolist() == sorted(impact[strongest].tolist(), reverse=True)
    assert len(strongest) == int((impact > 0).sum())


def test_the_estimate_is_near_what_is_spent(library: Path, model: ChatService) -> None:
    plan = plan_llm(library, NAME, settings(model), Progress())
    assert model.seen == []
    done = name(library, model)
    assert plan.requests == len(model.seen)
    assert plan.tokens_in == pytest.approx(done.tokens_in, rel=0.1)
    assert (plan.features, plan.done, plan.money, plan.local, plan.permitted) == (8, 0, 0, True, True)
    again = plan_llm(library, NAME, settings(model), Progress())
    assert (again.features, again.done, again.requests, again.seconds) == (0, 8, 0, 0)
    wide = plan_llm(library, NAME, settings(model, features=None), Progress())
    assert wide.measured
    assert wide.done == 8


def test_resuming_pays_nothing_twice(library: Path, model: ChatService) -> None:
    progress = Progress(lambda update: progress.cancel() if update.done == 3 else None)
    with pytest.raises(Cancelled):
        name(library, model, progress=progress, in_flight=2)
    before = dict(model.paid)
    assert 3 <= len(labels(library)) < 8
    done = name(library, model)
    assert done.named + done.done == 8
    assert len(labels(library)) == 8
    answered_twice = [question for question, count in model.paid.items() if count > 1]
    cut_off = 2  # requests under way when it was cancelled are paid for by the service, unseen
    assert len(answered_twice) <= cut_off
    assert before
    paid = sum(model.paid.values())
    name(library, model)
    assert sum(model.paid.values()) == paid
    assert all(label.detection for label in labels(library).values())


def test_a_torn_journal_is_read_up_to_the_tear(library: Path, model: ChatService) -> None:
    name(library, model, features=(0, 1))
    journal = library / "saes" / NAME / JOURNAL_FILE
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-40] + b"\xff{")
    (library / "saes" / NAME / LLM_FILE).unlink()
    asked = len(model.seen)
    done = name(library, model, features=(0, 1))
    assert done.done + done.named == 2
    assert len(model.seen) == asked, "the answers were whole; only the line of a label was torn"
    assert len(labels(library)) == 2
    assert json.loads(journal.read_bytes().splitlines()[-1])


@pytest.mark.parametrize("limit", [3_000, 9_000, 20_000])
def test_a_cap_in_tokens_is_never_broken(library: Path, model: ChatService, limit: int) -> None:
    done = name(library, model, budget_tokens=limit)
    assert "budget" in done.stopped
    assert model.tokens_in + model.tokens_out == done.tokens_in + done.tokens_out <= limit
    assert done.named + done.left == 8
    assert done.left > 0
    rest = name(library, model, budget_tokens=10**6)
    assert rest.done == done.named
    assert rest.named == done.left
    assert set(model.paid.values()) == {1}


def test_a_cap_in_money_is_never_broken(library: Path, model: ChatService) -> None:
    done = name(library, model, budget=0.01, price_in=1.0, price_out=4.0)
    assert done.money is not None
    assert done.money == pytest.approx((model.tokens_in + 4 * model.tokens_out) / 1e6)
    assert 0.005 < done.money <= 0.01
    assert "$0.01" in done.stopped


def test_a_cap_holds_though_the_service_ignores_limits(library: Path, model: ChatService) -> None:
    def boast(body: dict[str, Any], answer: str) -> str:
        return "word " * 4000 + "\n" + answer

    model.say = boast
    limit = 30_000
    done = name(library, model, budget_tokens=limit, in_flight=4)
    one = max(len(words_of(body)) // 4 for body in model.seen) + 5100
    assert done.tokens_in + done.tokens_out <= limit + one
    assert done.stopped


def test_four_are_under_way(library: Path, model: ChatService) -> None:
    first, gate = threading.Event(), threading.Event()
    model.order(hold=first)
    for _ in range(6):
        model.order(hold=gate)
    worker = threading.Thread(target=name, args=(library, model))
    worker.start()
    assert model.holding.wait(20)
    time.sleep(0.3)
    assert model.at_once == 1, "what the first request teaches, the others need not learn"
    first.set()
    until = time.monotonic() + 20
    while model.at_once < 4 and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.2)
    assert model.at_once == 4
    gate.set()
    worker.join(30)
    assert len(labels(library)) == 8


def test_one_at_a_time_when_asked(library: Path, model: ChatService) -> None:
    name(library, model, in_flight=1)
    assert model.at_once == 1


def test_cancel_is_heard_at_once(library: Path, model: ChatService) -> None:
    model.hold_after = 6
    progress = Progress()
    ended: list[float] = []

    def work() -> None:
        with pytest.raises(Cancelled):
            name(library, model, progress=progress)
        ended.append(time.monotonic())

    worker = threading.Thread(target=work)
    worker.start()
    assert model.holding.wait(30)
    time.sleep(0.05)
    began = time.monotonic()
    progress.cancel()
    worker.join(20)
    assert ended[0] - began < 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("naming", "online"))]
    model.released.set()


def test_pause_sends_nothing_until_it_is_lifted(library: Path, model: ChatService) -> None:
    costs: list[str] = []
    progress = Progress(lambda update: costs.append(update.cost))
    model.say = lambda body, answer: (progress.pause() if len(model.seen) == 5 else None, answer)[1]
    result: list[LlmReport] = []
    worker = threading.Thread(target=lambda: result.append(name(library, model, progress=progress)))
    worker.start()
    deadline = time.monotonic() + 30
    while not progress.resting:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.7)
    sent = len(model.seen)
    assert sent <= 5 + 4, "those under way are finished"
    time.sleep(0.7)
    assert len(model.seen) == sent
    progress.resume()
    worker.join(60)
    assert result[0].named == 8
    assert any("tokens" in cost for cost in costs)


def test_two_at_once_are_refused(library: Path, model: ChatService) -> None:
    model.hold_after = 2
    progress = Progress()

    def work() -> None:
        with pytest.raises(Cancelled):
            name(library, model, progress=progress)

    worker = threading.Thread(target=work)
    worker.start()
    assert model.holding.wait(30)
    with pytest.raises(UserError, match="another program"):
        name(library, model)
    progress.cancel()
    worker.join(20)
    model.released.set()


def test_the_other_models_names_stay(library: Path, model: ChatService) -> None:
    name(library, model, features=(0, 1))
    other = LlmSettings(model="other", base_url=model.url, features=(1, 2))
    name_by_llm(library, NAME, other, Progress(), patience=HASTE)
    found = load_labels(library / "saes" / NAME, planted_library.FEATURES, LLM_FILE)
    assert sorted((label.feature, label.source) for label in found) == [
        (0, "llm: scripted"),
        (1, "llm: other"),
        (1, "llm: scripted"),
        (2, "llm: other"),
    ]
    assert is_interpretation(model.seen[0])
