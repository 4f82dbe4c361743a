"""When the system shuts down the program ends as if it had been closed: kept as left, and no crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from saerch_desktop import paths
from saerch_desktop.ui import view_state
from saerch_desktop.workflow.sitting import Sitting


@pytest.mark.skipif(os.name != "posix", reason="other systems ask by other means")
def test_asked_to_end_by_the_system() -> None:
    root = Path(__file__).resolve().parents[2]
    program = "import sys; from saerch_desktop.app import main; sys.exit(main(['--offscreen']))"
    started = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", program], cwd=root, stderr=subprocess.PIPE) as window:
        log = paths.log_dir() / "saerch-desktop.log"
        while not (log.is_file() and b"The window is open" in log.read_bytes()):
            assert window.poll() is None
            assert time.monotonic() - started < 120
            time.sleep(0.02)
        time.sleep(0.2)
        window.send_signal(signal.SIGTERM)
        assert window.wait(60) == 0
    assert view_state.place().is_file()
    with Sitting() as here:
        assert here.crashes == ()
