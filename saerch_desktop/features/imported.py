"""Labels and families that another program made for an autoencoder, kept beside it and shown as its claims.

Read from `feature_analysis_results_*.json` and `clean_families_*.json` of the paper's released app.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.label import Detection, Label
from saerch_desktop.features.plain_text import Figure, Line, Paragraphs

IMPORTED_LABELS_FILE: Final = "labels_imported.json"
IMPORTED_FAMILIES_FILE: Final = "families_imported.json"
_LARGEST: Final = 1 << 30
_LONGEST_TEXT: Final = 500
_LONGEST_REASONING: Final = 20_000
_DOMAIN: Final = re.compile(
    " in (?:astronomy|astrophysics|physics|astronomical|astrophysical|computer science|cs)", re.IGNORECASE
)
_EXAMPLES: Final = 5  # the paper's labels were made from the five strongest documents ...
_TESTS: Final = 6  # ... and tested on six others (paper section 4)


class ImportedLabel(BaseModel):
    """One record of the paper's analysis. f1 and pearson: of predictions for six documents; density: share of
    documents with the feature. None where the record has no number. detection: our own test of the label.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    feature: int = Field(ge=0)
    text: Line
    reasoning: Paragraphs = ""
    f1: Figure = None
    pearson: Figure = None
    density: Figure = None
    detection: Detection | None = None


class ImportedLabels(BaseModel):
    """`labels_imported.json`: records and the file they come from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-imported-labels"] = "saerch-imported-labels"
    source: Line
    labels: tuple[ImportedLabel, ...]


class Member(BaseModel):
    """A child of a family: a feature and what the file calls it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    label: Line
    feature: int = Field(ge=0)


class ImportedFamily(BaseModel):
    """A root and its descendants; size counts the root too, as the file says it. feature: the root's, None
    where it is not known: the file names roots only.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    root: Line
    size: int = Field(ge=0)
    children: tuple[Member, ...]
    feature: int | None = Field(default=None, ge=0)


class ImportedFamilies(BaseModel):
    """`families_imported.json`: families and the file they come from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-imported-families"] = "saerch-imported-families"
    source: Line
    families: tuple[ImportedFamily, ...]


def read_analysis(path: Path, features: int) -> ImportedLabels:
    """The labels of a `feature_analysis_results_*.json`, the first of each feature.

    Records without a label are left out. UserError when the file is damaged or names features that an
    autoencoder of `features` has not.
    """
    records = _json(path)
    if not isinstance(records, list):
        raise _unusable(path, "it is not a list of records")
    found: dict[int, ImportedLabel] = {}
    for number, record in enumerate(records):
        if not isinstance(record, dict):
            raise _unusable(path, f"record {number} is not a table")
        feature = _feature(path, record.get("index"), features)
        text = " ".join(str(record.get("label") or "").split())[:_LONGEST_TEXT]
        if text and feature not in found:
            found[feature] = ImportedLabel(
                feature=feature,
                text=text,
                reasoning=str(record.get("reasoning") or "")[:_LONGEST_REASONING],
                f1=_number(record.get("f1")),
                pearson=_number(record.get("pearson_correlation")),
                density=_number(record.get("density")),
            )
    return ImportedLabels(source=path.name, labels=tuple(found[feature] for feature in sorted(found)))


def read_families(path: Path, features: int) -> ImportedFamilies:
    """The families of a `clean_families_*.json`. UserError as of `read_analysis`."""
    content = _json(path)
    if not isinstance(content, dict):
        raise _unusable(path, "it is not a table of families")
    return ImportedFamilies(
        source=path.name,
        families=tuple(_family(path, str(root), part, features) for root, part in content.items()),
    )


def with_roots(found: ImportedFamilies, labels: Iterable[ImportedLabel | Label]) -> ImportedFamilies:
    """The families with the features of their roots, as far as one of `labels` is called as the root is.

    Labels count as the paper's code cuts them, without "in astronomy" and the like; of several features of
    the same name the one whose label was tested best is meant, as there.
    """
    best: dict[str, tuple[float, int]] = {}
    for label in labels:
        score = ((label.f1 or 0.0) + (label.pearson or 0.0), -label.feature)
        for text in (label.text, _DOMAIN.split(label.text)[0]):
            best[text] = max(best.get(text, score), score)
    families = []
    for family in found.families:
        feature = -best[family.root][1] if family.root in best else None
        if feature in {child.feature for child in family.children}:
            feature = None
        families.append(family.model_copy(update={"feature": feature}))
    return found.model_copy(update={"families": tuple(families)})


def save_imported(folder: Path, content: ImportedLabels | ImportedFamilies) -> None:
    """Keep them in an SAE's folder. UserError when the disk is full."""
    name = IMPORTED_LABELS_FILE if isinstance(content, ImportedLabels) else IMPORTED_FAMILIES_FILE
    files.write_bytes(folder / name, (content.model_dump_json() + "\n").encode())


def load_families(folder: Path) -> ImportedFamilies | None:
    """What `save_imported` kept of an SAE's families; None when there are none. UserError: damaged."""
    path = folder / IMPORTED_FAMILIES_FILE
    if not path.is_file():
        return None
    try:
        return ImportedFamilies.model_validate_json(_bytes(path))
    except ValidationError as error:
        raise _unusable(path, "it is damaged") from error


def load_labels(folder: Path) -> ImportedLabels | None:
    """What `save_imported` kept of an SAE's labels; None when there are none. UserError: damaged."""
    path = folder / IMPORTED_LABELS_FILE
    if not path.is_file():
        return None
    try:
        return ImportedLabels.model_validate_json(_bytes(path))
    except ValidationError as error:
        raise _unusable(path, "it is damaged") from error


def imported_labels(folder: Path, features: int) -> list[Label]:
    """The imported labels in an SAE's folder as claims; [] when there are none. UserError: damaged."""
    imported = load_labels(folder)
    if imported is None:
        return []
    source = f"imported: {imported.source}"
    return [
        Label(
            feature=label.feature,
            text=label.text,
            source=source,
            detection=label.detection,
            pearson=label.pearson,
            f1=label.f1,
            tests=_TESTS if label.pearson is not None or label.f1 is not None else 0,
            examples=_EXAMPLES,
            reasoning=label.reasoning,
        )
        for label in imported.labels
        if label.feature < features
    ]


def _family(path: Path, root: str, part: Any, features: int) -> ImportedFamily:
    parent = part.get("parent") if isinstance(part, dict) else None
    children = part.get("children") if isinstance(part, dict) else None
    if not isinstance(parent, list) or len(parent) != 2 or not isinstance(children, list):
        raise _unusable(path, f"the family “{root[:60]}” has no parent and children")
    members = []
    for child in children:
        if not isinstance(child, list) or len(child) != 2:
            raise _unusable(path, f"a child of the family “{root[:60]}” is not a label and a number")
        feature = _feature(path, child[1], features)
        members.append(Member(label=str(child[0])[:_LONGEST_TEXT], feature=feature))
    size = parent[1] if isinstance(parent[1], int) and not isinstance(parent[1], bool) else len(members) + 1
    return ImportedFamily(root=root[:_LONGEST_TEXT], size=max(0, size), children=tuple(members))


def _feature(path: Path, value: Any, features: int) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _unusable(path, f"“{str(value)[:40]}” is not a feature's number")
    if not 0 <= value < features:
        said = f"{value:,}"[:40]
        raise _unusable(path, f"it names feature {said}, and the autoencoder has {features:,}")
    return value


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # a whole number beyond all figures
        return None


def _json(path: Path) -> Any:
    try:
        return json.loads(_bytes(path))
    except (ValueError, RecursionError) as error:
        raise _unusable(path, "it is not a JSON file") from error


def _bytes(path: Path) -> bytes:
    try:
        return files.read_small(path, _LARGEST)
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error


def _unusable(path: Path, why: str) -> UserError:
    return UserError(
        f"{path.name} cannot be used: {why.rstrip('.')}.",
        "Labels and families are claims about features; documents, vectors and weights are unharmed.",
        "Fetch the file again, or take it out of the folder.",
    )
