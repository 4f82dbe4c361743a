"""The processes that train one autoencoder together; alone, there is only this one. Loads no torch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from saerch_desktop.errors import Cancelled
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor


class Peers:
    """One process by itself, rank 0 of a world of 1: every exchange with others does nothing.

    `distributed.Group` is the same over several processes. All of them must make the same calls in the same
    order.
    """

    rank: int = 0
    world: int = 1

    def sum_(self, tensor: Tensor) -> None:
        """Replace `tensor` by its sum over all processes, in place; of equal shape and dtype in each."""

    def sum_all_(self, tensors: Iterable[Tensor]) -> None:
        """`sum_` for several tensors at once."""

    def spread_(self, tensors: Iterable[Tensor]) -> None:
        """Replace every tensor by that of process 0, in place."""

    def spread_text(self, text: str) -> str:
        """The `text` that process 0 gave."""
        return text

    def agreed(self, progress: Progress) -> Progress:
        """The progress to work with: alone the given one, else one that lets nobody stop by themselves."""
        return progress if self.world == 1 else Agreed(progress, reports=self.rank == 0)


class Agreed(Progress):
    """Passes reports on, but only notes a wish to stop: a process that stopped by itself would leave the
    others waiting for it.
    """

    def __init__(self, inner: Progress, *, reports: bool) -> None:
        super().__init__()
        self._inner, self._reports, self._wanted = inner, reports, False

    def begin(self, stage: str, total: int | None = None, unit: str = "", done: int = 0) -> None:
        if self._reports:
            try:
                self._inner.begin(stage, total, unit, done)
            except Cancelled:
                self._wanted = True

    def advance(self, done: int, detail: str = "") -> None:
        if self._reports:
            try:
                self._inner.advance(done, detail)
            except Cancelled:
                self._wanted = True

    @property
    def cancelled(self) -> bool:
        return self._wanted or self._inner.cancelled

    def check(self) -> None:
        """Raises nothing: `cancelled` says what this process wants."""
