"""A retrieval set from its folder to its figures, made once and found again."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_library
from retrieval_support import write_set

from saerch_desktop.errors import UserError
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.workflow.retrieving import RetrievalWish, retrieval


@pytest.fixture
def data(tmp_path: Path, embedder: small_library.WordEmbedder) -> Path:
    return write_set(tmp_path / "made up")


def test_all_is_made_once(data: Path, tmp_path: Path) -> None:
    wish = RetrievalWish(data, cache=tmp_path / "cache", k=4, features=24)
    first = retrieval(wish, Progress())
    with Library.open(tmp_path / "cache" / "made up.saerch") as library:
        folder = library.path / "saes" / first.sae
    weights = (folder / "sae.safetensors").stat().st_mtime_ns
    (data / "corpus.jsonl").unlink()
    (data / "corpus.jsonl.gz").write_bytes(b"not read again")
    assert retrieval(wish, Progress()) == first
    assert (folder / "sae.safetensors").stat().st_mtime_ns == weights
    assert (first.questions, first.features, first.k) == (2, 24, 4)
    other = retrieval(RetrievalWish(data, cache=tmp_path / "cache", k=4, features=24, seed=1), Progress())
    assert other.sae != first.sae
    assert other.raw.ndcg == first.raw.ndcg


def test_an_sae_of_another_library_can_be_measured(data: Path, tmp_path: Path) -> None:
    trained = small_library.make_trained(tmp_path / "other.saerch")
    found = retrieval(RetrievalWish(data, cache=tmp_path / "cache", other=trained), Progress())
    assert (found.sae, found.features) == ("small", small_library.FEATURES)
    with pytest.raises(UserError):
        retrieval(RetrievalWish(data, cache=tmp_path / "cache", other=trained, sae="nosuch"), Progress())
