"""Offline labels: what was planted, from the documents that may be used, tested on the others."""

from __future__ import annotations

import naming_support as support
import numpy as np
import pytest
from naming_support import THEMES, WordJudge

from saerch_desktop.errors import Cancelled
from saerch_desktop.features import phrase_examples as examples_module
from saerch_desktop.features.hard_negatives import CaseFinder
from saerch_desktop.features.held_out import held_out
from saerch_desktop.features.label import Label
from saerch_desktop.features.naming import STAGES, Corpus, name_features
from saerch_desktop.features.naming_choice import Shortlist, ranked
from saerch_desktop.features.phrase_choice import alike, roots_of
from saerch_desktop.progress import Progress, Update


def named(made: support.Made, **more: object) -> list[Label]:
    return name_features(made.corpus, WordJudge(), Progress(), **more).labels  # type: ignore[arg-type]


def test_every_theme_is_named_and_the_test_passed() -> None:
    labels = named(support.made())
    assert [label.feature for label in labels] == list(range(len(THEMES)))
    for label in labels:
        assert set(label.text.split(" · ")) & {THEMES[label.feature], *THEMES[label.feature].split()}
        assert label.source == "phrases"
        assert label.detection is not None
        assert label.detection.auroc > 0.9
        assert label.detection.judge == "words"
        assert label.detection.low <= label.detection.auroc <= label.detection.high
        assert all(other.text != label.text for other in label.alternatives)
        assert len(label.alternatives) <= 5


def test_the_same_again() -> None:
    assert named(support.made()) == named(support.made())


def test_held_out_documents_have_no_say_in_a_label() -> None:
    """Other texts and other vectors there change the figures, and nothing else."""
    before = support.made()
    after = support.made()
    kept = held_out(np.arange(before.points.rows))
    texts = [
        ("Tropical fish", "An aquarium with tropical fish") if kept[row] else (title, text)
        for row, title, text in before.corpus.documents.texts(0, before.points.rows)
    ]
    after.points.array[kept] = -after.points.array[kept]
    after.corpus.documents._texts = texts  # type: ignore[attr-defined]
    old, new = named(before), named(after)
    assert [label.text for label in old] == [label.text for label in new]
    for a, b in zip(old, new, strict=True):
        assert a.detection is not None
        assert b.detection is not None
        assert b.detection.auroc < 0.3 < 0.9 < a.detection.auroc


def test_the_cases_for_choosing_and_for_testing_never_meet() -> None:
    made = support.made()
    sides = [
        CaseFinder(made.corpus.vectors, made.corpus.inverted, testing=testing) for testing in (False, True)
    ]
    for feature in range(len(THEMES)):
        chosen, tested = (side.one(feature) for side in sides)
        used = {*chosen.positives, *chosen.negatives}
        assert used
        assert used.isdisjoint({*tested.positives, *tested.negatives})


def test_the_judge_decides_between_phrases() -> None:
    """Both phrases stand in all documents of the feature; only one is where its documents are."""
    chance = np.random.default_rng(0)
    theme = np.arange(200) < 60
    texts = [("", "magnetic loop with copper wire") if t else ("", "empty space beside us") for t in theme]
    towards = np.where(theme[:, None], support.place("copper wire"), support.place("empty space"))
    array = towards + chance.normal(scale=0.5 / np.sqrt(support.DIM), size=(200, support.DIM))
    array /= np.linalg.norm(array, axis=1, keepdims=True)
    points = support.Points(array.astype(np.float32))
    rows = {int(row): 1.0 for row in np.flatnonzero(theme)}
    corpus = support.corpus(texts, points, [rows])
    label = name_features(corpus, WordJudge(), Progress()).labels[0]
    assert "copper" in label.text
    assert "magnetic" not in label.text


def test_a_label_drawn_at_random_scores_chance() -> None:
    """Near misses are as near to labels in general as positives are, once that is taken off."""
    made = support.made(3000, noise=3.0)
    chance = np.random.default_rng(3)
    result = name_features(made.corpus, WordJudge(), Progress())
    finder = CaseFinder(made.corpus.vectors, made.corpus.inverted, testing=True)
    from saerch_desktop.features.ranking_quality import auroc

    figures = []
    for cases in finder.many(range(6), Progress()):
        for _ in range(40):
            label = chance.normal(size=support.DIM) / np.sqrt(support.DIM) - result.reference
            ours, theirs = (made.points.array[rows] @ label for rows in (cases.positives, cases.negatives))
            figures.append(float(auroc(ours, theirs)))
    assert np.mean(figures) == pytest.approx(0.5, abs=0.05)


def alike_corpus() -> Corpus:
    """Three features of the same documents, which say different things beside the same one."""
    chance = np.random.default_rng(0)
    words = [f"w{chr(97 + i)}rd" for i in range(12)]
    texts = [("", f"red dwarf and {' with '.join(chance.permutation(words)[:5])}") for _ in range(60)]
    texts += [("", "empty space here") for _ in range(60)]
    array = np.stack([support.place(text) for _, text in texts])
    rows = dict.fromkeys(range(60), 1.0)
    return support.corpus(texts, support.Points(array), [rows, rows, rows])


def test_features_on_the_same_documents_are_told_apart() -> None:
    labels = name_features(alike_corpus(), WordJudge(), Progress()).labels
    assert len({label.text for label in labels}) == 3


def test_some_features_alone_avoid_the_labels_of_the_others() -> None:
    corpus = alike_corpus()
    every = name_features(corpus, WordJudge(), Progress()).labels
    zero = np.zeros(support.DIM, np.float32)
    again = name_features(
        corpus, WordJudge(), Progress(), [2, 1], others=[every[1].text, every[2].text], reference=zero
    )
    assert [label.feature for label in again.labels] == [1, 2]
    assert not {label.text for label in again.labels} & {every[1].text, every[2].text}
    assert again.reference is zero


def test_rare_features_are_named_and_say_that_they_are_untested() -> None:
    texts = [("Quite a long title of some seven words here", ""), ("", ""), ("", "12 34 ...")]
    texts += [("", "solar flare of a star") for _ in range(20)]
    array = np.stack([support.place(text + title) for title, text in texts])
    kept = [row for row in range(3, 23) if held_out(np.asarray(row))]
    features = [{0: 1.0}, {1: 1.0}, {2: 0.5}, {}, dict.fromkeys(kept, 1.0)]
    corpus = support.corpus(texts, support.Points(array), features)
    labels = {label.feature: label for label in name_features(corpus, WordJudge(), Progress()).labels}
    assert labels[0].text == "Quite a long title of some…"
    assert labels[1].text == "Feature 1"
    assert set(labels) == {0, 1, 2, 4}
    assert labels[4].text == "solar flare"  # from held-out documents, there being no others
    assert all(label.detection is None for label in labels.values())


def test_general_words_and_boilerplate_never_stand_alone() -> None:
    texts = [("", "The results that we found show a magnetic field. See the data") for _ in range(40)]
    texts += [("", "The results that we found show a field of wheat. See the data") for _ in range(80)]
    array = np.stack([support.place(text) for _, text in texts])
    corpus = support.corpus(texts, support.Points(array), [dict.fromkeys(range(40), 1.0)])
    assert name_features(corpus, WordJudge(), Progress()).labels[0].text == "magnetic field"


def test_large_corpora_are_read_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples_module, "_MOST_DOCUMENTS", 60)
    monkeypatch.setattr(examples_module, "_SOME", 0)
    made = support.made()
    judge = WordJudge()
    labels = name_features(made.corpus, judge, Progress()).labels
    assert sum(any(word in THEMES[label.feature] for word in label.text.split()) for label in labels) == 6
    assert all(label.examples <= 24 for label in labels)


def test_no_documents_have_no_labels() -> None:
    corpus = support.corpus([], support.Points(np.zeros((0, support.DIM), np.float32)), [{}, {}])
    assert name_features(corpus, WordJudge(), Progress()).labels == []


def test_a_further_phrase_must_help() -> None:
    places = np.eye(4, dtype=np.float32)
    chance = np.random.default_rng(0)
    halves = np.repeat([[1.0, 0, 0, 0], [0, 1.0, 0, 0]], 20, axis=0).astype(np.float32)
    ours = halves + chance.normal(scale=0.2, size=(40, 4)).astype(np.float32)
    theirs = chance.normal(scale=0.2, size=(40, 4)).astype(np.float32) + np.float32([0, 0, 1, 0])
    shortlist = Shortlist(("red dwarf", "solar flare", "comet tail"), np.ones(3))
    zero = np.zeros(4, np.float32)
    best = ranked(shortlist, places[:3], zero, ours, theirs, zero)
    assert set(best[0]) == {0, 1}
    one_theme = ours[:20]
    assert ranked(shortlist, places[:3], zero, one_theme, theirs, zero)[0] == (0,)


def test_variants_of_a_phrase_are_not_joined() -> None:
    def say(text: str) -> frozenset[str]:
        return roots_of(tuple(text.split()))

    assert alike(say("active galactic nucleus"), say("agn"))
    assert alike(say("gamma-ray burst"), say("grb"))
    assert alike(say("gravity"), say("gravitational wave"))
    assert alike(say("galaxy"), say("galaxy cluster"))
    assert not alike(say("star"), say("s"))
    assert not alike(say("dark matter"), say("solar flare"))


@pytest.mark.parametrize("stage", STAGES)
def test_it_stops_when_told(stage: str) -> None:
    def stop(update: Update) -> None:
        if update.stage == stage:
            progress.cancel()

    progress = Progress(stop)
    with pytest.raises(Cancelled):
        name_features(support.made(120).corpus, WordJudge(), progress)
