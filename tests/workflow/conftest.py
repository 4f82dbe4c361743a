"""A trained library, made once and copied for each test that changes it."""

from __future__ import annotations

import shutil
from pathlib import Path

import planted_library
import pytest
import small_library
from chat_support import library, model
from small_library import WordEmbedder

from saerch_desktop.features.feature_set import build_features
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress

__all__ = ["library", "model"]


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


@pytest.fixture(scope="session")
def planted_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = planted_library.make(tmp_path_factory.mktemp("llm") / "planted.saerch", rows=400)
    with Library.open(path, write=True) as library:
        build_features(library, planted_library.NAME, Progress())
    return path
