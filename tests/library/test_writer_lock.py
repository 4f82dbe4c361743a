"""Two programs on one library: the second reads, and is told who writes."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from small_library import make_documents

from saerch_desktop.errors import UserError
from saerch_desktop.library import manifest as layout
from saerch_desktop.library.library import Library
from saerch_desktop.library.writer_lock import writer_of

_HOLD = """
import sys
from pathlib import Path
from saerch_desktop.library.library import Library
with Library.open(Path(sys.argv[1]), write=True):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return make_documents(tmp_path / "Shared.saerch", 8)


def test_another_program_is_named_and_reading_goes_on(library: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(library)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdin is not None
    assert other.stdout is not None
    with other:
        assert other.stdout.readline().strip() == "held"
        said = rf"another program on this computer \(process {other.pid}, since"
        with pytest.raises(UserError, match=said):
            Library.open(library, write=True)
        with Library.open(library) as reader:
            assert len(reader.documents) == 8
        other.kill()
        other.wait()
    assert (library / layout.WRITER_FILE).exists(), "it had no time to take its note away"
    with Library.open(library, write=True):
        assert json.loads((library / layout.WRITER_FILE).read_bytes())["process"] == os.getpid()
    assert not (library / layout.WRITER_FILE).exists()


def test_a_job_of_the_same_program_is_told_as_such(library: Path) -> None:
    with Library.open(library, write=True), pytest.raises(UserError, match="another job of this program"):
        Library.open(library, write=True)


@pytest.mark.parametrize(
    "note",
    [b"", b"{", b"[]", b'{"process": "x"}', b"[" * 5000, b'{"process": 1, "computer": 2, "since": "now"}'],
)
def test_a_note_that_makes_no_sense_is_no_hindrance(library: Path, note: bytes) -> None:
    (library / layout.WRITER_FILE).write_bytes(note)
    assert writer_of(library) == "another job or another program"


def test_another_computer_is_named(library: Path) -> None:
    note = {"process": 7, "computer": platform.node() + "-other", "since": "2020-02-03T04:05:06+00:00"}
    (library / layout.WRITER_FILE).write_text(json.dumps(note), encoding="utf-8")
    assert f"on the computer “{platform.node()}-other” (process 7, since 2020-02-03" in writer_of(library)


def test_a_note_that_cannot_be_written_stops_nobody(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with Library.open(library, write=True) as opened:
        assert opened.writable
