"""Every request of every client stands in the ledger, without a text of the user."""

from __future__ import annotations

from typing import Any

import pytest

from saerch_desktop import network, network_ledger
from saerch_desktop.embedding.online.embedder import OnlineEmbedder
from saerch_desktop.embedding.online.endpoint import Endpoint, endpoint_at
from saerch_desktop.embedding.online.sender import Patience
from saerch_desktop.errors import UserError

HASTE = Patience(tries=2, first_wait_s=0.001, longest_wait_s=0.01, timeout_s=20)


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


def test_a_lock_that_comes_in_between_stops_the_next_request(service: Any) -> None:
    """Were the address not this computer's: the same client, told of another host."""
    endpoint = Endpoint(service.url.replace("127.0.0.1", "localhost"), "localhost", True)
    embedder = OnlineEmbedder("m", endpoint, dim=service.dim, patience=HASTE)
    embedder.embed(["a"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "is_loopback", lambda host: False)
        network.lock_for_this_run()
        with pytest.raises(network.NotPermittedError, match="--offline"):
            embedder.embed(["b"])
    assert len(service.seen) == 1
