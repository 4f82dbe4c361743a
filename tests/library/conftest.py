"""Small sources and libraries for the library room's tests."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saerch_desktop.library.importing import import_records
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.library.roles import Roles
from saerch_desktop.library.vectors_writer import VectorsWriter
from saerch_desktop.progress import Progress

ROLES = Roles(id="id", title="title", text=("text",), date="date", facets=("topic",))
WORDS = "orbit galaxy kernel gradient protein enzyme verdict statute sonata chorus".split()


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


@pytest.fixture
def make_library(tmp_path: Path) -> Callable[..., Path]:
    """Builds a library of n documents, with vectors when a dtype is named."""

    def make(count: int = 20, dtype: str | None = "float32", name: str = "made.saerch") -> Path:
        path = tmp_path / name
        import_records(records(count), path, roles=ROLES, source="made", progress=Progress())
        if dtype is not None:
            with (
                Library.open(path, write=True) as library,
                VectorsWriter.open_partial(library, count, 8, dtype, identity()) as writer,
            ):
                writer.write(np.arange(count), unit(count))
                writer.finish()
        return path

    return make


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real corpora; skips where it is not there."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("SAERCH_SHARED") or root.parent / "shared" / "data")
    if not (folder / "arxiv_astro.jsonl.gz").is_file():
        pytest.skip(f"no corpora at {folder}")
    return folder
