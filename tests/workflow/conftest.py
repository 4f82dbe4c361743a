"""A trained library, made once and copied for each test that changes it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import small_library
from small_library import WordEmbedder


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_library.make_trained(tmp_path_factory.mktemp("trained") / "small.saerch")


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained_once, tmp_path / "small.saerch"))


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> WordEmbedder:
    """The word embedder in the place of every other."""
    made = WordEmbedder()
    monkeypatch.setattr("saerch_desktop.embedding.registry.open_embedder", lambda *args, **options: made)
    monkeypatch.setattr("saerch_desktop.embedding.registry.embedder_for", lambda *args, **options: made)
    return made
