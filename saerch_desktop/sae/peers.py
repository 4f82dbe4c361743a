"""The other processes of one training. Alone there are none."""

from __future__ import annotations

from torch import Tensor


class Peers:
    """One process by itself: rank 0 of a world of 1."""

    rank: int = 0
    world: int = 1

    def sum_(self, tensor: Tensor) -> None:
        """Replace `tensor` by its sum over all processes, in place. Every process must call alike."""
