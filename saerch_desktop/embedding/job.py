"""Embedding a whole library: resumable, one embedder only, and nothing paid for twice."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.embedding.base import Embedder, EmbeddingPart, Note, PartwiseEmbedder, document_text
from saerch_desktop.errors import UserError
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity, describe_mismatch
from saerch_desktop.library.vectors_writer import VectorsWriter
from saerch_desktop.progress import Progress
from saerch_desktop.settings import change_settings, load_settings

_WINDOW = 512
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EmbedReport:
    """rows: documents; embedded: in this run; resumed: there before; failed: no vector; tokens: paid now."""

    rows: int
    embedded: int
    resumed: int
    failed: int
    seconds: float
    tokens: int


def embed_library(library: Library, embedder: Embedder, progress: Progress) -> EmbedReport:
    """Give every document of `library` (open for writing) its vector, continuing an interrupted run.

    Does nothing when all are there. What was made is kept whenever this raises: UserError (another embedder
    made the library's vectors; the embedder, its budget or the disk gives out), or Cancelled.
    """
    began = time.monotonic()
    rows = len(library.documents)
    if rows == 0:
        raise UserError(
            f"{library.manifest.name} holds no documents.",
            "There is nothing to embed.",
            "Import a file first.",
        )
    if isinstance(embedder, PartwiseEmbedder):
        embedder.prepare(progress)
    identity = embedder.identity
    record = library.manifest.vectors
    if record is not None and not record.embedder.same_as(identity):
        raise describe_mismatch(record.embedder, identity)
    if record is not None and record.rows == rows and library.vectors is not None:
        progress.begin("Embedding", rows, "documents", done=rows)
        return EmbedReport(rows, 0, rows - len(record.missing), len(record.missing), 0.0, 0)
    with VectorsWriter.open_partial(library, rows, identity.dim, np.float32, identity) as writer:
        resumed = int(writer.done.sum())
        tokens = _Run(library, embedder, writer, progress).embed_rows(_missing(writer))
        failed = len(writer.failed)
        if failed == rows:
            raise _nothing_usable(writer, identity)
        writer.finish()
    _remember_endpoint(embedder)
    report = EmbedReport(rows, rows - resumed - failed, resumed, failed, time.monotonic() - began, tokens)
    _log.info("Embedded %s: %s", library.manifest.name, report)
    return report


class _Run:
    """The loop over documents, with what it counts."""

    def __init__(
        self, library: Library, embedder: Embedder, writer: VectorsWriter, progress: Progress
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._writer = writer
        self._progress = progress
        self._handled = 0
        self._tokens = 0

    def embed_rows(self, rows: NDArray[np.int64]) -> int:
        """Embed the documents of these rows; returns the tokens paid."""
        total = len(self._library.documents)
        self._handled = total - len(rows)
        self._progress.begin("Embedding", total, "documents", done=self._handled)
        for start in range(0, len(rows), _WINDOW):
            window = rows[start : start + _WINDOW]
            with contextlib.closing(
                _parts(self._embedder, self._texts(window), self._progress, self._note)
            ) as parts:
                for part in parts:
                    self._store(window, part)
        return self._tokens

    def _texts(self, rows: NDArray[np.int64]) -> list[str]:
        """Texts of ascending rows, read by runs so that a few gaps do not cost a query each."""
        texts: dict[int, str] = {}
        cuts = [0, *(np.flatnonzero(np.diff(rows) > _WINDOW) + 1).tolist(), len(rows)]
        wanted = set(rows.tolist())
        for first, last in pairwise(cuts):
            for row, title, text in self._library.documents.texts(int(rows[first]), int(rows[last - 1]) + 1):
                if row in wanted:
                    texts[row] = document_text(title, text)
        return [texts.get(row, "") for row in rows.tolist()]

    def _store(self, window: NDArray[np.int64], part: EmbeddingPart) -> None:
        finite = np.isfinite(part.vectors).all(axis=1) & np.any(part.vectors, axis=1)
        order = np.argsort(part.positions[finite])
        if order.size:
            self._writer.write(window[part.positions[finite]][order], part.vectors[finite][order])
        for row in window[part.positions[~finite]].tolist():
            self._writer.fail(row, "the model gives no usable vector for this text")
        for position, reason in part.failed.items():
            self._writer.fail(int(window[position]), reason)
        self._tokens += part.tokens
        if part.tokens:
            # Paid for: must outlive a crash of the very next moment.
            self._writer.flush()
        self._handled += len(part.positions) + len(part.failed)
        self._progress.advance(self._handled, f"{self._tokens:,} tokens" if self._tokens else "")

    def _note(self, words: str) -> None:
        self._progress.advance(self._handled, words)


def _missing(writer: VectorsWriter) -> NDArray[np.int64]:
    """Rows still to do. What failed in this same embedding is not tried, and not paid, again."""
    rows = np.flatnonzero(~writer.done)
    return np.array([row for row in rows.tolist() if row not in writer.failed], dtype=np.int64)


def _parts(
    embedder: Embedder, texts: Sequence[str], progress: Progress, note: Note
) -> Generator[EmbeddingPart, None, None]:
    if isinstance(embedder, PartwiseEmbedder):
        yield from embedder.parts(texts, progress, note)
        return
    size = max(1, embedder.batch_size)
    for start in range(0, len(texts), size):
        progress.check()
        batch = embedder.embed(texts[start : start + size])
        kept = np.array([at for at in range(len(batch.vectors)) if at not in batch.failed], dtype=np.int64)
        failed = {start + at: reason for at, reason in batch.failed.items()}
        yield EmbeddingPart(kept + start, batch.vectors[kept], failed)


def _nothing_usable(writer: VectorsWriter, identity: EmbedderIdentity) -> UserError:
    first = next(iter(writer.failed.values()))
    writer.failed.clear()
    return UserError(
        f"Not one document could be embedded with {identity.spec}: {first}.",
        "The library has no vectors; its documents are unchanged.",
        "Check the documents' texts and the embedder, then try again.",
    )


def _remember_endpoint(embedder: Embedder) -> None:
    """Keep where the model answered, so that queries go to the same place after a restart."""
    endpoint = getattr(embedder, "endpoint", None)
    if endpoint is None:
        return
    model = embedder.identity.name
    with contextlib.suppress(UserError):  # settings that cannot be written are no reason to fail the job
        known = load_settings().endpoints
        if known.get(model) != endpoint.base_url:
            change_settings(endpoints={**known, model: endpoint.base_url})
