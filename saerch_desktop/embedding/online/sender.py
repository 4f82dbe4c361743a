"""Sends requests one at a time: patient with a service in trouble, and done at once when the user cancels."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import tenacity

from saerch_desktop.embedding.base import Note
from saerch_desktop.embedding.online.endpoint import Endpoint
from saerch_desktop.embedding.online.purpose import EMBEDDING, Purpose
from saerch_desktop.embedding.online.replies import BadReplyError
from saerch_desktop.embedding.online.tokens import Budget
from saerch_desktop.embedding.online.trouble import Trouble, diagnose, explain, refusal_in
from saerch_desktop.errors import Cancelled
from saerch_desktop.progress import Progress

_Answer = TypeVar("_Answer")
_Cost = TypeVar("_Cost")
Request = Callable[[Any], Awaitable[Any]]  # what to do with an open `openai.AsyncOpenAI`
_POLL_S = 0.1
_GRACE_S = 0.5


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to try. Waits double, with jitter, unless the service names them."""

    tries: int = 6
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    longest_asked_wait_s: float = 300.0
    timeout_s: float = 120.0
    connect_timeout_s: float = 10.0


class RequestFailedError(Exception):
    """A request that failed for good, and why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.detail)
        self.trouble = trouble


class Sender:
    """A connection to one endpoint; a context manager, used by one thread.

    The requests run in an event loop of their own, because only there can a request in flight be given up at
    once without leaving a thread behind.
    """

    def __init__(
        self, endpoint: Endpoint, model: str, patience: Patience, purpose: Purpose = EMBEDDING
    ) -> None:
        self._endpoint = endpoint
        self._model = model
        self._patience = patience
        self._purpose = purpose
        self._key = endpoint.key()
        self._helpers: list[threading.Thread] = []
        self.proven = False  # whether the service has answered before: then more patience is due

    def __enter__(self) -> Self:
        from saerch_desktop.embedding.online.client import open_client

        self._loop = asyncio.new_event_loop()
        self._executor = ThreadPoolExecutor(
            2, "online-request", initializer=lambda: self._helpers.append(threading.current_thread())
        )
        self._loop.set_default_executor(self._executor)
        try:
            self._client = open_client(
                self._endpoint,
                self._key,
                self._purpose.doing,
                self._patience.timeout_s,
                self._patience.connect_timeout_s,
            )
        except BaseException:
            self._executor.shutdown(wait=False)
            self._loop.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Exception):
            self._loop.run_until_complete(self._client.close())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        # They end at once, but for a name lookup that was given up and still hangs: it is not waited for.
        self._executor.shutdown(wait=False, cancel_futures=True)
        for helper in self._helpers:
            helper.join(_GRACE_S)
        self._loop.close()

    def ask(
        self,
        request: Request,
        cost: _Cost,
        budget: Budget[_Cost],
        progress: Progress,
        accept: Callable[[Any], tuple[_Answer, _Cost]],
        note: Note | None = None,
    ) -> _Answer:
        """Do `request` until `accept` takes the reply and says what it cost; retry what waiting may mend.

        cost: the estimate that is reserved from `budget` at every try. RequestFailedError when what is asked
        is refused, UserError for everything else that is final, Cancelled on request.
        """

        def once() -> _Answer:
            budget.reserve(cost)
            used: _Cost | None = cost  # unless a failure is known to be free, it counts as paid
            try:
                reply = self._watched(self._sent(request), progress, note)
                answer, used = accept(reply)
            except _failures() as error:
                if (refusal := refusal_in(error)) is not None:
                    used = None
                    raise refusal from error
                trouble = diagnose(error)
                used = cost if trouble.paid else None
                raise RequestFailedError(trouble) from error
            finally:
                budget.settle(cost, used)
            self.proven = True
            return answer

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: _trouble_of(error).temporary),
            stop=self._gives_up,
            wait=self._wait,
            sleep=lambda seconds: self._sleep(seconds, progress, note),
            reraise=True,
        )
        try:
            return retrying(once)
        except RequestFailedError as error:
            if error.trouble.kind == "refused":
                raise
            raise explain(error.trouble, self._endpoint, self._model, self._purpose) from error

    async def _sent(self, request: Request) -> Any:
        try:
            return await request(self._client)
        except (AttributeError, TypeError, LookupError) as error:
            # The package's parser stumbles like this over answers of another shape.
            raise BadReplyError("its answer could not be read") from error

    def _watched(self, request: Coroutine[Any, Any, Any], progress: Progress, note: Note | None) -> Any:
        async def watch() -> Any:
            task = asyncio.ensure_future(request)
            try:
                while not (await asyncio.wait({task}, timeout=_POLL_S))[0]:
                    # A pause begins after the answer that is on its way: it is paid for, and must be kept.
                    if progress.cancelled:
                        raise Cancelled
                    if note is not None and not progress.paused:
                        note("waiting for the service")
                return task.result()
            finally:
                if not task.done():
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError, Exception):
                        await task

        return self._loop.run_until_complete(watch())

    def _gives_up(self, state: tenacity.RetryCallState) -> bool:
        trouble = _trouble_of(state.outcome.exception() if state.outcome else None)
        if trouble.retry_after_s is not None and trouble.retry_after_s > self._patience.longest_asked_wait_s:
            return True
        # A service that never answered is more likely absent than busy; a senseless reply is paid each time.
        hopeless = trouble.kind == "reply" or (
            trouble.kind in ("network", "connect", "name") and not self.proven
        )
        return state.attempt_number >= (min(2, self._patience.tries) if hopeless else self._patience.tries)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        trouble = _trouble_of(state.outcome.exception() if state.outcome else None)
        if trouble.retry_after_s is not None:
            return trouble.retry_after_s
        first, longest = self._patience.first_wait_s, self._patience.longest_wait_s
        backoff = tenacity.wait_exponential(multiplier=first, max=longest) + tenacity.wait_random(0, first)
        return backoff(state)

    def _sleep(self, seconds: float, progress: Progress, note: Note | None) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            progress.check()
            if note is not None:
                note(f"the service asks for patience, next try in {left:.0f} s")
            time.sleep(min(_POLL_S, left))
        progress.check()


def _failures() -> tuple[type[Exception], ...]:
    """What a request and the check of its reply may raise; a reply that cannot be decoded is a ValueError."""
    import openai

    return (openai.OpenAIError, BadReplyError, ValueError)


def _trouble_of(error: BaseException | None) -> Trouble:
    return error.trouble if isinstance(error, RequestFailedError) else Trouble("other", "")
