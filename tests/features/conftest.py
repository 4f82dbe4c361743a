"""The planted library with its features built, read-only and shared."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import planted_library
import pytest
from planted_library import NAME, Dense

from saerch_desktop.features.feature_set import FeatureSet, build_features
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = planted_library.make(tmp_path_factory.mktemp("planted") / "planted.saerch")
    with Library.open(path, write=True) as library:
        build_features(library, NAME, Progress())
    return path


@pytest.fixture
def library(built: Path) -> Iterator[Library]:
    with Library.open(built) as opened:
        yield opened


@pytest.fixture
def own_library(built: Path, tmp_path: Path) -> Iterator[Library]:
    """A copy open for writing, to damage."""
    path = tmp_path / "own.saerch"
    shutil.copytree(built, path)
    with Library.open(path, write=True) as opened:
        yield opened


@pytest.fixture
def features(library: Library) -> FeatureSet:
    return FeatureSet.open(library, NAME)


@pytest.fixture
def dense(library: Library) -> Dense:
    return planted_library.dense(library)
