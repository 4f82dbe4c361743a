"""Vectors from any service that speaks OpenAI's `/embeddings`, on this computer or elsewhere."""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from saerch_desktop.embedding.base import EmbeddingBatch, EmbeddingPart, Note, collect, encodable
from saerch_desktop.embedding.online.endpoint import Endpoint
from saerch_desktop.embedding.online.replies import checked_vectors, used_tokens
from saerch_desktop.embedding.online.sender import Patience, RequestFailedError, Sender
from saerch_desktop.embedding.online.tokens import MAX_TOKENS, TokenBudget, cut, estimate
from saerch_desktop.embedding.online.trouble import explain
from saerch_desktop.errors import UserError
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.progress import Progress

KNOWN_DIMENSIONS = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
}
_FIRST_TEXTS, _MOST_TEXTS = 32, 256
_MOST_TOKENS = 150_000  # estimated; OpenAI takes 300,000 a request
_FAST_S, _SLOW_S = 2.0, 8.0
_HOPELESS = 5
_TOO_LONG = re.compile(r"token|length|context|too (long|large)|exceed", re.IGNORECASE)
_SHORTEST = 64
_log = logging.getLogger(__name__)


class OnlineEmbedder:
    """An OpenAI-compatible model.

    Texts are cut to about 16,000 characters of English (8,191 tokens on the safe side), or shorter once the
    service rejects one as too long. Requests hold at most 256 texts and grow or shrink so that one takes some
    seconds; one is in flight at a time, so no more than it can be lost. `tokens_spent` counts against
    `budget_tokens`, which no request may break by its estimate. A text that the service rejects, or answers
    with zeros or NaN, is reported in `failed`: it never gets a made-up vector.
    """

    batch_size = _MOST_TEXTS

    def __init__(
        self,
        model: str,
        endpoint: Endpoint,
        *,
        dim: int | None = None,
        budget_tokens: int | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.model = model
        self.endpoint = endpoint
        self.budget = TokenBudget(budget_tokens)
        self._patience = patience or Patience()
        native = KNOWN_DIMENSIONS.get(model)
        self._dim = dim or native
        # Only these models can be asked for fewer numbers than they make by nature.
        shortened = native is not None and self._dim != native and model.startswith("text-embedding-3")
        self._dimensions = self._dim if shortened else None
        self._limit = MAX_TOKENS
        self._texts_at_once = _FIRST_TEXTS
        self._proven = False
        self._rejected = 0

    @property
    def identity(self) -> EmbedderIdentity:
        """Who makes the vectors. For an unknown model the first call asks the service for one vector."""
        self.prepare(Progress())
        if self._dim is None:
            raise UserError(
                f"{self.endpoint.host} makes no vectors with the model {self.model!r}.",
                "Nothing was embedded.",
                "Check that the model makes embeddings of texts.",
            )
        return EmbedderIdentity(kind="openai", name=self.model, dim=self._dim)

    def prepare(self, progress: Progress) -> None:
        """Learn the length of an unknown model's vectors by asking for one."""
        if self._dim is None:
            for _ in self.parts(["dimension"], progress):
                pass

    @property
    def uses_network(self) -> bool:
        return not self.endpoint.loopback

    @property
    def tokens_spent(self) -> int:
        return self.budget.spent

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> EmbeddingBatch:
        """Vectors (n, d) float32 of unit length, NaN for `failed` texts. Raises as `parts` does."""
        return collect(self, texts, progress)

    def parts(
        self, texts: Sequence[str], progress: Progress, note: Note | None = None
    ) -> Generator[EmbeddingPart, None, None]:
        """One part per request, in order. UserError when the service or the budget ends the work."""
        ready = {at: cut(encodable(text), self._limit) for at, text in enumerate(texts) if text.strip()}
        empty = [at for at in range(len(texts)) if at not in ready]
        if empty:
            nothing = np.empty((0, self._dim or 1), dtype=np.float32)
            yield EmbeddingPart(np.empty(0, np.int64), nothing, dict.fromkeys(empty, "the text is empty"))
        if not ready:
            return
        with Sender(self.endpoint, self.model, self._patience) as sender:
            sender.proven = self._proven
            groups: deque[list[int]] = deque([list(ready)])
            while groups:
                progress.check()
                positions = self._first_of(groups, ready)
                before = self.budget.spent
                try:
                    part = self._ask(sender, positions, ready, progress, note)
                except RequestFailedError as error:
                    if len(positions) > 1:
                        middle = len(positions) // 2
                        groups.extendleft([positions[middle:], positions[:middle]])
                    elif not self._shorten(positions[0], ready, error.trouble.detail):
                        yield self._give_up_on(positions[0], error)
                    else:
                        groups.appendleft(positions)
                    continue
                self._proven, self._rejected = True, 0
                yield EmbeddingPart(part.positions, part.vectors, part.failed, self.budget.spent - before)

    def _first_of(self, groups: deque[list[int]], ready: dict[int, str]) -> list[int]:
        """Take as many texts from the first group as one request may hold, by number, tokens and budget."""
        group = groups.popleft()
        room = _MOST_TOKENS
        left = self.budget.left()
        if left is not None:
            room = min(room, left)
        taken: list[int] = []
        tokens = 0
        for position in group[: self._texts_at_once]:
            ready[position] = cut(ready[position], self._limit)
            tokens += estimate(ready[position])
            if taken and tokens > room:
                break
            taken.append(position)
        if len(taken) < len(group):
            groups.appendleft(group[len(taken) :])
        return taken

    def _ask(
        self,
        sender: Sender,
        positions: list[int],
        ready: dict[int, str],
        progress: Progress,
        note: Note | None,
    ) -> EmbeddingPart:
        texts = [ready[position] for position in positions]
        tokens = sum(map(estimate, texts))

        def accept(reply: Any) -> tuple[EmbeddingPart, int]:
            vectors, bad = checked_vectors(reply, len(texts), self._dim)
            kept = [row for row in range(len(texts)) if row not in bad]
            failed = {positions[row]: reason for row, reason in bad.items()}
            part = EmbeddingPart(np.array(positions, dtype=np.int64)[kept], vectors[kept], failed)
            return part, used_tokens(reply) or tokens

        began = time.monotonic()
        chosen: dict[str, Any] = {} if self._dimensions is None else {"dimensions": self._dimensions}

        async def create(client: Any) -> Any:
            return await client.embeddings.create(model=self.model, input=texts, **chosen)

        part = sender.ask(create, tokens, self.budget, progress, accept, note)
        self._dim = self._dim or part.vectors.shape[1]
        self._adapt(len(texts), time.monotonic() - began)
        return part

    def _adapt(self, texts: int, seconds: float) -> None:
        """Requests of some seconds: an interrupted slow service loses little, a fast one is not held up."""
        if seconds > _SLOW_S:
            self._texts_at_once = max(1, texts // 2)
        elif seconds < _FAST_S and texts == self._texts_at_once:
            self._texts_at_once = min(_MOST_TEXTS, texts * 2)

    def _shorten(self, position: int, ready: dict[int, str], reason: str) -> bool:
        """Halve a text that the service calls too long, and remember the limit for all texts to come."""
        text = ready[position]
        if not _TOO_LONG.search(reason) or len(text) < 2 * _SHORTEST:
            return False
        ready[position] = text[: len(text) // 2]
        self._limit = max(_SHORTEST, min(self._limit, estimate(ready[position])))
        _log.info("The service takes only shorter texts; they are cut to %d estimated tokens", self._limit)
        return True

    def _give_up_on(self, position: int, error: RequestFailedError) -> EmbeddingPart:
        self._rejected += 1
        if not self._proven and self._rejected >= _HOPELESS:
            raise explain(error.trouble, self.endpoint, self.model) from error
        reason = f"the service rejects this text: {error.trouble.detail}"
        nothing = np.empty((0, self._dim or 1), dtype=np.float32)
        return EmbeddingPart(np.empty(0, np.int64), nothing, {position: reason})
