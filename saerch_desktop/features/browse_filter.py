"""The language of the feature browser's filter line: words, and conditions on what is known of a feature."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.label import GRADES
from saerch_desktop.features.label_search import fold

if TYPE_CHECKING:
    from saerch_desktop.features.browse import FeatureTable

Test = Callable[["FeatureTable"], NDArray[np.bool_]]

HELP: Final[tuple[tuple[str, str], ...]] = (
    ("dark matter", "all these words in the name, in any order; names where they begin a word come first"),
    ('"dark matter"', "exactly this phrase"),
    ("-galaxy", "without this word; a minus turns any condition around"),
    ("#12", "the feature with this number, and those whose numbers begin so"),
    ("density<1%", "active in less than 1 % of the documents; also > <= >= ="),
    ("documents>=20", "active in at least so many documents"),
    ("grade>=B", "grade B or better; grade<B is worse than B; names that were not tested: grade=?"),
    ("auroc>0.8", "how well the name finds the feature’s documents, 0.5 is chance; also pearson, f1"),
    ("now>0", "activation in what the column “Now” is about"),
    ("max>1", "strongest activation anywhere; also mean"),
    ("verified", "you accepted the name; unverified: not yet"),
    ("flagged", "what you flagged; also pinned, tagged, noted"),
    ("labelled", "with a name; unlabelled: without; untested: the name was not tested"),
    ("live", "active in some document; dead: in none; junk: its documents have little in common"),
    ("tag:odd", "with a tag that begins so"),
    ("family:stars", "in a family whose name has these words, or whose key begins so; family: in any"),
    ("source:llm", "who gave the name: you (human), phrases, llm, imported, carried"),
    ("note:check", "with this in your note"),
)
"""What can be typed, and what it means."""

_NUMBERS: Final = {
    "density": ("density", "density"),
    "documents": ("count", "documents"),
    "count": ("count", "documents"),
    "max": ("maximum", "strongest activation"),
    "mean": ("mean", "mean activation"),
    "auroc": ("auroc", "AUROC of the name’s test"),
    "pearson": ("pearson", "Pearson correlation of the name’s test"),
    "f1": ("f1", "F1 of the name’s test"),
    "now": ("now", "activation now"),
    "relevance": ("relevance", "relevance to the selection"),
}
_SHARES: Final = ("density", "auroc", "f1")
_OPERATORS: Final = {
    "<": ("below", np.less),
    "<=": ("at most", np.less_equal),
    ">": ("above", np.greater),
    ">=": ("at least", np.greater_equal),
    "=": ("exactly", np.equal),
}
_FLAGS: Final[Mapping[str, tuple[str, bool, str]]] = {
    "verified": ("verified", True, "verified by you"),
    "unverified": ("verified", False, "not verified"),
    "flagged": ("flagged", True, "flagged"),
    "unflagged": ("flagged", False, "not flagged"),
    "pinned": ("pinned", True, "pinned"),
    "unpinned": ("pinned", False, "not pinned"),
    "tagged": ("tagged", True, "with a tag"),
    "untagged": ("tagged", False, "without a tag"),
    "noted": ("noted", True, "with a note"),
    "junk": ("junk", True, "junk: little in common"),
    "live": ("live", True, "active in some document"),
    "dead": ("live", False, "active in no document"),
    "labelled": ("labelled", True, "with a name"),
    "labeled": ("labelled", True, "with a name"),
    "unlabelled": ("labelled", False, "without a name"),
    "unlabeled": ("labelled", False, "without a name"),
    "tested": ("tested", True, "with a tested name"),
    "untested": ("tested", False, "without a tested name"),
}
_EXAMPLES: Final = {"density": "density<1%", "auroc": "auroc>0.8", "documents": "documents>100"}
_NAMES: Final = "|".join((*_NUMBERS, "grade"))
_TOKEN: Final = re.compile(
    rf"""
      -?(?:[^\W\d_]+:)?"[^"]*"?                                    # "a phrase", tag:"two words"
    | -?(?:{_NAMES})\s*(?:<=|>=|=<|=>|≤|≥|<|>|=|:)             # density < 1 %
      (?:\s*[\d.][^\s"<>=]*|\s*[A-F?](?=\s|$)|[^\s"<>=]*)(?:\s?%)?
    | [^\s"]+
    """,
    re.VERBOSE | re.IGNORECASE,
)
_COMPARISON: Final = re.compile(r"([^\W\d_]\w*)\s*(<=|>=|=<|=>|≤|≥|<|>|=)\s*(.*)", re.DOTALL)
_SAME: Final = {"=<": "<=", "=>": ">=", "≤": "<=", "≥": ">=", ":": "="}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was typed, from `start` to `end` of the line, and what it was understood as.

    problem: why it cannot be a condition; it is then left out, and the rest still filters.
    """

    start: int
    end: int
    said: str
    problem: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """What was understood of a line. numbers: features asked for by number, of which any will do."""

    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    tests: tuple[Test, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(part.problem for part in self.parts if part.problem)


def parse(text: str, absent: Mapping[str, str] | None = None) -> Filter:
    """Understand a line; never fails. absent: columns that cannot be asked about, and why."""
    text = text.replace("“", '"').replace("”", '"').replace("„", '"').replace("−", "-")
    reader = _Reader(absent or {})
    for found in _TOKEN.finditer(text):
        reader.read(found.group(), found.start(), found.end())
    return Filter(
        words=tuple(reader.words),
        without=tuple(reader.without),
        numbers=tuple(reader.numbers),
        tests=tuple(reader.tests),
        parts=tuple(reader.parts),
    )


class _Trouble(Exception):
    """A condition that cannot be one; says why."""


class _Reader:
    """Takes one typed piece after the other."""

    def __init__(self, absent: Mapping[str, str]) -> None:
        self._absent = absent
        self.words: list[str] = []
        self.without: list[str] = []
        self.numbers: list[int] = []
        self.tests: list[Test] = []
        self.parts: list[Part] = []

    def read(self, typed: str, start: int, end: int) -> None:
        inverted = typed.startswith("-")
        body = typed[1:] if inverted else typed
        if not body.strip('"').strip():
            return  # a quotation mark or a minus: more will follow
        try:
            said = self._understood(body, inverted)
        except _Trouble as trouble:
            self.parts.append(Part(start, end, typed, str(trouble)))
        else:
            self.parts.append(Part(start, end, said))

    def _understood(self, body: str, inverted: bool) -> str:
        if body.startswith('"'):
            return self._word(body.strip('"'), inverted)
        if body.startswith("#"):
            return self._number(body[1:], inverted)
        if body.casefold() in _FLAGS:
            column, expected, said = _FLAGS[body.casefold()]
            self._require(column)
            return self._test(lambda table: getattr(table, column) == expected, said, inverted)
        name, colon, value = body.partition(":")
        if colon and name.isalpha():
            return self._prefixed(name.casefold(), value.strip().strip('"'), inverted)
        comparison = _COMPARISON.fullmatch(body)
        if comparison is not None:
            name, sign, value = comparison.groups()
            return self._compared(name.casefold(), _SAME.get(sign, sign), value.strip(), inverted)
        return self._word(body, inverted)

    def _test(self, test: Test, said: str, inverted: bool) -> str:
        self.tests.append((lambda table: ~test(table)) if inverted else test)
        return f"not: {said}" if inverted else said

    def _require(self, column: str) -> None:
        if column in self._absent:
            raise _Trouble(self._absent[column])

    def _word(self, word: str, inverted: bool) -> str:
        (self.without if inverted else self.words).append(word)
        return f"not “{word}”" if inverted else f"“{word}”"

    def _number(self, digits: str, inverted: bool) -> str:
        if not digits:
            raise _Trouble("Say which number, such as #12.")
        if not (digits.isascii() and digits.isdecimal()) or len(digits) > 9:
            raise _Trouble(f"“#{digits}” is no feature’s number; write one such as #12.")
        number = int(digits)
        if inverted:
            return self._test(lambda table: table.number == number, f"#{number}", inverted)
        self.numbers.append(number)
        return f"#{number}"

    def _prefixed(self, name: str, value: str, inverted: bool) -> str:
        if name == "tag":
            said = f"tag “{value}”" if value else "with a tag"
            return self._test(lambda table: table.with_tag(fold(value)), said, inverted)
        if name == "source":
            if not value:
                raise _Trouble("Say who gave the name: source:human, phrases, llm, imported or carried.")
            wanted = {"you": "human", "me": "human"}.get(value.casefold(), value)
            return self._test(lambda table: table.with_source(fold(wanted)), f"named by “{value}”", inverted)
        if name == "note":
            said = f"note with “{value}”" if value else "with a note"
            return self._test(lambda table: table.with_note(fold(value)), said, inverted)
        if name == "family":
            self._require("family")
            said = f"family “{value}”" if value else "in a family"
            return self._test(lambda table: table.in_family(fold(value)), said, inverted)
        if name in _NUMBERS or name == "grade":
            return self._compared(name, "=", value, inverted)
        raise _Trouble(
            f"There is no condition “{name}:”; there are tag:, source:, note: and family:. "
            f"To find the text in names, put it in quotation marks."
        )

    def _compared(self, name: str, sign: str, value: str, inverted: bool) -> str:
        if name == "grade":
            return self._graded(sign, value, inverted)
        if name not in _NUMBERS:
            raise _Trouble(
                f"Nothing called “{name}” is known of features; there are density, documents, grade, auroc, "
                "max, mean and now. To find the text in names, put it in quotation marks."
            )
        column, words = _NUMBERS[name]
        self._require(column)
        wanted = _figure(name, value)
        compare = _OPERATORS[sign][1]
        shown = f"{wanted * 100:g} %" if column == "density" else f"{wanted:,g}"

        def test(table: FeatureTable) -> NDArray[np.bool_]:
            figures = getattr(table, column)
            if figures.dtype == np.float32:
                return np.asarray(compare(figures, np.float32(wanted)))  # as the figures are rounded
            return np.asarray(compare(figures, wanted))

        return self._test(test, f"{words} {_OPERATORS[sign][0]} {shown}", inverted)

    def _graded(self, sign: str, value: str, inverted: bool) -> str:
        letter = value.upper()
        if letter not in GRADES:
            example = "Say which grade, such as grade>=B: A is the best, F the worst, ? not tested."
            raise _Trouble(example if not value else f"There is no grade “{value}”. {example}")
        place = next(number for number, grade in enumerate(GRADES) if grade == letter)
        if letter == "?":
            if sign != "=":
                raise _Trouble("“?” means not tested, which is neither better nor worse; write grade=?.")
            return self._test(lambda table: table.grade == place, "name not tested", inverted)
        worst = GRADES.index("F")
        first, last, said = {
            ">": (0, place - 1, f"better than {letter}"),
            ">=": (0, place, f"{letter} or better"),
            "<": (place + 1, worst, f"worse than {letter}"),
            "<=": (place, worst, f"{letter} or worse"),
            "=": (place, place, letter),
        }[sign]

        def test(table: FeatureTable) -> NDArray[np.bool_]:
            return (table.grade >= first) & (table.grade <= last)

        return self._test(test, f"grade {said}", inverted)


def _figure(name: str, value: str) -> float:
    """The number typed after `name`; shares may be in percent."""
    example = {"density": "density<1%", "auroc": "auroc>0.8", "documents": "documents>100"}.get(
        name, f"{name}>0.5"
    )
    if not value:
        raise _Trouble(f"Say how much, such as {example}.")
    typed = value.replace(" ", "")
    percent = typed.endswith("%")
    typed = typed.removesuffix("%")
    factor = {"k": 1e3, "m": 1e6}.get(typed[-1:].casefold(), 1.0) if name in ("documents", "count") else 1.0
    typed = typed[:-1] if factor != 1.0 else typed
    typed = typed.replace(",", "" if name in ("documents", "count") else ".")
    try:
        figure = float(typed) * factor / (100 if percent else 1)
    except ValueError:
        raise _Trouble(f"“{value}” is not a number; write for example {example}.") from None
    if not np.isfinite(figure):
        raise _Trouble(f"“{value}” is not a number; write for example {example}.")
    if name in _SHARES and not percent and figure >= 1 and not (figure == 1 and name != "density"):
        if name == "density":
            raise _Trouble(f"A density is a share of the documents: write {value}% or {figure / 100:g}.")
        raise _Trouble(f"{name} is at most 1; write for example {example}.")
    if percent and name not in (*_SHARES, "pearson"):
        raise _Trouble(f"{name} is not a share; leave the % out.")
    return figure
