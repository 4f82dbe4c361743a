"""Rows of documents as a selection holds them: one array, however many they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray


class RowSet:
    """Rows in the order in which they were selected. Never changes; equal to any sequence of the same rows.

    A million rows are held, handed on and compared as one array: no number among them becomes an object.
    `np.asarray` gives the array itself.
    """

    __slots__ = ("rows",)
    __hash__ = None  # type: ignore[assignment]  # compared by what is in it, and too large to be hashed

    def __init__(self, rows: Iterable[int] | NDArray[np.integer] = ()) -> None:
        held = rows if isinstance(rows, np.ndarray) else np.fromiter(rows, np.int64)
        kept = np.array(held, np.int64)
        kept.flags.writeable = False
        self.rows: NDArray[np.int64] = kept

    @classmethod
    def of(cls, rows: Any) -> RowSet:
        """The same rows as a set; a set is returned as it is."""
        return rows if isinstance(rows, RowSet) else cls(rows)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        wanted = self.rows.dtype if dtype is None else np.dtype(dtype)
        if copy or wanted != self.rows.dtype:
            return self.rows.astype(wanted)
        return self.rows

    def __len__(self) -> int:
        return self.rows.size

    def __iter__(self) -> Iterator[int]:
        return iter(self.rows.tolist())

    def __contains__(self, row: object) -> bool:
        return bool((self.rows == row).any())

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        if isinstance(other, RowSet):
            return np.array_equal(self.rows, other.rows)
        if isinstance(other, tuple | list | np.ndarray):
            return len(other) == len(self) and np.array_equal(self.rows, np.asarray(other))
        return NotImplemented

    def __repr__(self) -> str:
        few = ", ".join(map(str, self.rows[:6].tolist()))
        return f"RowSet({few}{', …' if len(self) > 6 else ''}; {len(self):,} rows)"
