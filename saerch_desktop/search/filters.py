"""Filters as chips: typed conditions that are switched, turned round and combined inside a search."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.search.where import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    Masks = Callable[[str], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition. text: as `search.where` reads it; out: documents that meet it are hidden."""

    text: str
    on: bool = True
    out: bool = False

    def words(self) -> str:
        """What it says, in plain words. UserError where the text cannot be read."""
        said = parse(self.text).words()
        return f"hide {said}" if self.out else said


@dataclass(frozen=True, slots=True)
class Filters:
    """Chips that a search keeps to. either: one of those that are on is enough; what is hidden stays hidden
    all the same.
    """

    chips: tuple[Chip, ...] = ()
    either: bool = False

    @property
    def active(self) -> tuple[Chip, ...]:
        return tuple(chip for chip in self.chips if chip.on)

    def text(self) -> str:
        """The whole as one typed filter, "" for every document."""
        wanted = [f"({chip.text})" for chip in self.active if not chip.out]
        joined = (" OR " if self.either else " AND ").join(wanted)
        if self.either and len(wanted) > 1:
            joined = f"({joined})"
        return " AND ".join([*([joined] if joined else []), *self._hidden()])

    def _hidden(self) -> list[str]:
        return [f"NOT ({chip.text})" for chip in self.active if chip.out]

    def with_chip(self, chip: Chip) -> Filters:
        """With one more at the end; one of the same text is replaced where it stands."""
        chips = tuple(chip if chip.text == old.text else old for old in self.chips)
        return replace(self, chips=chips if chip in chips else (*self.chips, chip))

    def without(self, text: str) -> Filters:
        return replace(self, chips=tuple(chip for chip in self.chips if chip.text != text))

    def turned(self, text: str, *, on: bool | None = None, out: bool | None = None) -> Filters:
        """With the chip of that text switched, or turned round."""

        def changed(chip: Chip) -> Chip:
            return Chip(chip.text, chip.on if on is None else on, chip.out if out is None else out)

        return replace(self, chips=tuple(changed(c) if c.text == text else c for c in self.chips))


def within(filters: Filters, masks: Masks) -> NDArray[np.bool_] | None:
    """(N,) bool: the documents that the search keeps to, None for all.

    masks: a chip's text → the documents that meet it. Raises what `masks` raises.
    """
    kept: NDArray[np.bool_] | None = None
    for chip in filters.active:
        if not chip.out:
            found = masks(chip.text)
            kept = found if kept is None else (kept | found) if filters.either else (kept & found)
    for chip in filters.active:
        if chip.out:
            hidden = masks(chip.text)
            kept = ~hidden if kept is None else kept & ~hidden
    return kept
