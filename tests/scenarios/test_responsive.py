"""The window stays alive while features are trained: measured by the watchdog, with queries in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs
from window_support import OpenWindow, start_training

from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.watchdog import Watchdog

pytestmark = pytest.mark.threaded


def test_training_does_not_hold_the_window(
    open_window: OpenWindow,
    library: Path,
    qtbot: QtBot,
    fake_dialogs: FakeDialogs,
    record_property: Callable[[str, object], None],
) -> None:
    window = open_window()
    window.controller.library.open(library)
    qtbot.waitUntil(lambda: window.store.library is not None, timeout=60_000)
    window.controller.search.like_document(0)
    qtbot.waitUntil(lambda: window.store.ranking is not None)
    watchdog = Watchdog(window)
    watchdog.start()
    start_training(window, qtbot)
    qtbot.waitUntil(
        lambda: any(
            job.update_now is not None and job.update_now.stage == "Training"
            for job in window.controller.runner.jobs()
        ),
        timeout=60_000,
    )
    entry = window.controller.search.entries()[0]
    for step in range(1, 30):  # steering goes on meanwhile
        window.controller.search.edit((Edit(entry.feature, -0.02 * step),))
        qtbot.waitUntil(lambda n=watchdog.beats: watchdog.beats > n)
    qtbot.waitUntil(lambda: len(window.store.library.sae_names) == 2, timeout=120_000)
    watchdog.stop()
    record_property("gui_longest_block_ms", round(watchdog.longest_s * 1000))
    print(watchdog.summary(), *(block.stack for block in watchdog.blocks[:3]), sep="\n")
    assert watchdog.beats > 20
    assert watchdog.longest_s < 1.0
    assert window.store.notices == ()
