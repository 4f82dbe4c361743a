"""A feature's examples as a file for others: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from saerch_desktop import files
from saerch_desktop.errors import UserError

if TYPE_CHECKING:
    from saerch_desktop.features.card import Band
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.documents import Documents

COLUMNS: Final = (
    "sae",
    "feature",
    "label",
    "source",
    "grade",
    "seed",
    "band",
    "place",
    "id",
    "title",
    "activation",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def example_rows(
    features: FeatureSet, documents: Documents, feature: int, bands: Sequence[Band], seed: int = 0
) -> list[dict[str, Any]]:
    """One dictionary with the keys `COLUMNS` for each document of each band, in their order.

    activation: of the near misses the pre-activation. seed: the one by which the bands were drawn.
    """
    label = features.labels.get(feature)
    common = {
        "sae": features.sae.name,
        "feature": feature,
        "label": features.labels.text(feature),
        "source": label.source if label is not None else None,
        "grade": label.grade if label is not None else None,
        "seed": seed,
    }
    ids = iter(documents.ids([entry.row for band in bands for entry in band.documents]))
    return [
        {
            **common,
            "band": band.name,
            "place": place + 1,
            "id": next(ids),
            "title": entry.title,
            "activation": entry.activation,
        }
        for band in bands
        for place, entry in enumerate(band.documents)
    ]


def save_examples(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write `example_rows` of one or more features to a .csv or .json file, whole or not at all.

    UserError for another ending, or when the file cannot be written.
    """
    ending = path.suffix.lower()
    if ending == ".json":
        files.write_json(path, {"format": "saerch-examples", "schema_version": 1, "examples": list(rows)})
    elif ending == ".csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
        # With the mark by which spreadsheets know UTF-8.
        files.write_bytes(path, text.getvalue().encode("utf-8-sig"))
    else:
        raise UserError(
            f"Examples cannot be written as “{path.name}”.",
            "Nothing was written.",
            "Choose a name that ends in .csv or .json.",
        )


def _cell(value: Any) -> Any:
    """Texts that a spreadsheet would take for a formula are told apart by an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
