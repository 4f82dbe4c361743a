"""Every request of every client stands in the ledger, without a text of the user."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Any

import pytest

from saerch_desktop import network, network_ledger
from saerch_desktop.embedding.online.embedder import OnlineEmbedder
from saerch_desktop.embedding.online.endpoint import endpoint_at
from saerch_desktop.embedding.online.sender import Patience
from saerch_desktop.embedding.online.trouble import Kind, Trouble, diagnose, explain
from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.settings import change_settings

HASTE = Patience(tries=2, first_wait_s=0.001, longest_wait_s=0.01, timeout_s=20)
STATUSES: tuple[Kind, ...] = ("key", "forbidden", "rate", "quota", "server")


def test_requests_are_written_down_with_their_sizes(service: Any) -> None:
    service.order(status=429, message="slow down, said of SECRETWORD")
    OnlineEmbedder("m", endpoint_at(service.url), dim=service.dim, patience=HASTE).embed(["SECRETWORD " * 50])
    answered, refused = network_ledger.entries()
    assert (refused.status, answered.status) == ("429", "200")
    assert answered.host == "127.0.0.1"
    assert answered.purpose == "Embedding"
    assert answered.sent_bytes > 500
    assert answered.received_bytes > 50
    text = network_ledger.ledger_file().read_text(encoding="utf-8")
    assert "SECRETWORD" not in text


def test_what_never_got_through_is_written_down_too(service: Any) -> None:
    url = service.url
    service.stop()
    with pytest.raises(UserError, match="cannot be reached"):
        OnlineEmbedder("m", endpoint_at(url), patience=HASTE).embed(["a"])
    assert {entry.status for entry in network_ledger.entries()} == {"ConnectError"}


def test_a_key_is_never_written_down(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-verysecret")
    service.order(status=401, message="bad key sk-verysecret")
    with pytest.raises(UserError, match="does not accept the key"):
        OnlineEmbedder("m", endpoint_at(service.url), patience=HASTE).embed(["a"])
    assert "verysecret" not in network_ledger.ledger_file().read_text(encoding="utf-8")


def test_a_client_for_a_host_that_was_not_permitted_is_never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    endpoint = endpoint_at("https://api.example.org/v1")
    with pytest.raises(network.NotPermittedError):
        OnlineEmbedder("m", endpoint, patience=HASTE).embed(["a"])
    assert network_ledger.entries() == ()


def test_a_lock_that_comes_in_between_stops_the_next_request(
    service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the address not this computer's: the same client, told that it is another host."""
    embedder = OnlineEmbedder("m", endpoint_at(service.url), dim=service.dim, patience=HASTE)
    parts = embedder.parts([f"text {at}" for at in range(200)], Progress())
    next(parts)
    monkeypatch.setattr(network, "is_loopback", lambda host: False)
    network.lock_for_this_run()
    with pytest.raises(network.NotPermittedError, match="--offline"):
        next(parts)
    assert len(service.seen) == 1
    assert embedder.tokens_spent > 0
    parts.close()


def _connection_trouble(cause: BaseException) -> str:
    import openai

    wrapped = openai.APIConnectionError(request=None)  # type: ignore[arg-type]
    wrapped.__cause__ = cause
    return explain(diagnose(wrapped), endpoint_at("https://api.example.org/v1"), "m").happened


class ProxyError(Exception):
    """Named as that of the client."""


def test_each_way_to_fail_has_its_own_words() -> None:
    said = [
        _connection_trouble(OSError(errno.ENETUNREACH, "Network is unreachable")),
        _connection_trouble(socket.gaierror(socket.EAI_NONAME, "Name or service not known")),
        _connection_trouble(ssl.SSLCertVerificationError("CERTIFICATE_VERIFY_FAILED")),
        _connection_trouble(ProxyError("407 Proxy Authentication Required")),
        _connection_trouble(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")),
        explain(Trouble("slow", ""), endpoint_at(None), "m").happened,
        *(explain(Trouble(kind, "x"), endpoint_at(None), "m").happened for kind in STATUSES),
    ]
    words = ("no connection", "unknown to the network", "certificate", "proxy", "nothing answers", "in time")
    for sentence, word in zip(said, words, strict=False):
        assert word in sentence
    assert len(set(said)) == len(said)
    assert _connection_trouble(socket.gaierror(socket.EAI_AGAIN, "Temporary failure")) == said[0]


def test_a_proxy_of_the_settings_is_the_way_out_and_looks_names_up_itself(
    service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setattr(service, "path", "http://api.example.org/v1/embeddings")
    change_settings(proxy_mode="manual", proxy_url=f"http://127.0.0.1:{service.port}")
    endpoint = endpoint_at("http://api.example.org/v1")
    endpoint.require_permission(True)
    embedder = OnlineEmbedder("m", endpoint, dim=service.dim, patience=HASTE)
    assert embedder.embed(["a"]).failed == {}
    assert [entry.host for entry in network_ledger.entries()] == ["api.example.org"]
    service.order(status=407, message="who are you")
    with pytest.raises(UserError, match="proxy on the way"):
        embedder.embed(["b"])


def test_this_computer_is_never_asked_by_a_proxy(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    change_settings(proxy_mode="manual", proxy_url="http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    OnlineEmbedder("m", endpoint_at(service.url), dim=service.dim, patience=HASTE).embed(["a"])
    assert service.answered == 1
