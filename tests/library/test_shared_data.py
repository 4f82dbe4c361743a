"""The real corpora go in whole, in reasonable time, with their vectors."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from saerch_desktop.library.importing import import_file, preview
from saerch_desktop.library.library import Library
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress

pytestmark = pytest.mark.shared_data


def test_guessed_roles(shared_data: Path) -> None:
    arxiv = preview(shared_data / "arxiv_astro.jsonl.gz").roles
    assert arxiv == Roles("id", "title", ("abstract",), "date", ("categories", "year", "source"))
    scifact = preview(shared_data / "beir_scifact" / "corpus.jsonl.gz").roles
    assert (scifact.id, scifact.title, scifact.text) == ("_id", "title", ("text",))
    taxonomy = preview(shared_data / "hier_arxiv_taxonomy.jsonl.gz").roles
    assert (taxonomy.text, taxonomy.date) == (("abstract",), "date")
    assert "path" in taxonomy.facets or "categories" in taxonomy.facets
    thesaurus = preview(shared_data / "uat_concepts.jsonl.gz").roles
    assert (thesaurus.title, thesaurus.text) == ("name", ("definition",))


def test_part_of_arxiv_with_its_vectors(shared_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "astro.saerch"
    source, vectors = shared_data / "arxiv_astro.jsonl.gz", shared_data / "arxiv_astro.npy"
    report = import_file(source, path, vectors=vectors, limit=2000, progress=Progress())
    assert (report.documents, report.problems) == (2000, 0)
    with gzip.open(source, "rt", encoding="utf-8") as stream:
        lines = [json.loads(line) for line in itertools.islice(stream, 2000)]
    with Library.open(path) as library:
        assert library.findings == ()
        assert [document.metadata for document in library.documents.many(range(2000))] == lines
        assert library.vectors is not None
        assert library.vectors.array.dtype == np.float16
        given = np.load(vectors, mmap_mode="r")[:2000].astype(np.float32)
        cosines = np.einsum("ij,ij->i", library.vectors.block(0, 2000), given) / np.linalg.norm(given, axis=1)
        assert cosines.min() > 0.999
        assert len(library.documents.keyword("dark matter halo", 10)) == 10
        assert library.documents.facets_of([0]) == [
            (
                ("categories", "astro-ph.CO"),
                ("categories", "astro-ph.GA"),
                ("year", "2025"),
                ("source", "Straw674"),
            )
        ]
