"""Counted pairs in the SAE's folder, so that they need not be counted again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.families.pair_counts import FEWEST, PairCounts
from saerch_desktop.sae.codes import INDICES_FILE, VALUES_FILE

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.progress import Progress

PAIRS_FILE: Final = "cooccurrence.npy"
STAMP_FILE: Final = "cooccurrence.json"
_SCHEMA: Final = 1
_REMEMBERED: Final = 2  # SAEs whose pairs stay in memory where they cannot be kept in the folder
_LARGEST_STAMP: Final = 1 << 16
_WAIT: Final = 0.2  # seconds between two looks at whether to stop


class Stamp(BaseModel):
    """What the pairs were counted from. A field that differs means that they must be counted again."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: int = _SCHEMA
    indices: str
    values: str
    features: int = Field(ge=1)
    documents: int = Field(ge=0)


class _Kept(BaseModel):
    """The stamp of the pairs in the file beside it, and that file's fingerprint."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stamp: Stamp
    pairs: str


_lock = threading.Lock()
_remembered: OrderedDict[tuple[str, Stamp], PairCounts] = OrderedDict()


def cached(features: FeatureSet, progress: Progress, count: Callable[[], PairCounts]) -> PairCounts:
    """The pairs in memory or in the folder if they are of these codes; else counted, and kept there if that
    can be.

    One at a time counts; others wait for it. UserError when the codes cannot be read, Cancelled.
    """
    stamp = stamp_of(features)
    key = (str(features.folder), stamp)
    while not _lock.acquire(timeout=_WAIT):
        progress.check()
    try:
        pairs = _remembered.get(key)
        if pairs is None:
            pairs = load_pairs(features, stamp)
        if pairs is None:
            pairs = count()
            with suppress(UserError):
                save_pairs(features.folder, pairs, stamp)
        _remembered[key] = pairs
        _remembered.move_to_end(key)
        while len(_remembered) > _REMEMBERED:
            _remembered.popitem(last=False)
        return pairs
    finally:
        _lock.release()


def stamp_of(features: FeatureSet) -> Stamp:
    """What pairs counted now would be counted from. UserError when the codes cannot be read."""
    try:
        return Stamp(
            indices=files.fingerprint(features.folder / INDICES_FILE),
            values=files.fingerprint(features.folder / VALUES_FILE),
            features=features.sae.config.features,
            documents=features.documents,
        )
    except OSError as error:
        raise UserError(
            f"The codes of the autoencoder “{features.sae.name}” cannot be read.",
            "They are derived from its weights and the vectors, so nothing is lost.",
            "Run check with repair, or encode the documents again.",
        ) from error


def save_pairs(folder: Path, pairs: PairCounts, stamp: Stamp) -> None:
    """Keep them in the SAE's folder. UserError when it cannot be written to.

    One array (4, m) int32: left, right, counts, and the bits of the float32 similarity; and a small file that
    says what they were counted from, written last.
    """
    table = np.stack((pairs.left, pairs.right, pairs.counts, pairs.similarity.view(np.int32)))
    files.write_array(folder / PAIRS_FILE, table)
    kept = _Kept(stamp=stamp, pairs=files.fingerprint(folder / PAIRS_FILE))
    files.write_json(folder / STAMP_FILE, kept.model_dump())


def load_pairs(features: FeatureSet, stamp: Stamp) -> PairCounts | None:
    """The kept pairs; None when there are none, they are of other codes, or damaged: they can be spared."""
    folder = features.folder
    try:
        kept = _Kept.model_validate_json(files.read_small(folder / STAMP_FILE, _LARGEST_STAMP))
        if kept.stamp != stamp or files.fingerprint(folder / PAIRS_FILE) != kept.pairs:
            return None
        mapped = files.mapped_array(folder / PAIRS_FILE)
    except (OSError, ValidationError, ValueError):
        return None
    if mapped.ndim != 2 or len(mapped) != 4 or mapped.dtype != np.int32:
        return None
    # A copy: a mapped file could not be replaced on Windows while a window holds it.
    left, right, counts = (np.array(mapped[row]) for row in range(3))
    similarity = np.array(mapped[3]).view(np.float32)
    frequency = np.asarray(features.statistics.count, np.int64)
    if not _sound(left, right, counts, frequency) or not ((similarity >= 0) & (similarity <= 1)).all():
        return None
    return PairCounts(stamp.features, stamp.documents, frequency, left, right, counts, similarity)


def _sound(
    left: NDArray[np.int32], right: NDArray[np.int32], counts: NDArray[np.int32], frequency: NDArray[np.int64]
) -> bool:
    if not left.size:
        return True
    if left.min() < 0 or right.max() >= frequency.size or not (left < right).all():
        return False
    fewer = np.minimum(frequency[left], frequency[right])
    return bool((counts >= FEWEST).all() and (counts <= fewer).all())
