"""Retrieval sets as they should be, and as they should not."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.study.beir import corpus_file, read_beir


def lay_out(
    folder: Path, judgements: str = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq2\td9\t1\n"
) -> Path:
    (folder / "qrels").mkdir(parents=True)
    (folder / "qrels" / "test.tsv").write_text(judgements, encoding="utf-8")
    queries = [
        {"_id": "q1", "text": "one", "metadata": {}},
        {"_id": "q2", "text": "two"},
        {"_id": "q3", "text": "3"},
    ]
    lines = "".join(json.dumps(query) + "\n" for query in queries)
    (folder / "queries.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "title": "", "text": "t"}\n', encoding="utf-8")
    return folder


def test_only_questions_with_an_answer_are_kept(tmp_path: Path) -> None:
    found = read_beir(lay_out(tmp_path / "set"))
    assert (found.name, found.split) == ("set", "test")
    assert found.queries == {"q1": "one", "q2": "two"}
    assert found.relevant == {"q1": {"d1": 2}, "q2": {"d9": 1}}
    assert corpus_file(tmp_path / "set") == tmp_path / "set" / "corpus.jsonl"


@pytest.mark.parametrize(
    ("judgements", "why"),
    [
        ("q1\td1\n", "2 columns"),
        ("q1\td1\tmuch\n", "whole number"),
        ("q1\td1\t99999\n", "beyond"),
        ("q8\td1\t1\n", "none of its questions"),
        ("q1\td1\t-1\n", "none of its questions"),
        ("q1\td1\t" + "1" * 5000 + "\n", "whole number"),
        ("\x00\x01", "1 columns"),
    ],
)
def test_damaged_judgements_say_why(tmp_path: Path, judgements: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        read_beir(lay_out(tmp_path / "set", judgements))


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "set")
    with pytest.raises(UserError, match=r"dev\.tsv"):
        read_beir(folder, "dev")
    (folder / "queries.jsonl.gz").unlink()
    with pytest.raises(UserError, match=r"no queries\.jsonl"):
        read_beir(folder)
    (folder / "corpus.jsonl").unlink()
    with pytest.raises(UserError, match=r"no corpus\.jsonl"):
        corpus_file(folder)
    (folder / "qrels" / "test.tsv").write_bytes(b"q1\t\xff\xfe\t1\n")
    with pytest.raises(UserError, match="not a table"):
        read_beir(folder)


def test_a_question_without_words_is_refused(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "set")
    (folder / "queries.jsonl.gz").write_bytes(gzip.compress(b'{"_id": "q1", "text": " "}\n'))
    with pytest.raises(UserError, match="record 1"):
        read_beir(folder)


def test_a_mark_before_the_first_line_is_no_part_of_its_question(tmp_path: Path) -> None:
    found = read_beir(lay_out(tmp_path / "set", "\ufeffq1\td1\t1\nq2\td2\t1\n"))
    assert found.relevant == {"q1": {"d1": 1}, "q2": {"d2": 1}}


def test_a_pipe_in_place_of_judgements_is_not_waited_for(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "set")
    (folder / "qrels" / "test.tsv").unlink()
    (folder / "qrels" / "test.tsv").mkdir()
    with pytest.raises(UserError, match="not an ordinary file"):
        read_beir(folder)
    with pytest.raises(UserError, match=r"no corpus\.jsonl"):
        corpus_file(tmp_path / ("x" * 5000))


def test_halves_of_letters_are_nothing_to_embed(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "set")
    (folder / "queries.jsonl.gz").unlink()
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "a \\ud800"}\n')
    assert read_beir(folder).queries == {"q1": "a ?"}
