"""Examples written for others, and read back."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.features.band_files import COLUMNS, example_rows, save_examples
from saerch_desktop.features.bands import bands
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.library import Library


def test_rows_say_what_the_bands_show(library: Library, features: FeatureSet) -> None:
    found = bands(features, library, 2, seed=3)
    rows = example_rows(features, library.documents, 2, found, seed=3)
    shown = [(band.name, entry) for band in found for entry in band.documents]
    assert len(rows) == len(shown)
    label = features.labels.get(2)
    assert label is not None
    for row, (band, entry) in zip(rows, shown, strict=True):
        assert tuple(row) == COLUMNS
        assert (row["sae"], row["feature"], row["seed"], row["band"]) == (features.sae.name, 2, 3, band)
        assert (row["label"], row["source"], row["grade"]) == (label.text, label.source, label.grade)
        assert (row["id"], row["title"]) == (f"d{entry.row}", entry.title)
        assert row["activation"] == entry.activation
    assert [row["place"] for row in rows if row["band"] == "zero"] == [1, 2, 3, 4, 5]


def test_json_and_csv_read_back(library: Library, features: FeatureSet, tmp_path: Path) -> None:
    rows = example_rows(features, library.documents, 1, bands(features, library, 1))
    rows[0]["title"] = 'with "quotes", a comma\nand a line'
    rows[1]["title"] = "=HYPERLINK(1)"
    rows[2]["title"] = "Größe ∞"
    save_examples(tmp_path / "examples.json", rows)
    content = json.loads((tmp_path / "examples.json").read_text(encoding="utf-8"))
    assert (content["format"], content["examples"]) == ("saerch-examples", rows)
    save_examples(tmp_path / "EXAMPLES.CSV", rows)
    with (tmp_path / "EXAMPLES.CSV").open(encoding="utf-8-sig", newline="") as stream:
        read = list(csv.DictReader(stream))
    assert [entry["title"] for entry in read[:3]] == [rows[0]["title"], "'=HYPERLINK(1)", "Größe ∞"]
    assert [float(entry["activation"]) for entry in read] == [row["activation"] for row in rows]
    assert [entry["id"] for entry in read] == [row["id"] for row in rows]


def test_other_endings_and_missing_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written as"):
        save_examples(tmp_path / "examples.xlsx", [])
    with pytest.raises(UserError):
        save_examples(tmp_path / "nowhere" / "examples.csv", [])
    assert list(tmp_path.iterdir()) == []
