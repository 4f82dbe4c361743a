"""Makes a library of many documents to measure on: real texts with their vectors where they are given,
repeated with a little noise until there are enough; else made-up ones.

    python tests/harness/large_library.py OUT.saerch --documents 100000 --texts A.jsonl.gz --vectors A.npy …
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.library.importing import import_records
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.library.roles import Roles
from saerch_desktop.library.vectors_writer import VectorsWriter
from saerch_desktop.progress import Progress
from saerch_desktop.workflow.build import Wishes, train_sae

_DIM = 384
_WORDS = 4_000
_TOPICS = 200
_BLOCK = 10_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("out", type=Path)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--texts", type=Path, nargs="*", default=[])
    parser.add_argument("--vectors", type=Path, nargs="*", default=[])
    parser.add_argument("--features", type=int, default=1024)
    parser.add_argument("--epochs", type=int, default=2)
    options = parser.parse_args()
    make(options.out, options.documents, options.texts, options.vectors, options.features, options.epochs)
    return 0


def make(
    out: Path, documents: int, texts: list[Path], vectors: list[Path], features: int, epochs: int
) -> None:
    """Import, give vectors, train, name and index; goes on where an earlier call was interrupted."""
    roles = Roles("id", "title", ("text",), "date", ("topic",))
    began = time.monotonic()
    source = f"{documents} documents"
    import_records(_records(documents, texts), out, roles=roles, source=source, progress=Progress())
    _say(began, "imported")
    rng = np.random.default_rng(11)
    with Library.open(out, write=True) as library:
        if library.vectors is None:
            known = _matrix(vectors)
            dim = _DIM if known is None else int(known.shape[1])
            identity = EmbedderIdentity(kind="given", name="all-MiniLM-L6-v2", dim=dim)
            writer = VectorsWriter.open_partial(library, documents, dim, "float16", identity)
            centres = rng.normal(size=(_TOPICS, dim))
            for first in range(0, documents, _BLOCK):
                rows = np.arange(first, min(documents, first + _BLOCK))
                if known is None:
                    block = centres[rows % _TOPICS] + 0.8 * rng.normal(size=(len(rows), dim))
                else:
                    noise = 0.02 * rng.normal(size=(len(rows), dim)) * (rows >= len(known))[:, None]
                    block = known[rows % len(known)].astype(np.float32) + noise
                block /= np.linalg.norm(block, axis=1, keepdims=True)
                writer.write(rows, block.astype(np.float32))
            writer.finish()
        trained = "features" in library.sae_names()
    _say(began, "vectors")
    if not trained:
        train_sae(out, "features", Wishes(features=features, k=32, epochs=epochs), Progress())
    _say(began, "trained")


def _records(documents: int, texts: list[Path]) -> Iterator[dict[str, Any]]:
    made = 0
    while made < documents:
        for record in _read(texts) if texts else _made_up():
            topics = str(record.get("categories") or record.get("topic") or "").split()
            yield {
                "id": f"d{made}",
                "title": str(record.get("title", "")),
                # Numbered: an import leaves out what it has read already.
                "text": f"{record.get('abstract') or record.get('text') or ''} Number {made}.",
                "date": str(record.get("year", "")),
                "topic": topics[0] if topics else "",
            }
            made += 1
            if made == documents:
                return


def _read(texts: list[Path]) -> Iterator[dict[str, Any]]:
    for path in texts:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            for line in stream:
                yield json.loads(line)


def _made_up() -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(5)
    words = np.array([f"word{number}" for number in range(_WORDS)])
    for number in range(1_000_000):
        topic = number % _TOPICS
        common = rng.zipf(1.3, 80) % _WORDS
        own = topic * 17 % _WORDS + rng.integers(0, 17, 30)
        text = " ".join(words[np.concatenate([common, own % _WORDS])])
        title = f"Observation {number} of topic {topic}"
        yield {"title": title, "text": text, "year": 1990 + topic % 30, "topic": f"t{topic}"}


def _matrix(vectors: list[Path]) -> NDArray[Any] | None:
    return np.concatenate([np.load(path) for path in vectors]) if vectors else None


def _say(began: float, done: str) -> None:
    sys.stderr.write(f"{time.monotonic() - began:6.0f} s  {done}\n")


if __name__ == "__main__":
    sys.exit(main())
