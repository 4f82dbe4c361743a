"""Where the panes stand: default places, tabs on a small window, saving and putting back."""

from __future__ import annotations

import base64

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QSplitter, QTabWidget, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.part import Part

_VERSION = 1
_TALL = 1080  # below this height two stacked panes are too low to read in
_SIDE = 0.28  # the docks' share of the window's width
_SHOWN = 2  # docks of the first layout
_WIDE = 1500  # from this width there is room for a dock at the left as well
_BOTH = 1160  # below this width docks at both sides leave no room for the results
_AREA, _FOLDED = "area", "folded"
_BELOW = 0.5  # the share of the window's height for docks below the results
_MOST = 640  # a line of text longer than this is tiring


def make_dock(window: QMainWindow, name: str, title: str, pane: QWidget) -> QDockWidget:
    dock = QDockWidget(title, window)
    dock.setObjectName(name)
    dock.setWidget(pane)
    dock.setAllowedAreas(
        Qt.DockWidgetArea.LeftDockWidgetArea
        | Qt.DockWidgetArea.RightDockWidgetArea
        | Qt.DockWidgetArea.BottomDockWidgetArea
    )
    dock.setAccessibleName(title)
    return dock


def dock_of(part: Part) -> QDockWidget | None:
    """The dock of a part that has one, made now."""
    pane = part.pane()
    if pane is None:
        return None
    part.dock = make_dock(part.window, part.dock_name, part.dock_title, pane)
    part.dock.setProperty(_AREA, part.dock_area.value)
    part.dock.hide()
    return part.dock


def arrange(window: QMainWindow, docks: list[QDockWidget]) -> None:
    """The first layout: docks on their side, stacked when the window is tall, else as tabs.

    Only the first two are shown then, and on a wide window the first one at the left; the others come when
    asked for, at their place.
    """
    for dock in docks:
        dock.setFloating(False)
        dock.setProperty(_FOLDED, False)
        window.removeDockWidget(dock)
    first: dict[Qt.DockWidgetArea, QDockWidget] = {}
    for place, dock in enumerate(docks):
        area = _area(dock)
        window.addDockWidget(area, dock)
        former = first.setdefault(area, dock)
        if former is not dock and window.height() >= _room(_TALL) and place < _SHOWN:
            window.splitDockWidget(former, dock, Qt.Orientation.Vertical)
        elif former is not dock:
            window.tabifyDockWidget(former, dock)
    left = first.get(Qt.DockWidgetArea.LeftDockWidgetArea) if window.width() >= _room(_WIDE) else None
    for place, dock in enumerate(docks):
        dock.setVisible(place < _SHOWN or dock is left)
    if window.height() < _room(_TALL):
        docks[0].raise_()
    sides = [dock for dock in docks if _area(dock) != Qt.DockWidgetArea.BottomDockWidgetArea]
    below = [dock for dock in docks if dock not in sides]
    window.resizeDocks(sides, [_side(window)] * len(sides), Qt.Orientation.Horizontal)
    window.resizeDocks(sides, [window.height() // 2] * len(sides), Qt.Orientation.Vertical)
    window.resizeDocks(below, [round(window.height() * _BELOW)] * len(below), Qt.Orientation.Vertical)


def _area(dock: QDockWidget) -> Qt.DockWidgetArea:
    value = dock.property(_AREA)
    return Qt.DockWidgetArea.RightDockWidgetArea if value is None else Qt.DockWidgetArea(value)


def _side(window: QMainWindow) -> int:
    return min(_room(_MOST), round(window.width() * _SIDE))


def _room(pixels: int) -> int:
    """What takes so many pixels in the desktop's size of texts, in the size they have now."""
    return round(pixels * max(100, theme.text_size()) / 100)


def fold(window: QMainWindow, docks: list[QDockWidget]) -> None:
    """After a change of the window's size: docks keep a sensible width, and become tabs where low.

    Where the window is too narrow for docks at both sides those at the left become tabs at the right.
    """
    below = Qt.DockWidgetArea.BottomDockWidgetArea
    shown = [
        dock
        for dock in docks
        if dock.isVisible() and not dock.isFloating() and window.dockWidgetArea(dock) != below
    ]
    _fold_sides(window, shown)
    side = _side(window)
    unfit = [dock for dock in shown if not 0.7 * side <= dock.width() <= 1.2 * side]
    if unfit:
        window.resizeDocks(unfit, [side] * len(unfit), Qt.Orientation.Horizontal)
    if window.height() >= _room(_TALL) or len(shown) < 2:
        return
    first: dict[Qt.DockWidgetArea, QDockWidget] = {}
    for dock in shown:
        former = first.setdefault(window.dockWidgetArea(dock), dock)
        if former is not dock and dock not in window.tabifiedDockWidgets(former):
            window.tabifyDockWidget(former, dock)
            former.raise_()


def _fold_sides(window: QMainWindow, shown: list[QDockWidget]) -> None:
    left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
    others = [dock for dock in shown if window.dockWidgetArea(dock) == right]
    for dock in shown:
        if window.width() >= _room(_BOTH) and dock.property(_FOLDED):
            dock.setProperty(_FOLDED, False)
            window.addDockWidget(left, dock)
            window.resizeDocks([dock], [_side(window)], Qt.Orientation.Horizontal)
        elif window.width() < _room(_BOTH) and window.dockWidgetArea(dock) == left and others:
            dock.setProperty(_FOLDED, True)
            window.tabifyDockWidget(others[0], dock)


def saved_layout(window: QMainWindow) -> str:
    return base64.b64encode(window.saveState(_VERSION).data()).decode()


def restore_layout(window: QMainWindow, layout: str) -> bool:
    """False when `layout` is empty, damaged or of another version; the window is then unchanged."""
    data = decoded(layout)
    return data is not None and window.restoreState(data, _VERSION)


def saved_geometry(window: QMainWindow) -> str:
    return base64.b64encode(window.saveGeometry().data()).decode()


def restore_geometry(window: QMainWindow, geometry: str) -> bool:
    data = decoded(geometry)
    return data is not None and window.restoreGeometry(data)


def saved_splitters(window: QMainWindow) -> dict[str, str]:
    """State of every named splitter in the panes, and which tab is in front of each named set of tabs."""
    splitters = {
        splitter.objectName(): base64.b64encode(splitter.saveState().data()).decode()
        for splitter in window.findChildren(QSplitter)
        if splitter.objectName()
    }
    return splitters | {_tabs(tabs): str(tabs.currentIndex()) for tabs in window.findChildren(QTabWidget)}


def _tabs(tabs: QTabWidget) -> str:
    return f"tabs {tabs.accessibleName()}"


def restore_splitters(window: QMainWindow, extra: dict[str, str]) -> None:
    for tabs in window.findChildren(QTabWidget):
        place = extra.get(_tabs(tabs), "")
        if place.isascii() and place.isdecimal() and len(place) < 4 and int(place) < tabs.count():
            tabs.setCurrentIndex(int(place))
    for splitter in window.findChildren(QSplitter):
        data = decoded(extra.get(splitter.objectName(), ""))
        if data is not None:
            splitter.restoreState(data)


def decoded(text: str) -> QByteArray | None:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return QByteArray(data) if data else None
