"""Pictures of the questions about workspaces and after a crash, with made-up content."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from saerch_desktop.ui.crash_dialog import CrashDialog
from saerch_desktop.ui.workspaces import Workspace
from saerch_desktop.ui.workspaces_dialog import WorkspacesDialog
from saerch_desktop.workflow import crash_report

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_STACK = """Fatal Python error: Segmentation fault

Current thread 0x00007f01 (most recent call first):
  File "/opt/saerch_desktop/ui/window.py", line 3 in show
"""


def places(window: MainWindow, shoot: Callable[[str, QWidget], None]) -> None:
    """The list of workspaces, with some and with none, and what is asked after a crash."""
    some = [Workspace(name=name, layout="") for name in ("Reading", "Naming features", "For the talk")]
    for name, saved in (("workspaces", some), ("workspaces-none", [])):
        _show(WorkspacesDialog(saved, window), name, shoot)
    dialog = CrashDialog(True, window)
    dialog.set_report(crash_report.of_crash(_STACK, "2026-01-31T10:00:00+00:00", "0.1.0"))
    _show(dialog, "after-a-crash", shoot)


def _show(dialog: WorkspacesDialog | CrashDialog, name: str, shoot: Callable[[str, QWidget], None]) -> None:
    dialog.show()
    shoot(name, dialog)
    dialog.close()
