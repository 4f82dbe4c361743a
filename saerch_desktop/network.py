"""Whether a job may leave this computer, by which way, and in which words it is told that it may not.

Nothing leaves by itself. A command is given the network by its own `--allow-network`. In the window the
settings' lock comes first: while it is on, no job leaves, whatever it was given; while it is off, a job
leaves when the user said yes to it, or when its host is on the list of allowed hosts. `--offline` overrules
it all.
"""

from __future__ import annotations

import ipaddress
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from saerch_desktop.errors import UserError
from saerch_desktop.settings import Settings, load_settings

Reason = Literal["run", "lock", "host"]
State = Literal["locked for this run", "locked", "open"]
_NOTHING = "No text has left this computer."
_guard = threading.Lock()
_locked_for_run = False
_binding: Callable[[], Settings] | None = None
_granted: set[str] = set()


class NotPermittedError(UserError):
    """The network is refused. reason: "run" (--offline), "lock" (the settings' lock) or "host" (the list)."""

    def __init__(self, reason: Reason, happened: str, remedy: str) -> None:
        super().__init__(happened, _NOTHING, remedy)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How a client of HTTP is to connect. trust_env: proxies as the system says; proxy: one address for all;
    ca_file: certificates trusted besides the system's.
    """

    trust_env: bool
    proxy: str | None = None
    ca_file: Path | None = None

    def keywords(self) -> dict[str, Any]:
        """As keyword arguments of an httpx client. UserError when the certificates cannot be read."""
        made: dict[str, Any] = {"trust_env": self.trust_env, "follow_redirects": False}
        if self.proxy is not None:
            made["proxy"] = self.proxy
        if self.ca_file is not None:
            made["verify"] = _context(self.ca_file)
        return made


def lock_for_this_run() -> None:
    """Refuse the network until the program ends, whatever the settings and the jobs say."""
    global _locked_for_run
    _locked_for_run = True


def locked_for_this_run() -> bool:
    return _locked_for_run


def bind_lock(settings: Callable[[], Settings] = load_settings) -> None:
    """From now on the settings' lock overrules what a job was given: the rule of a program with a window.

    settings: what is in force, also where it could not be written; asked from any thread.
    """
    global _binding
    _binding = settings


def lock_in_force() -> bool:
    """Whether every job is refused now, whatever it was given."""
    return _locked_for_run or (_binding is not None and _binding().offline_lock)


def state(settings: Settings | None = None) -> State:
    """What holds when a job is given nothing: for the sign in the window."""
    if _locked_for_run:
        return "locked for this run"
    return "locked" if (settings or _settings()).offline_lock else "open"


def is_loopback(host: str) -> bool:
    """Whether the name or address is this computer itself, known without asking anybody."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback if address.version == 4 else address == ipaddress.IPv6Address("::1")


def permit(host: str, purpose: str, *, allowed_for_this_job: bool, instead: str = "") -> None:
    """Let the program speak to `host` from now on, or raise `NotPermittedError` (a UserError).

    purpose: what for, as the beginning of a sentence ("Embedding"); instead: what works offline ("name them
    offline"); allowed_for_this_job: the user said yes to this job. This computer itself is always permitted.
    """
    host = plain_host(host)
    if not is_loopback(host):
        _require_permission(host, purpose, allowed_for_this_job, f", or {instead}" if instead else "")
    with _guard:
        _granted.add(host)


def require_permitted(host: str) -> None:
    """UserError unless `permit` let the program speak to `host` in this run; asked before every request."""
    host = plain_host(host)
    if is_loopback(host):
        return
    if _locked_for_run:
        raise _offline_run(host, "The job")
    if lock_in_force():
        raise _locked(host, "The job")
    with _guard:
        known = host in _granted
    if not known:
        raise NotPermittedError(
            "host",
            f"{host} was about to be asked without permission.",
            "Allow the network for the job that needs it.",
        )


def client_options(*, loopback: bool = False) -> ClientOptions:
    """The way out by the settings. loopback: for this computer itself, which is never asked by a proxy.

    UserError when the settings name a proxy or certificates that cannot be used.
    """
    if loopback:
        return ClientOptions(trust_env=False)
    settings = _settings()
    ca_file = Path(settings.ca_file).expanduser() if settings.ca_file else None
    if settings.proxy_mode == "manual":
        return ClientOptions(False, checked_proxy(settings.proxy_url or ""), ca_file)
    return ClientOptions(settings.proxy_mode == "system", None, ca_file)


def checked_proxy(address: str) -> str:
    """The address of a proxy as it may be used. UserError when it is none, or holds a password."""
    address = address.strip()
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise UserError(
            "The address of the proxy cannot be used.",
            "Nothing was sent.",
            "Give it as in http://proxy.example.org:3128 in Settings ▸ Network, or follow the system.",
        )
    if "@" in parts.netloc:
        raise UserError(
            "The address of the proxy contains a user name or password.",
            "Nothing was sent, and the address was not saved.",
            "Follow the system's proxy instead, and put the password in the variable HTTPS_PROXY.",
        )
    return address


def plain_host(text: str) -> str:
    """A host's name as it is compared: small letters, no port, no brackets, no final dot; "" for none."""
    text = text.strip()
    try:
        if text.count(":") > 1 and not {"/", "["} & set(text):
            return str(ipaddress.IPv6Address(text))  # without brackets its colons are no port's
        name = urlsplit(text if "://" in text else f"//{text}").hostname
    except ValueError:
        return ""
    return (name or "").rstrip(".").lower()


def _settings() -> Settings:
    return load_settings() if _binding is None else _binding()


def _require_permission(host: str, purpose: str, allowed: bool, instead: str) -> None:
    if _locked_for_run:
        raise _offline_run(host, purpose)
    if allowed and _binding is None:
        return
    settings = _settings()
    if settings.offline_lock:
        raise _locked(host, purpose, instead)
    if not allowed and host not in {plain_host(known) for known in settings.allowed_hosts}:
        raise NotPermittedError(
            "host",
            f"{purpose} needs the network, and {host} is not on your list of allowed hosts.",
            f"Allow it for this job (`--allow-network`), add {host} in Settings ▸ Network{instead}.",
        )


def _locked(host: str, purpose: str, instead: str = "") -> NotPermittedError:
    way = (
        "Switch the offline lock off in Settings ▸ Network"
        if _binding is not None
        else "Allow it for this job (`--allow-network`)"
    )
    return NotPermittedError(
        "lock", f"{purpose} with {host} needs the network, which is switched off.", f"{way}{instead}."
    )


def _offline_run(host: str, purpose: str) -> NotPermittedError:
    return NotPermittedError(
        "run",
        f"{purpose} with {host} needs the network, and the program was started with --offline.",
        "Close the program and start it without --offline.",
    )


def _context(ca_file: Path) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise UserError(
            f"The certificates in {ca_file} cannot be read.",
            "Nothing was sent.",
            "Choose a file of certificates in PEM form in Settings ▸ Network, or none.",
        ) from error
    return context
