"""The one place where a connection is opened: by the settings' way out, with every request in the ledger."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from saerch_desktop import network, network_ledger
from saerch_desktop.embedding.online.endpoint import Endpoint

if TYPE_CHECKING:
    import openai


def open_client(
    endpoint: Endpoint, key: str, purpose: str, timeout_s: float, connect_timeout_s: float
) -> openai.AsyncOpenAI:
    """A client that asks `endpoint` alone, never again by itself, and follows no redirect.

    purpose: the job's name for the ledger. UserError when nobody permitted the host, or when the settings
    name a proxy or certificates that cannot be used.
    """
    import openai

    network.require_permitted(endpoint.host)
    # A redirect or a proxy could carry texts meant for this computer elsewhere.
    options = network.client_options(loopback=endpoint.loopback).keywords()
    return openai.AsyncOpenAI(
        api_key=key,
        base_url=endpoint.base_url,
        max_retries=0,
        timeout=openai.Timeout(timeout_s, connect=connect_timeout_s),
        http_client=_recording_client()(purpose, **options),
    )


@lru_cache(maxsize=1)
def _recording_client() -> Any:
    """The class of our clients; made late, because its base comes with `openai`."""
    import openai

    base: Any = openai.DefaultAsyncHttpxClient

    class RecordingClient(base):  # type: ignore[misc]
        """Writes each request down as it ends, however it ends."""

        def __init__(self, purpose: str, **options: Any) -> None:
            super().__init__(**options)
            self._purpose = purpose

        async def send(self, request: Any, **options: Any) -> Any:
            host = str(request.url.host)
            network.require_permitted(host)
            sent, received, status = 0, 0, "given up"
            try:
                sent = len(request.content)
                response = await super().send(request, **options)
                status = str(int(response.status_code))
                received = int(response.num_bytes_downloaded)
                return response
            except asyncio.CancelledError:
                raise
            except Exception as error:
                status = type(error).__name__  # never its text, which may quote an answer
                raise
            finally:
                network_ledger.record(host, self._purpose, sent, received, status)

    return RecordingClient
