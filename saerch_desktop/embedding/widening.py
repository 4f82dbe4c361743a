"""Half-precision rows made single block by block, by the fastest conversion that is at hand."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.library.half import widen


class Widener:
    """Converts blocks of at most `rows` × `dim` in memory that is used again and again.

    Where torch has been loaded, which embeds the queries, its conversion is used: the same numbers bit for
    bit (NaN stays NaN) in a fifth of the time. Loading it for this alone would take longer than it saves.
    """

    def __init__(self, rows: int, dim: int) -> None:
        self._single = np.empty((rows, dim), np.float32)
        self._half: NDArray[np.float16] | None = None
        self._tensors: tuple[Any, Any] | None = None
        torch = _loaded_torch()
        if torch is not None:
            # Torch warns of memory that cannot be written to, such as a library's; so the block is copied.
            self._half = np.empty((rows, dim), np.float16)
            self._tensors = torch.from_numpy(self._single), torch.from_numpy(self._half)

    def __call__(self, block: NDArray[np.float16]) -> NDArray[np.float32]:
        """(n, dim) as float32, good until the next call."""
        count = len(block)
        single = self._single[:count]
        if self._tensors is None or self._half is None:
            widen(block, single)
        else:
            self._half[:count] = block
            out, half = self._tensors
            out[:count].copy_(half[:count])
        return single


def _loaded_torch() -> Any:
    """Torch if it has been loaded whole; another thread may be at it."""
    torch = sys.modules.get("torch")
    loading = getattr(getattr(torch, "__spec__", None), "_initializing", False)
    return None if loading else torch
