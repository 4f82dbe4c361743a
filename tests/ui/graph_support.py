"""A small graph in a view, and how it is used."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from saerch_desktop.features.families.graph_parts import FamilyGraph, Group, Node
from saerch_desktop.ui import theme
from saerch_desktop.ui.graph_view import GraphView

LEFT, SHIFT, CONTROL = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
ALT, NONE = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.NoModifier

NAMES = ("black holes", "accretion discs", "jets", "neutron stars", "Compact objects")
PLACES = np.array([[0.0, 0.0], [160.0, 0.0], [160.0, 120.0], [-160.0, 0.0], [0.0, -140.0]])
LINKS = [(4, 0), (0, 1), (1, 2), (0, 3)]


def graph() -> FamilyGraph:
    nodes = [Node(f"#{i}", "feature", i, None, name, 0.01 * (i + 1), "B") for i, name in enumerate(NAMES[:4])]
    nodes.append(Node("key", "family", 0, "key", NAMES[4], 0.05, "A", 7))
    return FamilyGraph(
        tuple(nodes),
        np.asarray(LINKS, np.int32),
        np.array([0.9, 0.2, 0.5, 0.4], np.float32),
        np.array([1, 0, 0, 0], np.uint8),
        (Group("group", "Discs and jets", (1, 2), 9),),
        "#0",
    )


def opened(qtbot: QtBot) -> GraphView:
    """A view of the graph in the light look, on the screen."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, "light")
    shown = GraphView()
    qtbot.addWidget(shown)
    shown.resize(800, 600)
    shown.set_graph(graph(), PLACES)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


def spot(view: GraphView, node: str) -> QPoint:
    place = view.picture.scene.place[node]
    x, y = view.camera.screen(view.picture.scene.at[[place]])[0].tolist()
    return QPoint(round(x), round(y))


def drag(qtbot: QtBot, view: GraphView, start: QPoint, end: QPoint, held: Qt.KeyboardModifier = NONE) -> None:
    qtbot.mousePress(view, LEFT, held, start)
    for share in (0.5, 1.0):
        here = QPointF(start) + (QPointF(end) - QPointF(start)) * share
        move(view, here, LEFT, held)
    qtbot.mouseRelease(view, LEFT, held, end)


def move(
    view: GraphView,
    to: QPointF,
    button: Qt.MouseButton = Qt.MouseButton.NoButton,
    held: Qt.KeyboardModifier = NONE,
) -> None:
    kind = QEvent.Type.MouseMove
    event = QMouseEvent(
        kind, to, QPointF(view.mapToGlobal(to.toPoint())), Qt.MouseButton.NoButton, button, held
    )
    QApplication.sendEvent(view, event)


def wheel(view: GraphView, at: QPoint, notches: float) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(view.mapToGlobal(at)),
        QPoint(),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def picture(view: GraphView) -> np.ndarray:
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return pixels[:, :, :3].astype(int).copy()
