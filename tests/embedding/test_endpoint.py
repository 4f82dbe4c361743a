from __future__ import annotations

import pytest

from saerch_desktop import secrets
from saerch_desktop.embedding.online.endpoint import OPENAI_URL, endpoint_at
from saerch_desktop.errors import UserError


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.mark.parametrize(
    "url",
    ["http://localhost:1234/v1", "http://LOCALHOST/v1", "http://127.0.0.1/v1", "http://127.8.9.1:80", "http://[::1]:8/v1"],
)  # fmt: skip
def test_this_computer_needs_no_permission(url: str) -> None:
    endpoint = endpoint_at(url)
    assert endpoint.loopback
    endpoint.require_permission(False)
    assert endpoint.key()


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com/v1",
        "http://127.0.0.1.example.org/v1",
        "http://localhost.example.org/v1",
        "http://192.168.0.10:8080/v1",
        "http://0.0.0.0:8080/v1",
        "http://[::ffff:8.8.8.8]/v1",
        "http://10.127.0.1/v1",
        "http://2130706433.example/v1",
    ],
)
def test_anywhere_else_needs_permission(url: str) -> None:
    endpoint = endpoint_at(url)
    with pytest.raises(UserError, match="needs the network") as caught:
        endpoint.require_permission(False)
    assert "No text has left this computer" in caught.value.meaning
    endpoint.require_permission(True)


@pytest.mark.parametrize(
    "url", ["ftp://host/v1", "host:80", "http://", "http://[::1", "http://h:99999/", "http://a@b/v1"]
)
def test_unusable_addresses_are_refused(url: str) -> None:
    with pytest.raises(UserError):
        endpoint_at(url)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(UserError) as caught:
        endpoint_at("https://user:hunter22@host/v1")
    assert "hunter22" not in str(caught.value)


def test_the_address_comes_from_the_argument_then_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert endpoint_at(None).base_url == OPENAI_URL
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:9/v1/")
    assert endpoint_at(None).base_url == "http://localhost:9/v1"
    assert endpoint_at("http://localhost:8/v1").base_url == "http://localhost:8/v1"


def test_a_missing_key_is_explained() -> None:
    with pytest.raises(UserError, match=r"no key for api\.openai\.com") as caught:
        endpoint_at(None).key()
    assert "OPENAI_API_KEY" in caught.value.remedy


def test_openai_key_in_the_keyring_is_for_openai_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_memory", {"openai": "sk-kept"})
    assert endpoint_at(None).key() == "sk-kept"
    with pytest.raises(UserError):
        endpoint_at("https://elsewhere.example/v1").key()
