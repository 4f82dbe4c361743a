"""An explanation as lines to read: sections with their sums, and in them what adds how much."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from saerch_desktop.features.label import Label
from saerch_desktop.search.blends import Blend
from saerch_desktop.search.steering import Term
from saerch_desktop.search.why import Comparison, FusedWhy, Kind, Why
from saerch_desktop.ui import wording

Named = Callable[[int], tuple[str, Label | None, bool]]
"""Text, label and whether it is verified, of a feature."""
Key = int | str | None
"""A feature, the key of a slider of several, or neither."""

FEW: Final = 8  # lines of a section before the rest is folded into one
_SPARED: Final = 3  # fewer than so many are not worth a fold
DIGITS: Final = 4


class Role(IntEnum):
    HEAD = 0
    PART = 1
    MORE = 2  # stands for several that are folded away


@dataclass(frozen=True, slots=True)
class Line:
    """One row. first, second: figures before the one that counts, "" for none. share: length of its bar, −1
    to 1, beyond for what is longer than drawn, None for no bar. section: of its head. opens: whether there is
    somewhere to go to: a feature, a family.
    """

    role: Role
    section: str
    text: str
    value: float
    figure: str
    first: str = ""
    second: str = ""
    share: float | None = None
    key: Key = None
    opens: bool = False
    tip: str = ""
    label: Label | None = None
    verified: bool = False

    @property
    def spoken(self) -> str:
        return f"{self.text}: {self.figure}" if self.figure else self.text


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the table shows. heads: of the columns after the first one, (name, tooltip). leads: of two."""

    heads: tuple[tuple[str, str], tuple[str, str], tuple[str, str]]
    lines: tuple[Line, ...]
    leads: bool = False

    def plain(self) -> str:
        """All of it as text, columns between tabs."""
        rows = [("", *(name for name, _ in self.heads))]
        rows += [(line.text, line.first, line.second, line.figure) for line in self.lines]
        return "\n".join("\t".join(row).rstrip() for row in rows)


_SECTIONS: Final[tuple[tuple[str, frozenset[Kind], str, str], ...]] = (
    (
        "changes",
        frozenset({"edit", "dropped"}),
        "Your changes",
        "What moving the sliders added to the score or took from it; together the whole change",
    ),
    (
        "features",
        frozenset({"feature"}),
        "Features of the query",
        "How strongly each is active in the query, times how far the document lies in its direction",
    ),
    (
        "rest",
        frozenset({"shared", "unexplained"}),
        "Beside the features",
        "What belongs to the score without being a feature of the query",
    ),
)
_FIXED: Final[dict[Kind, tuple[str, str]]] = {
    "shared": (
        "What all texts share",
        "How near the document is to the middle of all texts: the same whatever is asked for",
    ),
    "unexplained": (
        "Not explained by features",
        "The part of the query that no feature stands for; it counts in full all the same",
    ),
    "dropped": (
        "Not explained, left out",
        "Paper mode leaves out what no feature stands for; this takes it from the score again",
    ),
}
_LIKENESS: Final = (
    "Likeness to the query",
    "No features are trained: the score is the cosine of both vectors",
)


def of_why(why: Why, named: Named) -> Sheet:
    """The parts of one document's score."""
    lines: list[Line] = []
    if why.fused is not None:
        lines += _fused_lines(why.fused)
    plain = all(part.kind == "unexplained" for part in why.parts)
    for key, kinds, head, tip in _SECTIONS:
        made = []
        for part in (part for part in why.parts if part.kind in kinds):
            line = _line(key, part.kind, part.term, part.value, named, plain)
            if part.term is not None:
                amount = wording.activation(part.amount)
                first = amount if part.kind == "feature" else wording.signed(part.amount)
                line = replace(line, first=first, second=wording.activation(part.held))
            made.append(line)
        lines += _section(key, head, tip, made)
    heads = (
        ("In the query", "Activation in the query; of changes: by how much it was changed"),
        ("In the document", "Activation in the document; 0 where the feature is silent there"),
        ("Adds", "What it adds to the score of the document"),
    )
    return Sheet(heads, _scaled(lines))


def of_comparison(comparison: Comparison, named: Named) -> Sheet:
    """The parts of one document's lead over another."""
    lines: list[Line] = []
    above, below = comparison.above.fused, comparison.below.fused
    if above is not None and below is not None:
        lines += _fused_lead(above, below)
    plain = all(pair.kind == "unexplained" for pair in comparison.parts)
    for key, kinds, head, tip in _SECTIONS:
        made = []
        for pair in (pair for pair in comparison.parts if pair.kind in kinds):
            line = _line(key, pair.kind, pair.term, pair.value, named, plain)
            first, second = (wording.signed(part.value, DIGITS) for part in (pair.above, pair.below))
            made.append(replace(line, first=first, second=second))
        lines += _section(key, head, tip, made)
    heads = (
        ("Upper", "What it adds to the score of the upper document"),
        ("Lower", "What it adds to the score of the lower document"),
        ("Lead", "Upper less lower: ▲ puts the upper one ahead, ▼ holds it back"),
    )
    return Sheet(heads, _scaled(lines), leads=True)


def of_words(words: Sequence[tuple[str, int]]) -> Sheet:
    """The words of the query that a document holds."""
    head = Line(Role.HEAD, "words", "Words of the query in this document", float(len(words)), "")
    most = max((many for _, many in words), default=1)
    lines = [
        Line(Role.PART, "words", word, float(many), f"{many} ×", share=many / most) for word, many in words
    ]
    return Sheet((("", ""), ("", ""), ("Times", "How often it stands in the document")), (head, *lines))


def folded(lines: Sequence[Line], opened: frozenset[str]) -> list[Line]:
    """The lines with all but the largest of each section in one, unless it is opened."""
    shown: list[Line] = []
    sections = list(dict.fromkeys(line.section for line in lines))
    for section in sections:
        own = [line for line in lines if line.section == section]
        head, parts = own[0], own[1:]
        if section in opened or len(parts) <= FEW + _SPARED:
            shown += own
            continue
        rest = parts[FEW:]
        total = math.fsum(line.value for line in rest)
        text = f"{len(rest)} smaller ones"
        more = Line(Role.MORE, section, text, total, _figure(total), tip="Enter or a click lists them")
        shown += [head, *parts[:FEW], more]
    return shown


def _line(section: str, kind: Kind, term: Term | None, value: float, named: Named, plain: bool) -> Line:
    line = Line(Role.PART, section, "", value, _figure(value))
    if isinstance(term, Blend):
        tip = f"{term.name}\nA slider along a direction" if term.direction else f"{term.name}\nA family"
        return replace(line, text=term.name, key=term.key, opens=not term.direction, tip=tip)
    if term is not None:
        text, label, verified = named(term)
        tip = f"#{term} {text}"
        return replace(line, text=text, key=term, opens=True, label=label, verified=verified, tip=tip)
    text, tip = _LIKENESS if plain else _FIXED[kind]
    return replace(line, text=text, tip=tip)


def _section(key: str, head: str, tip: str, parts: Sequence[Line]) -> list[Line]:
    if not parts:
        return []
    total = math.fsum(line.value for line in parts)
    return [Line(Role.HEAD, key, head, total, _figure(total), tip=tip), *parts]


def _scaled(lines: Sequence[Line]) -> tuple[Line, ...]:
    """With bars of one scale, by the largest that is a feature or a change; the rest may reach beyond it."""
    own = [line for line in lines if line.role == Role.PART]
    told = [abs(line.value) for line in own if line.section in ("features", "changes")]
    full = max(told, default=0.0) or max((abs(line.value) for line in own), default=0.0)
    orders = max((abs(line.value) for line in own if line.section == "order"), default=0.0)

    def scaled(line: Line) -> Line:
        most = orders if line.section == "order" else full
        return replace(line, share=line.value / most if most and line.role == Role.PART else None)

    return tuple(scaled(line) for line in lines)


def _fused_lines(fused: FusedWhy) -> list[Line]:
    found = ", ".join(f"{word} {many} ×" for word, many in fused.words[:6])
    parts = [
        _place_line("By meaning", fused.by_meaning, fused.place_meaning, ""),
        _place_line("By words", fused.by_words, fused.place_words, found),
    ]
    head = "What orders this list"
    tip = "A list by meaning and words: each adds weight / (60 + place), so that the first places count most"
    return [Line(Role.HEAD, "order", head, fused.score, wording.signed(fused.score, DIGITS), tip=tip), *parts]


def _place_line(text: str, value: float, place: int, found: str) -> Line:
    said = f"place {place:,}" if place else "not listed"
    shown = f"{text}: {found}" if found else text
    return Line(Role.PART, "order", shown, value, _figure(value), second=said, tip=f"{shown}\n{said}")


def _fused_lead(above: FusedWhy, below: FusedWhy) -> list[Line]:
    tip = "The list is by meaning and words: what each of them adds to the lead"
    lead = above.score - below.score
    parts = [
        Line(
            Role.PART,
            "order",
            text,
            upper - lower,
            _figure(upper - lower),
            first=f"place {one:,}" if one else "not listed",
            second=f"place {other:,}" if other else "not listed",
            tip=text,
        )
        for text, upper, lower, one, other in (
            ("By meaning", above.by_meaning, below.by_meaning, above.place_meaning, below.place_meaning),
            ("By words", above.by_words, below.by_words, above.place_words, below.place_words),
        )
    ]
    return [Line(Role.HEAD, "order", "What orders this list", lead, _figure(lead), tip=tip), *parts]


def _figure(value: float) -> str:
    return wording.signed(value, DIGITS)
