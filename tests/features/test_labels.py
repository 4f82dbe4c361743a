"""Labels: always something to show, found by words, safe on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.features.imported import ImportedLabel, ImportedLabels, save_imported
from saerch_desktop.features.label import Detection, Label, grade
from saerch_desktop.features.labels import LABELS_FILE, LLM_FILE, Labels, save_labels
from saerch_desktop.features.marks import Mark, load_marks, save_marks, save_tests

TEXTS = {
    0: "dark matter · halo",
    2: "Dark energy",
    3: "semidark pumpkins",
    5: "energy bands",
    12: "neutron stars",
    120: "Binary stars · dark companions",
}


@pytest.fixture
def labels() -> Labels:
    live = [feature != 7 for feature in range(200)]
    made = [Label(feature=f, text=text, source="phrases", examples=f + 1) for f, text in TEXTS.items()]
    return Labels(200, made, live)


def test_every_feature_has_a_text(labels: Labels) -> None:
    assert labels.text(12) == "neutron stars"
    assert labels.text(4) == "#4"
    assert labels.text(7) == "#7 (in no document)"
    assert labels.get(7) is None
    assert (labels.get(5) or Label(feature=0, text="", source="")).examples == 6
    assert [label.feature for label in labels] == sorted(TEXTS)
    assert len(labels) == len(TEXTS)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("dark", [0, 2, 120, 3]),
        ("DARK", [0, 2, 120, 3]),
        ("energy dark", [2]),
        ("dark energy", [2]),
        ("star", [12, 120]),
        ("dark -stars", [0, 2, 3]),
        ("dark nothing", []),
        ("#12", [12, 120]),
        ("#7", [7]),
        ("#999", []),
        ("#x", []),
        ("#", []),
        ("halo ·", [0]),
        ("", [0, 2, 3, 5, 12, 120]),
        ("  ", [0, 2, 3, 5, 12, 120]),
    ],
)
def test_search_needs_all_words_in_any_case_and_place(labels: Labels, query: str, found: list[int]) -> None:
    assert labels.search(query) == found


def test_search_stops_at_the_limit(labels: Labels) -> None:
    assert labels.search("dark", limit=2) == [0, 2]
    assert labels.search("", limit=3) == [0, 2, 3]
    assert labels.search("#1", limit=2) == [1, 12]


def test_comes_back_from_the_disk(tmp_path: Path, labels: Labels) -> None:
    save_labels(tmp_path, 200, labels)
    again = Labels.load(tmp_path, 200)
    assert list(again) == list(labels)
    content = json.loads((tmp_path / LABELS_FILE).read_text(encoding="utf-8"))
    assert content["labels"][0]["source"] == "phrases"


@pytest.mark.parametrize("content", [None, "", "{", '{"labels": 3}', '{"features": 9, "labels": []}'])
def test_damage_is_told_in_words(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / LABELS_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match="labels"):
        Labels.load(tmp_path, 200)


def test_a_label_of_a_feature_that_does_not_exist_is_left_out(tmp_path: Path) -> None:
    save_labels(tmp_path, 5, [Label(feature=9, text="ghost", source="phrases")])
    assert Labels.load(tmp_path, 5).search("ghost") == []


def _tested(feature: int, text: str, source: str, auroc: float | None) -> Label:
    detection = (
        None
        if auroc is None
        else Detection(auroc=auroc, low=auroc - 0.05, high=auroc, positives=20, negatives=20)
    )
    return Label(feature=feature, text=text, source=source, detection=detection)


def test_of_several_claims_the_best_tested_is_shown_and_the_analyst_has_the_last_word() -> None:
    phrases, llm = _tested(1, "words", "phrases", 0.80), _tested(1, "a sentence", "llm: some-model", 0.78)
    labels = Labels(3, [phrases, llm])
    assert labels.text(1) == "a sentence"
    assert labels.claims(1) == (llm, phrases)
    labels.change([Mark(feature=1, rejected=("a sentence",))])
    assert labels.text(1) == "words"
    labels.change([Mark(feature=1, text="mine", rejected=("a sentence",))])
    shown = labels.get(1)
    assert shown is not None
    assert (shown.text, shown.source) == ("mine", "human")
    assert labels.search("mine") == [1]
    labels.change([Mark(feature=1, rejected=("a sentence", "words"))])
    assert labels.text(1) == "#1"
    assert labels.search("mine") == []
    labels.change([Mark(feature=1)])
    assert labels.text(1) == "a sentence"
    assert not labels.marks()


def test_a_much_better_test_outweighs_wording() -> None:
    labels = Labels(3, [_tested(1, "words", "phrases", 0.95), _tested(1, "a sentence", "llm: m", 0.6)])
    assert labels.text(1) == "words"


@pytest.mark.parametrize(
    ("auroc", "low", "expected"),
    [
        (0.97, 0.9, "A"),
        (0.9, 0.8, "B"),
        (0.85, 0.7, "C"),
        (0.7, 0.6, "D"),
        (0.62, 0.55, "E"),
        (0.5, 0.4, "F"),
    ],
)
def test_grades(auroc: float, low: float, expected: str) -> None:
    assert grade(Detection(auroc=auroc, low=low, high=1.0, positives=9, negatives=9)) == expected


def test_a_label_that_may_be_chance_is_an_f_however_high_and_an_untested_one_has_no_grade() -> None:
    assert grade(Detection(auroc=0.9, low=0.45, high=1.0, positives=3, negatives=3)) == "F"
    assert grade(None) == "?"


def test_every_source_is_read_and_marks_survive_relabelling(tmp_path: Path) -> None:
    save_labels(tmp_path, 9, [_tested(f, f"words {f}", "phrases", 0.7) for f in range(4)])
    save_labels(tmp_path, 9, [_tested(1, "sentence", "llm: m", 0.9)], LLM_FILE)
    record = ImportedLabel(feature=2, text="from elsewhere", pearson=0.5, f1=0.6)
    save_imported(tmp_path, ImportedLabels(source="file.json", labels=(record,)))
    save_marks(tmp_path, 9, [Mark(feature=3, text="mine", tags=("odd",))])
    labels = Labels.load(tmp_path, 9)
    assert [labels.text(f) for f in range(5)] == ["words 0", "sentence", "from elsewhere", "mine", "#4"]
    assert (labels.claims(2)[0].pearson, labels.claims(2)[0].source) == (0.5, "imported: file.json")
    save_labels(tmp_path, 9, [_tested(3, "other words", "phrases", 0.99)])
    assert Labels.load(tmp_path, 9).text(3) == "mine"
    assert Labels.load(tmp_path, 9).mark(3).tags == ("odd",)


def test_marks_of_two_windows_are_merged_and_empty_ones_forgotten(tmp_path: Path) -> None:
    save_marks(tmp_path, 9, [Mark(feature=1, note="one"), Mark(feature=2, pinned=True)])
    merged = save_marks(tmp_path, 9, [Mark(feature=2), Mark(feature=4, verified=True)])
    assert set(merged) == {1, 4}
    assert load_marks(tmp_path, 9) == merged


def test_only_what_was_decided_is_put_upon_what_others_decided(tmp_path: Path) -> None:
    start = Mark(feature=1, text="stale", tags=("a", "b"), rejected=("x",))
    elsewhere = Mark(
        feature=1, text="theirs", verified=True, tags=("a", "b", "c"), note="theirs", rejected=()
    )
    save_marks(tmp_path, 9, [elsewhere])
    mine = start.model_copy(update={"pinned": True, "tags": ("b", "d"), "rejected": ("x", "y")})
    found = save_marks(tmp_path, 9, [mine], {1: start})[1]
    assert (found.text, found.verified, found.note, found.pinned) == ("theirs", True, "theirs", True)
    assert (found.tags, found.rejected) == (("b", "c", "d"), ("x", "y"))
    named = found.model_copy(update={"text": "mine", "verified": False})
    assert save_marks(tmp_path, 9, [named], {1: start})[1].text == "mine"
    assert save_marks(tmp_path, 9, [start], {1: start})[1].text == "mine", "nothing was changed"


def test_damaged_marks_are_told_and_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "marks.json").write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="names and notes"):
        save_marks(tmp_path, 9, [Mark(feature=1, note="one")])
    assert (tmp_path / "marks.json").read_text(encoding="utf-8") == "{"


def test_a_test_of_a_name_never_replaces_a_decision(tmp_path: Path) -> None:
    good = Detection(auroc=0.9, low=0.8, high=1, positives=9, negatives=9)
    save_marks(
        tmp_path, 9, [Mark(feature=1, text="one", note="n"), Mark(feature=2, text="renamed meanwhile")]
    )
    kept = save_tests(tmp_path, 9, {(1, "one"): good, (2, "two"): good, (3, "unmarked meanwhile"): good})
    assert kept == 1
    marks = load_marks(tmp_path, 9)
    assert marks[1] == Mark(feature=1, text="one", note="n", detection=good)
    assert marks[2].detection is None
    assert 3 not in marks
