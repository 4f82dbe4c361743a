"""Packing and unpacking from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_library import make_documents

from saerch_desktop.cli import main
from saerch_desktop.library.library import Library


def test_there_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = make_documents(tmp_path / "Mine.saerch", 12)
    assert main(["pack", "--library", str(library), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    package = tmp_path / "Mine.saerch.zip"
    assert told == {"file": str(package), "bytes": package.stat().st_size}
    assert main(["unpack", str(package), "--into", str(tmp_path / "there")]) == 0
    assert "The library is in" in capsys.readouterr().out
    with Library.open(tmp_path / "there" / "Mine.saerch") as made:
        assert len(made.documents) == 12


def test_mistakes_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["unpack", str(tmp_path / "none.zip")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert main(["pack", "--library", str(tmp_path / "none.saerch")]) == 2
