"""Who decides how close a document is to a label's text: the library's own embedder, or word centroids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.held_out import held_out, mixed
from saerch_desktop.features.plain_text import Finite
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.embedding.base import Embedder
    from saerch_desktop.library.library import Library

JUDGE_FILE: Final = "judge.json"
CENTROIDS: Final = "centroids"
JOINT: Final = " · "
PLACING: Final = "Placing labels"
_AT_ONCE: Final = 1024
_REFERENCE_TEXTS: Final = 400
_LARGEST_FILE: Final = 16 << 20
_LONGEST: Final = 1e8  # seconds that naming may have taken
_HOLDERS: Final = 200  # documents that stand for a phrase


class Judge(Protocol):
    """Places texts among the documents."""

    @property
    def name(self) -> str:
        """ "minilm", "folder:NAME" or "centroids"."""

    def place(self, texts: Sequence[str], progress: Progress, stage: str = PLACING) -> NDArray[np.float32]:
        """(n, d) unit vectors in the documents' space; NaN for a text that has no place. Raises Cancelled."""


class EmbeddingJudge:
    """Embeds the text as a query would be."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name = _name_of(embedder)

    def place(self, texts: Sequence[str], progress: Progress, stage: str = PLACING) -> NDArray[np.float32]:
        parts = [np.zeros((0, self._embedder.identity.dim), np.float32)]
        progress.begin(stage, len(texts), "texts")
        for start in range(0, len(texts), _AT_ONCE):
            some = [text.replace(JOINT, ", ") for text in texts[start : start + _AT_ONCE]]
            parts.append(self._embedder.embed(some).vectors)
            progress.advance(start + len(some))
        return np.concatenate(parts)


class CentroidJudge:
    """For vectors whose embedder is not here: a text stands where the documents are that hold its words.

    Only documents that are not held out count, at most 200 for each part of the text, the best by BM25.
    """

    name = CENTROIDS

    def __init__(self, library: Library, seed: int = 0) -> None:
        self._library = library
        self._seed = seed

    def place(self, texts: Sequence[str], progress: Progress, stage: str = PLACING) -> NDArray[np.float32]:
        vectors = self._library.vectors
        assert vectors is not None
        out = np.full((len(texts), vectors.dim), np.nan, np.float32)
        progress.begin(stage, len(texts), "texts")
        for i, text in enumerate(texts):
            parts = [self._centroid(part) for part in text.split(JOINT)]
            found = [part for part in parts if part is not None]
            if found:
                out[i] = _unit(np.mean(found, axis=0))
            if i % 32 == 0:
                progress.advance(i)
        progress.advance(len(texts))
        return out

    def _centroid(self, phrase: str) -> NDArray[np.float32] | None:
        vectors = self._library.vectors
        assert vectors is not None
        words = phrase.replace('"', " ").replace("-", " ").split()
        if not words:
            return None
        hits = self._library.documents.keyword(f'"{" ".join(words)}"', _HOLDERS)
        hits = hits or self._library.documents.keyword(" ".join(words), _HOLDERS)
        rows = np.sort(np.asarray([hit.row for hit in hits], np.int64))
        rows = rows[~held_out(rows, self._seed) & ~np.isin(rows, vectors.missing)]
        return _unit(vectors.gather(rows).mean(axis=0)) if rows.size else None


class _JudgeFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    judge: str
    reference: list[float]
    seconds: Finite = None


def judge_for(library: Library, embedder: Embedder | None = None, seed: int = 0) -> Judge:
    """The judge for a library's labels; never one that needs the network.

    embedder: what made the library's vectors, when it is open already.
    """
    if embedder is not None and not embedder.uses_network:
        return EmbeddingJudge(embedder)
    record = library.manifest.vectors
    if record is not None and record.embedder.kind in ("minilm", "folder"):
        from saerch_desktop.embedding.registry import embedder_for

        try:
            return EmbeddingJudge(embedder_for(library))
        except UserError:
            pass  # the model is not on this computer; words do
    return CentroidJudge(library, seed)


def reference_of(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """What labels have in common: the mean (d,) of the vectors (n, d) of many, those without a place left
    out.

    A document of which this is taken off its closeness to a label is no longer near to every label because it
    is short, or general: decision 6 shows that a label drawn at random then scores 0.5, as it should.
    """
    placed = vectors[np.isfinite(vectors).all(axis=1)]
    if not placed.size:
        return np.zeros(vectors.shape[1], np.float32)
    return np.asarray(placed.mean(axis=0, dtype=np.float64), np.float32)


def reference_texts(texts: Iterable[tuple[int, str]]) -> list[str]:
    """The same few hundred of (feature, text) each time: those whose feature's hash is smallest."""
    pairs = list(texts)
    order = np.argsort(mixed(np.asarray([feature for feature, _ in pairs], np.int64)), kind="stable")
    return [pairs[i][1] for i in order[:_REFERENCE_TEXTS].tolist()]


def save_reference(folder: Path, judge: str, reference: NDArray[np.float32], seconds: float) -> None:
    """Keep the reference, and how long naming took, with the SAE's labels. UserError: the disk is full."""
    content = _JudgeFile(
        judge=judge, reference=[round(float(value), 7) for value in reference], seconds=round(seconds, 2)
    )
    files.write_bytes(folder / JUDGE_FILE, (content.model_dump_json() + "\n").encode())


def load_reference(folder: Path, judge: str, dim: int) -> NDArray[np.float32] | None:
    """What `save_reference` kept for this judge; None when there is nothing usable, which is no trouble."""
    content = _read(folder)
    if content is None:
        return None
    with np.errstate(over="ignore"):  # what is beyond all figures is refused below
        reference = np.asarray(content.reference, np.float64).astype(np.float32)
    if content.judge != judge or reference.shape != (dim,) or not np.isfinite(reference).all():
        return None
    return reference


def naming_seconds(folder: Path) -> float | None:
    """How long naming all features of the SAE took, None when it is not known."""
    content = _read(folder)
    seconds = content.seconds if content is not None else None
    return seconds if seconds is not None and 0 <= seconds < _LONGEST else None


def _read(folder: Path) -> _JudgeFile | None:
    try:
        return _JudgeFile.model_validate_json(files.read_small(folder / JUDGE_FILE, _LARGEST_FILE))
    except (OSError, ValidationError, ValueError):
        return None


def _name_of(embedder: Embedder) -> str:
    identity = embedder.identity
    if identity.kind == "folder":
        return f"folder:{identity.name.replace(chr(92), '/').rstrip('/').rpartition('/')[2]}"
    return identity.kind


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)
