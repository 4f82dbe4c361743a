"""Which documents meet one term of a filter: words, a named value, a feature."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.library.documents import storable
from saerch_desktop.library.keywords import match_expressions
from saerch_desktop.progress import Progress
from saerch_desktop.search.where_syntax import Active, Node, Sign, Test, Words, facet_term, quoted, trouble

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.columns import Columns, FacetColumn

Mask = NDArray[np.bool_]

_NEAR: Final = 5
_LOOKED_AT: Final = 20_000  # values among which near ones are looked for
_LAST_DAY: Final = 9999  # behind every month and day of a year


def matching(
    node: Node, text: str, columns: Columns, features: FeatureSet | None, progress: Progress
) -> Mask:
    """(N,) bool for one term of the filter `text`. UserError where the library has no such thing."""
    match node:
        case Words():
            return _words(node, text, columns)
        case Active():
            return _active(node, columns, features)
        case Test():
            return _named(node, text, columns, progress)
    raise TypeError(type(node).__name__)


def _words(node: Words, text: str, columns: Columns) -> Mask:
    # Of the expressions for loose words only the first wants all of them; here one term is one phrase.
    star = "*" if node.text.endswith("*") else ""
    inner = node.text.replace('"', " ").removesuffix("*").lstrip("-")
    expressions = match_expressions(f"{inner.replace(' ', '-')}{star}" if star else f'"{inner}"')
    if not expressions:
        raise trouble(text, node.place, "these words hold no letter or digit")
    sql = "SELECT group_concat(rowid) FROM documents_fts WHERE documents_fts MATCH ?"
    return _concatenated(columns, sql, (expressions[0],))


def _active(node: Active, columns: Columns, features: FeatureSet | None) -> Mask:
    if features is None:
        raise UserError(
            f"#{node.feature} asks for a feature, and this library has no SAE in use.",
            "Nothing was filtered.",
            "Train an SAE, or filter by words and facets.",
        )
    if node.feature >= features.sae.config.features:
        raise UserError(
            f"There is no feature {node.feature}.",
            "Nothing was filtered.",
            f"Choose a feature from 0 to {features.sae.config.features - 1}.",
        )
    rows, values = features.inverted.of(node.feature)
    mask = np.zeros(columns.rows, bool)
    if node.sign is None:
        mask[rows] = True
        return mask
    # An activation of nothing is 0, which a comparison may want too.
    mask[:] = bool(_compared(np.zeros(1), node.sign, node.value)[0])
    mask[rows] = _compared(np.asarray(values, np.float64), node.sign, node.value)
    return mask


def _named(node: Test, text: str, columns: Columns, progress: Progress) -> Mask:
    name = node.name.casefold()
    equals = node.sign in (":", "=")
    if name == "year" and columns.years.any():
        return _year(node, text, columns)
    if name == "date" and columns.facet(name) is None:
        return _date(node, text, columns, progress)
    if name == "id" and equals:
        return _id(node, columns)
    facet = columns.facet(node.name)
    if facet is not None and equals:
        return _facet(node, facet)
    field = columns.field(node.name)
    if field is None and facet is None:
        raise _unknown(node, columns)
    if field is not None and (field.kind == "numeric" or not equals):
        # A few numbers that come again and again are categories, and can be compared all the same.
        numbers = columns.numbers(field.name, progress)
        if field.kind != "numeric" and not np.isfinite(numbers).any():
            raise _words_only(node, text)
        return _numbers(node, text, numbers)
    if field is None:
        raise _words_only(node, text)
    column = columns.texts(field.name, progress)
    wanted = np.zeros(len(column.values) + 1, bool)
    wanted[_places(node, column.values)] = True
    wanted[-1] = False  # where code -1, no value, points
    found: Mask = wanted[column.codes]
    return found


def _words_only(node: Test, text: str) -> UserError:
    said = f"“{node.name}” holds words, which are compared with : and not with {node.sign}"
    return trouble(text, node.place, said)


def _year(node: Test, text: str, columns: Columns) -> Mask:
    years = columns.years
    low, high = _range(node, text, "a year is written as 2020, and years as 2018..2020", _whole_year)
    known = years > 0
    return known & _within(years, node.sign, low, high)


def _whole_year(words: str) -> tuple[float, float]:
    if not (words.isascii() and words.isdecimal() and len(words) == 4):
        raise ValueError(words)
    return float(words), float(words)


def _date(node: Test, text: str, columns: Columns, progress: Progress) -> Mask:
    dates = columns.dates(progress)
    if not dates.any():
        raise _unknown(node, columns)
    hint = "a date is written as 2021, 2021-05 or 2021-05-07, and a span of time with two dots between"
    low, high = _range(node, text, hint, _whole_date)
    return (dates > 0) & _within(dates, node.sign, low, high)


def _whole_date(words: str) -> tuple[float, float]:
    """The first and the last number (as in `Columns.dates`) of a day, a month or a year."""
    parts = words.split("-")
    sizes = tuple(len(part) for part in parts)
    if sizes not in ((4,), (4, 2), (4, 2, 2)) or not all(
        part.isascii() and part.isdecimal() for part in parts
    ):
        raise ValueError(words)
    year, month, day = (*(int(part) for part in parts), 0, 0)[:3]
    if month > 12 or day > 31 or (len(parts) > 1 and not month) or (len(parts) > 2 and not day):
        raise ValueError(words)
    first = year * 10_000 + month * 100 + day
    return float(first), float(first + (_LAST_DAY if len(parts) == 1 else 99 if len(parts) == 2 else 0))


def _id(node: Test, columns: Columns) -> Mask:
    mask = np.zeros(columns.rows, bool)
    row = columns.documents.row_of(node.value)
    if row is not None:
        mask[row] = True
    elif node.value.endswith("*") and not node.quoted:
        begin = storable(node.value[:-1])
        sql = "SELECT group_concat(row) FROM documents WHERE id >= ? AND substr(id, 1, ?) = ?"
        return _concatenated(columns, sql, (begin, len(begin), begin))
    else:
        raise UserError(
            f"There is no document “{node.value}” in this library.",
            "Nothing was filtered.",
            "Check the identifier; id:abc* finds all that begin with abc.",
        )
    return mask


def _facet(node: Test, facet: FacetColumn) -> Mask:
    return facet.having(_places(node, facet.values))


def _places(node: Test, values: Sequence[str]) -> NDArray[np.int64]:
    """Where in `values` the wanted one stands, in any case where none has its case; all that begin so with a
    star behind it.
    """
    wanted, folded = node.value, node.value.casefold()
    if wanted.endswith("*") and not node.quoted:
        begin = folded[:-1]
        found = [place for place, value in enumerate(values) if value.casefold().startswith(begin)]
    else:
        found = [place for place, value in enumerate(values) if value == wanted]
        found = found or [place for place, value in enumerate(values) if value.casefold() == folded]
    if found:
        return np.array(found, np.int64)
    near = _near(wanted.removesuffix("*"), values)
    raise UserError(
        f"“{node.name}” has no value “{node.value}”.",
        "Nothing was filtered.",
        ("Did you mean " if near else "Its commonest values: ")
        + ", ".join(facet_term(node.name, value) for value in near or values[:_NEAR])
        + ("?" if near else "."),
    )


def _near(wanted: str, values: Sequence[str]) -> list[str]:
    looked = list(values[:_LOOKED_AT])
    folded = {value.casefold(): value for value in reversed(looked)}
    whole = [value for value in looked if wanted and wanted.casefold() in value.casefold()]
    close = [folded[name] for name in difflib.get_close_matches(wanted.casefold(), folded, _NEAR, 0.6)]
    return list(dict.fromkeys(whole[:_NEAR] + close))[:_NEAR]


def _numbers(node: Test, text: str, numbers: NDArray[np.float64]) -> Mask:
    low, high = _range(node, text, f"“{node.name}” is compared with a number or with 3..5", _whole_number)
    return np.isfinite(numbers) & _within(numbers, node.sign, low, high)


def _whole_number(words: str) -> tuple[float, float]:
    number = float(words.replace("−", "-"))
    if not abs(number) < float("inf"):
        raise ValueError(words)
    return number, number


def _range(node: Test, text: str, hint: str, read: Any) -> tuple[float, float]:
    """The first and last number that a value means; open ends are infinite."""
    first, dots, last = node.value.partition("..")
    try:
        if not dots:
            low, high = read(node.value)
            return low, high
        if node.sign not in (":", "=") or not (first or last):
            raise ValueError(node.value)
        low = read(first)[0] if first else -np.inf
        high = read(last)[1] if last else np.inf
    except ValueError as error:
        raise trouble(text, node.place, hint) from error
    return low, high


def _within(values: NDArray[Any], sign: Sign, low: float, high: float) -> Mask:
    """`low` and `high` are the ends of what the typed value means: a year has many days."""
    found: Mask
    if sign == ">":
        found = values > high
    elif sign == ">=":
        found = values >= low
    elif sign == "<":
        found = values < low
    elif sign == "<=":
        found = values <= high
    else:
        found = (values >= low) & (values <= high)
    return found


def _compared(values: NDArray[np.float64], sign: Sign, bound: float) -> Mask:
    return _within(values, sign, bound, bound)


def _concatenated(columns: Columns, sql: str, values: tuple[Any, ...]) -> Mask:
    """The rows that a query gives as one text of numbers with commas."""
    mask = np.zeros(columns.rows, bool)
    for block in columns.documents.blocks(sql, values):
        for (found,) in block:
            if found:
                rows = np.fromstring(str(found), np.int64, sep=",")
                mask[rows[(rows >= 0) & (rows < columns.rows)]] = True
    return mask


def _unknown(node: Test, columns: Columns) -> UserError:
    years, dates = _times(columns)
    names = ["year"] * years + ["date"] * dates + ["id"]
    names += [*columns.facets, *(field.name for field in columns.fields)]
    names = list({name.casefold(): name for name in reversed(names)}.values())[::-1]
    wanted = node.name.casefold()
    if wanted in ("year", "date"):
        there = "years but no days" if years else "no dates"
        shown = ", ".join(quoted(name) for name in names[:20])
        return UserError(
            f"The documents of this library have {there}.",
            "Nothing was filtered.",
            f"Filter by words, or by one of these: {shown}.",
        )
    near = _near(node.name, names)
    shown = ", ".join(quoted(name) for name in (near or names[:20]))
    return UserError(
        f"There is nothing called “{node.name}” to filter by.",
        "Nothing was filtered.",
        f"Did you mean {shown}?" if near else f"There are {shown}. Words with a colon go in quotation marks.",
    )


def _times(columns: Columns) -> tuple[bool, bool]:
    """Whether any document has a year, and whether any has a date."""
    years = bool(columns.years.any())
    return years, years and bool(columns.dates().any())
