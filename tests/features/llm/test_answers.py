"""Answers as models really give them, and as nobody should."""

from __future__ import annotations

import contextlib
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saerch_desktop.features.llm.answers import (
    UnreadableAnswerError,
    name_in,
    prediction_in,
    predictions_in,
    without_thoughts,
)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("Reasons.\nFINAL: dark matter halos", "dark matter halos"),
        ("FINAL: dark matter halos", "dark matter halos"),
        ("**FINAL:** *dark matter halos*", "dark matter halos"),
        ("**FINAL: dark matter halos**", "dark matter halos"),
        ("### Final: “dark matter halos”.", "dark matter halos"),
        ("Final answer: dark matter halos", "dark matter halos"),
        ("> FINAL :  dark   matter\thalos ", "dark matter halos"),
        ("FINAL：暗黒物質", "暗黒物質"),
        ("FINAL:\n\ndark matter halos", "dark matter halos"),
        ("FINAL: a first thought\nno\nFINAL: dark matter halos\n", "dark matter halos"),
        ("<think>FINAL: nonsense</think>\nFINAL: dark matter halos", "dark matter halos"),
        ("FINAL: nonsense</think>FINAL: dark matter halos", "dark matter halos"),
        ("<THINKING>\nhm\n</THINKING>FINAL: dark matter halos\n<think>more", "dark matter halos"),
        ('{"reasoning": "it is so", "final": "dark matter halos"}', "dark matter halos"),
        ('```json\n{"Label": "dark matter halos"}\n```', "dark matter halos"),
        ("FINAL: dark\x00matter\u200bhalos", "dark matter halos"),
        ("FINAL: H0 (the Hubble constant)", "H0 (the Hubble constant)"),
        ("FINAL: Ly-alpha: emission", "Ly-alpha: emission"),
    ],
)
def test_a_name_is_found(answer: str, name: str) -> None:
    assert name_in(answer)[0] == name


@pytest.mark.parametrize(
    "answer",
    [
        "", "   ", "no name here", "FINAL", "FINAL:", "FINAL: ...", "FINAL: **",
        "The FINAL: is in the middle",
        "FINAL: " + "word " * 17, "FINAL: " + "x" * 121, "<think>FINAL: halos",
        '{"final": 7}', '{"final": ""}',
        "[" * 5000, '{"a":' * 3000,
    ],
)  # fmt: skip
def test_no_name_is_told(answer: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        name_in(answer)


def test_the_reasoning_is_kept_apart() -> None:
    assert name_in("<think>secret</think>One.\nTwo.\nFINAL: halos") == ("halos", "One.\nTwo.")


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("It is so.\nPREDICTION: 0.8", 0.8),
        ("PREDICTION: -1", -1.0),
        ("PREDICTION: −0.35", -0.35),
        ("**Prediction:** `+0.5`.", 0.5),
        ("PREDICTION: 0,25", 0.25),
        ("PREDICTION: 0.1\nPREDICTION: .9", 0.9),
        ("<think>PREDICTION: 1</think>PREDICTION: 0", 0.0),
        ('{"prediction": 0.4}', 0.4),
        ("-0.7", -0.7),
    ],
)
def test_a_prediction_is_found(answer: str, value: float) -> None:
    assert prediction_in(answer) == value


@pytest.mark.parametrize(
    "answer",
    ["", "yes", "PREDICTION: likely", "PREDICTION: 1.01", "PREDICTION: 85", "PREDICTION: 80%", "PREDICTION:",
     "PREDICTION: nan", "PREDICTION: inf", "PREDICTION: 1e999",
     '{"prediction": true}', '{"prediction": null}'],
)  # fmt: skip
def test_no_prediction_is_told(answer: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        prediction_in(answer)


@pytest.mark.parametrize(
    "answer",
    [
        '{"1": 0.9, "2": -0.7, "3": 0}',
        'Sure!\n```json\n{"1": 0.9, "2": -0.7, "3": 0}\n```\nDone.',
        '{"predictions": {"1": 0.9, "2": -0.7, "3": 0}}',
        '{"text 1": "0.9", "text 2": "-0.7", "Text #3": "+0"}',
        "[0.9, -0.7, 0]",
        '[{"number": 1, "prediction": 0.9}, {"text": "2", "confidence": -0.7}, {"id": 3, "score": 0.0}]',
        '[{"1": 0.9}, {"2": -0.7}, {"3": 0}]',
        "1: 0.9\n2: -0.7\n3: 0",
        "Text 1: 0.9\nText 2: −0.7\n- **Text 3**: 0.0",
        "1) 0.9\n2) -0.7\n3) 0",
        "| 1 | 0.9 |\n| 2 | -0.7 |\n| 3 | 0 |",
        '<think>{"1": 0.1}</think>{"1": 0.9, "2": -0.7, "3": 0}',
        '{"1": 0.1}\nNo, rather: {"1": 0.9, "2": -0.7, "3": 0}',
        '{"1": 0.9, "2": -0.7, "3": 0, "4": 1, "0": 1, "x": 1}',
    ],
)
def test_predictions_are_found_in_many_shapes(answer: str) -> None:
    assert predictions_in(answer, 3) == {1: 0.9, 2: -0.7, 3: 0.0}


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ('{"1": 0.9, "2": "likely", "3": 1.5}', {1: 0.9}),
        ('{"1": 0.9, "2": null, "3": [1]}', {1: 0.9}),
        ("1: 0.9\n2: 0.5\n2: -0.5\n3: 50%", {1: 0.9}),
        ("[0.9, 0.5]", {}),
        ("I cannot judge these.", {}),
        ("", {}),
        ('{"1": NaN, "2": Infinity}', {}),
    ],
)
def test_doubtful_predictions_are_left_out(answer: str, found: dict[int, float]) -> None:
    assert predictions_in(answer, 3) == found


@given(
    st.text(max_size=300)
    | st.text(alphabet='{}[]":,0123456789.-truefalsn FINALPREDICTION\n<think/>', max_size=300)
)
def test_no_answer_breaks_the_reader(answer: str) -> None:
    said = without_thoughts(answer)
    assert len(said) <= len(answer)
    for number, value in predictions_in(answer, 5).items():
        assert 1 <= number <= 5
        assert -1 <= value <= 1
    for read in (name_in, prediction_in):
        try:
            found = read(answer)
        except UnreadableAnswerError:
            continue
        if isinstance(found, float):
            assert math.isfinite(found)
        else:
            assert 0 < len(found[0]) <= 120


def test_whole_numbers_beyond_all_figures_are_no_predictions() -> None:
    huge = "9" * 400
    assert predictions_in(f'{{"1": {huge}, "2": -{huge}, "3": NaN, "4": 0.5}}', 4) == {4: 0.5}
    for answer in (f'{{"prediction": {huge}}}', '{"prediction": NaN}', '{"prediction": Infinity}', huge):
        with pytest.raises(UnreadableAnswerError):
            prediction_in(answer)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("a<think>b</think>c<Reasoning>d</reasoning>e", "ace"),
        ("<think>a<think>b</think>c</think>d", "d"),
        ("<think>a</reasoning>b", "b"),
        ("a<think>b</reasoning>c</think>d", "d"),
        ("a</think>b<think>c", "b"),
        ("a</think>b</think>", ""),
        ("a < b and <b>bold</b>", "a < b and <b>bold</b>"),
    ],
)
def test_thoughts_are_taken_out(answer: str, said: str) -> None:
    assert without_thoughts(answer) == said


@pytest.mark.parametrize(
    "answer",
    [
        "<think>" * 14_000,
        "<think>" * 10_000 + "</reasoning>" * 2_000,
        "</think>" * 12_000,
        "1:" + " " * 99_000 + ";",
        "FINAL" + " " * 99_000 + ";",
        "[" * 99_000,
        "PREDICTION" + "* " * 49_000 + ";",
    ],
)
def test_no_answer_holds_the_program_up(answer: str) -> None:
    began = time.process_time()
    for read in (name_in, prediction_in, lambda said: predictions_in(said, 20)):
        with contextlib.suppress(UnreadableAnswerError):
            read(answer)
    assert time.process_time() - began < 2
