"""Words typed by people, as expressions of SQLite's full-text search that never fail to parse."""

from __future__ import annotations

import re

_MAX_TERMS = 48
_MAX_LETTERS = 300
_PIECE = re.compile(r'(-?)"([^"]*)"?|(\S+)')


def match_expressions(query: str) -> list[str]:
    """FTS5 expressions to try in turn: all words wanted, then any of them. Empty without words."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, loose in _PIECE.findall(query.encode("utf-8", "replace").decode()):
        excluded = bool(minus) or (len(loose) > 1 and loose[0] == "-" and loose[1].isalnum())
        # A loose word with signs inside (astro-ph, don't) is a phrase to FTS5: its parts must stand together.
        term = _quoted(phrase or loose, prefix=loose.endswith("*"))
        if term is not None:
            (unwanted if excluded else wanted).append(term)
    wanted, unwanted = wanted[:_MAX_TERMS], unwanted[:_MAX_TERMS]
    if not wanted:
        return []
    without = f" NOT ({' OR '.join(unwanted)})" if unwanted else ""
    expressions = [f"({' AND '.join(wanted)}){without}"]
    if len(wanted) > 1:
        expressions.append(f"({' OR '.join(wanted)}){without}")
    return expressions


def _quoted(text: str, *, prefix: bool) -> str | None:
    plain = text.replace('"', " ").replace("\0", " ")[:_MAX_LETTERS]
    if not any(letter.isalnum() for letter in plain):
        return None
    return f'"{plain}" *' if prefix else f'"{plain}"'
