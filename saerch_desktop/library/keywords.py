"""Words typed by people, as expressions of SQLite's full-text search that never fail to parse."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_MAX_TERMS = 48
_MAX_TOKENS = 4 * _MAX_TERMS
_MAX_LETTERS = 300
_LONGEST_PATTERN = 2000  # letters, so that a pasted page does not make a pattern that takes long to read
_DEEPEST = 20
_PIECE = re.compile(r'(-?)"([^"]*)"?(\*?)|(\S+)')
_TOKEN = re.compile(r'-?"[^"]*"?\*?|[()]|[^\s()"]+')
_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
_MARK = "[\\u0300-\\u036f]"
# Marks are of no letter's kind either: what has taken them gives none back, or texts of many take for ever.
_MARKS = f"{_MARK}*+"
_JOINS = frozenset({"AND", "OR", "NOT"})
_SIGNS = _JOINS | {"(", ")"}


# Words that say nothing of what a text is about; asked for only where there are no others.
_FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can do does for from how in into is it its of on or that the their there"
        " these this to was were what when where which who why with",
    )
)


def match_expressions(query: str, *, any_of: bool = False) -> list[str]:
    """FTS5 expressions to try in turn. Empty without words.

    "Quoted words" stand together, -word is excluded, wor* and "two wor"* match beginnings. With AND, OR or
    NOT in capitals, and parentheses, there is one expression, what was asked for; where these cannot be read,
    and without them: all words wanted, then any of them. any_of: any of them at once, without function words,
    as a list that is fused with another one wants it.
    """
    clean = query.encode("utf-8", "replace").decode()
    asked = _boolean(clean)
    if asked is not None:
        return [asked]
    wanted: list[str] = []
    unwanted: list[str] = []
    for excluded, phrase, star, loose in _pieces(clean):
        # A loose word with signs inside (astro-ph, don't) is a phrase to FTS5: its parts must stand together.
        term = _quoted(phrase or loose, prefix=bool(star) or loose.endswith("*"))
        if term is not None:
            (unwanted if excluded else wanted).append(term)
    wanted, unwanted = wanted[:_MAX_TERMS], unwanted[:_MAX_TERMS]
    if not wanted:
        return []
    if len(wanted) == 1 and not unwanted:
        return wanted
    without = f" NOT ({' OR '.join(unwanted)})" if unwanted else ""
    if any_of:
        telling = [term for term in wanted if term.strip('"').casefold() not in _FUNCTION_WORDS]
        return [f"({' OR '.join(telling or wanted)}){without}"]
    expressions = [f"({' AND '.join(wanted)}){without}"]
    if len(wanted) > 1:
        expressions.append(f"({' OR '.join(wanted)}){without}")
    return expressions


@lru_cache(maxsize=32)
def hit_pattern(query: str) -> re.Pattern[str] | None:
    """Finds the words of `query` in a text as the index does: whole words in any case, with accents or
    without; None without words. What is excluded is not looked for. An expression for the index is a query,
    too. Five words take 50 ms to compile, a pasted page 400: ask on a worker first.
    """
    parts = []
    room = _LONGEST_PATTERN
    for token in _wanted(query.encode("utf-8", "replace").decode()):
        words = [_bare(word) for word in _WORD.findall(token[:_MAX_LETTERS])]
        room -= sum(map(len, words))
        if words and room >= 0:
            told = r"[\W_]+".join("".join(map(_letter, word)) for word in words)
            parts.append(told + (rf"(?:[^\W_]|{_MARK})*+" if token.endswith("*") else ""))
    if not parts:
        return None
    # The longest first, or a word would hide the phrase that begins with it.
    parts = sorted(dict.fromkeys(parts[:_MAX_TERMS]), key=len, reverse=True)
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(parts)})(?![^\W_])", re.IGNORECASE)


def _bare(word: str) -> str:
    """Without accents, in small letters."""
    letters = unicodedata.normalize("NFD", word.lower())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _letter(letter: str) -> str:
    """A letter with any accent, written as one character or as two."""
    alike = _accented().get(letter, "")
    return (f"[{re.escape(letter)}{alike}]" if alike else re.escape(letter)) + _MARKS


@lru_cache(maxsize=1)
def _accented() -> dict[str, str]:
    """A bare letter → all that differ from it by accents alone, of the alphabets in which these are spelled
    as one character.
    """
    found: dict[str, list[str]] = {}
    for code in (*range(0xC0, 0x530), *range(0x1E00, 0x2000)):
        letter = chr(code)
        bare = _bare(letter)
        if len(bare) == 1 and bare.isalpha() and bare != letter and letter.islower():
            found.setdefault(bare, []).append(letter)
    return {bare: "".join(letters) for bare, letters in found.items()}


def _wanted(query: str) -> list[str]:
    """The words and phrases that are not excluded, a star at the end of those that are beginnings."""
    if _boolean(query) is None:
        return [phrase + star or loose for minus, phrase, star, loose in _pieces(query) if not minus]
    found: list[str] = []
    excluded = [False]  # whether what stands in the parentheses opened so far is
    negated = False
    for token in _TOKEN.findall(query)[:_MAX_TOKENS]:
        if token == "NOT":
            negated = not negated
            continue
        if token == "(":
            excluded.append(excluded[-1] != negated)
        elif token == ")":
            excluded.pop()
        elif token not in _JOINS and (negated != token.startswith("-")) == excluded[-1]:
            found.append(token)
        negated = False
    return found


def _pieces(query: str) -> list[tuple[bool, str, str, str]]:
    """(whether excluded, phrase, its star, loose word) in turn; a piece is a phrase or a word.

    Of signs that could not be read only NOT is left, which excludes the piece behind it.
    """
    found = []
    negated = False
    for minus, phrase, star, loose in _PIECE.findall(query):
        if loose in _JOINS:
            negated = loose == "NOT"
            continue
        excluded = negated or bool(minus) or (len(loose) > 1 and loose[0] == "-" and loose[1].isalnum())
        found.append((excluded, phrase, star, loose))
        negated = False
    return found


class _Unreadable(Exception):
    """The signs do not make a sentence; the words alone are searched for."""


def _boolean(query: str) -> str | None:
    """The one expression that AND, OR and NOT ask for; None without them, since parentheses alone are how
    people write, too.
    """
    tokens = _TOKEN.findall(query)[:_MAX_TOKENS]
    if not _JOINS.intersection(tokens):
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
        if len(wanted) == 1 and not unwanted:
            return wanted[0], False
        without = f" NOT ({' OR '.join(unwanted)})" if unwanted else ""
        return f"(({' AND '.join(wanted)}){without})", False

    def _one(self, depth: int) -> tuple[str, bool]:
        token = self.tokens.pop()
        if token == "NOT":
            if not self.tokens or self.tokens[-1] in _SIGNS - {"(", "NOT"}:
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
    return f'"{plain}"*' if prefix else f'"{plain}"'
