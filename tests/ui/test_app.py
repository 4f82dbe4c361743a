"""The window's door: flags, no display, and how it leaves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from saerch_desktop import app, launch_flags

ROOT = Path(__file__).resolve().parents[2]


def test_flags() -> None:
    options = launch_flags.window_options(["--library", "x.saerch", "--theme", "contrast", "--watchdog"])
    assert options.library == Path("x.saerch")
    assert options.theme == "contrast"
    assert options.watchdog
    assert not launch_flags.window_options([]).watchdog


def test_the_watchdog_can_be_asked_for_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAERCH_WATCHDOG", "1")
    assert launch_flags.window_options([]).watchdog
    monkeypatch.setenv("SAERCH_WATCHDOG", "0")
    assert not launch_flags.window_options([]).watchdog


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there always is a display")
def test_without_a_display_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert app.main([]) == 2
    assert "no display" in capsys.readouterr().err


def test_the_sample_opens_in_the_window_as_it_was_left() -> None:
    program = (
        "from PySide6.QtCore import QTimer\n"
        "import saerch_desktop.ui.view_keeper as v\n"
        "def restore(self, sample=False, library=None):\n"
        "    print('restored', sample); QTimer.singleShot(0, self._window.close)\n"
        "v.ViewKeeper.restore = restore\n"
        "from saerch_desktop.app import main\n"
        "main(['--offscreen', '--sample'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip() == "restored True", done.stderr


def test_the_window_opens_and_closes_without_loading_torch() -> None:
    program = (
        "import sys; from PySide6.QtCore import QTimer; from PySide6.QtWidgets import QApplication\n"
        "import saerch_desktop.ui.window as w\n"
        "made = w.MainWindow.__init__\n"
        "def init(self, *a):\n"
        "    made(self, *a); QTimer.singleShot(200, self.close)\n"
        "w.MainWindow.__init__ = init\n"
        "from saerch_desktop.app import main\n"
        "status = main(['--offscreen', '--watchdog'])\n"
        "heavy = {'torch', 'hnswlib', 'openai', 'pyarrow', 'scipy'} & set(sys.modules)\n"
        "print(sorted(heavy), round(sys.getswitchinterval(), 6)); sys.exit(status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    # Workers that stay in Python give way to the window almost at once.
    assert done.stdout.strip() == "[] 0.0002"
    assert "longest block" in done.stderr
