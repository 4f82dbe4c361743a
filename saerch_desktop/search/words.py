"""Search by words: all matches of a text, kept to the documents of a filter, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.library.documents import KeywordHit, Matches

if TYPE_CHECKING:
    from saerch_desktop.library.documents import Documents


@dataclass(frozen=True, slots=True)
class KeywordPage:
    """Hits of one page, best first. total: how many documents match; offset: of the first hit."""

    hits: tuple[KeywordHit, ...]
    total: int
    offset: int = 0


def kept(matches: Matches, within: NDArray[np.bool_] | None) -> Matches:
    """The matches among the documents of `within` (N,) bool, None for all."""
    if within is None or matches.rows.size == 0:
        return matches
    inside = within[matches.rows]
    return Matches(matches.expression, matches.rows[inside], matches.scores[inside])


def page(documents: Documents, matches: Matches, top: int, offset: int = 0) -> KeywordPage:
    """`top` matches from the one at `offset` on, with the words around their hits."""
    start, stop = max(0, offset), max(0, offset) + max(0, top)
    rows, scores = matches.rows[start:stop].tolist(), matches.scores[start:stop].tolist()
    snippets = documents.snippets(matches, rows)
    hits = (KeywordHit(r, s, snippets.get(r, "")) for r, s in zip(rows, scores, strict=True))
    return KeywordPage(tuple(hits), matches.rows.size, start)
