"""How long naming a wide SAE takes and how good the labels are, beside phrases alone.

    python -m pytest tests/bench/bench_labels.py -m bench -s -o faulthandler_timeout=0

Asserts nothing about time. Uses the corpus of SAERCH_BENCH_LIBRARY (a library with MiniLM vectors and an SAE
named by SAERCH_BENCH_SAE, default "wide"; both only read), else a made-up one of 9,216 features.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import naming_support as support
import numpy as np
import pytest

from saerch_desktop.features import naming
from saerch_desktop.features.detection import measure
from saerch_desktop.features.hard_negatives import CaseFinder
from saerch_desktop.features.judge import Judge, judge_for, reference_of
from saerch_desktop.features.label import Detection, grade
from saerch_desktop.features.naming import Corpus, name_features
from saerch_desktop.progress import Progress

FEATURES, DOCUMENTS, ACTIVE = 9216, 30_000, 32


def made_up() -> tuple[Corpus, Judge]:
    """Documents of a dozen of 3,000 words; a feature is active where one of its two words stands."""
    chance = np.random.default_rng(0)
    letters = np.asarray(list("abcdefghijklmnoprstuvw"))
    words = ["".join(word) for word in chance.choice(letters, (3000, 7))]
    share = 1 / (np.arange(3000) + 30.0)
    chosen = chance.choice(3000, (DOCUMENTS, 12), p=share / share.sum())
    texts = [("", " ".join(words[i] for i in line)) for line in chosen]
    places = np.stack([support.place(word) for word in words])
    vectors = places[chosen].sum(axis=1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    holders: list[list[int]] = [[] for _ in words]
    for row, line in enumerate(chosen.tolist()):
        for word in set(line):
            holders[word].append(row)
    pairs = chance.integers(0, 3000, (FEATURES, 2))
    features = [
        {row: float(chance.random()) + 0.01 for word in pair for row in holders[word][:200]}
        for pair in pairs.tolist()
    ]
    directions = places[pairs].sum(axis=1)
    return support.corpus(texts, support.Points(vectors), features, directions), support.WordJudge()


def shared(folder: str) -> tuple[Corpus, Judge]:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.library import Library

    library = Library.open(Path(folder))
    features = FeatureSet.open(library, os.environ.get("SAERCH_BENCH_SAE", "wide"))
    assert library.vectors is not None
    corpus = Corpus(library.documents, features.inverted, library.vectors, features.sae.decoder)
    return corpus, judge_for(library)


def by_phrases_alone(corpus: Corpus, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> list[Detection | None]:
    """The former method: the most telling phrases, no judge; tested like the others."""
    with monkeypatch.context() as patch:
        patch.setattr(naming, "_enough", lambda cases: False)
        labels = name_features(corpus, judge, Progress()).labels
    placed = judge.place([label.text for label in labels], Progress())
    finder = CaseFinder(corpus.vectors, corpus.inverted, testing=True)
    ids = [label.feature for label in labels]
    lines = list((placed - reference_of(placed))[:, None, :])
    tested = measure(corpus.vectors, finder, ids, lines, judge.name, Progress())
    return [detection for detection, _ in tested]


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


@pytest.mark.bench
def test_labels_beside_phrases_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = os.environ.get("SAERCH_BENCH_LIBRARY")
    corpus, judge = shared(folder) if folder else made_up()
    named, judged_s = timed(lambda: name_features(corpus, judge, Progress()).labels)
    plain, plain_s = timed(lambda: by_phrases_alone(corpus, judge, monkeypatch))
    judged = [label.detection for label in named]
    print(f"\n{len(named):,} live features, {len(corpus.documents):,} documents, judge {judge.name}")
    print("  method           seconds   median AUROC   >= 0.75 of live   A–C of live")
    for name, found, seconds in (("judged phrases", judged, judged_s), ("phrases alone", plain, plain_s)):
        areas = np.asarray([detection.auroc for detection in found if detection is not None])
        good = sum(grade(detection) in ("A", "B", "C") for detection in found)
        passed = (areas >= 0.75).sum() / len(found)
        print(
            f"  {name:<15}  {seconds:>7.1f}   {np.median(areas):>12.3f}   {passed:>15.1%}"
            f"   {good / len(found):>11.1%}"
        )
    assert len(named) == int((np.diff(corpus.inverted.starts) > 0).sum())
