"""Fixtures that run commands in this process on a small library whose queries need no model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import small_library
from small_library import FEATURES, K, WordEmbedder

from saerch_desktop.cli import main

Run = Callable[..., Any]
SHAPE = {"dim": small_library.DIM, "features": FEATURES, "k": K, "variant": "topk"}


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_library.make_trained(tmp_path_factory.mktemp("cli") / "small.saerch")


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained_once, tmp_path / "small.saerch"))


@pytest.fixture(autouse=True)
def embedder(monkeypatch: pytest.MonkeyPatch) -> WordEmbedder:
    made = WordEmbedder()
    monkeypatch.setattr("saerch_desktop.embedding.registry.open_embedder", lambda *args, **options: made)
    monkeypatch.setattr("saerch_desktop.embedding.registry.embedder_for", lambda *args, **options: made)
    return made


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that must succeed and return its JSON; `words=True` returns what people see."""

    def run(*arguments: object, words: bool = False) -> Any:
        options = [] if words else ["--json"]
        status = main([str(argument) for argument in (*arguments, *options)])
        out, err = capsys.readouterr()
        assert status == 0, err
        if not words:
            assert err == "", "JSON is for machines: no bar, no words"
        return out if words else json.loads(out)

    return run
