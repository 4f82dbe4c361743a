"""Names of features as a table that spreadsheets open, and as it comes back from them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from saerch_desktop.errors import UserError
from saerch_desktop.features.label import Label
from saerch_desktop.features.marks import Mark, now
from saerch_desktop.spreadsheet import unescaped

if TYPE_CHECKING:
    from saerch_desktop.features.labels import Labels
    from saerch_desktop.features.statistics import FeatureStatistics

COLUMNS: Final = (
    "feature",
    "name",
    "source",
    "grade",
    "auroc",
    "auroc_low",
    "auroc_high",
    "positives",
    "negatives",
    "pearson",
    "f1",
    "verified",
    "origin",
    "flagged",
    "pinned",
    "tags",
    "note",
    "count",
    "density",
    "maximum",
)
_FEATURE: Final = ("feature", "index", "id")
_NAME: Final = ("name", "label", "text")
_LONGEST_CELL: Final = 50_000
_LONGEST_NAME: Final = 1_000
_MOST_ROWS: Final = 1 << 24
_YES: Final = frozenset({"yes", "true", "1", "x"})


def table_rows(
    labels: Labels, statistics: FeatureStatistics, wanted: Iterable[int]
) -> Iterator[tuple[object, ...]]:
    """The head and a row for each feature: its shown name with source and test, decisions, statistics."""
    yield COLUMNS
    for feature in wanted:
        label, mark = labels.get(feature), labels.mark(feature)
        test = label.detection if label is not None else None
        yield (
            feature,
            label.text if label is not None else "",
            label.source if label is not None else "",
            label.grade if label is not None else "",
            *((test.auroc, test.low, test.high, test.positives, test.negatives) if test else ("",) * 5),
            "" if label is None or label.pearson is None else label.pearson,
            "" if label is None or label.f1 is None else label.f1,
            "yes" if mark.verified else "",
            mark.origin,
            "yes" if mark.flagged else "",
            "yes" if mark.pinned else "",
            "; ".join(tag.replace(";", ",") for tag in mark.tags),
            mark.note,
            int(statistics.count[feature]),
            f"{float(statistics.density[feature]):.6g}",
            f"{float(statistics.maximum[feature]):.6g}",
        )


def read_table(path: Path, data: bytes, features: int) -> tuple[dict[int, Mark], tuple[Label, ...]]:
    """Decisions and machine names of a table with at least a column for the feature and one for its name.

    A row whose source is "human", or that has no source, holds a person's name; the others hold what the
    source in them says, taken as untested: the figures may stand beside another text by now. UserError when
    it is no such table, or a row cannot be.
    """
    marks: dict[int, Mark] = {}
    claims: list[Label] = []
    seen: set[int] = set()
    for number, row in enumerate(_rows(path, data), start=2):
        if number > _MOST_ROWS:
            raise _unusable(path, "it has too many rows")
        feature = _feature(path, number, _first(row, _FEATURE), features)
        if feature in seen:
            raise _unusable(path, f"row {number} names feature {feature} a second time")
        seen.add(feature)
        text = " ".join(unescaped(_first(row, _NAME)).split())
        if len(text) > _LONGEST_NAME or any(len(cell) > _LONGEST_CELL for cell in row.values()):
            raise _unusable(path, f"a text of row {number} is far too long")
        source = unescaped(row.get("source", "")).strip()
        own = source.partition(":")[0] in ("", "human")
        mark = Mark(
            feature=feature,
            text=text if own and text else None,
            origin=unescaped(row.get("origin", "")).strip() if own and text else "",
            verified=_yes(row, "verified") or (own and bool(text)),
            flagged=_yes(row, "flagged"),
            pinned=_yes(row, "pinned"),
            tags=tuple(sorted({tag.strip() for tag in unescaped(row.get("tags", "")).split(";")} - {""})),
            note=unescaped(row.get("note", "")).strip(),
        )
        if not own and mark.verified and text:
            mark = mark.model_copy(update={"text": text, "origin": source})
        if not mark.empty:
            marks[feature] = mark.model_copy(update={"changed": now()})
        if text and not own:
            kept = source if source.startswith("imported:") else f"imported: {path.name}, {source}"
            claims.append(
                Label(
                    feature=feature,
                    text=text,
                    source=kept,
                    pearson=_number(row.get("pearson", "")),
                    f1=_number(row.get("f1", "")),
                )
            )
    return marks, tuple(claims)


def _rows(path: Path, data: bytes) -> Iterator[dict[str, str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unusable(path, "it is not UTF-8 text") from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        head = [cell.strip().casefold() for cell in next(reader, [])]
        if not set(head) & set(_FEATURE) or not set(head) & set(_NAME):
            raise _unusable(path, "its first row names no columns “feature” and “name”")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield dict(zip(head, cells, strict=False))
    except csv.Error as error:
        raise _unusable(path, f"row {reader.line_num} is broken ({error})") from error


def _first(row: dict[str, str], names: Iterable[str]) -> str:
    return next((row[name] for name in names if name in row), "")


def _feature(path: Path, number: int, cell: str, features: int) -> int:
    digits = cell.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 12):
        raise _unusable(path, f"“{digits[:40]}” in row {number} is not a feature's number")
    if int(digits) >= features:
        raise _unusable(path, f"row {number} names feature {int(digits):,}, and there are {features:,}")
    return int(digits)


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _yes(row: dict[str, str], name: str) -> bool:
    return row.get(name, "").strip().casefold() in _YES


def _unusable(path: Path, why: str) -> UserError:
    return UserError(
        f"{path.name} cannot be used: {why.rstrip('.')}.",
        "Nothing was changed.",
        "Correct the table, or export the names again.",
    )
