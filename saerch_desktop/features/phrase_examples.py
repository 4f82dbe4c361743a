"""Which documents a feature's phrases are taken from; documents held out for testing labels are not among
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.hard_negatives import spread
from saerch_desktop.features.held_out import held_out, mixed
from saerch_desktop.features.inverted import InvertedIndex

_STRONGEST: Final = 32
_SPREAD: Final = 64  # taken evenly over all its activations: the strongest alone make labels too narrow
_MOST_DOCUMENTS: Final = 100_000
_BACKGROUND: Final = 20_000  # enough when only some features are named
_SOME: Final = 64
_FEWEST_READ: Final = 24  # of each feature's documents, where so many are not read anyway
_FEWEST: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Documents of each of some features, by falling activation.

    features (m,) int64; feature features[i] has rows[starts[i]:starts[i+1]] (int64) with activations
    `values` (float32). borrowed (m,) bool: its other documents were too few, so that held-out ones are among
    them and its label cannot be tested.
    """

    features: NDArray[np.int64]
    starts: NDArray[np.int64]
    rows: NDArray[np.int64]
    values: NDArray[np.float32]
    borrowed: NDArray[np.bool_]

    def __len__(self) -> int:
        return self.features.size

    def of(self, i: int) -> slice:
        return slice(int(self.starts[i]), int(self.starts[i + 1]))


def documents_to_read(total: int, features: int, seed: int = 0) -> NDArray[np.bool_]:
    """(total,) which documents tell what is common in the corpus: all that are not held out, or a hundred
    thousand of them by their hash; fewer when few features are to be named.
    """
    chosen = ~held_out(np.arange(total), seed)
    rows = np.flatnonzero(chosen)
    most = _BACKGROUND if features <= _SOME else _MOST_DOCUMENTS
    if rows.size > most:
        order = np.argsort(mixed(rows, seed + 1), kind="stable")
        chosen[rows[order[most:]]] = False
    return chosen


def examples_of(
    inverted: InvertedIndex, features: Sequence[int], chosen: NDArray[np.bool_], seed: int = 0
) -> Examples:
    """The documents to take phrases from: 32 strongest and 64 spread over the activations, of those `chosen`.

    A feature with too few of these has further ones of its own added to `chosen`, which is changed.
    """
    rows: list[NDArray[np.int64]] = []
    values: list[NDArray[np.float32]] = []
    borrowed = np.zeros(len(features), np.bool_)
    for i, feature in enumerate(features):
        all_rows, all_values = (np.asarray(part) for part in inverted.of(int(feature)))
        places = np.flatnonzero(chosen[all_rows])
        if places.size < _FEWEST_READ < all_rows.size or places.size < _FEWEST:
            places = np.flatnonzero(~held_out(all_rows, seed))
            if places.size < _FEWEST:
                places, borrowed[i] = np.arange(all_rows.size), True
            places = places[:_FEWEST_READ]
            chosen[all_rows[places]] = True
        picked = np.union1d(places[:_STRONGEST], spread(places, _SPREAD))
        rows.append(all_rows[picked].astype(np.int64))
        values.append(np.asarray(all_values[picked], np.float32))
    sizes = [part.size for part in rows]
    return Examples(
        features=np.asarray(features, np.int64),
        starts=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        rows=np.concatenate(rows) if rows else np.zeros(0, np.int64),
        values=np.concatenate(values) if values else np.zeros(0, np.float32),
        borrowed=borrowed,
    )
