"""A look at random live features of a model in training, cheap enough to be taken again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from saerch_desktop.sae.config import SaeConfig
from saerch_desktop.sae.metrics import codes_of
from saerch_desktop.sae.model import Model
from saerch_desktop.sae.split import VectorSource
from saerch_desktop.sae.watching import Example

SHOWN: Final = 5
TITLES: Final = 4
SOONEST: Final = 3.0  # seconds between two looks
LATEST: Final = 20.0
SHARE: Final = 0.02  # of the time that may go into looking
_MOST: Final = 4096  # documents in a look
_FEWEST: Final = 256
_BLOCK: Final = 256
_SAMPLE_FLOATS: Final = 4 << 20
_LIVE: Final = 3  # documents of the sample in which a feature must be active


class Glances:
    """Looks at five features at a time on a seeded sample of documents; which five depends on the seed and
    on how many looks there were, and touches no random number of the training.

    A look is made smaller, and rarer, until it takes a fiftieth of the time and comes at least every
    `LATEST` seconds.
    """

    def __init__(
        self, vectors: VectorSource, seed: int, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        generator = np.random.default_rng([seed, 7])
        valid = np.asarray(vectors.valid_rows(), dtype=np.int64)
        most = min(len(valid), _MOST, max(_FEWEST, _SAMPLE_FLOATS // vectors.dim))
        self._vectors, self._seed, self._clock = vectors, seed, clock
        self._rows = generator.permutation(valid)[:most]
        self._x: torch.Tensor | None = None
        self._count = min(_FEWEST, most)
        self._due = clock() + SOONEST / 2
        self.taken = 0
        self.found: tuple[Example, ...] = ()

    @property
    def due(self) -> bool:
        return self._clock() >= self._due

    @torch.no_grad()
    def look(self, model: Model, config: SaeConfig) -> tuple[Example, ...]:
        """Five random live features with their strongest documents of the sample; the former ones stay where
        none is live.
        """
        began = self._clock()
        x = self._sample(model.encoder.device)[: self._count]
        indices, values = zip(
            *(codes_of(model, x[start : start + _BLOCK], config) for start in range(0, len(x), _BLOCK)),
            strict=True,
        )
        found = self._examples(
            torch.cat(indices).cpu().numpy(), torch.cat(values).float().cpu().numpy(), model.features
        )
        self.taken += 1
        self.found = found or self.found
        self._plan_next(self._clock() - began)
        return self.found

    def _sample(self, device: torch.device) -> torch.Tensor:
        if self._x is None:
            order = np.argsort(self._rows)
            gathered = np.empty((len(self._rows), self._vectors.dim), np.float32)
            for start in range(0, len(order), _BLOCK):
                part = order[start : start + _BLOCK]
                gathered[part] = self._vectors.gather(self._rows[part])
                self._vectors.release()
            self._x = torch.from_numpy(gathered).to(device)
        return self._x

    def _examples(
        self, indices: NDArray[np.int64], values: NDArray[np.float32], features: int
    ) -> tuple[Example, ...]:
        active = values > 0
        counts = np.bincount(indices[active], minlength=features)
        live = np.flatnonzero(counts >= _LIVE)
        if not len(live):
            return ()
        generator = np.random.default_rng([self._seed, 7, self.taken])
        chosen = np.sort(generator.choice(live, size=min(SHOWN, len(live)), replace=False))
        found = []
        for feature in chosen:
            at, place = np.nonzero((indices == feature) & active)
            strength = values[at, place]
            best = np.argsort(-strength, kind="stable")[:TITLES]
            found.append(
                Example(
                    feature=int(feature),
                    rows=tuple(int(row) for row in self._rows[at[best]]),
                    values=tuple(float(value) for value in strength[best]),
                    active=int(counts[feature]),
                    sample=len(indices),
                )
            )
        return tuple(found)

    def _plan_next(self, seconds: float) -> None:
        each = seconds / self._count
        if self.taken > 1:  # the first look reads the sample, and touches fresh memory
            affordable = round(SHARE * LATEST / max(each, 1e-9))
            self._count = int(np.clip(affordable, min(_FEWEST, len(self._rows)), len(self._rows)))
        wait = each * self._count / SHARE
        self._due = self._clock() + float(np.clip(wait, SOONEST, LATEST))
