"""The retrieval study against full rankings computed densely in double precision."""

from __future__ import annotations

import json
import math
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import small_library

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.sae.weights import Sae
from saerch_desktop.study import retrieval as study
from saerch_desktop.study.beir import RetrievalSet
from saerch_desktop.study.retrieval import Retrieval, study_retrieval
from saerch_desktop.study.retrieval_figure import SEARCHES, svg

TEXTS = {
    "a": "star gravity of a galaxy",
    "b": "oven and dough",
    "c": "queen endgame pawn",
    "d": "song of the ocean calf",
    "e": "melody bow steel",
}


def judged() -> RetrievalSet:
    """Each question is answered by some documents of its subject, in two grades; one is nowhere."""
    chance = np.random.default_rng(3)
    relevant = {
        query: {f"doc-{number * 6 + at}": int(chance.integers(1, 3)) for number in chance.permutation(30)[:5]}
        for at, query in enumerate(TEXTS)
    }
    relevant["e"]["doc-nowhere"] = 1
    return RetrievalSet("made up", "test", TEXTS, relevant)


@pytest.fixture(scope="module")
def measured(trained: Path) -> Retrieval:
    with Library.open(trained) as library:
        sae = Sae.load(library.sae_folder("small"))
        return study_retrieval(library, sae, judged(), small_library.WordEmbedder(), Progress())


def dense(trained: Path) -> dict[str, np.ndarray]:
    """Scores of all documents (questions, N) in each search."""
    with Library.open(trained) as library:
        sae = Sae.load(library.sae_folder("small"))
        assert library.vectors is not None
        x = library.vectors.block(0, library.vectors.rows).astype(np.float64)
    q = small_library.WordEmbedder().vectors(list(TEXTS.values())).astype(np.float64)

    def codes(rows: np.ndarray) -> np.ndarray:
        pre = (rows - sae.pre_bias) @ sae.encoder.T.astype(np.float64) + sae.latent_bias
        return np.where(pre >= np.sort(pre, axis=1)[:, [-sae.config.k]], np.maximum(pre, 0), 0)

    def unit(rows: np.ndarray) -> np.ndarray:
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    zq, zx = codes(q), codes(x)
    rq, rx = (z @ sae.decoder.astype(np.float64) + sae.pre_bias for z in (zq, zx))
    return {
        "raw": q @ x.T,
        "zero_edit": q @ x.T,
        "reconstruction": rq @ x.T,
        "codes": unit(zq**0.75) @ unit(zx**0.75).T,
        "both_rebuilt": unit(rq) @ unit(rx).T,
        "plain_codes": unit(zq) @ unit(zx).T,
    }


def figures(scores: np.ndarray, raw: np.ndarray, numbers: dict[str, int]) -> list[float]:
    """nDCG@10, recall@10, recall@100, overlap@10 by definition."""
    found = []
    for line, before, grades in zip(scores, raw, judged().relevant.values(), strict=True):
        order, first = np.argsort(-line, kind="stable"), np.argsort(-before, kind="stable")
        gains = {numbers[d]: g for d, g in grades.items() if d in numbers}
        dcg = sum(gains.get(int(row), 0) / math.log2(place + 2) for place, row in enumerate(order[:10]))
        best = sum(g / math.log2(p + 2) for p, g in enumerate(sorted(grades.values(), reverse=True)[:10]))
        hits = [len(set(order[:cut].tolist()) & set(gains)) / len(grades) for cut in (10, 100)]
        shared = len(set(order[:10].tolist()) & set(first[:10].tolist())) / 10
        found.append((dcg / best, *hits, shared))
    return np.mean(found, axis=0).tolist()


@pytest.mark.parametrize("name", [name for name, _ in SEARCHES])
def test_every_search_is_measured_as_defined(trained: Path, measured: Retrieval, name: str) -> None:
    scores = dense(trained)
    numbers = {f"doc-{row}": row for row in range(small_library.DOCUMENTS)}
    expected = figures(scores[name], scores["raw"], numbers)
    one = getattr(measured, name)
    # Near-ties may stand the other way round in single precision.
    assert (one.ndcg, one.recall_10, one.recall_100, one.overlap) == pytest.approx(expected, abs=0.021)
    assert one.kept == pytest.approx(one.ndcg / measured.raw.ndcg)
    assert one.kept_low <= one.kept <= one.kept_high


def test_putting_sliders_back_changes_nothing(measured: Retrieval) -> None:
    assert measured.zero_edit == measured.raw
    assert measured.zero_edit.overlap == 1.0
    assert (measured.raw.kept_low, measured.raw.kept, measured.raw.kept_high) == (1.0, 1.0, 1.0)


def test_what_is_told_has_the_agreed_shape(measured: Retrieval) -> None:
    told = json.loads(json.dumps(measured.as_dict()))
    assert list(told) == ["raw", "zero_edit", "reconstruction", "codes"]
    for one in told.values():
        assert list(one) == ["ndcg@10", "recall@10", "recall@100", "overlap@10"]
    assert (measured.questions, measured.unknown, measured.documents) == (5, 1, small_library.DOCUMENTS)
    assert json.loads(json.dumps(measured.details()))["codes"]["kept"] == measured.codes.kept


def test_blocks_make_no_difference(
    trained: Path, measured: Retrieval, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "_BLOCK", 37)
    with Library.open(trained) as library:
        sae = Sae.load(library.sae_folder("small"))
        again = study_retrieval(library, sae, judged(), small_library.WordEmbedder(), Progress())
    assert again == measured


def test_equal_scores_go_to_the_lower_row() -> None:
    best = study._Best(1)
    best.take(np.array([[0.5, 0.9, 0.5]]), np.array([0, 1, 2]))
    best.take(np.array([[0.9, 0.5]]), np.array([5, 7]))
    assert best.rows()[0].tolist() == [1, 5, 0, 2, 7]


def test_the_figure_is_a_sound_drawing(measured: Retrieval) -> None:
    drawn = ElementTree.fromstring(svg(measured))
    texts = [text.text or "" for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    for _, label in SEARCHES:
        assert label in texts
    assert f"{measured.codes.kept:.1%}" in texts


def test_what_cannot_be_measured_says_why(trained: Path, tmp_path: Path) -> None:
    with Library.open(trained) as library:
        sae = Sae.load(library.sae_folder("small"))
        nowhere = RetrievalSet("other", "test", {"a": "star"}, {"a": {"elsewhere": 1}})
        with pytest.raises(UserError, match="None of the documents"):
            study_retrieval(library, sae, nowhere, small_library.WordEmbedder(), Progress())
        stopped = Progress()
        stopped.cancel()
        with pytest.raises(Cancelled):
            study_retrieval(library, sae, judged(), small_library.WordEmbedder(), stopped)
    empty = small_library.make_documents(tmp_path / "empty.saerch", 30)
    with Library.open(empty) as library, pytest.raises(UserError, match="no usable vectors"):
        study_retrieval(library, sae, judged(), small_library.WordEmbedder(), Progress())
