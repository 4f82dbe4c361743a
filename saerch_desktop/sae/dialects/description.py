"""The JSON beside foreign weights: small, a table, its values of the type that is wanted. Loads no torch."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from saerch_desktop.errors import UserError
from saerch_desktop.files import read_small
from saerch_desktop.sae.dialects.portable import unreadable

_LARGEST: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Description:
    """A configuration by name. file: for messages. A value of None counts as absent."""

    file: str
    values: Mapping[str, Any]

    def whole(self, name: str) -> int | None:
        """A whole number, or None where there is none. UserError when it is something else."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(name, "a whole number")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def word(self, name: str, default: str) -> str:
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or len(value) > 200:
            raise self._wrong(name, "a word")
        return value

    def wholes(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers; empty where there is none."""
        value = self.values.get(name)
        if value is None:
            return ()
        whole = isinstance(value, list | tuple) and all(
            isinstance(item, int) and not isinstance(item, bool) for item in value
        )
        if not whole or len(value) > 4096:
            raise self._wrong(name, "a list of whole numbers")
        return tuple(value)

    def number(self, name: str, default: float) -> float:
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._wrong(name, "a number")
        return float(value)

    def part(self, name: str) -> Description:
        """A table inside; empty where there is none."""
        value = self.values.get(name)
        if value is None:
            return Description(self.file, {})
        if not isinstance(value, dict):
            raise self._wrong(name, "a table")
        return Description(self.file, value)

    def _wrong(self, name: str, wanted: str) -> UserError:
        return unreadable(self.file, f"its “{name}” is not {wanted}")


def read_description(path: Path) -> Description:
    """The JSON table in the file. UserError when it is missing, too large, or no table."""
    try:
        values = json.loads(read_small(path, _LARGEST))
    except OSError as error:
        raise unreadable(path.name, error.strerror or "it cannot be opened") from error
    except (ValueError, RecursionError) as error:
        raise unreadable(path.name, "it is not a JSON file") from error
    if not isinstance(values, dict):
        raise unreadable(path.name, "it is not a table of settings")
    return Description(path.name, values)
