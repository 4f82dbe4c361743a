"""A library from Python: the example of docs/notebook.md, run as it stands, and what it promises."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from small_library import DOCUMENTS, FEATURES, WordEmbedder

import saerch_desktop
from saerch_desktop.errors import UserError

PAGE = Path(__file__).parents[2] / "docs" / "notebook.md"


def examples() -> str:
    """Every piece of Python in the page, one after the other."""
    return "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))


def test_the_example_runs_as_it_stands(
    trained: Path, embedder: WordEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Papers.saerch").symlink_to(trained)
    said: dict[str, object] = {}
    exec(compile(examples(), str(PAGE), "exec"), said)
    assert {"features.parquet", "codes.npz"} <= {path.name for path in tmp_path.iterdir()}


def test_zero_changes_are_plain_search_and_contributions_sum(trained: Path, embedder: WordEmbedder) -> None:
    with saerch_desktop.open_library(trained) as library:
        plain = library.search("queen of the river", top=20)
        vectors = np.asarray(library.vectors, np.float32)
        order = np.argsort(-(vectors @ plain.query), kind="stable")[:20]
        assert plain.rows.tolist() == order.tolist()
        assert plain.contributions.shape == (20, 0)
        feature = next(f for f in range(FEATURES) if f not in plain.features)
        steered = library.search("queen of the river", steer={feature: 0.5}, top=20)
        expected = vectors @ (plain.query + 0.5 * library.decoder[feature])
        np.testing.assert_allclose(steered.scores, expected[steered.rows], atol=1e-5)
        np.testing.assert_allclose(
            steered.contributions.sum(1), steered.scores - steered.unsteered_scores, atol=1e-5
        )
        assert steered.changes == (library.labels[feature],)


def test_arrays_and_tables(trained: Path, embedder: WordEmbedder) -> None:
    with saerch_desktop.open_library(trained) as library:
        assert (len(library), library.feature_count, library.saes) == (DOCUMENTS, FEATURES, ("small",))
        matrix = library.codes_csr()
        indices, values = library.codes
        assert matrix.shape == (DOCUMENTS, FEATURES)
        np.testing.assert_array_equal(
            matrix[[5], :].toarray()[0][indices[5][values[5] > 0]], values[5][values[5] > 0]
        )
        rows, strengths = library.active_in(int(indices[5, 0]))
        assert 5 in rows
        assert np.all(np.diff(strengths) <= 0)
        table = library.table("features")
        assert len(table["feature"]) == FEATURES
        assert len(library.table("codes", shape="topk", top=2)["features"]) == DOCUMENTS
        kept = library.where("kind:whale")
        found = library.search(like="doc-4", where="kind:whale", top=5)
        assert kept[found.rows].all()
        assert [library.document(one).row for one in found.ids] == found.rows.tolist()
        words = library.search("whale", kind="words", top=3)
        assert len(words) == 3
        assert words.contributions.shape == (3, 0)
        with pytest.raises(UserError):
            library.search()
        with pytest.raises(UserError):
            library.table("nothing")  # type: ignore[arg-type]


def test_the_package_loads_nothing_before_it_is_asked() -> None:
    import subprocess
    import sys

    code = (
        "import sys, saerch_desktop; before = 'saerch_desktop.workflow' in sys.modules;"
        "saerch_desktop.open_library; print(before, 'torch' in sys.modules, 'PySide6' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "False"]
    with pytest.raises(AttributeError):
        saerch_desktop.nothing  # noqa: B018
