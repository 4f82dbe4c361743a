"""The keys of a graph: walking along its ties, opening, selecting, zooming."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from saerch_desktop.ui.graph_view import GraphView

_ARROWS: Final = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}
_PLAIN: Final = Qt.KeyboardModifier.NoModifier
_CONTROL: Final = Qt.KeyboardModifier.ControlModifier


def press_key(view: GraphView, event: QKeyEvent) -> bool:
    """Do what a key is for; whether it is for anything here."""
    picture, key = view.picture, Qt.Key(event.key())
    # Plus needs Shift on many keyboards, and the number pad has a modifier of its own.
    held = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
    if not picture.scene.n or held not in (_PLAIN, _CONTROL):
        return False
    if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
        view.zoom_in()
    elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
        view.zoom_out()
    elif held == _CONTROL:
        if key != Qt.Key.Key_A:
            return False
        view.choose(range(picture.scene.n))
    elif key in _ARROWS:
        _walk(view, *_ARROWS[key])
    elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        if view.current is None:
            return False
        view.opened.emit(view.current)
    elif key == Qt.Key.Key_Space:
        if picture.current is None:
            return False
        view.choose(picture.selected ^ {picture.current})
    elif key == Qt.Key.Key_F:
        view.fit()
    elif key == Qt.Key.Key_Home:
        view.walk_to(picture.beginning)
    else:
        return key == Qt.Key.Key_Escape and view.take_back()
    return True


def _walk(view: GraphView, right: float, down: float) -> None:
    picture = view.picture
    if picture.current is None:
        view.walk_to(picture.beginning)
        return
    place = picture.scene.toward(picture.current, right, down)
    if place is not None:
        view.walk_to(place)
