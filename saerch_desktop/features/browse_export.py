"""Features of the browser as a table in a file, in the order shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.label import GRADES
from saerch_desktop.progress import Progress
from saerch_desktop.spreadsheet import write_csv

if TYPE_CHECKING:
    from saerch_desktop.features.browse import FeatureTable

COLUMNS: Final = (
    "feature",
    "name",
    "source",
    "grade",
    "auroc",
    "auroc_low",
    "auroc_high",
    "pearson",
    "f1",
    "density",
    "documents",
    "max_activation",
    "mean_activation",
    "activation_now",
    "relevance",
    "verified",
    "flagged",
    "pinned",
    "tags",
    "note",
    "family",
    "family_key",
)
_CHECKED: Final = 1000


def write_features(table: FeatureTable, features: NDArray[np.int64], path: Path, progress: Progress) -> int:
    """Write a CSV file with a line for each of `features`; how many there are.

    Figures that are not known are left empty; verified, flagged and pinned are 1 or 0; tags are divided by
    ";"; family is the narrowest one shown. Raises UserError (the file cannot be written), Cancelled; a former
    file stays then.
    """
    progress.begin("Writing features", int(features.size), "features")
    rows: list[Sequence[object]] = [COLUMNS]
    for number, feature in enumerate(features.tolist()):
        if number % _CHECKED == 0:
            progress.advance(number)
        rows.append(tuple(_cells(table, feature)))
    write_csv(path, rows)
    progress.advance(int(features.size))
    return int(features.size)


def _cells(table: FeatureTable, feature: int) -> Iterator[object]:
    label, mark = table.labels.get(feature), table.labels.mark(feature)
    detection = label.detection if label is not None else None
    grade = int(table.grade[feature])
    yield feature
    yield label.text if label is not None else ""
    yield label.source if label is not None else ""
    yield GRADES[grade] if grade < len(GRADES) else ""
    yield from (
        ("", "", "")
        if detection is None
        else (_figure(detection.auroc), _figure(detection.low), _figure(detection.high))
    )
    yield _figure(float(table.pearson[feature]))
    yield _figure(float(table.f1[feature]))
    yield _figure(float(table.density[feature]))
    yield int(table.count[feature])
    yield _figure(float(table.maximum[feature]))
    yield _figure(float(table.mean[feature]))
    yield _figure(float(table.now[feature])) if table.now_known else ""
    yield _figure(float(table.relevance[feature])) if table.relevance_known else ""
    yield from (int(mark.verified), int(mark.flagged), int(mark.pinned), ";".join(mark.tags), mark.note)
    family = table.families[int(table.family[feature])]
    yield from (family.name, family.key)


def _figure(value: float) -> float | str:
    return "" if math.isnan(value) else float(f"{value:.6g}")
