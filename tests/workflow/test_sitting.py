"""A run that never ended is told of once; one that is open, or ended, is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from saerch_desktop import paths
from saerch_desktop.workflow import sitting
from saerch_desktop.workflow.sitting import Sitting

_RUN = """
import ctypes, os, sys
from saerch_desktop.workflow.sitting import Sitting
with Sitting() as here:
    print(len(here.crashes), flush=True)
    how = sys.stdin.readline().strip()
    if how == "kill":
        os.kill(os.getpid(), 9)
    if how == "native":
        ctypes.string_at(0)
"""


def run(how: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _RUN], input=how, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.strip()


def left() -> list[str]:
    return sorted(path.name for path in [*sitting.folder().iterdir(), *paths.log_dir().glob("crash-*")])


def test_a_run_that_ends_leaves_nothing() -> None:
    assert run("end") == "0"
    with Sitting() as here:
        assert here.crashes == ()
    assert left() == []


def test_a_killed_run_is_told_of_once() -> None:
    run("kill")
    with Sitting() as here:
        (crash,) = here.crashes
        assert crash.stack == ""
        assert crash.began
        assert crash.version
        with Sitting() as second:
            assert second.crashes == (), "the other window is open, it did not crash"
    assert run("end") == "0"
    assert left() == []


def test_a_crash_in_native_code_leaves_its_stack() -> None:
    run("native")
    with Sitting() as here:
        (crash,) = here.crashes
    assert "Segmentation fault" in crash.stack
    assert "string_at" in crash.stack


def test_marks_that_make_no_sense_are_taken_away() -> None:
    sitting.folder().mkdir(parents=True)
    for name, content in (("a" * 32, b"{"), ("b" * 32, b"[1]"), ("c" * 32, b'{"began": {"x": 1}}')):
        (sitting.folder() / f"{name}.json").write_bytes(content)
    (sitting.folder() / "not ours.json").write_bytes(b"{}")
    with Sitting() as here:
        assert len(here.crashes) == 3
    assert left() == ["not ours.json"]


def test_without_leave_to_write_the_program_starts_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setattr(paths, "data_dir", lambda: blocked / "data")
    with Sitting() as here:
        assert here.crashes == ()
