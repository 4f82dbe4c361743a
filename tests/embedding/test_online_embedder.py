"""The online embedder against a real service on this computer that misbehaves on order."""

from __future__ import annotations

import logging
import socket
import threading
import time
from typing import Any

import numpy as np
import pytest

from saerch_desktop.embedding.base import EmbeddingPart
from saerch_desktop.embedding.online.embedder import OnlineEmbedder
from saerch_desktop.embedding.online.endpoint import endpoint_at
from saerch_desktop.embedding.online.sender import Patience
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress

HASTE = Patience(tries=4, first_wait_s=0.001, longest_wait_s=0.01, timeout_s=20)


def open_at(url: str, patience: Patience = HASTE, **more: Any) -> OnlineEmbedder:
    return OnlineEmbedder("model-x", endpoint_at(url), patience=patience, **more)


def expected(service: Any, texts: list[str]) -> np.ndarray:
    return np.stack([service.vector(text) for text in texts])


def numbered(reply: dict[str, Any], index: int | None) -> dict[str, Any]:
    return {"data": [{**item, "index": index} for item in reply["data"]]}


@pytest.mark.parametrize("base64", [True, False])
def test_vectors_are_those_of_the_service_at_unit_length(service: Any, base64: bool) -> None:
    service.base64 = base64
    texts = [f"text {at}" for at in range(100)]
    embedder = open_at(service.url)
    batch = embedder.embed(texts)
    np.testing.assert_allclose(batch.vectors, expected(service, texts), atol=1e-6)
    assert batch.failed == {}
    assert embedder.identity.spec == "openai:model-x"
    assert embedder.identity.dim == service.dim
    assert embedder.tokens_spent == service.tokens
    assert [len(body["input"]) for body in service.seen] == [32, 64, 4]
    assert set(service.keys) == {"Bearer none"}


def test_the_environments_key_is_sent(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    open_at(service.url).embed(["a"])
    assert service.keys == ["Bearer sk-of-the-environment"]


def test_identity_asks_once_for_an_unknown_model(service: Any) -> None:
    embedder = open_at(service.url)
    assert embedder.identity.dim == embedder.identity.dim == service.dim
    assert len(service.seen) == 1


def test_vectors_out_of_order_are_put_in_order(service: Any) -> None:
    service.order(mangle=lambda reply: {**reply, "data": reply["data"][::-1]})
    texts = ["a", "b", "c"]
    np.testing.assert_allclose(open_at(service.url).embed(texts).vectors, expected(service, texts), atol=1e-6)


@pytest.mark.parametrize(
    "fault",
    [{"status": 429}, {"status": 500}, {"status": 503}, {"status": 408}, {"hang_up": True}],
)
def test_passing_trouble_is_waited_out(service: Any, fault: dict[str, Any]) -> None:
    for _ in range(3):
        service.order(**fault)
    batch = open_at(service.url).embed(["a", "b"])
    np.testing.assert_allclose(batch.vectors, expected(service, ["a", "b"]), atol=1e-6)
    assert len(service.seen) == 4


def test_a_wait_that_the_service_asks_for_is_kept(service: Any) -> None:
    service.order(status=429, headers={"Retry-After": "1"})
    began = time.monotonic()
    notes: list[str] = []
    for _ in open_at(service.url).parts(["a"], Progress(), notes.append):
        pass
    assert time.monotonic() - began >= 1
    assert any("next try in" in note for note in notes)


def test_a_wait_of_hours_is_told_instead_of_kept(service: Any) -> None:
    service.order(status=429, headers={"Retry-After": "7200"})
    with pytest.raises(UserError, match="slow down"):
        open_at(service.url).embed(["a"])
    assert len(service.seen) == 1


@pytest.mark.parametrize(
    ("fault", "words", "requests"),
    [
        ({"status": 401, "message": "bad key"}, "does not accept the key", 1),
        ({"status": 403}, "does not allow this key", 1),
        ({"status": 404}, "does not know the model 'model-x'", 1),
        ({"status": 429, "code": "insufficient_quota"}, "no credit left", 1),
        ({"status": 402}, "no credit left", 1),
        ({"status": 429}, "slow down", 4),
        ({"status": 500}, "error of its own", 4),
        ({"status": 307, "headers": {"Location": "http://192.0.2.1/v1/embeddings"}}, "another address", 1),
        ({"status": 418}, "refuses the request", 1),
        ({"hang_up": True}, "broke off", 4),
        ({"raw": b"<html>hello</html>"}, "does not answer as an embedding service", 2),
        ({"mangle": lambda reply: {**reply, "data": reply["data"][:-1]}}, "2 texts with 1 vectors", 2),
        ({"mangle": lambda reply: {**reply, "data": "none"}}, "does not answer as", 2),
        ({"mangle": lambda reply: numbered(reply, 0)}, "which text", 2),
        ({"mangle": lambda reply: numbered(reply, None)}, "which text", 2),
    ],
)  # fmt: skip
def test_lasting_trouble_is_told_in_its_own_words(
    service: Any, fault: dict[str, Any], words: str, requests: int
) -> None:
    for _ in range(10):
        service.order(**fault)
    with pytest.raises(UserError, match=words) as caught:
        open_at(service.url).embed(["a", "b"])
    assert len(service.seen) == requests
    assert "kept" in caught.value.meaning


def test_nobody_at_the_address() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        with pytest.raises(UserError, match="cannot be reached") as caught:
            open_at(f"http://127.0.0.1:{reserved.getsockname()[1]}/v1").embed(["a"])
    assert "Start the program" in caught.value.remedy


def test_a_name_that_does_not_exist() -> None:
    endpoint = endpoint_at("http://localhost.invalid/v1")
    endpoint.require_permission(True)
    with pytest.raises(UserError, match="unknown to the network"):
        OnlineEmbedder("m", endpoint, patience=HASTE).embed(["a"])


@pytest.fixture(autouse=True)
def some_key(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.name == "test_a_name_that_does_not_exist":
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")


def test_a_secure_address_that_does_not_speak_tls(service: Any) -> None:
    with pytest.raises(UserError, match="secure connection"):
        open_at(service.url.replace("http:", "https:")).embed(["a"])


def test_one_bad_text_is_found_and_the_others_are_served(service: Any) -> None:
    texts = [f"text {at}" for at in range(32)]
    service.reject = lambda text: "this text is not allowed" if text == "text 13" else None
    batch = open_at(service.url).embed(texts)
    assert list(batch.failed) == [13]
    assert "this text is not allowed" in batch.failed[13]
    assert np.isnan(batch.vectors[13]).all()
    rest = [text for text in texts if text != "text 13"]
    np.testing.assert_allclose(np.delete(batch.vectors, 13, axis=0), expected(service, rest), atol=1e-6)
    assert set(service.paid.values()) == {1}
    assert set(service.paid) == set(rest)


def test_a_service_that_rejects_everything_is_told(service: Any) -> None:
    service.reject = lambda text: "never heard of embeddings"
    with pytest.raises(UserError, match=r"rejects the texts.*never heard"):
        open_at(service.url).embed([f"text {at}" for at in range(40)])
    assert len(service.seen) < 20


def test_texts_too_long_for_the_model_are_shortened_until_they_fit(service: Any) -> None:
    service.reject = lambda text: "maximum context length is 500" if len(text) > 500 else None
    texts = ["word " * 300, "short", "other " * 200]
    batch = open_at(service.url).embed(texts)
    assert batch.failed == {}
    assert np.isfinite(batch.vectors).all()
    assert all(text.startswith(("word word", "short", "other other")) for text in service.paid)


@pytest.mark.parametrize("value", [0.0, float("nan"), float("inf")])
@pytest.mark.parametrize("base64", [True, False])
def test_unusable_vectors_fail_alone(service: Any, value: float, base64: bool) -> None:
    service.base64 = base64
    service.special = {"bad": [value] * service.dim}
    batch = open_at(service.url).embed(["good", "bad", "fine"])
    assert list(batch.failed) == [1]
    assert np.isnan(batch.vectors[1]).all()
    np.testing.assert_allclose(batch.vectors[[0, 2]], expected(service, ["good", "fine"]), atol=1e-6)


def test_other_dimension_than_the_librarys_is_refused(service: Any) -> None:
    with pytest.raises(UserError, match="8 numbers where 16 are expected"):
        open_at(service.url, dim=16).embed(["a"])


def test_vectors_of_uneven_length_are_refused(service: Any) -> None:
    service.special = {"b": [1.0, 2.0]}
    with pytest.raises(UserError, match="differ in length"):
        open_at(service.url).embed(["a", "b"])


def test_empty_texts_fail_without_a_request(service: Any) -> None:
    batch = open_at(service.url, dim=8).embed(["", " \n"])
    assert batch.failed == {0: "the text is empty", 1: "the text is empty"}
    assert service.seen == []


def test_a_senseless_reply_once_is_asked_again(service: Any) -> None:
    service.order(raw=b"{}")
    assert open_at(service.url).embed(["a"]).failed == {}


def test_the_budget_holds_and_says_what_is_kept(service: Any) -> None:
    texts = [f"some words about number {at}" for at in range(200)]
    embedder = open_at(service.url, budget_tokens=300)
    parts: list[EmbeddingPart] = []
    with pytest.raises(UserError, match="budget of 300 tokens") as caught:
        parts.extend(embedder.parts(texts, Progress()))
    assert service.tokens == embedder.tokens_spent == sum(part.tokens for part in parts) <= 300
    assert service.tokens > 200
    assert "kept" in caught.value.meaning
    assert "new budget" in caught.value.remedy


def test_without_a_count_from_the_service_the_estimate_is_spent(service: Any) -> None:
    service.usage = False
    embedder = open_at(service.url, budget_tokens=100)
    with pytest.raises(UserError, match="budget"):
        embedder.embed(["twenty letters here."] * 50)
    assert 80 <= embedder.tokens_spent <= 100


def test_requests_with_an_unknown_end_count_as_paid(service: Any) -> None:
    for _ in range(3):
        service.order(hang_up=True)
    embedder = open_at(service.url)
    embedder.embed(["abcd" * 10])
    assert embedder.tokens_spent == 3 * 20 + 10


@pytest.mark.parametrize("where", ["in flight", "waiting"])
def test_cancel_is_heard_at_once(service: Any, where: str) -> None:
    gate = threading.Event()
    if where == "in flight":
        service.order(hold=gate)
    else:
        service.order(status=429, headers={"Retry-After": "60"})
    progress = Progress()
    heard = threading.Event()
    ended: list[float] = []

    def note(words: str) -> None:
        if where == "in flight" or "next try" in words:
            heard.set()

    def work() -> None:
        with pytest.raises(Cancelled):
            list(open_at(service.url).parts(["a"], progress, note))
        ended.append(time.monotonic())

    before = set(threading.enumerate())
    worker = threading.Thread(target=work)
    worker.start()
    assert heard.wait(10)
    cancelled = time.monotonic()
    progress.cancel()
    worker.join(10)
    assert ended[0] - cancelled < 1
    left = [thread.name for thread in set(threading.enumerate()) - before]
    gate.set()
    assert not [name for name in left if name.startswith("online")]


def test_a_time_limit_is_kept(service: Any) -> None:
    gate = threading.Event()
    for _ in range(2):
        service.order(hold=gate)
    with pytest.raises(UserError, match="did not answer in time"):
        open_at(service.url, Patience(tries=2, first_wait_s=0.001, timeout_s=0.2)).embed(["a"])
    gate.set()


def test_a_service_that_comes_back_is_waited_for(service: Any) -> None:
    embedder = open_at(service.url)
    embedder.embed(["first"])
    assert embedder._proven
    for _ in range(3):
        service.order(hang_up=True)
    assert embedder.embed(["second"]).failed == {}


def test_neither_key_nor_texts_reach_the_log(
    service: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    for _ in range(10):
        service.order(status=401, message="wrong")
    with caplog.at_level(logging.INFO), pytest.raises(UserError) as caught:
        open_at(service.url).embed(["a private text"])
    assert "sk-very-secret" not in caplog.text + str(caught.value)
    assert "a private text" not in caplog.text


def test_a_shortened_openai_model_is_asked_for_its_length(service: Any) -> None:
    embedder = OnlineEmbedder("text-embedding-3-small", endpoint_at(service.url), dim=8, patience=HASTE)
    embedder.embed(["a"])
    assert service.seen[0]["dimensions"] == 8
