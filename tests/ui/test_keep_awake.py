"""Keeping the computer awake: by helpers that end with this program, and what is said where none works."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from saerch_desktop.ui import keep_awake, power
from saerch_desktop.ui.keep_awake import ByProgram, KeepAwake

READS_TO_THE_END = [sys.executable, "-c", "import sys; sys.stdin.read()"]
FAILS = [sys.executable, "-c", "raise SystemExit(1)"]
NOT_THERE = ["/nowhere/inhibit", "--sleep"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="helpers are of Linux and macOS")


@pytest.fixture
def owner(qapp: object) -> Iterator[QObject]:
    made = QObject()
    yield made
    made.deleteLater()


def test_it_holds_while_wanted_and_lets_go(owner: QObject, qtbot: QtBot) -> None:
    way = ByProgram([READS_TO_THE_END], owner)
    awake = KeepAwake(way, owner)
    assert awake.words == ""
    awake.want(True)
    qtbot.waitUntil(lambda: way.held)
    assert awake.words == "The computer is kept awake."
    process = way._process
    assert process is not None
    number = process.processId()
    awake.want(False)
    assert not way.held
    assert awake.words == ""
    qtbot.waitUntil(lambda: not _lives(number))


def test_the_next_way_is_tried(owner: QObject, qtbot: QtBot) -> None:
    way = ByProgram([NOT_THERE, FAILS, READS_TO_THE_END], owner)
    way.hold()
    qtbot.waitUntil(lambda: way.held and way._at == 2)
    way.release()


def test_it_says_so_where_no_way_works(owner: QObject, qtbot: QtBot) -> None:
    awake = KeepAwake(ByProgram([NOT_THERE, FAILS], owner), owner)
    awake.want(True)
    qtbot.waitUntil(lambda: "may go to sleep" in awake.words)
    awake.want(False)
    assert awake.words == ""


def test_the_helper_ends_when_this_program_is_killed(tmp_path: Path) -> None:
    number = tmp_path / "number"
    code = (
        "import os, sys\nfrom PySide6.QtCore import QCoreApplication, QTimer\n"
        "from saerch_desktop.ui.keep_awake import ByProgram\n"
        "app = QCoreApplication([])\n"
        "helper = 'import os, sys; open(sys.argv[1], \"w\").write(str(os.getpid())); sys.stdin.read()'\n"
        "way = ByProgram([[sys.executable, '-c', helper, sys.argv[1]]])\nway.hold()\n"
        "timer = QTimer()\n"
        "timer.timeout.connect(lambda: os.path.exists(sys.argv[1]) and open(sys.argv[1]).read() "
        "and os.kill(os.getpid(), 9))\n"
        "timer.start(20)\napp.exec()\n"
    )
    subprocess.run([sys.executable, "-c", code, str(number)], check=False, timeout=60)
    helper = int(number.read_text(encoding="ascii"))
    deadline = time.monotonic() + 10
    while _lives(helper):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_every_system_has_a_way(monkeypatch: pytest.MonkeyPatch, owner: QObject) -> None:
    monkeypatch.setattr(keep_awake.sys, "platform", "darwin")
    mac = keep_awake.for_this_system(owner)
    assert isinstance(mac, ByProgram)
    assert mac._commands == [["caffeinate", "-i", "-w", str(os.getpid())]]
    monkeypatch.setattr(keep_awake.sys, "platform", "win32")
    windows = keep_awake.for_this_system(owner)
    windows.hold()
    assert windows.held or windows.trouble
    monkeypatch.setattr(keep_awake.sys, "platform", "linux")
    assert isinstance(keep_awake.for_this_system(owner), ByProgram)


def _supply(folder: Path, name: str, **values: str) -> None:
    (folder / name).mkdir(parents=True)
    for key, value in values.items():
        (folder / name / key).write_text(value + "\n", encoding="ascii")


def test_a_battery_is_told_from_the_mains(tmp_path: Path) -> None:
    assert not power.linux(tmp_path / "nothing")
    _supply(tmp_path / "laptop", "BAT0", type="Battery", status="Discharging")
    _supply(tmp_path / "laptop", "AC", type="Mains", online="0")
    assert power.linux(tmp_path / "laptop")
    (tmp_path / "laptop" / "AC" / "online").write_text("1\n", encoding="ascii")
    assert not power.linux(tmp_path / "laptop")
    _supply(tmp_path / "desktop", "mouse", type="Battery", status="Discharging", scope="Device")
    assert not power.linux(tmp_path / "desktop")


def _lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    try:  # what has ended and was not waited for is still listed
        return "\nState:\tZ" not in Path(f"/proc/{number}/status").read_text(encoding="ascii")
    except OSError:
        return sys.platform != "linux"
