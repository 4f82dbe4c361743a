"""Which documents the figures of an epoch are taken from, so that every epoch is judged by the same ones.
Loads no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST_JUDGED: Final = 4096
MOST_QUERIES: Final = 256
NEIGHBOURS: Final = 10
_LEAST, _MOST, _SHARE = 1024, 8192, 32


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """queries: held-out rows whose neighbours are compared. judged: the held-out rows whose errors are
    summed, the queries first. pool: the rows among which neighbours are sought, the judged ones first. All
    int64; each part without repetition.
    """

    queries: NDArray[np.int64]
    judged: NDArray[np.int64]
    pool: NDArray[np.int64]

    @property
    def has_neighbours(self) -> bool:
        """Whether there are enough documents to speak of the ten nearest."""
        return len(self.queries) > 0 and len(self.pool) > NEIGHBOURS


def sample(training: NDArray[np.int64], heldout: NDArray[np.int64], seed: int) -> Sample:
    """The documents to judge by: a thirty-second of all, at least 1,024 and at most 8,192 (or all there are).

    Up to 4,096 of them are held out, spread evenly over the held-out rows; 256 of these are the queries,
    spread evenly too. Training rows drawn by the seed fill up the pool where the held-out ones do not
    suffice. A thirty-second keeps the cost near two hundredths of the epoch that is judged: a forward pass
    costs about half of an update.
    """
    size = min(_MOST, max(_LEAST, (len(training) + len(heldout)) // _SHARE))
    held = _spread(heldout, min(size, MOST_JUDGED))
    queries = _spread(held, MOST_QUERIES)
    judged = np.concatenate([queries, np.setdiff1d(held, queries, assume_unique=True)])
    more = max(0, min(size - len(judged), len(training))) if len(judged) else 0
    generator = np.random.default_rng([seed, 3])
    others = np.sort(generator.choice(training, size=more, replace=False))
    return Sample(queries, judged, np.concatenate([judged, others]))


def _spread(rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """`count` of the rows in equal steps, or all when there are no more."""
    if len(rows) <= count:
        return rows
    return rows[np.arange(count) * len(rows) // count]
