"""Tables for spreadsheets: whole, readable, and nothing in them runs."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.spreadsheet import escaped, unescaped, write_csv

ODD = ["=1+1", "+49", "-word", "@x", "\tx", "\rx", "'=quoted", "'plain", "plain", "", 'a,b\n"c"', "Größe ∞"]


def test_texts_come_back_and_none_begins_like_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_csv(path, [("text", "number"), *((text, -1.5) for text in ODD)])
    with path.open(encoding="utf-8-sig", newline="") as stream:
        head, *rows = list(csv.reader(stream))
    assert head == ["text", "number"]
    assert not any(text.startswith(("=", "+", "-", "@", "\t", "\r")) for text, _ in rows)
    assert [unescaped(text) for text, _ in rows] == ODD
    assert {number for _, number in rows} == {"-1.5"}


def test_halves_of_characters_do_not_stop_it(tmp_path: Path) -> None:
    write_csv(tmp_path / "table.csv", [("\ud800",)])
    assert (tmp_path / "table.csv").read_text(encoding="utf-8-sig").strip() == "?"


def test_a_number_is_not_text() -> None:
    assert escaped(-3) == -3


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        write_csv(tmp_path / "nowhere" / "table.csv", [])
