"""What stands in the middle of the families pane, and how one got there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook

_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Focus:
    """A family by its key, or a feature by its number; neither is the overview of all families."""

    family: str | None = None
    feature: int | None = None

    @property
    def overview(self) -> bool:
        return self.family is None and self.feature is None

    def lives(self, book: FamilyBook | None, features: int) -> bool:
        """Whether it is still there."""
        if self.family is not None:
            return book is not None and book.get(self.family) is not None and self.family not in book.hidden
        return self.feature is None or self.feature < features


class FocusHistory:
    """Where one stands in what was looked at. Going somewhere new forgets what lay ahead."""

    def __init__(self) -> None:
        self._places: list[Focus] = [Focus()]
        self._at = 0

    @property
    def now(self) -> Focus:
        return self._places[self._at]

    @property
    def can_back(self) -> bool:
        return self._at > 0

    @property
    def can_forward(self) -> bool:
        return self._at + 1 < len(self._places)

    def go(self, focus: Focus) -> None:
        if focus != self.now:
            self._places = [*self._places[: self._at + 1], focus][-_MOST:]
            self._at = len(self._places) - 1

    def step(self, by: int) -> Focus:
        """Back (-1) or forward (+1), as far as it goes."""
        self._at = min(max(self._at + by, 0), len(self._places) - 1)
        return self.now

    def begin(self, focus: Focus) -> None:
        """Another library, or other features: nothing was looked at yet."""
        self._places, self._at = [focus], 0

    def keep(self, book: FamilyBook | None, features: int) -> None:
        """Forget what is gone; where that was the present place, go to the nearest one before it."""
        lives = [focus.lives(book, features) for focus in self._places]
        before = sum(lives[: self._at + 1])
        kept = [focus for focus, there in zip(self._places, lives, strict=True) if there]
        self._places = kept or [Focus()]
        self._at = min(max(before - 1, 0), len(self._places) - 1)


def ancestry(book: FamilyBook, focus: Focus) -> tuple[str, ...]:
    """Keys of the families above the focus, the broadest first, the focused family last."""
    if focus.family is not None:
        key: str | None = focus.family
    else:
        of = book.of_feature(focus.feature) if focus.feature is not None else ()
        key = of[0].key if of else None
    found: list[str] = []
    while key is not None and key not in found:
        found.append(key)
        family = book.get(key)
        parents = family.parents if family is not None else ()
        key = next((one for one in parents if book.get(one) is not None and one not in book.hidden), None)
    return tuple(reversed(found))
