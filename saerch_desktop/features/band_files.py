"""A feature's examples as a file for others: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.spreadsheet import write_csv

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
    "band_low",
    "band_high",
    "place",
    "id",
    "title",
    "activation",
    "driving",
    "text",
)
_BETWEEN: Final = " … "  # driving sentences in one cell
Spans = Mapping[int, Sequence[tuple[int, int]]]


def example_rows(
    features: FeatureSet,
    documents: Documents,
    feature: int,
    bands: Sequence[Band],
    seed: int = 0,
    spans: Spans | None = None,
) -> list[dict[str, Any]]:
    """One dictionary with the keys `COLUMNS` for each document of each band, in their order.

    activation: of the near misses the pre-activation. seed: the one by which the bands were drawn. spans: by
    row, the sentences that drive the feature as (start, end) in the text; driving lists them.
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
    shown = [(band, place, entry) for band in bands for place, entry in enumerate(band.documents)]
    found = documents.many([entry.row for _, _, entry in shown])
    return [
        {
            **common,
            "band": band.name,
            "band_low": band.low,
            "band_high": band.high,
            "place": place + 1,
            "id": document.id,
            "title": entry.title,
            "activation": entry.activation,
            "driving": [document.text[low:high] for low, high in sorted((spans or {}).get(entry.row, ()))],
            "text": document.text,
        }
        for (band, place, entry), document in zip(shown, found, strict=True)
    ]


def save_examples(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write `example_rows` of one or more features to a .csv or .json file, whole or not at all.

    UserError for another ending, or when the file cannot be written.
    """
    ending = path.suffix.lower()
    if ending == ".json":
        files.write_json(path, {"format": "saerch-examples", "schema_version": 1, "examples": list(rows)})
    elif ending == ".csv":
        told = ({**row, "driving": _BETWEEN.join(row["driving"])} for row in rows)
        write_csv(path, (COLUMNS, *([row[column] for column in COLUMNS] for row in told)))
    else:
        raise UserError(
            f"Examples cannot be written as “{path.name}”.",
            "Nothing was written.",
            "Choose a name that ends in .csv or .json.",
        )
