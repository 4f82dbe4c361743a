"""A graph as a picture in a file: PNG or SVG, with its legend."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QFont, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from saerch_desktop import files
from saerch_desktop.ui.graph_camera import Camera
from saerch_desktop.ui.graph_legend import legend_height, paint_legend
from saerch_desktop.ui.graph_picture import Picture, ground

_LARGEST: Final = 8192  # pixels on a side


def write_png(path: Path, picture: Picture, camera: Camera, font: QFont, scale: float) -> None:
    """scale: pixels of the picture for each of the view. UserError when it cannot be written."""
    high = camera.height + legend_height(picture.legend, camera.width, font)
    scale = min(scale, _LARGEST / max(camera.width, high))
    image = QImage(round(camera.width * scale), round(high * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    painter = QPainter(image)
    _paint(painter, picture, camera, font, high)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # bytes, as its stubs want, it refuses
    files.write_bytes(path, bytes(buffer.data().data()))


def write_svg(path: Path, picture: Picture, camera: Camera, font: QFont) -> None:
    """Shapes and text, to be edited in a drawing program. UserError when it cannot be written."""
    high = camera.height + legend_height(picture.legend, camera.width, font)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    drawing = QSvgGenerator()
    drawing.setOutputDevice(buffer)
    drawing.setSize(QSize(camera.width, high))
    drawing.setViewBox(QRectF(0, 0, camera.width, high))
    drawing.setTitle("Graph of features and families")
    painter = QPainter(drawing)
    _paint(painter, picture, camera, font, high)
    painter.end()
    files.write_bytes(path, bytes(buffer.data().data()))


def _paint(painter: QPainter, picture: Picture, camera: Camera, font: QFont, high: int) -> None:
    ground(painter, QRectF(0, 0, camera.width, high))
    painter.save()
    painter.setClipRect(QRectF(0, 0, camera.width, camera.height))
    picture.paint(painter, camera, font, stamps=False)
    painter.restore()
    box = QRectF(0, camera.height, camera.width, high - camera.height)
    paint_legend(painter, box, picture.legend, font, picture.edges, camera.node_scale)
