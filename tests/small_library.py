"""A small made-up corpus with subjects, its vectors, and an embedder that understands its words."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.embedding.base import EmbeddingBatch
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.progress import Progress

SUBJECTS = {
    "galaxy": ("star", "gas", "gravity", "spiral", "telescope"),
    "bread": ("flour", "yeast", "oven", "crust", "dough"),
    "chess": ("pawn", "queen", "opening", "endgame", "board"),
    "bridge": ("steel", "arch", "cable", "tower", "river"),
    "whale": ("ocean", "song", "blubber", "migration", "calf"),
    "violin": ("string", "bow", "varnish", "orchestra", "melody"),
}
WORDS = tuple(word for subject, words in SUBJECTS.items() for word in (subject, *words))
DIM = 48
DOCUMENTS = 180
FEATURES, K, EPOCHS = 32, 4, 12


def records(count: int = DOCUMENTS) -> list[dict[str, str]]:
    """`count` documents, each of three words of one subject, and now and then one of another."""
    chance = np.random.default_rng(1)
    names = list(SUBJECTS)
    made = []
    for number in range(count):
        subject = names[number % len(names)]
        words = [subject, *chance.choice(SUBJECTS[subject], size=3)]
        if number % 5 == 0:
            words.append(str(chance.choice(WORDS)))
        title = f"The {words[1]} of a {subject}"
        text = f"{' '.join(words)} number {number}"
        made.append({"id": f"doc-{number}", "title": title, "text": text, "kind": subject})
    return made


def write_source(folder: Path, count: int = DOCUMENTS) -> Path:
    source = folder / "texts.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in records(count)), encoding="utf-8")
    return source


class WordEmbedder:
    """Sums a fixed random direction per known word, so that texts of one subject are close."""

    def __init__(self, name: str = "words", stop_after: int | None = None) -> None:
        self.identity = EmbedderIdentity(kind="minilm", name=name, dim=DIM, fingerprint="f" * 8)
        self.uses_network = False
        self.batch_size = 16
        self.seen = 0
        self._stop_after = stop_after
        self._directions = np.random.default_rng(2).normal(size=(len(WORDS), DIM))

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> EmbeddingBatch:
        # Labels are embedded too; only documents are numbered.
        self.seen += sum(bool(re.search(r"number \d", text)) for text in texts)
        if self._stop_after is not None and self.seen > self._stop_after and progress is not None:
            progress.cancel()
            progress.check()
        return EmbeddingBatch(self.vectors(texts))

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.full((len(texts), DIM), 0.01)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                if word in WORDS:
                    rows[row] += self._directions[WORDS.index(word)]
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def make_documents(path: Path, count: int = DOCUMENTS) -> Path:
    """A library with documents only."""
    from saerch_desktop.library.importing import import_file

    path.parent.mkdir(parents=True, exist_ok=True)
    import_file(write_source(path.parent, count), path, progress=Progress())
    return path


def make_vectors(path: Path, count: int = DOCUMENTS) -> Path:
    """A library with documents and the WordEmbedder's vectors."""
    from saerch_desktop.embedding.job import embed_library

    make_documents(path, count)
    with Library.open(path, write=True) as library:
        embed_library(library, WordEmbedder(), Progress())
    return path


def make_trained(path: Path, name: str = "small") -> Path:
    """A library with a trained SAE, features and neighbour index."""
    from saerch_desktop.workflow.build import Wishes, train_sae

    make_vectors(path)
    train_sae(path, name, Wishes(features=FEATURES, k=K, epochs=EPOCHS, device="cpu"), Progress())
    return path
