"""The window's door: starts Qt, opens what was open last, and leaves cleanly."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from saerch_desktop import launch_flags

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow
    from saerch_desktop.workflow.sitting import Sitting

log = logging.getLogger(__name__)

_MISTAKE = 2
_SHUT_DOWN_S = 3.0  # for jobs to let go when the system waits
_TURN_S = 0.0002
"""How long a worker may keep Python to itself while the window's thread waits for it. Qt's calls let go of
Python, so at the usual 5 ms twenty of them would take a tenth of a second while a graph is laid out.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and stay until it is closed; the exit status."""
    options = launch_flags.window_options(sys.argv[1:] if argv is None else argv)
    problem = _display_problem(options.offscreen)
    if problem:
        sys.stderr.write(problem + "\n")
        return _MISTAKE
    from saerch_desktop.embedding.torch_setup import rest_waiting_threads

    rest_waiting_threads()
    if sys.platform == "win32":
        import torch  # noqa: F401  on Windows its libraries fail to load once Qt's are there
    from saerch_desktop.logs import start_logging

    if not logging.getLogger().handlers:
        from saerch_desktop.settings import load_settings

        start_logging(load_settings().log_level.upper())
    from saerch_desktop.workflow.sitting import Sitting

    # What a start makes lives on: to look through it again and again takes a tenth of the time.
    gc.disable()
    try:
        with Sitting() as sitting:
            return _run(options, sitting)
    finally:
        gc.enable()


def _run(options: argparse.Namespace, sitting: Sitting) -> int:
    from PySide6.QtWidgets import QApplication

    from saerch_desktop import paths, settings
    from saerch_desktop.ui import theme
    from saerch_desktop.ui.notices import Hooks
    from saerch_desktop.ui.starting import begin
    from saerch_desktop.ui.system_signals import SystemSignals
    from saerch_desktop.ui.watchdog import Watchdog
    from saerch_desktop.ui.window import MainWindow

    sys.setswitchinterval(_TURN_S)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("saerch-desktop")
    app.setApplicationDisplayName("SAErch Desktop")
    app.setDesktopFileName("saerch-desktop")
    app.setQuitOnLastWindowClosed(True)
    kept = settings.load_settings()
    theme.apply(app, options.theme or kept.theme, kept.text_size)
    app.setWindowIcon(theme.icon("app"))
    hooks = Hooks(app)
    hooks.install()
    # Else every widget is looked up in the style sheet whenever it gets a parent: a fifth of the start.
    sheet = app.styleSheet()
    app.setStyleSheet("")
    window = MainWindow()
    app.setStyleSheet(sheet)
    hooks.caught.connect(window.controller.fail)
    stopped: list[bool] = []
    window.finished.connect(stopped.append)
    signals = SystemSignals(app)
    signals.asked.connect(lambda: _end_now(window, stopped))
    watchdog = Watchdog(app)
    if options.watchdog or kept.watchdog:
        watchdog.start()
    window.show()
    begin(window, options, sitting.crashes)
    gc.freeze()
    gc.enable()
    log.info("The window is open; data in %s", paths.data_dir())
    try:
        status = app.exec()
    finally:
        watchdog.stop()
        signals.stop()
        hooks.remove()
    if kept.watchdog:
        log.info("%s", watchdog.summary())
    if options.watchdog:
        sys.stderr.write(watchdog.summary() + "\n")
        for block in watchdog.blocks:
            sys.stderr.write(f"blocked for {block.seconds * 1000:.0f} ms\n{block.stack}\n")
    if stopped and not stopped[0]:
        # A worker deep inside a library call would keep the program alive; its files are replaced whole.
        sitting.end()
        logging.shutdown()
        sys.stderr.flush()
        os._exit(status)
    return status


def _end_now(window: MainWindow, stopped: list[bool]) -> None:
    """The system shuts down: nobody is asked anything; long jobs are gone on with at the next start."""
    from PySide6.QtCore import QCoreApplication

    window.view.save()
    stopped.append(window.controller.shutdown(_SHUT_DOWN_S))
    QCoreApplication.exit(0)


def _display_problem(offscreen: bool) -> str:
    """Set the platform when asked to; without any display Qt would end the program without a word."""
    if offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return ""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    return (
        "There is no display to open the window on. The command line needs none: see saerch-desktop --help."
    )
