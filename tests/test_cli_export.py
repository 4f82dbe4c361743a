"""export: results, features, codes, names, families, atlas and report as typed; jobs by their lines."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from cli_support import Run, embedder, run, trained, trained_once
from small_library import DOCUMENTS, FEATURES

from saerch_desktop.cli import main
from saerch_desktop.library.library import Library
from saerch_desktop.search.recipe_format import packed

__all__ = ["embedder", "run", "trained", "trained_once"]

QUERY = "queen of the river"


def sheet(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_results_are_those_of_the_same_search(run: Run, trained: Path, tmp_path: Path) -> None:
    terms = ("--library", trained, "--steer", "3:+0.4", "--where", "kind:whale", "--top", 20)
    found = run("search", QUERY, *terms)["results"]
    out = tmp_path / "out.csv"
    told = run("export", "results", QUERY, *terms, "--out", out, "--texts")
    assert told == {"what": "results", "file": str(out), "format": "csv", "rows": len(found)}
    lines = sheet(out)
    assert [line["id"] for line in lines] == [result["id"] for result in found]
    for line, result in zip(lines, found, strict=True):
        assert float(line["score"]) == pytest.approx(result["score"], abs=1e-5)
        assert line["text"]


def test_words_alone_go_out_too(run: Run, trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "words.jsonl"
    told = run("export", "results", "whale", "--kind", "words", "--library", trained, "--out", out)
    assert told["rows"] == len(out.read_text("utf-8").splitlines()) > 10


def test_every_table_in_every_form(run: Run, trained: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    run("families", "--library", trained)
    for what, least in (("features", FEATURES), ("labels", 5), ("families", 0), ("codes", DOCUMENTS)):
        rows = set()
        for form in ("csv", "jsonl", "parquet"):
            out = tmp_path / f"{what}.{form}"
            rows.add(run("export", what, "--library", trained, "--out", out)["rows"])
            assert out.is_file()
        assert len(rows) == 1
        assert rows.pop() >= least
        assert pq.read_table(tmp_path / f"{what}.parquet").num_rows == len(sheet(tmp_path / f"{what}.csv"))
    other = tmp_path / "features.txt"
    run("export", "features", "--library", trained, "--out", other, "--format", "jsonl")
    assert json.loads(other.read_text("utf-8").splitlines()[0])["feature"] == 0


def test_matrix_atlas_and_report(run: Run, trained: Path, tmp_path: Path) -> None:
    told = run("export", "codes", "--shape", "csr", "--library", trained, "--out", tmp_path / "c.npz")
    assert told["format"] == "csr"
    assert run("export", "atlas", "--library", trained, "--out", tmp_path / "a.parquet")["rows"] == DOCUMENTS
    said = run("export", "atlas", "--library", trained, "--out", tmp_path / "a.parquet", words=True)
    assert "embedding-atlas" in said
    report = tmp_path / "r.html"
    size = run("export", "report", QUERY, "--steer", "3:+0.4", "--library", trained, "--out", report)["rows"]
    assert size == report.stat().st_size
    assert "What was moved" in report.read_text("utf-8")
    run("export", "report", "--library", trained, "--out", report, "--title", "All of it")
    assert "What was asked" not in report.read_text("utf-8")


def test_a_vector_and_a_recipe_can_be_typed_out(run: Run, trained: Path) -> None:
    with Library.open(trained) as library:
        assert library.vectors is not None
        vector = packed(library.vectors.gather([7])[0], "<f4")
    like = run("search", "--like", "doc-7", "--library", trained)["results"]
    given = run("search", "--vector", vector, "--library", trained)["results"]
    assert [one["id"] for one in like] == [one["id"] for one in given]
    recipe = json.dumps({"name": "typed", "sliders": [{"feature": 3, "change": 0.4}]})
    steered = run("search", QUERY, "--recipe", recipe, "--library", trained)
    assert "recipe" in steered


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export", "features", "--out", "x.xlsx"], "none of the known ways"),
        (["export", "report", "--out", "x.csv"], "none of the known ways"),
        (["export", "codes", "--shape", "csr", "--top", "3", "--out", "x.npz"], "a form of its own"),
        (["search", "--vector", "!!"], "--vector cannot be read"),
        (["search", "x", "--recipe", "{"], "no recipe that can be read"),
        (["job", "dance"], "no job"),
        (["job", "embed", "--wishes", "[1]"], "no JSON object"),
        (["job", "embed", "--wishes", "{}"], "cannot be read"),
    ],
)
def test_what_cannot_be_is_said(
    arguments: list[str], said: str, trained: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    at = len(arguments) - 1 if arguments[-1].startswith("x.") else None
    if at is not None:
        arguments = [*arguments[:at], str(tmp_path / arguments[at])]
    assert main([*arguments, "--library", str(trained)]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.glob("x.*")) == []


def test_a_job_is_done_again_by_its_line(run: Run, trained: Path) -> None:
    import shlex

    from saerch_desktop.workflow import command_lines
    from saerch_desktop.workflow.job_journal import Kept

    wishes: dict[str, Any] = {"sae": "small", "method": "paper", "resolution": 1.0}
    line = command_lines.line(command_lines.job(Kept("families", trained, wishes)))
    _, *arguments = shlex.split(line)
    assert run(*arguments) == {"kind": "families", "library": str(trained)}
    assert run("families", "--library", trained, "--method", "paper")["method"] == "paper"
