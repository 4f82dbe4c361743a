"""How a slider's value reads, and what is meant by what one types: multiples of natural, or activations."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from saerch_desktop.ui import wording

Units = Literal["times", "activation"]
_MOST = 1e6
_TIMES = re.compile(r"[×xX*]")


@dataclass(frozen=True, slots=True)
class Measure:
    """natural: where the slider rests. usual: how strong the feature gets where it is active (its 95th
    percentile).

    In "times", values are multiples of natural, or of `usual` where natural is 0. absolute: of a blend, whose
    amounts are multiples by themselves; suffix: what then follows the number.
    """

    natural: float
    usual: float
    units: Units = "times"
    absolute: bool = False
    suffix: str = "×"

    @property
    def unit(self) -> float:
        """The value that reads as 1."""
        if self.absolute or self.units == "activation":
            return 1.0
        return self.natural if self.natural > 0 else self.usual

    @property
    def _of_natural(self) -> bool:
        return self.units == "times" and self.natural > 0 and not self.absolute

    def text(self, value: float) -> str:
        """×1.50 for one and a half times natural, +2.00× for twice the usual strength, or 0.48."""
        if self.absolute:
            return f"{self.suffix}{wording.activation(value)}"
        if self.units == "activation":
            return wording.activation(value)
        if self._of_natural:
            return f"×{_figure(value / self.unit)}"
        share = _figure(value / self.unit)
        return f"{'' if value <= 0 or float(share) == 0 else '+'}{share}×"

    def change(self, delta: float) -> str:
        """A change against natural, always with its sign: +0.50×, −0.12."""
        if self.absolute:
            return wording.signed(delta) + self.suffix
        if self.units == "activation":
            return wording.signed(delta)
        share = delta / self.unit
        return f"{wording.signed(share, _digits(share))}×"

    def read(self, typed: str) -> float | None:
        """The value meant, None where it cannot be read.

        x1.5, 1.5×: so many times, whatever the units. +0.3, +=0.3, −=0.3: natural and so much more or less.
        Any other number is the value itself. What reads as natural is natural.
        """
        text = typed.strip().replace("−", "-").replace(",", ".")
        by = 0.0
        if text[:2] in ("+=", "-="):
            text, by = text[0] + text[2:], self.natural
        elif text.startswith("+"):
            by = self.natural
        times = bool(_TIMES.search(text))
        if times:
            text, by = _TIMES.sub("", text, count=1), 0.0 if not self._grows(text) else by
        try:
            number = float(text)
        except ValueError:
            return None
        unit = self._multiple if times else self.unit
        value = by + number * unit
        if not math.isfinite(value) or abs(number) >= _MOST:
            return None
        return self.natural if self.text(value) == self.text(self.natural) else value

    @property
    def _multiple(self) -> float:
        """What a typed × multiplies."""
        if self.absolute:
            return 1.0
        return self.natural if self.natural > 0 else self.usual

    def _grows(self, text: str) -> bool:
        """Whether a typed sign and × together mean a change: +0.5× of what is there, not of what is not."""
        return text.strip().startswith("+") and self.natural > 0 and not self.absolute


def _figure(share: float) -> str:
    text = f"{share:.{_digits(share)}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def _digits(share: float) -> int:
    size = abs(share)
    return 2 if size < 9.995 else 1 if size < 99.95 else 0
