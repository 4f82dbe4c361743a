"""`labels export` and `labels import` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_support import Run, embedder, run, trained, trained_once

from saerch_desktop.cli import main
from saerch_desktop.features.marks import Mark, load_marks, save_marks

__all__ = ["embedder", "run", "trained", "trained_once"]


@pytest.fixture
def folder(trained: Path) -> Path:
    """Its SAE's folder, with one decision."""
    folder = trained / "saes" / "small"
    save_marks(folder, 32, [Mark(feature=3, text="Bread and yeast", verified=True, tags=("food",))])
    return folder


def test_names_go_out_and_come_back(run: Run, trained: Path, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "names.json"
    said = run("labels", "export", "--library", trained, "--sae", "small", file)
    assert said["features"] == len(json.loads(file.read_text(encoding="utf-8"))["features"])
    (folder / "marks.json").unlink()
    back = run("labels", "import", file, "--library", trained)
    assert back == {"sae": "small", "decisions": 1, "named": 1, "kept": 0, "claims": 0}
    assert load_marks(folder, 32)[3].text == "Bread and yeast"
    assert load_marks(folder, 32)[3].tags == ("food",)


def test_the_papers_records_and_tables(run: Run, trained: Path, folder: Path, tmp_path: Path) -> None:
    paper, table = tmp_path / "feature_analysis_results_32.json", tmp_path / "names.csv"
    assert run("labels", "export", paper, "--library", trained, "--as", "paper")["kind"] == "paper"
    assert run("labels", "export", table, "--library", trained)["kind"] == "csv"
    records = json.loads(paper.read_text(encoding="utf-8"))
    assert {"index", "label", "reasoning", "f1", "pearson_correlation", "density"} == set(records[0])
    said = run("labels", "import", paper, "--library", trained, words=True)
    assert "1 of machines are new" in said, "the record does not tell that a person gave the name"
    assert "0 names of people" in run("labels", "import", table, "--library", trained, words=True)


def test_what_people_named_here_stays_unless_replaced(
    run: Run, trained: Path, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "theirs.csv"
    file.write_text("feature,name\n3,Theirs\n4,Four\n", encoding="utf-8")
    said = run("labels", "import", file, "--library", trained, words=True)
    assert "--replace" in said
    assert {f: m.text for f, m in load_marks(folder, 32).items()} == {3: "Bread and yeast", 4: "Four"}
    run("labels", "import", file, "--library", trained, "--replace")
    assert load_marks(folder, 32)[3].text == "Theirs"


def test_refusals(
    run: Run, trained: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "names.json"
    run("labels", "export", file, "--library", trained)
    content = json.loads(file.read_text(encoding="utf-8"))
    content["sae"]["sha256"] = "1" * 64
    content["features"][0]["mark"] = {"feature": content["features"][0]["feature"], "text": "Elsewhere"}
    file.write_text(json.dumps(content), encoding="utf-8")
    assert main(["labels", "import", str(file), "--library", str(trained)]) == 2
    assert "another SAE" in capsys.readouterr().err
    assert "Elsewhere" not in (folder / "marks.json").read_text(encoding="utf-8")
    assert run("labels", "import", file, "--library", trained, "--anyway")["named"] == 1
    assert main(["labels", "export", str(tmp_path / "names.txt"), "--library", str(trained)]) == 2
    assert ".json or .csv" in capsys.readouterr().err
    assert main(["labels", "import", str(tmp_path / "none.json"), "--library", str(trained)]) == 2
    assert "not there" in capsys.readouterr().err
