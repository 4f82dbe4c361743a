"""Words typed by people, as expressions of SQLite's full-text search that never fail to parse."""

from __future__ import annotations

import re
import unicodedata

_MAX_TERMS = 48
_MAX_LETTERS = 300
_DEEPEST = 20
_PIECE = re.compile(r'(-?)"([^"]*)"?|(\S+)')
_TOKEN = re.compile(r'-?"[^"]*"?|[()]|[^\s()"]+')
_SIGNS = frozenset({"AND", "OR", "NOT", "(", ")"})


def match_expressions(query: str) -> list[str]:
    """FTS5 expressions to try in turn. Empty without words.

    With AND, OR, NOT in capitals or with parentheses there is one expression, what was asked for; where these
    cannot be read, and without them: all words wanted, then any of them.
    """
    clean = query.encode("utf-8", "replace").decode()
    asked = _boolean(clean)
    if asked is not None:
        return [asked]
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, loose in _PIECE.findall(clean):
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


def hit_pattern(query: str) -> re.Pattern[str] | None:
    """Finds the words of `query` in a text, as the index does: whole words, in any case; None without words.

    What is excluded is not looked for. Accents count here, unlike in the index.
    """
    parts = []
    for token in _positive(query):
        prefix = token.endswith("*")
        words = re.findall(r"\w+", unicodedata.normalize("NFC", token[:_MAX_LETTERS]))
        if words:
            parts.append(r"\W+".join(map(re.escape, words)) + (r"\w*" if prefix else ""))
    if not parts:
        return None
    # The longest first, or a word would hide the phrase that begins with it.
    parts = sorted(dict.fromkeys(parts[:_MAX_TERMS]), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)


def _positive(query: str) -> list[str]:
    """The words and phrases that are wanted."""
    found, hidden, depth = [], [], 0
    negated = False
    for token in _TOKEN.findall(query):
        if token == "(":
            depth += 1
            if negated:
                hidden.append(depth)
        elif token == ")":
            if hidden and hidden[-1] == depth:
                hidden.pop()
            depth = max(0, depth - 1)
        elif token == "NOT":
            negated = True
            continue
        elif token not in _SIGNS and not (negated or hidden or token.startswith("-")):
            found.append(token.strip('"'))
        negated = False
    return found


class _Unreadable(Exception):
    """The signs do not make a sentence; the words alone are searched for."""


def _boolean(query: str) -> str | None:
    """The one expression that AND, OR, NOT and parentheses ask for; None without them."""
    tokens = _TOKEN.findall(query)[: 4 * _MAX_TERMS]
    if not _SIGNS.intersection(tokens):
        return None
    reader = _Reader(tokens)
    try:
        wanted, unwanted = reader.either(0)
        if reader.tokens or unwanted:
            raise _Unreadable
    except _Unreadable:
        return None
    return wanted


class _Reader:
    """Recursive descent; every part is read as (expression, whether it is negated)."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens[::-1]

    def either(self, depth: int) -> tuple[str, bool]:
        parts = [self._every(depth)]
        while self.tokens and self.tokens[-1] == "OR":
            self.tokens.pop()
            parts.append(self._every(depth))
        if len(parts) == 1:
            return parts[0]
        if any(negated for _, negated in parts):
            raise _Unreadable  # FTS5 cannot list what does not hold a word
        return f"({' OR '.join(part for part, _ in parts)})", False

    def _every(self, depth: int) -> tuple[str, bool]:
        wanted: list[str] = []
        unwanted: list[str] = []
        while self.tokens and self.tokens[-1] not in ("OR", ")"):
            if self.tokens[-1] == "AND":
                self.tokens.pop()
                continue
            part, negated = self._one(depth)
            if part:
                (unwanted if negated else wanted).append(part)
        if not wanted:
            if len(unwanted) == 1:
                return unwanted[0], True
            raise _Unreadable
        without = f" NOT ({' OR '.join(unwanted)})" if unwanted else ""
        return f"(({' AND '.join(wanted)}){without})", False

    def _one(self, depth: int) -> tuple[str, bool]:
        token = self.tokens.pop()
        if token == "NOT":
            if not self.tokens or self.tokens[-1] in _SIGNS - {"("}:
                raise _Unreadable
            part, negated = self._one(depth)
            return part, not negated
        if token == "(":
            if depth >= _DEEPEST:
                raise _Unreadable
            inner = self.either(depth + 1)
            if not self.tokens or self.tokens.pop() != ")":
                raise _Unreadable
            return inner
        minus = token.startswith("-")
        return _quoted(token.lstrip("-"), prefix=token.endswith("*")) or "", minus


def _quoted(text: str, *, prefix: bool) -> str | None:
    plain = text.replace('"', " ").replace("\0", " ")[:_MAX_LETTERS]
    if not any(letter.isalnum() for letter in plain):
        return None
    return f'"{plain}" *' if prefix else f'"{plain}"'
