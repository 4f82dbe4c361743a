"""Windows no larger than the screen that they are on."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget

from saerch_desktop.ui.theme import UNIT

_FRAME: Final = 12 * UNIT  # what the desktop draws around a window, its title above all


def fit(window: QWidget, width: int, height: int) -> None:
    """Size a window, in pixels, so that it lies on its screen with its frame."""
    room = window.screen().availableSize()
    window.resize(min(width, room.width() - _FRAME), min(height, room.height() - _FRAME))
