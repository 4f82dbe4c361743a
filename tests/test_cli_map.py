"""map: points are placed, kept and exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cli_support import Run, embedder, run, trained, trained_once
from small_library import DOCUMENTS

import saerch_desktop.features.maps.umap_job as umap_job
from saerch_desktop.cli import main

__all__ = ["embedder", "run", "trained", "trained_once"]


def test_documents_by_principal_components(run: Run, trained: Path) -> None:
    found = run("map", "--library", trained)
    assert (found["of"], found["method"], found["points"], found["rows"]) == (
        "documents",
        "pca",
        DOCUMENTS,
        DOCUMENTS,
    )
    assert len(found["explained"]) == 2
    assert found["export"] is None


def test_features_by_umap_are_kept(run: Run, trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        umap_job, "lay_out", lambda places, distances, start, progress, *, seed=0: np.array(start) + seed
    )
    options = ("map", "--library", trained, "--of", "features", "--method", "umap", "--seed", 5)
    first, second = run(*options), run(*options)
    assert (first["fresh"], second["fresh"], second["kept"]) == (True, False, True)
    assert (second["seed"], second["neighbours"]) == (5, umap_job.NEIGHBOURS)
    assert run(*options, "--anew")["fresh"]


def test_a_table_and_a_picture(
    run: Run, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, picture = tmp_path / "map.csv", tmp_path / "map.png"
    assert main(["map", "--library", str(trained), "--export", str(table)]) == 0
    said = capsys.readouterr().out
    assert f"{DOCUMENTS} of {DOCUMENTS} documents placed by principal components" in said
    assert "of the differences" in said
    assert str(table) in said
    assert len(table.read_text(encoding="utf-8-sig").splitlines()) == DOCUMENTS + 1
    pytest.importorskip("PySide6")
    run("map", "--library", trained, "--of", "features", "--export", picture)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_another_ending_is_refused_before_anything_is_done(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["map", "--library", str(trained), "--export", str(tmp_path / "map.svg")]) == 2
    assert "cannot be saved" in capsys.readouterr().err
