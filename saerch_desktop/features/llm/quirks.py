"""What a model of a service will not take, learned from its refusals and remembered."""

from __future__ import annotations

import re
import threading
from typing import Any, Final

from saerch_desktop.features.llm.prompts import Messages

_THOUGHT_ROOM: Final = 4000  # tokens that a model which thinks aloud may need before it answers
_SYSTEM = re.compile(r"system (role|message|prompt)|role.{0,20}system", re.IGNORECASE)


class Quirks:
    """How to put a request to one model. Safe to use from several threads.

    A request begins as the common form: temperature 0 and `max_tokens`. Newer OpenAI models want
    `max_completion_tokens` and their own temperature; some local ones know no system message.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._temperature = True
        self._limit: str | None = "max_tokens"
        self._system = True
        self._thinks = False
        self.version = 0  # grows with everything learned

    def body(self, model: str, messages: Messages, room: int) -> dict[str, Any]:
        """The request: everything that is sent. room: tokens that the answer needs."""
        body: dict[str, Any] = {"model": model, "messages": messages}
        if not self._system:
            first, *rest = messages
            merged = {"role": "user", "content": f"{first['content']}\n\n{rest[0]['content']}"}
            body["messages"] = [merged, *rest[1:]]
        if self._temperature:
            body["temperature"] = 0
        if self._limit is not None:
            body[self._limit] = self.room(room)
        return body

    def room(self, room: int) -> int:
        """Tokens that the answer may have, with those of a model that thinks first."""
        return room + _THOUGHT_ROOM if self._thinks else room

    def learn(self, refusal: str, known: int) -> bool:
        """Whether to ask again after this refusal. known: `version` when the refused request was made."""
        with self._guard:
            if self.version > known:
                return True  # another thread has learned since
            said = refusal.casefold()
            if "max_completion_tokens" in said and self._limit == "max_tokens":
                # Only models that think aloud, unseen, want this name.
                self._limit, self._thinks = "max_completion_tokens", True
            elif self._limit is not None and self._limit in said and "context" not in said:
                self._limit = None
            elif "temperature" in said and self._temperature:
                self._temperature = False
            elif self._system and _SYSTEM.search(said):
                self._system = False
            else:
                return False
            self.version += 1
            return True

    def learn_thinking(self, known: int) -> bool:
        """Whether more room is given from now on, after an answer that was cut off in its thoughts."""
        with self._guard:
            if self.version > known:
                return True
            if self._thinks:
                return False
            self._thinks = True
            self.version += 1
            return True
