"""Keys for online services: from the environment or the system's keyring, never from a file of ours."""

from __future__ import annotations

import logging
import os
import threading
from typing import Literal

Place = Literal["environment", "keyring", "memory", ""]
SERVICE = "saerch-desktop"
_ENVIRONMENT = {"openai": "OPENAI_API_KEY"}
_NO_KEYRING = (
    "This computer offers no keyring, so the key is kept only until the program closes. "
    "Set the environment variable OPENAI_API_KEY to keep it for good."
)
_log = logging.getLogger(__name__)
_lock = threading.Lock()
_memory: dict[str, str] = {}
_warning: str | None = None


def get_key(provider: str) -> str | None:
    """The key of `provider` ("openai" or a host name), or None.

    The provider's environment variable comes first, then the keyring, then what was set without a keyring.
    """
    variable = _ENVIRONMENT.get(provider)
    if variable and (value := os.environ.get(variable, "").strip()):
        return value
    stored: str | None = None
    try:
        import keyring

        stored = keyring.get_password(SERVICE, provider)
    except Exception as error:  # noqa: BLE001  backends raise whatever their system library raises
        _without_keyring(error)
    with _lock:
        return stored or _memory.get(provider)


def where_kept(provider: str) -> Place:
    """Where the key of `provider` comes from; "memory": kept for this run only, "": there is none."""
    variable = _ENVIRONMENT.get(provider)
    if variable and os.environ.get(variable, "").strip():
        return "environment"
    with _lock:
        held = provider in _memory
    try:
        import keyring

        if keyring.get_password(SERVICE, provider):
            return "keyring"
    except Exception as error:  # noqa: BLE001  as above
        _without_keyring(error)
    return "memory" if held else ""


def set_key(provider: str, key: str) -> str | None:
    """Keep the key. Returns None when the keyring took it, else a warning to show: it is kept in memory."""
    key = key.strip()
    if not key:
        delete_key(provider)
        return None
    try:
        import keyring

        keyring.set_password(SERVICE, provider, key)
        if keyring.get_password(SERVICE, provider) != key:
            raise LookupError("the keyring forgot the key at once")
    except Exception as error:  # noqa: BLE001  as above
        with _lock:
            _memory[provider] = key
        return _without_keyring(error)
    with _lock:
        _memory.pop(provider, None)
    return None


def delete_key(provider: str) -> None:
    """Forget the key everywhere but in the environment. Quiet when there is none."""
    with _lock:
        _memory.pop(provider, None)
    try:
        import keyring

        if keyring.get_password(SERVICE, provider) is not None:
            keyring.delete_password(SERVICE, provider)
    except Exception as error:  # noqa: BLE001  as above
        _without_keyring(error)


def warning() -> str | None:
    """Why keys are not kept for good, once that was noticed; for showing beside the key's field."""
    return _warning


def _without_keyring(error: Exception) -> str:
    global _warning
    # Only the kind of the error: its text could quote what was being stored.
    _log.info("No usable keyring: %s", type(error).__name__)
    _warning = _NO_KEYRING
    return _NO_KEYRING
