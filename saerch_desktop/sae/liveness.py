"""Which latents are dead: those that no document has made active for long."""

from __future__ import annotations

import torch
from torch import Tensor


class Liveness:
    """last_fired (n,) int64: documents seen when each latent was last active, that is, above zero.

    A latent is dead when that is `after` documents ago or more.
    """

    def __init__(self, features: int, after: int, device: torch.device) -> None:
        self.last_fired = torch.zeros(features, dtype=torch.int64, device=device)
        self._after = after
        self._none_before = after  # documents seen until which no latent can have died

    def dead(self, documents: int) -> Tensor | None:
        """The ids (m,) int64 of the dead latents when so many documents have been seen, None without any."""
        if documents < self._none_before:
            return None
        ids = torch.nonzero(documents - self.last_fired >= self._after).flatten()
        if len(ids):
            return ids
        # Looking makes a graphics card wait, and none can die before the longest silent one.
        self._none_before = int(self.last_fired.min()) + self._after
        return None

    def saw(self, firings: Tensor, documents: int) -> None:
        """Note the latents with `firings` (n,) above 0, now that so many documents have been seen."""
        self.last_fired.masked_fill_(firings > 0, documents)

    def load(self, last_fired: Tensor) -> None:
        """Go on from a saved `last_fired`."""
        self.last_fired.copy_(last_fired)
        self._none_before = 0
