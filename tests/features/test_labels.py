"""Labels: always something to show, found by words, safe on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.features.labels import LABELS_FILE, Label, Labels

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
    labels.save(tmp_path)
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
    Labels(5, [Label(feature=9, text="ghost", source="phrases")]).save(tmp_path)
    assert Labels.load(tmp_path, 5).search("ghost") == []
