"""Small sources for the library room's tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from saerch_desktop.library.importing import ImportReport, import_file
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress

ROLES = Roles(id="id", title="title", text=("text",), date="date", facets=("topic",))
WORDS = [
    "orbit",
    "galaxy",
    "kernel",
    "gradient",
    "protein",
    "enzyme",
    "verdict",
    "statute",
    "sonata",
    "chorus",
]


def records(count: int) -> list[dict[str, Any]]:
    """Distinct records with a text, a date and a facet of two values."""
    return [
        {
            "id": f"d{n}",
            "title": f"About {WORDS[n % 10]} {n}",
            "text": f"The {WORDS[n % 10]} and the {WORDS[(n // 10) % 10]}, told for the {n}th time.",
            "date": f"20{n % 24:02d}-03-0{n % 9 + 1}",
            "topic": [WORDS[n % 3], WORDS[3 + n % 2]],
            "extra": {"n": n, "deep": [None, 1.5, "ü"]},
        }
        for n in range(count)
    ]


def unit(rows: int, dim: int = 8, seed: int = 0) -> np.ndarray:
    """Random unit rows (rows, dim) float32."""
    found = np.random.default_rng(seed).normal(size=(rows, dim)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def identity(dim: int = 8, name: str = "test") -> EmbedderIdentity:
    return EmbedderIdentity(kind="given", name=name, dim=dim)


def write_lines(path: Path, rows: Iterable[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def run(source: Path, library: Path, **options: Any) -> ImportReport:
    return import_file(source, library, progress=options.pop("progress", Progress()), **options)


def content(path: Path) -> list[Any]:
    """Everything a reader can see of a library's documents."""
    with Library.open(path) as library:
        assert library.findings == ()
        documents = library.documents
        every = documents.many(range(len(documents)))
        keyword = [(hit.row, hit.snippet) for hit in documents.keyword("galaxy orbit", 1000)]
        return [
            every,
            documents.problems(),
            keyword,
            library.manifest.documents,
            documents.records().tolist(),
        ]
