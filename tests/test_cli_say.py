"""What is printed cannot steer a terminal, and JSON gives back what went in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saerch_desktop.cli import main
from saerch_desktop.cli_say import say, say_json

HOSTILE = (
    "red \x1b[31m bell \x07 title \x9d0;owned\x9c back \r over, turned \u202e txt.exe\n next line\tand tab"
)


def test_lines_are_printed_without_what_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say(HOSTILE)
    printed = capsys.readouterr().out
    assert not set(printed) & set("\x1b\x07\x9d\x9c\r\u202e")
    assert printed.startswith("red  [31m bell")
    assert printed.endswith("\n next line\tand tab\n")


@pytest.mark.parametrize("ascii_only", [False, True])
def test_json_gives_back_every_character(ascii_only: bool, capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"title": HOSTILE + "ü"}, ascii_only=ascii_only)
    printed = capsys.readouterr().out
    assert not set(printed) & set("\x1b\x07\x9d\x9c\r\u202e")
    assert ("ü" in printed) is not ascii_only
    assert json.loads(printed) == {"title": HOSTILE + "ü"}


def test_what_went_wrong_steers_no_terminal_either(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["search", "x", "--library", str(tmp_path / "red\x1b[31m\u202e.saerch")]) != 0
    printed = capsys.readouterr().err
    assert "red" in printed
    assert not set(printed) & set("\x1b\u202e")
