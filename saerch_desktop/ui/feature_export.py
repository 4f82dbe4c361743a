"""A feature's examples as a file: with the name's source and grade, the bands, texts, and what drives it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from saerch_desktop import files
from saerch_desktop.features.card import Band, FeatureCard
from saerch_desktop.ui.feature_entries import Spans
from saerch_desktop.ui.grades import grade_of

if TYPE_CHECKING:
    from saerch_desktop.library.documents import Documents

EXAMPLE_FILES: Final = "Examples (*.json *.csv)"
_COLUMNS: Final = (
    "feature",
    "name",
    "source",
    "grade",
    "band",
    "activation",
    "row",
    "id",
    "title",
    "driving",
    "text",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for the beginning of a formula


def suggested_name(card: FeatureCard) -> str:
    """A file name that every system takes."""
    words = "".join(letter if letter.isalnum() else " " for letter in card.text)
    return f"{'-'.join([str(card.feature), *words.split()[:6]])[:60]} examples.json"


def save_examples(
    path: Path,
    card: FeatureCard,
    bands: Sequence[Band],
    documents: Documents,
    spans: Spans,
    sae: str,
    seed: int,
) -> int:
    """Write all bands, as a table when the name ends in .csv, else as JSON; how many documents that were.

    spans: by row, the driving sentences as (start, end) in the text; rows without are not looked into. sae:
    name of the SAE; seed: what the examples were drawn by. UserError when the file cannot be written.
    """
    rows = [document.row for band in bands for document in band.documents]
    found = {document.row: document for document in documents.many(rows)}
    label = card.label
    content: dict[str, Any] = {
        "format": "saerch-examples",
        "sae": sae,
        "feature": card.feature,
        "name": label.text if label is not None else None,
        "source": label.source if label is not None else None,
        "grade": grade_of(label),
        "density": card.density,
        "maximum": card.maximum,
        "seed": seed,
        "bands": [],
    }
    for band in bands:
        examples = []
        for example in band.documents:
            document = found[example.row]
            driving = [document.text[low:high] for low, high in sorted(spans.get(example.row, ()))]
            examples.append(
                {
                    "row": example.row,
                    "id": document.id,
                    "title": document.title,
                    "activation": round(example.activation, 6),
                    "driving": driving,
                    "text": document.text,
                }
            )
        content["bands"].append(
            {
                "name": band.name,
                "title": band.title,
                "low": band.low,
                "high": band.high,
                "documents": examples,
            }
        )
    table = path.suffix.casefold() == ".csv"
    made = _as_table(content) if table else json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    try:
        files.write_bytes(path, made.encode("utf-8-sig" if table else "utf-8"))
    except OSError as error:
        raise files.explain_os_error(error, path) from error
    return len(rows)


def _as_table(content: dict[str, Any]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for band in content["bands"]:
        for one in band["documents"]:
            writer.writerow(
                [
                    content["feature"],
                    _cell(content["name"] or ""),
                    content["source"] or "",
                    content["grade"],
                    band["name"],
                    one["activation"],
                    one["row"],
                    _cell(one["id"]),
                    _cell(one["title"]),
                    _cell(" … ".join(one["driving"])),
                    _cell(one["text"]),
                ]
            )
    return out.getvalue()


def _cell(text: str) -> str:
    """Text that a spreadsheet will not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
