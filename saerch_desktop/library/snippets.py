"""The words around hits, cut out of a text as the full-text index would."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

_WORDS: Final = 24
_WORD: Final = re.compile(r"[^\W_]+")


def snippet(pattern: re.Pattern[str], columns: Sequence[str]) -> str:
    """Some two dozen words of the column with the most different hits; "" without a hit.

    Hits stand between \\x02 and \\x03, and "…" where something was left out.
    """
    best: tuple[int, str, int, int] | None = None
    for column in columns:
        words = [match.span() for match in _WORD.finditer(column)]
        hits = [(match.start(), match.group().casefold()) for match in pattern.finditer(column)]
        places = [bisect_left(words, (start, 0)) for start, _ in hits]
        for first, place in enumerate(places):
            inside = bisect_left(places, place + _WORDS, lo=first)
            different = len({text for _, text in hits[first:inside]})
            if best is None or different > best[0]:
                spare = _WORDS - (places[inside - 1] - place + 1)
                begin = max(0, min(place - spare // 2, len(words) - _WORDS))
                end = min(len(words), begin + _WORDS)
                best = different, column, begin, end
    return "" if best is None else _cut(pattern, *best[1:])


def _cut(pattern: re.Pattern[str], column: str, begin: int, end: int) -> str:
    """Words begin..end-1 of a column, marked."""
    words = [match.span() for match in _WORD.finditer(column)]
    start = 0 if begin == 0 else words[begin][0]
    stop = len(column) if end >= len(words) else words[end - 1][1]
    marked = pattern.sub("\x02\\g<0>\x03", column[start:stop])
    return f"{'…' if start else ''}{marked}{'…' if stop < len(column) else ''}"
