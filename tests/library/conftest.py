"""Small sources and libraries for the library room's tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from library.library_samples import ROLES, identity, records, unit

from saerch_desktop.library.importing import import_records
from saerch_desktop.library.library import Library
from saerch_desktop.library.vectors_writer import VectorsWriter
from saerch_desktop.progress import Progress


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
    folder = Path(os.environ.get("SAERCH_SHARED") or root.parent / "shared")
    folder = folder / "data" if (folder / "data").is_dir() else folder
    if not (folder / "arxiv_astro.jsonl.gz").is_file():
        pytest.skip(f"no corpora at {folder}")
    return folder
