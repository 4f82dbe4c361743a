"""The watchdog sees how long the GUI thread was blocked, and where."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from saerch_desktop.ui.watchdog import Watchdog


@pytest.fixture
def watchdog(qapp: object) -> Iterator[Watchdog]:
    made = Watchdog()
    made.start()
    yield made
    made.stop()


def hold_the_thread(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_heart_beats(watchdog: Watchdog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: watchdog.beats > 5)
    assert watchdog.longest_s < 5


def test_a_block_is_measured_and_its_place_named(watchdog: Watchdog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: watchdog.beats > 1)
    hold_the_thread(0.25)
    qtbot.waitUntil(lambda: bool(watchdog.blocks))
    assert watchdog.longest_s >= 0.2
    assert any("hold_the_thread" in block.stack for block in watchdog.blocks)
    assert "longest block" in watchdog.summary()
    watchdog.reset()
    assert watchdog.longest_s == 0
    assert not watchdog.blocks
