"""Labels name what was planted, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import planted_library
import pytest
from planted_library import DEAD, FEATURES, SUBJECTS

from saerch_desktop.errors import Cancelled
from saerch_desktop.features import phrase_labels as module
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.inverted import InvertedIndex
from saerch_desktop.features.labels import Label
from saerch_desktop.features.phrase_choice import alike
from saerch_desktop.features.phrase_labels import build_phrase_labels
from saerch_desktop.features.stop_words import STOP_WORDS
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress, Update


class Texts:
    """As much of a library's documents as labelling reads."""

    def __init__(self, texts: list[tuple[str, str]]) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    def texts(self, start: int, stop: int) -> Iterator[tuple[int, str, str]]:
        for row in range(start, stop):
            yield row, *self._texts[row]


def index_of(*features: dict[int, float]) -> InvertedIndex:
    """An index of features given as row -> activation."""
    lines = [sorted(feature.items(), key=lambda item: (-item[1], item[0])) for feature in features]
    starts = np.cumsum([0, *(len(line) for line in lines)])
    rows = np.asarray([row for line in lines for row, _ in line], np.int32)
    return InvertedIndex(starts, rows, np.asarray([v for line in lines for _, v in line], np.float32))


def labelled(index: InvertedIndex, texts: list[tuple[str, str]]) -> dict[int, Label]:
    made = build_phrase_labels(index, Texts(texts), Progress())  # type: ignore[arg-type]
    return {label.feature: label for label in made}


@pytest.mark.parametrize("subject", range(len(SUBJECTS)))
def test_subjects_are_named_by_their_own_phrases(features: FeatureSet, subject: int) -> None:
    text = features.labels.text(subject)
    own, others = SUBJECTS[subject], [p for i, s in enumerate(SUBJECTS) if i != subject for p in s]
    assert all(part in own for part in text.split(" · "))
    assert any(" " in part for part in text.split(" · "))
    assert not any(phrase in text for phrase in others)


def test_every_live_feature_is_labelled_and_no_dead_one(features: FeatureSet) -> None:
    live = features.statistics.live
    assert not live[list(DEAD)].any()
    for feature in range(FEATURES):
        label = features.labels.get(feature)
        assert (label is not None) == bool(live[feature])
        if label is not None:
            assert label.source == "phrases"
            assert label.detection is None
            assert label.examples == min(module._EXAMPLES, features.statistics.count[feature])
            words = label.text.replace(" · ", " ").casefold().split()
            assert words[0] not in STOP_WORDS
            assert label.text.count("·") <= 2
    assert features.labels.text(DEAD[0]) == f"#{DEAD[0]} (in no document)"


def test_the_same_again(library: Library, features: FeatureSet) -> None:
    again = build_phrase_labels(features.inverted, library.documents, Progress())
    assert again == list(features.labels)


def test_large_corpora_are_read_in_part(
    library: Library, features: FeatureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_DOCUMENTS", 120)
    monkeypatch.setattr(module, "_BACKGROUND", 60)
    labels = {
        label.feature: label
        for label in build_phrase_labels(features.inverted, library.documents, Progress())
    }
    assert set(labels) == set(np.flatnonzero(features.statistics.live).tolist())
    assert labels[0].examples < module._EXAMPLES
    hits = sum(any(phrase in labels[s].text for phrase in SUBJECTS[s]) for s in range(len(SUBJECTS)))
    assert hits == len(SUBJECTS)


def test_documents_without_words_fall_back_on_the_title() -> None:
    texts = [("Quite a long title of some seven words here", ""), ("", ""), ("", "12 34 ...")]
    labels = labelled(index_of({0: 1.0}, {1: 1.0}, {2: 0.5}, {}), texts)
    assert labels[0].text == "Quite a long title of some…"
    assert labels[1].text == "Feature 1"
    assert set(labels) == {0, 1, 2}


def test_an_empty_corpus_has_no_labels() -> None:
    assert labelled(index_of({}, {}), []) == {}


def test_features_on_the_same_documents_are_told_apart() -> None:
    chance = np.random.default_rng(0)
    words = [f"w{chr(97 + i)}rd" for i in range(12)]
    texts = [("", f"red dwarf and {' with '.join(chance.permutation(words)[:5])}") for _ in range(30)]
    texts += [("", "empty space here") for _ in range(30)]
    rows = dict.fromkeys(range(30), 1.0)
    labels = labelled(index_of(rows, rows, rows), texts)
    assert all("red dwarf" in label.text for label in labels.values())
    assert len({label.text for label in labels.values()}) == 3


def test_general_words_and_boilerplate_never_stand_alone() -> None:
    texts = [("", "The results that we found show a magnetic field. See the data") for _ in range(20)]
    texts += [("", "The results that we found show a field of wheat. See the data") for _ in range(40)]
    assert labelled(index_of(dict.fromkeys(range(20), 1.0)), texts)[0].text == "magnetic field"


def test_initials_do_not_repeat_what_is_said_in_full() -> None:
    full, short = ("active", "galactic", "nucleus"), ("agn",)
    assert alike(full, frozenset(), short, frozenset())
    assert alike(("gamma-ray", "burst"), frozenset(), ("grb",), frozenset())
    assert not alike(("star",), frozenset(["star"]), ("s",), frozenset(["s"]))


def test_it_stops_when_told(tmp_path: Path) -> None:
    path = planted_library.make(tmp_path / "p.saerch", rows=40, missing=())

    def stop(update: Update) -> None:
        if update.stage == "Labelling features":
            progress.cancel()

    progress = Progress(stop)
    with Library.open(path) as library, pytest.raises(Cancelled):
        build_phrase_labels(index_of({0: 1.0}), library.documents, progress)
