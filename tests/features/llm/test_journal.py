from __future__ import annotations

import json
from pathlib import Path

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.features.label import Label
from saerch_desktop.features.llm.journal import JOURNAL_FILE, Answer, Journal, request_key, run_key

ANSWER = Answer("FINAL: x\nü", 10, 5, 0.5, "name", "m")
LABEL = Label(feature=3, text="x", source="llm: m", pearson=0.5, tests=6)


def write(folder: Path) -> None:
    with Journal(folder) as journal:
        journal.keep_answer("k", ANSWER)
        journal.keep_label("run", LABEL)
        journal.keep_failure("run", 4, "why")


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    write(tmp_path)
    journal = Journal(tmp_path)
    assert journal.answer("k") == ANSWER
    assert journal.labels("run") == {3: LABEL}
    assert journal.labels("other") == {}
    assert journal.answer("other") is None
    assert journal.answers() == [ANSWER]


@pytest.mark.parametrize("cut", range(1, 400, 7))
def test_any_tear_costs_only_its_line(tmp_path: Path, cut: int) -> None:
    write(tmp_path)
    path = tmp_path / JOURNAL_FILE
    whole = path.read_bytes()
    torn = whole[: max(0, len(whole) - cut)]
    path.write_bytes(torn)
    whole_lines = torn.count(b"\n")
    with Journal(tmp_path) as journal:
        assert (journal.answer("k") is not None) == (whole_lines >= 1)
        # A line whose break alone is missing is whole.
        assert bool(journal.labels("run")) == (torn.count(b'"tests":6}}') == 1)
        journal.keep_answer("later", ANSWER)
    assert Journal(tmp_path).answer("later") == ANSWER


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{}", b"[]", b"7", b"null", b'"text"', b"\xff\xfe", b'{"answer": 1}', b'{"label": {}}',
        b'{"answer":"a","text":"t","in":"x","out":1,"seconds":1,"kind":"name","model":"m"}',
        b'{"answer":"a","text":"t","in":1e999,"out":1,"seconds":1,"kind":"name","model":"m"}',
        b'{"run":"r","label":{"feature":-1,"text":"x","source":"s"}}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_foreign_lines_are_passed_over(tmp_path: Path, line: bytes) -> None:
    write(tmp_path)
    path = tmp_path / JOURNAL_FILE
    path.write_bytes(line + b"\n" + path.read_bytes() + line + b"\n")
    journal = Journal(tmp_path)
    assert journal.labels("run") == {3: LABEL}
    assert journal.answers() == [ANSWER]


def test_a_line_without_end_is_read_in_pieces(tmp_path: Path) -> None:
    (tmp_path / JOURNAL_FILE).write_bytes(b"x" * (3 << 20))
    assert Journal(tmp_path).answers() == []


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / JOURNAL_FILE).mkdir()
    with pytest.raises(UserError, match="cannot be read"):
        Journal(tmp_path)


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with Journal(tmp_path), pytest.raises(UserError, match="another program"), Journal(tmp_path):
        pass
    with Journal(tmp_path):
        pass


def test_every_line_is_json_of_one_line(tmp_path: Path) -> None:
    write(tmp_path)
    lines = (tmp_path / JOURNAL_FILE).read_bytes().splitlines()
    assert [sorted(json.loads(line)) for line in lines] == [
        ["answer", "in", "kind", "model", "out", "seconds", "text"],
        ["label", "run"],
        ["failed", "reason", "run"],
    ]


def test_keys_tell_questions_and_terms_apart() -> None:
    one = [{"role": "user", "content": "a"}]
    keys = {
        request_key("http://a", "m", one),
        request_key("http://b", "m", one),
        request_key("http://a", "n", one),
        request_key("http://a", "m", [{"role": "user", "content": "b"}]),
    }
    assert len(keys) == 4
    assert run_key(a=1, b=2) == run_key(b=2, a=1) != run_key(a=1, b=3)
