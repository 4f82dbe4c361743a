"""Pictures of the export dialog. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from saerch_desktop.ui.export_part import ExportPart

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


def exporting(window: MainWindow, shoot: Callable[[str, QWidget], None]) -> None:
    """The dialog at results and at codes."""
    part = next(part for part in window.parts if isinstance(part, ExportPart))
    part.ask("results")
    if part.dialog is None:
        return
    shoot("export", part.dialog)
    part.dialog.choose("codes")
    shoot("export-codes", part.dialog)
    part.dialog.close()
