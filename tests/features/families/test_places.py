"""Where nodes were put by hand, in a file of their own."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import filelock
import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.features.families import places
from saerch_desktop.features.families.places import MOST_PLACES, PLACES_FILE, load_places, save_places


def test_places_come_back_and_what_others_put_meanwhile_stays(tmp_path: Path) -> None:
    assert load_places(tmp_path) == {}
    save_places(tmp_path, {"#3": (10.5, -20.25), "key": (0.0, 1.0)})
    save_places(tmp_path, {"#4": (1.0, 2.0), "key": None})
    assert load_places(tmp_path) == {"#3": (10.5, -20.25), "#4": (1.0, 2.0)}
    save_places(tmp_path, {"#3": (7.0, 8.0)})
    assert list(load_places(tmp_path).items()) == [("#4", (1.0, 2.0)), ("#3", (7.0, 8.0))]
    assert not [path for path in tmp_path.iterdir() if path.name not in (PLACES_FILE, "families_places.lock")]


def test_nothing_is_written_of_nothing(tmp_path: Path) -> None:
    save_places(tmp_path, {"#3": None, "": (1.0, 1.0), "#4": (float("nan"), 0.0), "#5": (1e9, 0.0)})
    assert not (tmp_path / PLACES_FILE).exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"places": {"#1": [1]}}',
        b'{"places": {"#1": [1, 1e999]}}',
        b'{"places": {"#1": [1, NaN]}}',
        b'{"format": "other", "places": {}}',
        b'{"places": {"' + b"x" * 300 + b'": [1, 2]}}',
        b"\xff\xfe",
        b" " * (places._LARGEST_FILE + 1),
    ],
)
def test_a_damaged_file_is_passed_over_with_a_line_in_the_log(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / PLACES_FILE).write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert load_places(tmp_path) == {}
    assert PLACES_FILE in caplog.text
    save_places(tmp_path, {"#1": (1.0, 2.0)})
    assert load_places(tmp_path) == {"#1": (1.0, 2.0)}


@pytest.mark.expects_log
def test_a_file_of_a_newer_version_is_left_as_it_is(tmp_path: Path) -> None:
    content = json.dumps({"schema_version": 2, "places": {"#1": [1, 2]}, "more": 1})
    (tmp_path / PLACES_FILE).write_text(content, encoding="utf-8")
    assert load_places(tmp_path) == {}
    save_places(tmp_path, {"#2": (1.0, 2.0)})
    assert (tmp_path / PLACES_FILE).read_text(encoding="utf-8") == content


def test_the_newest_are_kept(tmp_path: Path) -> None:
    save_places(tmp_path, {f"#{i}": (float(i), 0.0) for i in range(MOST_PLACES)})
    save_places(tmp_path, {"new": (1.0, 1.0)})
    kept = load_places(tmp_path)
    assert len(kept) == MOST_PLACES
    assert "#0" not in kept
    assert "new" in kept


def test_another_program_that_writes_for_long_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_LOCK_SECONDS", 0.05)
    other = filelock.FileLock(tmp_path / "families_places.lock")
    with other, pytest.raises(UserError, match="Another program"):
        save_places(tmp_path, {"#1": (1.0, 2.0)})
    assert load_places(tmp_path) == {}
