"""Which parts a window has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saerch_desktop.ui.part import Part

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_KINDS: tuple[type[Part], ...] = ()


def make_parts(window: MainWindow) -> tuple[Part, ...]:
    """All parts, in the order of their docks."""
    return tuple(kind(window) for kind in _KINDS)
