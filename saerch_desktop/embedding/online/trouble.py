"""What went wrong with a request: whether waiting may mend it, and in which words the user is told."""

from __future__ import annotations

import email.utils
import errno
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from saerch_desktop.embedding.online.endpoint import Endpoint
from saerch_desktop.embedding.online.purpose import EMBEDDING, Purpose
from saerch_desktop.embedding.online.replies import BadReplyError
from saerch_desktop.errors import UserError
from saerch_desktop.network import NotPermittedError

Kind = Literal[
    "network", "connect", "name", "proxy", "tls", "lost", "slow", "key", "forbidden", "model", "rate",
    "quota", "refused", "server", "redirect", "reply", "other",
]  # fmt: skip
_TEMPORARY: frozenset[Kind] = frozenset(
    {"network", "connect", "name", "lost", "slow", "rate", "server", "reply"}
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One failed try. `paid`: the service may have counted the request although no answer came."""

    kind: Kind
    detail: str
    paid: bool = False
    retry_after_s: float | None = None

    @property
    def temporary(self) -> bool:
        return self.kind in _TEMPORARY


class ServiceTroubleError(UserError):
    """Trouble in the user's words that still tells its kind."""

    def __init__(self, kind: Kind, happened: str, meaning: str, remedy: str) -> None:
        super().__init__(happened, meaning, remedy)
        self.kind = kind


def diagnose(error: Exception) -> Trouble:
    """Sort an exception of the `openai` package (or of our check of its reply) into a kind of trouble."""
    import openai

    if isinstance(error, BadReplyError):
        return Trouble("reply", str(error), paid=True)
    if isinstance(error, openai.APIStatusError):
        return _from_status(error)
    if isinstance(error, openai.APIConnectionError):
        return _from_connection(error, timed_out=isinstance(error, openai.APITimeoutError))
    return Trouble("reply", f"its answer could not be read ({type(error).__name__})", paid=True)


def refusal_in(error: BaseException) -> NotPermittedError | None:
    """The refusal of the network behind an exception of the `openai` package, if that is what it is."""
    return next((cause for cause in _causes(error) if isinstance(cause, NotPermittedError)), None)


def _from_connection(error: Exception, timed_out: bool) -> Trouble:
    chain = list(_causes(error))
    text = " / ".join(str(cause) for cause in chain[1:] if str(cause))[:300]
    names = {type(cause).__name__ for cause in chain}
    if any(isinstance(cause, ssl.SSLError) for cause in chain) or "CERTIFICATE_VERIFY" in text:
        return Trouble("tls", text)
    if "ProxyError" in names:
        return Trouble("proxy", text)
    numbers = {cause.errno for cause in chain if isinstance(cause, OSError)}
    if numbers & {errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL}:
        return Trouble("network", text)
    lookups = {cause.errno for cause in chain if isinstance(cause, socket.gaierror)}
    if lookups == {socket.EAI_AGAIN}:  # nobody is there to be asked for names
        return Trouble("network", text)
    if lookups or "getaddrinfo" in text:
        return Trouble("name", text)
    if names & {"ConnectError", "ConnectTimeout", "ConnectionRefusedError"}:
        return Trouble("connect", text)
    return Trouble("slow" if timed_out else "lost", text, paid=True)


def _from_status(error: Exception) -> Trouble:
    status = int(getattr(error, "status_code", 0))
    code = str(getattr(error, "code", None) or getattr(error, "type", None) or "")
    detail = _message(error)
    wait = _retry_after(getattr(getattr(error, "response", None), "headers", {}))
    if status == 401:
        return Trouble("key", detail)
    if status == 403:
        return Trouble("forbidden", detail)
    if status == 407:
        return Trouble("proxy", detail)
    if status == 404:
        return Trouble("model", detail)
    if status == 402 or (status == 429 and code in ("insufficient_quota", "billing_hard_limit_reached")):
        return Trouble("quota", detail)
    if status in (408, 409, 425, 429):
        return Trouble("rate", detail, retry_after_s=wait)
    if status in (400, 413, 422):
        return Trouble("refused", detail)
    if status >= 500:
        return Trouble("server", f"{status} {detail}".strip(), retry_after_s=wait)
    return Trouble("redirect" if 300 <= status < 400 else "other", f"{status} {detail}".strip())


def explain(
    trouble: Trouble, endpoint: Endpoint, model: str, purpose: Purpose = EMBEDDING
) -> ServiceTroubleError:
    """The user's words for trouble that is final or that no retry could mend."""
    host, said = endpoint.host, f" (It says: {trouble.detail})" if trouble.detail else ""
    start = "Start the program that serves the model, and check its address." if endpoint.loopback else ""
    happened, remedy = {
        "network": (
            f"This computer has no connection by which {host} could be reached.",
            start or "Connect it to the network, then run the job again; it continues where it stopped.",
        ),
        "proxy": (
            f"The proxy on the way to {host} does not let the request through.{said}",
            "Check the proxy in Settings ▸ Network or in the variable HTTPS_PROXY.",
        ),
        "connect": (
            f"{endpoint.base_url} cannot be reached: nothing answers there.",
            start or "Check the address; the service may be down. Then run the job again.",
        ),
        "name": (
            f"The name {host} is unknown to the network.",
            "Check the internet connection and the spelling of the address, then run the job again.",
        ),
        "tls": (
            f"The secure connection to {host} failed: its certificate is not trusted.{said}",
            "Check the computer's clock. If your network inspects traffic, name its certificates in "
            "Settings ▸ Network.",
        ),
        "lost": (
            f"{host} broke off the connection several times.",
            "Run the job again later; it continues where it stopped.",
        ),
        "slow": (
            f"{host} did not answer in time.",
            "Run the job again later; it continues where it stopped.",
        ),
        "key": (
            f"{host} does not accept the key.{said}",
            "Check the key in Settings ▸ Services and keys, or in the variable OPENAI_API_KEY.",
        ),
        "forbidden": (
            f"{host} does not allow this key to use {model!r}.{said}",
            "Give the key that permission at the service, or choose another model.",
        ),
        "model": (
            f"{host} does not know the model {model!r}.{said}",
            "Check the model's name and the address (it usually ends in /v1).",
        ),
        "rate": (
            f"{host} still asks to slow down after several tries.{said}",
            "Wait some minutes and run the job again; it continues where it stopped.",
        ),
        "quota": (
            f"The account at {host} has no credit left.{said}",
            "Add credit at the service, then run the job again; it continues where it stopped.",
        ),
        "refused": (f"{host} rejects the texts.{said}", purpose.fit),
        "server": (
            f"{host} reports an error of its own: {trouble.detail}.",
            "Run the job again later; it continues where it stopped.",
        ),
        "redirect": (
            f"{host} sends requests on to another address, which is not followed.{said}",
            "Give the final address itself.",
        ),
        "reply": (
            f"{host} does not answer as {purpose.service}: {trouble.detail}.",
            "Check the model and the address; the service may be broken or of another kind.",
        ),
        "other": (
            f"{host} refuses the request: {trouble.detail}.",
            "Check the address, the model and the key.",
        ),
    }[trouble.kind]
    return ServiceTroubleError(trouble.kind, happened, purpose.kept, remedy)


def _message(error: Exception) -> str:
    body = getattr(error, "body", None)
    said = body.get("message") if isinstance(body, dict) else None
    if not isinstance(said, str):
        said = str(getattr(error, "message", ""))
    return " ".join(said.split())[:300]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _retry_after(headers: object) -> float | None:
    get = getattr(headers, "get", None)
    if get is None:
        return None
    try:
        if milliseconds := get("retry-after-ms"):
            return max(0.0, float(milliseconds) / 1000)
        value = get("retry-after")
        if value is None:
            return None
        try:
            return max(0.0, float(value))
        except ValueError:
            when = email.utils.parsedate_to_datetime(value).timestamp()
            return max(0.0, when - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
