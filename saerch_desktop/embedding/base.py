"""What every embedder is: texts in, unit vectors out, and an honest word for each text that failed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.progress import Progress

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class EmbeddingBatch:
    """The answer to a list of texts.

    vectors: (n, d) float32, row i for text i, unit length; a failed text's row is NaN.
    failed: position of the text -> why, in words for the user.
    """

    vectors: NDArray[np.float32]
    failed: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EmbeddingPart:
    """Some of the texts of one call, as soon as they are there.

    positions: (m,) int64 into the texts of the call; vectors: (m, d) float32 of unit length.
    failed: position -> why; those are not in `positions`. tokens: what the part cost, 0 for local models.
    """

    positions: NDArray[np.int64]
    vectors: NDArray[np.float32]
    failed: dict[int, str] = field(default_factory=dict)
    tokens: int = 0


class Embedder(Protocol):
    """Turns texts into unit vectors. For one thread at a time; a long `embed` can be cancelled."""

    @property
    def identity(self) -> EmbedderIdentity: ...

    @property
    def uses_network(self) -> bool:
        """Whether texts leave this computer."""

    @property
    def batch_size(self) -> int:
        """How many texts the embedder likes to be given at once."""

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> EmbeddingBatch:
        """Vectors of all `texts`. UserError when the embedder itself cannot work, Cancelled on request."""


@runtime_checkable
class PartwiseEmbedder(Embedder, Protocol):
    """An embedder that hands over what it has as it works: an interruption loses little and pays once."""

    def prepare(self, progress: Progress) -> None:
        """Find out whatever `identity` needs and is not known yet; may have to wait for a service."""

    def parts(
        self, texts: Sequence[str], progress: Progress, note: Note | None = None
    ) -> Generator[EmbeddingPart, None, None]:
        """Parts that together cover each text once, in any order; close the generator when leaving it early.

        Checks `progress` for cancellation but reports nothing to it; `note` is told what is waited for.
        """


def collect(embedder: PartwiseEmbedder, texts: Sequence[str], progress: Progress | None) -> EmbeddingBatch:
    """Run `parts` to the end and join them, reporting to `progress`."""
    parts: list[EmbeddingPart] = []
    failed: dict[int, str] = {}
    done = 0
    if progress is not None:
        progress.begin("Embedding", len(texts), "texts")
    with contextlib.closing(embedder.parts(texts, progress or Progress())) as coming:
        for part in coming:
            parts.append(part)
            failed.update(part.failed)
            done += len(part.positions) + len(part.failed)
            if progress is not None:
                progress.advance(done)
    vectors = np.full((len(texts), embedder.identity.dim), np.nan, dtype=np.float32)
    for part in parts:
        if len(part.positions):
            vectors[part.positions] = part.vectors
    return EmbeddingBatch(vectors, failed)


def document_text(title: str, text: str) -> str:
    """What is embedded of a document: title, blank line, text (paper section 1); either may be empty."""
    title, text = title.strip(), text.strip()
    return f"{title}\n\n{text}" if title and text else title or text


def encodable(text: str) -> str:
    """`text` with lone surrogates (half characters, from broken sources) replaced by a question mark."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
