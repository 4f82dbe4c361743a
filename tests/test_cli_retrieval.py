"""`study retrieval` from the command line."""

from __future__ import annotations

from pathlib import Path

from cli_support import Run, embedder, run
from retrieval_support import write_set

from saerch_desktop.cli import main

__all__ = ["embedder", "run"]


def test_it_prints_a_table_json_and_a_figure(tmp_path: Path, run: Run) -> None:
    given = ["study", "retrieval", "--data", write_set(tmp_path / "made up"), "--cache", tmp_path / "cache"]
    given += ["--k", 4, "--features", 24]
    figure = tmp_path / "figure.svg"
    said = run(*given, "--figure", figure, words=True)
    assert "made up (test): 2 questions, 180 documents" in said
    assert "Query rebuilt" in said
    assert "aim 95%" in said
    assert figure.read_text(encoding="utf-8").startswith("<svg")
    told = run(*given)
    assert list(told) == ["raw", "zero_edit", "reconstruction", "codes"]
    assert told["zero_edit"]["overlap@10"] == 1.0
    details = run(*given, "--details")
    assert details["raw"]["ndcg"] == told["raw"]["ndcg@10"]
    assert details["codes"]["kept_low"] <= details["codes"]["kept"]


def test_a_folder_of_another_kind_says_what_is_wanted(tmp_path: Path, embedder: object) -> None:
    assert main(["study", "retrieval", "--data", str(tmp_path), "--cache", str(tmp_path / "c")]) == 2
    assert not (tmp_path / "c").exists()
