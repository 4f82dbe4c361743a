"""Long texts as queries: read in parts, as embedding models read no more than a page at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.search.engine import SearchEngine

_WORDS: Final = 150  # of one part: what small models read whole
_MOST: Final = 200  # parts of one text
_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+|\n{2,}")


def parts_of(text: str, words: int = _WORDS) -> list[str]:
    """The text in parts of at most so many words, at the ends of sentences where there are any; the first
    200 of them.
    """
    parts: list[str] = []
    held: list[str] = []
    for sentence in _SENTENCE.split(text):
        tokens = sentence.split()
        if held and len(held) + len(tokens) > words:
            parts.append(" ".join(held))
            held = []
        held.extend(tokens)
        while len(held) > words:
            parts.append(" ".join(held[:words]))
            held = held[words:]
        if len(parts) >= _MOST:
            break
    if held:
        parts.append(" ".join(held))
    return parts[:_MOST]


def mean_of_parts(engine: SearchEngine, text: str, progress: Progress | None = None) -> NDArray[np.float32]:
    """(d,) float32: mean of the parts' unit vectors, weighted by their words.

    Raises UserError (an empty text, nothing to embed with, no part could be embedded), Cancelled.
    """
    parts = parts_of(text)
    if not parts:
        raise UserError("The text is empty.", "Nothing was searched.", "Paste some words.")
    batch = engine.embedder().embed(parts, progress)
    weights = np.array([0.0 if n in batch.failed else len(part.split()) for n, part in enumerate(parts)])
    if not weights.any():
        raise UserError(
            f"The text could not be embedded: {next(iter(batch.failed.values()))}",
            "Nothing was searched; keyword search still works.",
            "Try again, or shorten the text.",
        )
    vectors = np.asarray(batch.vectors, np.float64)
    vectors[weights == 0] = 0.0
    mean: NDArray[np.float32] = (weights @ vectors / weights.sum()).astype(np.float32)
    return mean
