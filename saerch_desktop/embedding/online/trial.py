"""A service tried without sending it a text: it is asked which models it has, which also proves the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from saerch_desktop.embedding.online.endpoint import Endpoint
from saerch_desktop.embedding.online.purpose import Purpose
from saerch_desktop.embedding.online.replies import BadReplyError
from saerch_desktop.embedding.online.sender import Patience, RequestFailedError, Sender
from saerch_desktop.embedding.online.tokens import TokenBudget
from saerch_desktop.embedding.online.trouble import explain
from saerch_desktop.progress import Progress

TRIAL: Final = Purpose(
    doing="Trying the service",
    instead="use the built-in model, which works offline",
    kept="No text was sent.",
    service="a service of language models",
    fit="Check the address.",
)
_MOST: Final = 1000
_LONGEST: Final = 200
_PATIENCE: Final = Patience(tries=1, timeout_s=20.0, connect_timeout_s=8.0)


@dataclass(frozen=True, slots=True)
class Trial:
    """models: what the service says it has. known: whether the wanted one is among them; None without one."""

    models: tuple[str, ...]
    known: bool | None


def try_service(
    endpoint: Endpoint,
    model: str,
    progress: Progress,
    *,
    allow_network: bool = False,
    patience: Patience | None = None,
) -> Trial:
    """Ask the service for its models. No text is sent, and nothing is to be paid.

    model: the one that is wanted, "" for none. UserError: not permitted, no key, or whatever keeps the
    service from answering, each in its own words. Cancelled.
    """
    endpoint.require_permission(allow_network, TRIAL)

    async def models(client: Any) -> Any:
        return await client.models.list()

    def read(reply: Any) -> tuple[tuple[str, ...], int]:
        listed = getattr(reply, "data", None)
        if not isinstance(listed, list):
            raise BadReplyError("it names no models")
        names = [name for one in listed if isinstance(name := getattr(one, "id", None), str)]
        return tuple(sorted(name[:_LONGEST] for name in names[:_MOST])), 0

    with Sender(endpoint, model, patience or _PATIENCE, TRIAL) as sender:
        try:
            found = sender.ask(models, 0, TokenBudget(None), progress, read)
        except RequestFailedError as error:
            raise explain(error.trouble, endpoint, model, TRIAL) from error
    return Trial(found, (model in found or f"{model}:latest" in found) if model else None)
