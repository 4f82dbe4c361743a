"""Which address is asked, whether that leaves this computer, and with which key."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from saerch_desktop import network, secrets
from saerch_desktop.embedding.online.purpose import EMBEDDING, Purpose
from saerch_desktop.errors import UserError

OPENAI_URL = "https://api.openai.com/v1"
_OPENAI_HOST = "api.openai.com"
_NO_KEY_NEEDED = "none"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that speaks as OpenAI's does. `loopback`: no text leaves this computer."""

    base_url: str
    host: str
    loopback: bool

    @property
    def provider(self) -> str:
        """The name of its key: "openai", or the host for any other service."""
        return "openai" if self.host == _OPENAI_HOST else self.host

    def key(self) -> str:
        """The key to send. UserError when there is none and the endpoint is not on this computer."""
        found = None if self.loopback else secrets.get_key(self.provider)
        found = found or os.environ.get("OPENAI_API_KEY", "").strip()
        if found:
            return found
        if self.loopback:
            return _NO_KEY_NEEDED
        raise UserError(
            f"There is no key for {self.host}.",
            "Nothing was sent.",
            "Give it in Settings ▸ Services and keys, set the environment variable OPENAI_API_KEY, or store "
            f"it in the system's keyring with `keyring set {secrets.SERVICE} {self.provider}`.",
        )

    def require_permission(self, allow_network: bool, purpose: Purpose = EMBEDDING) -> None:
        """UserError unless texts may go to this endpoint."""
        network.permit(self.host, purpose.doing, allowed_for_this_job=allow_network, instead=purpose.instead)


def endpoint_at(base_url: str | None) -> Endpoint:
    """The endpoint at `base_url`, else at OPENAI_BASE_URL, else OpenAI's own. UserError if unusable."""
    url = (base_url or os.environ.get("OPENAI_BASE_URL", "")).strip() or OPENAI_URL
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
        usable = parts.scheme in ("http", "https") and bool(host) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable, host = False, ""
    if not usable:
        raise UserError(
            f"{url!r} is not the address of a service.",
            "Nothing was sent.",
            f"Give it as in {OPENAI_URL} or http://localhost:11434/v1.",
        )
    if "@" in parts.netloc:
        raise UserError(
            "The address of the service contains a user name or password.",
            "Nothing was sent, and the address was not saved.",
            "Give the address without it and put the key in OPENAI_API_KEY or the system's keyring.",
        )
    return Endpoint(url.rstrip("/"), host, network.is_loopback(host))
