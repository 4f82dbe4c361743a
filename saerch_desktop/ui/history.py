"""Back and forward over the searches, features and documents that were looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_MOST = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Something that was shown: a feature by its id, a document by its row, a search by its number.

    search: the number of the search in force then, None before any; for a search its own number.
    """

    kind: Literal["feature", "document", "search"]
    number: int
    search: int | None = None


class History:
    """Where one stands in the places visited. Visiting a new one forgets what lay ahead."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._at = -1

    def visit(self, place: Place) -> None:
        if self._at >= 0 and self._places[self._at] == place:
            return
        self._places = [*self._places[: self._at + 1], place][-_MOST:]
        self._at = len(self._places) - 1

    @property
    def here(self) -> Place | None:
        """The place one stands at."""
        return self._places[self._at] if self._at >= 0 else None

    @property
    def can_back(self) -> bool:
        return self._at > 0

    @property
    def can_forward(self) -> bool:
        return self._at + 1 < len(self._places)

    def back(self) -> Place | None:
        return self._step(-1) if self.can_back else None

    def forward(self) -> Place | None:
        return self._step(1) if self.can_forward else None

    def clear(self) -> None:
        self._places, self._at = [], -1

    def _step(self, by: int) -> Place:
        self._at += by
        return self._places[self._at]
