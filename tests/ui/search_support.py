"""A small library that can be searched by meaning, with two SAEs, dates and facets; made once."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot
from ui.fakes import TOPICS

from saerch_desktop.embedding.base import EmbeddingBatch
from saerch_desktop.library.importing import import_records
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.library.roles import Roles
from saerch_desktop.library.vectors_writer import VectorsWriter
from saerch_desktop.progress import Progress
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.window import MainWindow

DIM, COUNT = 16, 240
IDENTITY = EmbedderIdentity(kind="folder", name="made up", dim=DIM)
ROWS = np.arange(COUNT)
STARS = np.array([TOPICS[row % len(TOPICS)] == "stars" for row in ROWS])
LATE = np.array([2000 + row % 20 >= 2010 for row in ROWS])
BRIGHT = ROWS % 3 == 0
CENTRES = np.random.default_rng(7).normal(size=(len(TOPICS), DIM))


class TopicEmbedder:
    """Texts lie near the topics whose names they hold. `gate` holds every answer back while it is shut."""

    uses_network = False
    batch_size = 8
    identity = IDENTITY

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> EmbeddingBatch:
        self.asked.extend(texts)
        assert self.gate.wait(20)
        vectors = []
        for text in texts:
            made = 0.3 * np.random.default_rng(list(text.encode())).normal(size=DIM)
            made += sum((CENTRES[n] for n, topic in enumerate(TOPICS) if topic in text), np.zeros(DIM))
            vectors.append(made / np.linalg.norm(made))
        failed = {n: "made to fail" for n, text in enumerate(texts) if "fail" in text}
        return EmbeddingBatch(np.asarray(vectors, np.float32), failed)


def topic_of(row: int) -> str:
    return TOPICS[row % len(TOPICS)]


def year_of(row: int) -> int:
    return 2000 + row % 20


def _records() -> list[dict[str, str]]:
    made = []
    for row in range(COUNT):
        topic = topic_of(row)
        bright = "bright" if row % 3 == 0 else "faint"
        text = f"Observation {row} of {topic}: the light was measured {row % 7 + 1} times, {bright}."
        made.append(
            {
                "id": f"d{row}",
                "title": f"On {topic}, part {row}",
                "text": text,
                "topic": topic,
                "place": "north pole" if row % 2 else "south",
                "date": f"{year_of(row)}-0{row % 9 + 1}-1{row % 9}",
            }
        )
    return made


@pytest.fixture(scope="session")
def semantic_original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from saerch_desktop.workflow.build import Wishes, train_sae

    path = tmp_path_factory.mktemp("semantic") / "Sky.saerch"
    import_records(
        _records(),
        path,
        roles=Roles("id", "title", ("text",), "date", ("topic", "place")),
        source="made for a test",
        progress=Progress(),
    )
    rng = np.random.default_rng(3)
    vectors = np.stack([CENTRES[n % len(TOPICS)] + 0.6 * rng.normal(size=DIM) for n in range(COUNT)])
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    with Library.open(path, write=True) as library:
        writer = VectorsWriter.open_partial(library, COUNT, DIM, "float32", IDENTITY)
        writer.write(np.arange(COUNT), vectors)
        writer.finish()
    train_sae(path, "others", Wishes(features=24, k=3, epochs=20), Progress())
    train_sae(path, "features", Wishes(features=32, k=4, epochs=30), Progress())
    return path


@pytest.fixture
def semantic(semantic_original: Path, tmp_path: Path) -> Path:
    """A copy that the test may change."""
    return Path(shutil.copytree(semantic_original, tmp_path / semantic_original.name))


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> Iterator[TopicEmbedder]:
    """What embeds the queries of every library opened in the test."""
    made = TopicEmbedder()
    monkeypatch.setattr("saerch_desktop.embedding.registry.embedder_for", lambda *_, **__: made)
    yield made
    made.gate.set()


@pytest.fixture
def searching(open_window: Callable[[], MainWindow], semantic: Path, embedder: TopicEmbedder) -> MainWindow:
    """A window with that library and its features."""
    window = open_window()
    window.controller.library.open(semantic, "features")
    return window


def open_and_wait(window: MainWindow, path: Path, qtbot: QtBot, sae: str = "features") -> None:
    """The same with worker threads."""
    window.controller.library.open(path, sae)
    qtbot.waitUntil(lambda: window.store.library is not None, timeout=20_000)
    qtbot.waitUntil(lambda: not window.controller.runner.jobs(quiet=True), timeout=20_000)


def dense(window: MainWindow) -> NDArray[np.float64]:
    """All vectors, (N, d) float64."""
    session = window.controller.library.session
    assert session is not None
    assert session.library.vectors is not None
    return session.library.vectors.block(0, COUNT).astype(np.float64)


def best(scores: NDArray[np.floating], kept: NDArray[np.bool_] | None = None, top: int = 100) -> list[int]:
    """Rows by (-score, row) among those kept."""
    rows = np.arange(len(scores)) if kept is None else np.flatnonzero(kept)
    return rows[np.lexsort((rows, -scores[rows]))][:top].tolist()


def shown_rows(window: MainWindow) -> list[int]:
    return window.store.ranking.ranking.rows.tolist()


def codes(window: MainWindow) -> NDArray[np.float64]:
    """All activations, (N, n) float64."""
    session = window.controller.library.session
    assert session is not None
    assert session.features is not None
    features = session.features
    made = np.zeros((COUNT, features.sae.config.features))
    for row in range(COUNT):
        for feature, value in zip(features.codes.indices[row], features.codes.values[row], strict=True):
            if value > 0:
                made[row, feature] += float(value)
    return made


def scores(window: MainWindow, edits: tuple[Edit, ...] = ()) -> np.ndarray:
    """x·q' by plain dense arithmetic, of the query in force."""
    query = window.store.query
    target = query.vector.astype(np.float64)
    session = window.controller.library.session
    assert session is not None
    for edit in edits:
        assert session.features is not None
        target = target + edit.delta * session.features.sae.decoder[edit.feature]
    return (dense(window) @ target).astype(np.float32)


def first_edit(window: MainWindow, delta: float = 0.5) -> Edit:
    return Edit(window.controller.search.entries()[0].feature, delta)
