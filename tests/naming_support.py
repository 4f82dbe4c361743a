"""A corpus of made-up themes, with a judge that understands its words, for tests of naming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.inverted import InvertedIndex
from saerch_desktop.features.naming import Corpus
from saerch_desktop.features.phrases import stem
from saerch_desktop.progress import Progress

DIM = 32
THEMES = ("red dwarf", "dark halo", "solar flare", "neutron crust", "comet tail", "pulsar glitch")


class Texts:
    """As much of a library's documents as naming reads."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    def texts(self, start: int, stop: int) -> Iterator[tuple[int, str, str]]:
        for row in range(start, stop):
            yield row, *self._texts[row]


class Points:
    """As much of a library's vectors as naming reads."""

    def __init__(self, array: NDArray[np.float32], missing: Sequence[int] = ()) -> None:
        self.array = array
        self.rows, self.dim = array.shape
        self.missing = np.asarray(missing, np.int64)
        self.asked: set[int] = set()

    def valid_rows(self) -> NDArray[np.int64]:
        return np.setdiff1d(np.arange(self.rows), self.missing)

    def gather(self, rows: Any) -> NDArray[np.float32]:
        self.asked.update(np.asarray(rows).tolist())
        return np.asarray(self.array[np.asarray(rows, np.int64)])


class WordJudge:
    """Places a text at the sum of fixed directions of its words; an unknown word has its own too."""

    name = "words"

    def __init__(self) -> None:
        self.placed: list[str] = []

    def place(
        self, texts: Sequence[str], progress: Progress, stage: str = "Placing labels"
    ) -> NDArray[np.float32]:
        progress.begin(stage, len(texts), "texts")
        self.placed += texts
        return np.stack([place(text) for text in texts]) if texts else np.zeros((0, DIM), np.float32)


def place(text: str) -> NDArray[np.float32]:
    total = np.zeros(DIM)
    for word in text.replace("·", " ").replace(",", " ").split():
        seed = np.frombuffer(stem(word).encode().ljust(8, b" ")[:8], np.uint64)
        total += np.random.default_rng(seed).normal(size=DIM)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), np.float32)


def index_of(*features: dict[int, float]) -> InvertedIndex:
    """An index of features given as row -> activation."""
    lines = [sorted(feature.items(), key=lambda item: (-item[1], item[0])) for feature in features]
    starts = np.cumsum([0, *(len(line) for line in lines)])
    rows = np.asarray([row for line in lines for row, _ in line], np.int32)
    return InvertedIndex(starts, rows, np.asarray([v for line in lines for _, v in line], np.float32))


@dataclass(frozen=True)
class Made:
    """A corpus in which feature i is active where theme i is."""

    corpus: Corpus
    points: Points
    theme: NDArray[np.int64]


def made(rows: int = 360, *, noise: float = 0.8, seed: int = 0) -> Made:
    chance = np.random.default_rng(seed)
    theme = chance.integers(0, len(THEMES), rows)
    filler = ("the results show", "we present new data", "in this paper")
    texts = [
        ("", f"{chance.choice(filler)}. A {THEMES[t]} was seen. {chance.choice(filler)}.") for t in theme
    ]
    vectors = np.stack([place(THEMES[t]) for t in theme]) + chance.normal(
        scale=noise / np.sqrt(DIM), size=(rows, DIM)
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    strength = chance.uniform(0.1, 1.0, rows)
    features = [
        {int(row): float(strength[row]) for row in np.flatnonzero(theme == t)} for t in range(len(THEMES))
    ]
    points = Points(vectors.astype(np.float32))
    directions = np.stack([place(text) for text in THEMES])
    return Made(corpus(texts, points, features, directions), points, theme)


def corpus(
    texts: Sequence[tuple[str, str]],
    points: Points,
    features: Sequence[dict[int, float]],
    directions: NDArray[np.float32] | None = None,
) -> Corpus:
    some = np.zeros((len(features), DIM), np.float32) if directions is None else directions
    parts: Any = SimpleNamespace(documents=Texts(texts), vectors=points)
    return Corpus(parts.documents, index_of(*features), parts.vectors, some)
