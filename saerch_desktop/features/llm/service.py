"""Asks language models questions through one endpoint: patiently, within a purse, never twice the same."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from saerch_desktop.embedding.online.endpoint import Endpoint
from saerch_desktop.embedding.online.purpose import Purpose
from saerch_desktop.embedding.online.replies import BadReplyError
from saerch_desktop.embedding.online.sender import Patience, RequestFailedError, Sender
from saerch_desktop.embedding.online.tokens import estimate
from saerch_desktop.embedding.online.trouble import Trouble
from saerch_desktop.features.llm.answers import MOST_CHARACTERS, UnreadableAnswerError
from saerch_desktop.features.llm.journal import Answer, Journal, request_key
from saerch_desktop.features.llm.prices import Price, likely_tokens
from saerch_desktop.features.llm.prompts import Messages, reminded
from saerch_desktop.features.llm.purse import Cost, Purse
from saerch_desktop.features.llm.quirks import Quirks
from saerch_desktop.progress import Progress

NAMING: Final = Purpose(
    doing="Naming features",
    instead="name them offline",
    kept="Names made before this are kept and will not be paid for again.",
    service="a language model's service",
    fit="Check that the model answers chat messages.",
)
_A_MESSAGE: Final = 16  # tokens that the frame of a message may take
_POLL_S: Final = 0.05
_READ_SHARE: Final = 0.5  # a service that counts less than this of a question has cut it
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. kind: "name", "one", "many", "rewrite" or "choice", which says what reminder fits.
    room: tokens for the answer.
    """

    model: str
    messages: Messages
    room: int
    kind: str


@dataclass(frozen=True, slots=True)
class _Reply:
    text: str
    cost: Cost
    cut_off: bool
    withheld: str
    seconds: float


@dataclass(eq=False)
class Service:
    """What all threads of a naming share. prices: by model, None where unknown. fresh: ask again even what
    has been answered before. purpose: in whose words trouble is told.
    """

    endpoint: Endpoint
    purse: Purse
    journal: Journal
    prices: dict[str, Price | None]
    patience: Patience
    fresh: bool = False
    purpose: Purpose = NAMING
    notes: list[str] = field(default_factory=list)
    proven: bool = False
    _quirks: dict[str, Quirks] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _first: threading.Lock = field(default_factory=threading.Lock)

    def quirks(self, model: str) -> Quirks:
        with self._guard:
            return self._quirks.setdefault(model, Quirks())

    def note(self, sentence: str) -> None:
        """Keep something that the user should know, once."""
        with self._guard:
            if sentence not in self.notes:
                self.notes.append(sentence)

    def worst_cost(self, question: Question) -> Cost:
        """What a question costs at most: all bytes that could be tokens, and all the room for the answer."""
        asked = sum(estimate(message["content"]) + _A_MESSAGE for message in question.messages)
        room = self.quirks(question.model).room(question.room)
        return self.cost(question.model, asked, room)

    def cost(self, model: str, tokens_in: int, tokens_out: int) -> Cost:
        price = self.prices.get(model)
        return Cost(tokens_in, tokens_out, 0.0 if price is None else price.of(tokens_in, tokens_out))

    @contextlib.contextmanager
    def alone_at_first(self, progress: Progress) -> Iterator[None]:
        """Until the service has answered once, one thread speaks to it: what it learns, all know."""
        alone = False
        while not (self.proven or alone):
            progress.check()
            alone = self._first.acquire(timeout=_POLL_S)
        if alone and self.proven:  # answered while we waited: nobody need be alone any more
            self._first.release()
            alone = False
        try:
            yield
        finally:
            if alone:
                self._first.release()


class Conversation:
    """One thread's connections to the service; a context manager."""

    def __init__(self, service: Service, progress: Progress) -> None:
        """progress: only checked for cancellation. UserError when there is no key."""
        self._service = service
        self._progress = progress
        self._stack = contextlib.ExitStack()
        self._senders: dict[str, Sender] = {}

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def ask(self, question: Question, read: Callable[[str], _Value]) -> _Value:
        """What `read` makes of the answer, from the journal if it was answered before.

        An answer that `read` cannot use is asked for once more with a reminder. UnreadableAnswerError when
        that fails too; RequestFailedError when the question is refused; UserError for trouble that is final;
        Cancelled.
        """
        journal, model = self._service.journal, question.model
        key = request_key(self._service.endpoint.base_url, model, question.messages)
        known = None if self._service.fresh else journal.answer(key)
        if known is not None:
            with contextlib.suppress(UnreadableAnswerError):
                return read(known.text)
        asked = question
        for last in (False, True):
            reply = self._answered(asked)
            try:
                value = read(reply.text)
            except UnreadableAnswerError:
                if last:
                    raise
                asked = Question(model, reminded(question.messages, question.kind), question.room, "")
                continue
            kind = "name" if question.kind == "name" else "test"
            cost = reply.cost
            kept = Answer(reply.text, cost.tokens_in, cost.tokens_out, reply.seconds, kind, model)
            journal.keep_answer(key, kept)
            return value
        raise AssertionError("the second try returns or raises")

    def _answered(self, question: Question) -> _Reply:
        """The service's reply to the question, put as this model wants it."""
        quirks = self._service.quirks(question.model)
        while True:
            with self._service.alone_at_first(self._progress):
                known = quirks.version
                try:
                    reply = self._sent(question, quirks)
                except RequestFailedError as error:
                    if quirks.learn(error.trouble.detail, known):
                        continue
                    raise
                self._service.proven = True
            if reply.withheld:
                raise RequestFailedError(Trouble("refused", reply.withheld))
            if reply.cut_off and quirks.learn_thinking(known):
                continue
            return reply

    def _sent(self, question: Question, quirks: Quirks) -> _Reply:
        self._progress.check()  # a pause begins here: what is on its way is waited for, paid for and kept
        service = self._service
        body = quirks.body(question.model, question.messages, question.room)
        reserved = service.worst_cost(question)
        began = time.monotonic()

        async def create(client: Any) -> Any:
            return await client.chat.completions.create(**body)

        def accept(reply: Any) -> tuple[_Reply, Cost]:
            text, finish, withheld = _text_of(reply)
            counted = _usage(reply)
            cost = reserved if counted is None else service.cost(question.model, *counted)
            self._look_at(question, counted)
            return _Reply(text, cost, finish == "length", withheld, time.monotonic() - began), cost

        sender = self._sender(question.model)
        sender.proven = sender.proven or service.proven
        return sender.ask(create, reserved, service.purse, self._progress, accept)

    def _sender(self, model: str) -> Sender:
        if model not in self._senders:
            service = self._service
            sender = Sender(service.endpoint, model, service.patience, service.purpose)
            self._senders[model] = self._stack.enter_context(sender)
        return self._senders[model]

    def _look_at(self, question: Question, counted: tuple[int, int] | None) -> None:
        """Notice a service that reads only part of what it is sent, as local servers do without a word."""
        said = "\n".join(message["content"] for message in question.messages)
        if counted is None or not said.isascii():
            return
        likely = likely_tokens(said)
        if 0 < counted[0] < _READ_SHARE * likely:
            self._service.note(
                f"{self._service.endpoint.host} counted only {counted[0]:,} of about {likely:,} tokens of a "
                "question: it may have cut it. Give the model a longer context there (with Ollama, set "
                "OLLAMA_CONTEXT_LENGTH to 8192)."
            )


def _text_of(reply: Any) -> tuple[str, str, str]:
    """(answer, why it ended, why it is withheld). BadReplyError when this is no reply of a chat."""
    error = getattr(reply, "error", None)  # some local servers tell of trouble as if it were an answer
    if error:
        said = error.get("message") if isinstance(error, dict) else error
        raise BadReplyError(" ".join(str(said).split())[:300])
    choices = getattr(reply, "choices", None)
    if not isinstance(choices, list) or not choices:
        raise BadReplyError("its answer holds no message")
    message = getattr(choices[0], "message", None)
    content = getattr(message, "content", None)
    finish = getattr(choices[0], "finish_reason", None)
    if message is None or not (content is None or isinstance(content, str)):
        raise BadReplyError("its answer holds no text")
    refusal = getattr(message, "refusal", None)
    withheld = "the service's filter withheld the answer" if finish == "content_filter" else ""
    if not content and isinstance(refusal, str) and refusal.strip():
        withheld = " ".join(refusal.split())[:300]
    return (content or "")[:MOST_CHARACTERS], finish if isinstance(finish, str) else "", withheld


def _usage(reply: Any) -> tuple[int, int] | None:
    """Tokens (in, out) as the service counted them, or None when it says nothing believable."""
    usage = getattr(reply, "usage", None)
    said = [getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens")]
    tokens_in, tokens_out = (count if type(count) is int and count >= 0 else 0 for count in said)
    return (tokens_in, tokens_out) if tokens_in else None
