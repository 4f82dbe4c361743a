"""`explain` in this process: what it prints for machines and people, and what it refuses."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from cli_support import Run, embedder, run, trained, trained_once

from saerch_desktop.cli import main
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.library import Library

__all__ = ["embedder", "run", "trained", "trained_once"]


def test_a_group_against_the_rest(run: Run, trained: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    found = run("explain", "--library", trained, "--where", "kind:whale", "--top", 3, "--csv", file)
    assert found["where"] == "kind is whale"
    assert found["documents_inside"] == 30
    assert found["documents_outside"] == 150
    first = found["over"][0]
    assert set(first) >= {"feature", "label", "grade", "source", "lift", "low", "high", "q", "documents"}
    assert first["low"] > 1
    assert first["q"] < 0.01
    assert all("whale" in document["title"] for document in first["documents"])
    assert found["over"] == sorted(found["over"], key=lambda row: -row["score"])
    with Library.open(trained) as library:
        features = FeatureSet.open(library, "small")
        rows = set(library.documents.rows_with("kind", "whale").tolist())
        active, _ = features.inverted.of(first["feature"])
        assert first["inside"] == len(rows & set(active.tolist()))
        assert first["label"] == features.labels.text(first["feature"])
    with file.open(encoding="utf-8-sig") as stream:
        table = list(csv.DictReader(stream))
    assert int(table[0]["feature"]) == first["feature"]


def test_two_groups_in_words(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--where", "kind:whale", "--against", "kind:bread OR kind:chess", "--top", "2"]
    assert main(["explain", "--library", str(trained), *arguments]) == 0
    out = capsys.readouterr().out
    assert "30 documents (kind is whale) against 60 (kind is bread or kind is chess)." in out
    assert "Over-represented" in out
    assert "Under-represented" in out
    assert "95 % interval" in out
    assert "of a whale" in out


def test_predicting_a_column(run: Run, trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run("explain", "--library", trained, "--predict", "kind", "--top", 4)
    assert found["kind"] == "category"
    assert found["score"] > found["baseline"]
    assert found["low"] <= found["score"] <= found["high"]
    assert {target["value"] for target in found["targets"]} >= {"whale", "bread"}
    assert len(found["targets"][0]["predictors"]) == 4
    one = run(
        "explain", "--library", trained, "--predict", "kind:whale", "--where", "kind:whale OR kind:bread"
    )
    assert one["known"] == 60
    assert one["targets"][0]["value"] == "whale"
    capsys.readouterr()
    assert main(["explain", "--library", str(trained), "--predict", "kind", "--top", "2"]) == 0
    out = capsys.readouterr().out
    assert "kept out of the fitting" in out
    assert "AUROC" in out
    assert "95th percentile" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--where"),
        (["--where", "kind:wale"], "kind:whale"),
        (["--where", "(whale"], "not closed"),
        (["--where", "kind:whale", "--against", "knid:bread"], "Did you mean kind"),
        (["--predict", "kind", "--against", "whale"], "do not go with"),
        (["--predict", "kin"], "no column"),
        (["--where", "number"], "no document with a vector"),
        (["--where", "kind:whale", "--sae", "other"], "other"),
    ],
)
def test_refusals(trained: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert main(["explain", "--library", str(trained), *arguments]) == 2
    assert said in capsys.readouterr().err
