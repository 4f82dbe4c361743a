from __future__ import annotations

from collections.abc import Iterator

import keyring
import keyring.backend
import keyring.errors
import pytest

from saerch_desktop import secrets


class Ring(keyring.backend.KeyringBackend):
    """A keyring of the real interface that keeps its passwords in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Locked(Ring):
    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.KeyringLocked("locked: sk-secret-in-the-error")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.KeyringLocked(f"locked: {password}")

    def delete_password(self, service: str, username: str) -> None:
        raise keyring.errors.KeyringLocked("locked")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = keyring.get_keyring()
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(secrets, "_memory", {})
    monkeypatch.setattr(secrets, "_warning", None)
    yield
    keyring.set_keyring(before)


@pytest.fixture
def ring() -> Ring:
    backend = Ring()
    keyring.set_keyring(backend)
    return backend


def test_a_key_lives_in_the_keyring_under_our_name(ring: Ring) -> None:
    assert secrets.set_key("openai", " sk-abc ") is None
    assert ring.kept == {("saerch-desktop", "openai"): "sk-abc"}
    assert secrets.get_key("openai") == "sk-abc"
    assert secrets.get_key("other") is None
    assert secrets.warning() is None
    secrets.delete_key("openai")
    assert ring.kept == {}
    secrets.delete_key("openai")


def test_setting_nothing_forgets_the_key(ring: Ring) -> None:
    secrets.set_key("openai", "sk-abc")
    secrets.set_key("openai", "  ")
    assert ring.kept == {}


def test_the_environment_comes_first(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets.set_key("openai", "sk-kept")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    assert secrets.get_key("openai") == "sk-environment"
    monkeypatch.setenv("OPENAI_API_KEY", " ")
    assert secrets.get_key("openai") == "sk-kept"


@pytest.mark.parametrize("backend", ["null", "fail", "locked"])
def test_without_a_keyring_keys_last_until_the_program_ends_and_a_warning_says_so(
    backend: str, caplog: pytest.LogCaptureFixture
) -> None:
    import keyring.backends.fail
    import keyring.backends.null

    chosen = {"null": keyring.backends.null.Keyring, "fail": keyring.backends.fail.Keyring, "locked": Locked}
    keyring.set_keyring(chosen[backend]())
    with caplog.at_level("DEBUG"):
        warning = secrets.set_key("openai", "sk-secret")
        assert secrets.get_key("openai") == "sk-secret"
    assert warning is not None
    assert "until the program closes" in warning
    assert secrets.warning() == warning
    assert "sk-secret" not in caplog.text
    secrets.delete_key("openai")
    assert secrets.get_key("openai") is None


def test_where_a_key_comes_from_is_told(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    assert secrets.where_kept("openai") == ""
    secrets.set_key("openai", "sk-abc")
    assert secrets.where_kept("openai") == "keyring"
    assert secrets.where_kept("api.example.org") == ""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-env")
    assert secrets.where_kept("openai") == "environment"
    assert secrets.where_kept("api.example.org") == ""


def test_a_key_without_a_keyring_is_told_to_last_for_this_run() -> None:
    keyring.set_keyring(Locked())
    secrets.set_key("api.example.org", "sk-abc")
    assert secrets.where_kept("api.example.org") == "memory"
    assert secrets.where_kept("openai") == ""
