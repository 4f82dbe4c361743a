"""Pictures of what the SAE says of a steered query."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from saerch_desktop.ui.reencode_part import ReencodePart
from saerch_desktop.ui.window import MainWindow


def read_back(window: MainWindow, shoot: Callable[[str, QWidget], None]) -> None:
    """Read the steered search shown back and make it stick; shoot: writes a picture under a name."""
    part = next(part for part in window.parts if isinstance(part, ReencodePart))
    if part.dock is None or part.desk.ranking is None:
        return
    part.dock.show()
    part.dock.raise_()
    shoot("reencode-read", part.reencode)
    part.stick()
    shoot("reencode-stick", part.reencode)
    part.dock.hide()
