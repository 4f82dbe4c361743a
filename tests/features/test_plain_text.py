"""Words from elsewhere are fit to be shown, and what is fit is left as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saerch_desktop.features.imported import read_analysis
from saerch_desktop.features.judge import JUDGE_FILE, load_reference, naming_seconds
from saerch_desktop.features.label import Alternative, Label
from saerch_desktop.features.labels import LLM_FILE, Labels, load_labels, save_labels
from saerch_desktop.features.marks import Mark
from saerch_desktop.features.plain_text import one_line, paragraphs


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two  blanks", "two  blanks"),
        ("a\nb\tc\r\nd", "a b c d"),
        ("\x1b[31mred\x07\x00", "[31mred"),
        ("\u202egnp.exe", "gnp.exe"),
        ("half \ud83d of one", "half of one"),
        ("👩\u200d🔬 می\u200cروم", "👩\u200d🔬 می\u200cروم"),
        ("a\u2028b", "a b"),
        ("\n\n", ""),
    ],
)
def test_one_line(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_paragraphs_keep_their_lines() -> None:
    assert paragraphs("a\r\nb\n\tc\x1b[2J\u202e") == "a\nb\n\tc [2J"


def test_names_of_any_file_are_fit_to_be_shown_and_saved(tmp_path: Path) -> None:
    label = Label(feature=1, text="a\n\x1b[2Jb", source="llm: \x07m", reasoning="because\n\ud800")
    assert (label.text, label.source, label.reasoning) == ("a [2Jb", "llm: m", "because\n ")
    save_labels(tmp_path, 4, [label], LLM_FILE)
    assert load_labels(tmp_path, 4, LLM_FILE) == [label]
    mark = Mark(feature=0, text=" \n", tags=("a\nb", " ", ""), note="\x00n", rejected=("x\ny",))
    assert (mark.text, mark.tags, mark.note, mark.rejected) == (None, ("a b",), " n", ("x y",))
    assert Mark(feature=0, text="\u202e").empty


def test_figures_that_are_none_are_not_known() -> None:
    content = '{"feature": 0, "text": "x", "source": "m", "pearson": NaN, "f1": Infinity}'
    label = Label.model_validate_json(content)
    assert (label.pearson, label.f1) == (None, None)
    assert Alternative.model_validate_json('{"text": "y", "auroc": -Infinity}').auroc is None
    for wrong in (10**400, 1e308, -1.01):
        assert Label(feature=0, text="x", source="m", pearson=wrong, f1=wrong).pearson is None
    assert Label(feature=0, text="x", source="m", pearson=-1, f1=0.5).f1 == 0.5


def test_claims_about_features_that_are_not_there_are_passed_over(tmp_path: Path) -> None:
    labels = [Label(feature=feature, text="x", source="llm: m") for feature in (0, 3, 4, 10**30)]
    empty = Label(feature=1, text="\n", source="llm: m")
    save_labels(tmp_path, 4, [*labels, empty, Label(feature=2, text="n" * 9_999, source="m")], LLM_FILE)
    found = load_labels(tmp_path, 4, LLM_FILE)
    assert [label.feature for label in found] == [0, 2, 3]
    assert len(found[1].text) == 1_000
    assert Labels(4, [empty]).text(1) == "#1"


def test_what_nobody_would_read_is_cut_where_it_is_shown(tmp_path: Path) -> None:
    many = tuple(Alternative(text=str(number)) for number in range(500))
    endless = Label(feature=0, text="x", source="s" * 9_999, reasoning="r" * 99_999, alternatives=many)
    save_labels(tmp_path, 4, [endless], LLM_FILE)
    (found,) = load_labels(tmp_path, 4, LLM_FILE)
    assert (len(found.source), len(found.reasoning), len(found.alternatives)) == (1_000, 20_000, 100)
    mark = Mark(feature=1, text="n" * 9_999)
    labels = Labels(4, [], marks={1: mark})
    assert (len(labels.text(1)), labels.mark(1)) == (1_000, mark)


def test_the_papers_records_with_impossible_figures(tmp_path: Path) -> None:
    path = tmp_path / "feature_analysis_results_x.json"
    record = {"index": 0, "label": "a\ud800b", "f1": 10**400, "pearson_correlation": float("nan")}
    path.write_text(json.dumps([record]), encoding="utf-8")
    (label,) = read_analysis(path, 4).labels
    assert (label.text, label.f1, label.pearson) == ("a b", None, None)


@pytest.mark.parametrize("seconds", ["NaN", "-1", "1e300", "null"])
def test_a_judge_file_nobody_could_have_written(tmp_path: Path, seconds: str) -> None:
    (tmp_path / JUDGE_FILE).write_text(f'{{"judge": "j", "reference": [1e300, 1], "seconds": {seconds}}}')
    assert load_reference(tmp_path, "j", 2) is None
    assert naming_seconds(tmp_path) is None
