"""Values of a file that anybody may have written, each taken only where it is what it should be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

MOST_NUMBERS: Final = 20_000
_LARGEST: Final = 1e12


class ViewValues:
    """Reads what a part kept. Whatever is missing, of another type or out of bounds is the default."""

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values = values or {}

    def __bool__(self) -> bool:
        return bool(self._values)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._values.get(name)
        return value if isinstance(value, bool) else default

    def text(self, name: str, default: str = "", longest: int = 2000) -> str:
        value = self._values.get(name)
        return value if isinstance(value, str) and len(value) <= longest else default

    def one_of(self, name: str, known: Iterable[str], default: str) -> str:
        value = self._values.get(name)
        return value if isinstance(value, str) and value in tuple(known) else default

    def whole(self, name: str, default: int, least: int = 0, most: int = 1 << 40) -> int:
        value = self._values.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            return default
        return value if least <= value <= most else default

    def real(self, name: str) -> float | None:
        """A number of sensible size, or None."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LARGEST:
            return None
        return None if math.isnan(value) else float(value)

    def numbers(self, name: str, below: int) -> list[int]:
        """Whole numbers from 0 to under `below`, each once, in their order."""
        values = self._values.get(name)
        if not isinstance(values, list) or len(values) > MOST_NUMBERS:
            return []
        good = (v for v in values if isinstance(v, int) and not isinstance(v, bool) and 0 <= v < below)
        return list(dict.fromkeys(good))
