"""Our own icons as pictures: drawn once as shapes, filled with the colours of whichever look is in force."""

from __future__ import annotations

import re
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from saerch_desktop import paths

_SIZES = (16, 20, 24, 32, 64)
# Qt makes the sizes between from the next larger one; a start draws every one of these some seventy times.
_SIZES_NOW_AND_THEN = (16, 32)
_OWN_COLOUR = re.compile(r'="#')


@lru_cache(maxsize=256)
def tinted_icon(name: str, normal: str, disabled: str, selected: str) -> QIcon:
    """`resources/icons/NAME.svg` with its current colour as #rrggbb in each of three modes."""
    made = QIcon()
    shapes = _shapes(name)
    for mode, tint in (
        (QIcon.Mode.Normal, normal),
        (QIcon.Mode.Disabled, disabled),
        (QIcon.Mode.Selected, selected),
    ):
        sizes = _SIZES if mode is QIcon.Mode.Normal else _SIZES_NOW_AND_THEN
        for side in sizes:
            made.addPixmap(_filled(shapes[side], tint) if shapes else _coloured(name, tint, side), mode)
    return made


@lru_cache(maxsize=256)
def _shapes(name: str) -> dict[int, QImage]:
    """An icon in black in every size; nothing for one that has colours of its own."""
    source = _source(name)
    if _OWN_COLOUR.search(source):
        return {}
    renderer = _renderer(source, "#000000")
    return {side: _rendered(renderer, side) for side in _SIZES}


def _filled(shape: QImage, ink: str) -> QPixmap:
    image = QImage(shape.size(), shape.format())
    image.fill(QColor(ink))
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.drawImage(0, 0, shape)
    painter.end()
    return QPixmap.fromImage(image)


def _coloured(name: str, tint: str, side: int) -> QPixmap:
    return QPixmap.fromImage(_rendered(_renderer(_source(name), tint), side))


def _source(name: str) -> str:
    return (paths.resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def _renderer(source: str, ink: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(source.replace("currentColor", ink).encode()))


def _rendered(renderer: QSvgRenderer, side: int) -> QImage:
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    return image
