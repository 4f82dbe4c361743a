"""The language of document filters: from typed text to a tree, and the tree in plain words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from saerch_desktop.errors import UserError

Sign = Literal[":", "=", ">", ">=", "<", "<="]

LONGEST: Final = 2000
_DEEPEST: Final = 40
UNDERSTOOD: Final = (
    "words or “quoted words”, name:value, year>=2020, year:2018..2020, date<2021-05, a number field such as"
    " citations>10, #12 or #12>0.2 for a feature, id:…; a space means and; OR, NOT or -, and parentheses"
)
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<open>\() | (?P<close>\))
      | (?P<minus>-(?=["(\w\#]))
      | (?P<sign>:|>=|<=|≥|≤|>|<|=)
      | (?P<quoted>"(?:[^"\\]|\\.)*")
      | (?P<broken>")
      | (?P<word>[^\s()":<>=≥≤]+)
    )""",
    re.VERBOSE,
)
# A value may hold what would be a sign elsewhere (10:30, a=b), up to the next space or parenthesis.
_VALUE: Final = re.compile(r'"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s()"]+)')
_SIGNS: Final[dict[str, Sign]] = {
    ":": ":",
    "=": "=",
    ">": ">",
    ">=": ">=",
    "≥": ">=",
    "<": "<",
    "<=": "<=",
    "≤": "<=",
}


@dataclass(frozen=True, slots=True)
class Words:
    """Documents whose title or text holds these words together. place: where it stands in the typed text."""

    text: str
    place: int


@dataclass(frozen=True, slots=True)
class Test:
    """Documents of which something named holds: a facet, the year, the date, a field, the id.

    quoted: the value was in quotation marks, so that no sign in it means anything.
    """

    name: str
    sign: Sign
    value: str
    quoted: bool
    place: int


@dataclass(frozen=True, slots=True)
class Active:
    """Documents where a feature is active, or its activation compares with `value` as `sign` says."""

    feature: int
    sign: Sign | None
    value: float
    place: int


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class All:
    """Documents that meet every part; all documents without parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Documents that meet at least one part."""

    parts: tuple[Node, ...]


Node = Words | Test | Active | Not | All | Any


def read(text: str) -> Node:
    """The tree of a typed filter. UserError names the place that cannot be read and what is understood."""
    if len(text) > LONGEST:
        raise trouble(text, LONGEST, f"it is longer than {LONGEST:,} characters")
    reader = _Reader(text)
    node = reader.either(0)
    if reader.peek("close"):
        raise trouble(text, reader.at, "a parenthesis is closed that was not opened")
    return node


class _Reader:
    """Reads from left to right; `at` is where the next part begins."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._skip()

    def either(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise trouble(self.text, self.at, "the parentheses go too deep")
        parts = [self._every(depth)]
        place = self.at
        while self._keyword("OR"):
            parts.append(self._every(depth))
            if All(()) in parts:
                raise trouble(self.text, place, "OR needs something on both sides")
            place = self.at
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _every(self, depth: int) -> Node:
        parts: list[Node] = []
        while True:
            joined = self._keyword("AND")
            if joined and not parts:
                raise trouble(self.text, self.at, "AND needs something on both sides")
            if self.at >= len(self.text) or self.peek("close") or self._sees("OR"):
                if joined:
                    raise trouble(self.text, self.at, "AND needs something on both sides")
                break
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self, depth: int) -> Node:
        negative = False
        while self._keyword("NOT") or self._take("minus"):
            negative = not negative
        node = self._group(depth) if self.peek("open") else self._term()
        return Not(node) if negative else node

    def _group(self, depth: int) -> Node:
        opened = self.at
        self._take("open")
        node = self.either(depth + 1)
        if not self._take("close"):
            raise trouble(self.text, opened, "this parenthesis is not closed")
        if node == All(()):
            raise trouble(self.text, opened, "there is nothing between these parentheses")
        return node

    def _term(self) -> Node:
        place = self.at
        if self.peek("broken"):
            raise trouble(self.text, place, "this quotation mark has no end")
        name = self._take("quoted") or self._take("word")
        if name is None:
            what = "nothing stands here to filter by" if place >= len(self.text) else "a name is missing here"
            raise trouble(self.text, place, what)
        quoted = name.startswith('"')
        plain = unquoted(name[1:-1]) if quoted else name
        sign = None
        if self.at == place + len(name) or not quoted:
            sign = self._take("sign")
        if plain.startswith("#") and not quoted:
            return self._feature(plain, sign, place)
        if sign is None:
            return Words(plain, place)
        value, in_quotes = self._value(place)
        return Test(plain, _SIGNS[sign], value, in_quotes, place)

    def _feature(self, name: str, sign: str | None, place: int) -> Node:
        digits = name[1:]
        if not (digits.isascii() and digits.isdecimal()) or len(digits) > 9:
            raise trouble(self.text, place, "a feature is written as # and its number")
        if sign is None:
            return Active(int(digits), None, 0.0, place)
        value, _ = self._value(place)
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not abs(number) < float("inf") or sign == ":":
            raise trouble(self.text, place, f"#{digits} is compared with a number, such as #{digits}>0.2")
        return Active(int(digits), _SIGNS[sign], number, place)

    def _value(self, place: int) -> tuple[str, bool]:
        found = _VALUE.match(self.text, self.at)
        if found is None:
            broken = self.text[self.at : self.at + 1] == '"'
            raise trouble(
                self.text,
                self.at if broken else place,
                "this quotation mark has no end" if broken else "a value is missing",
            )
        self.at = found.end()
        self._skip()
        if found["quoted"] is not None:
            return unquoted(found["quoted"]), True
        return found["bare"], False

    def peek(self, kind: str) -> bool:
        found = _TOKEN.match(self.text, self.at)
        return found is not None and found.lastgroup == kind

    def _take(self, kind: str) -> str | None:
        found = _TOKEN.match(self.text, self.at)
        if found is None or found.lastgroup != kind:
            return None
        self.at = found.end()
        self._skip()
        return found[kind]

    def _sees(self, word: str) -> bool:
        found = _TOKEN.match(self.text, self.at)
        return found is not None and found["word"] == word

    def _keyword(self, word: str) -> bool:
        if not self._sees(word):
            return False
        self._take("word")
        return True

    def _skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1


def unquoted(inner: str) -> str:
    """What stands between quotation marks; a backslash keeps the sign after it."""
    return re.sub(r"\\(.)", r"\1", inner)


def quoted(text: str) -> str:
    """`text` as a value or name that `read` gives back unchanged."""
    if text and re.fullmatch(r"[^\s()\":<>=≥≤\\*#-][^\s()\":<>=≥≤\\*]*", text) and ".." not in text:
        return text
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def facet_term(name: str, value: str) -> str:
    """The filter for one value of a facet."""
    return f"{quoted(name)}:{quoted(value)}"


def trouble(text: str, place: int, what: str) -> UserError:
    """The filter cannot be read at this place."""
    place = min(place, len(text))
    rest = text[place : place + 24]
    where = (
        f"at character {place + 1}, “{rest}{'…' if len(text) > place + 24 else ''}”" if rest else "at its end"
    )
    return UserError(
        f"The filter cannot be read {where}: {what}.",
        "Nothing was filtered.",
        f"Understood are {UNDERSTOOD}.",
    )
