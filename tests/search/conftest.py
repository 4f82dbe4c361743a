"""The planted library with features, in single and in half precision, and an engine over it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import planted_library
import pytest
from planted_library import DIM, IDENTITY, NAME, Dense

from saerch_desktop.embedding.base import EmbeddingBatch
from saerch_desktop.features.feature_set import FeatureSet, build_features
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.progress import Progress
from saerch_desktop.search.engine import SearchEngine


class SeededEmbedder:
    """A direction of its own for every text; texts with "fail" in them fail."""

    uses_network = False
    batch_size = 8

    def __init__(self, identity: EmbedderIdentity = IDENTITY) -> None:
        self.identity = identity
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> EmbeddingBatch:
        self.asked.extend(texts)
        vectors = [np.random.default_rng(list(text.encode())).normal(size=DIM) for text in texts]
        rows = np.asarray([v / np.linalg.norm(v) for v in vectors], np.float32)
        failed = {i: "made to fail" for i, text in enumerate(texts) if "fail" in text}
        return EmbeddingBatch(rows, failed)


@pytest.fixture(scope="session", params=["float32", "float16"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = planted_library.make(tmp_path_factory.mktemp("planted") / "p.saerch", dtype=request.param)
    with Library.open(path, write=True) as library:
        build_features(library, NAME, Progress())
    return path


@pytest.fixture
def library(built: Path) -> Iterator[Library]:
    with Library.open(built) as opened:
        yield opened


@pytest.fixture
def own_library(built: Path, tmp_path: Path) -> Iterator[Library]:
    path = tmp_path / "own.saerch"
    shutil.copytree(built, path)
    with Library.open(path, write=True) as opened:
        yield opened


@pytest.fixture
def dense(library: Library) -> Dense:
    return planted_library.dense(library)


@pytest.fixture
def embedder() -> SeededEmbedder:
    return SeededEmbedder()


@pytest.fixture
def make_engine(library: Library, embedder: SeededEmbedder) -> Callable[[], SearchEngine]:
    return lambda: SearchEngine(library, FeatureSet.open(library, NAME), lambda: embedder)


@pytest.fixture
def engine(make_engine: Callable[[], SearchEngine]) -> SearchEngine:
    return make_engine()
