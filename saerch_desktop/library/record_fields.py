"""The fields of the documents' source records: which there are, of what kind, and their values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from saerch_desktop.library.documents import Documents

Kind = Literal["numeric", "categorical", "text"]

_SAMPLE: Final = 2000
_MOST_FIELDS: Final = 200
_LONGEST_NAME: Final = 200
_MOSTLY: Final = 0.95
_FEW_VALUES: Final = 200
_REPEATED: Final = 4.0  # documents for each value of the sample, from which on values are categories


@dataclass(frozen=True, slots=True)
class RecordField:
    """A field as a sample of the records shows it.

    present: share of records that have a value; distinct: different values in the sample.
    """

    name: str
    kind: Kind
    present: float
    distinct: int


def occurring(documents: Documents, rows: int) -> tuple[RecordField, ...]:
    """The fields of at most 2,000 records spread over all `rows`, in the order they are met.

    Lists and objects are left out, and so are names that no path of the database can hold.
    """
    chosen = np.unique(np.linspace(0, max(0, rows - 1), min(rows, _SAMPLE)).astype(np.int64)).tolist()
    met: dict[str, list[Any]] = {}
    looked = 0
    for at in range(0, len(chosen), 500):
        part = tuple(chosen[at : at + 500])
        sql = f"SELECT metadata FROM documents WHERE row IN ({','.join('?' * len(part))})"
        for block in documents.blocks(sql, part):
            for (metadata,) in block:
                looked += 1
                for name, value in _fields(metadata).items():
                    if value is not None and value != "" and (name in met or len(met) < _MOST_FIELDS):
                        met.setdefault(name, []).append(value)
    found = []
    for name, values in met.items():
        flat = not any(isinstance(value, list | dict) for value in values)
        if flat and 0 < len(name) <= _LONGEST_NAME and '"' not in name and "\\" not in name:
            distinct = len(Counter(str(value) for value in values))
            found.append(RecordField(name, _kind(values, distinct), len(values) / looked, distinct))
    return tuple(found)


def value_of(documents: Documents, name: str) -> Iterator[list[tuple[int, Any]]]:
    """Blocks of (row, value) for every document that has the field, in order of the rows."""
    sql = (
        "SELECT row, value FROM (SELECT row,"
        " CASE WHEN json_valid(metadata) THEN json_extract(metadata, ?) END AS value"
        " FROM documents ORDER BY row) WHERE value IS NOT NULL"
    )
    return documents.blocks(sql, (f'$."{name}"',))


def _fields(metadata: str) -> dict[str, Any]:
    try:
        found = json.loads(metadata)
    except (ValueError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _kind(values: list[Any], distinct: int) -> Kind:
    if sum(_is_number(value) for value in values) >= _MOSTLY * len(values):
        return "numeric" if distinct > 2 else "categorical"
    if distinct <= min(_FEW_VALUES, max(2.0, len(values) / _REPEATED)):
        return "categorical"
    return "text"


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return True
    try:
        return bool(np.isfinite(float(value)))
    except (TypeError, ValueError):
        return False
