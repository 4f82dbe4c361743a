"""Names in a graph: the important ones, where there is room, on a halo of the ground's colour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap

from saerch_desktop.features.families.placement import WIDEST
from saerch_desktop.ui import theme
from saerch_desktop.ui.theme import color

HALO: Final = 3.0
_APART: Final = 3.0  # pixels between two names
_TRIED: Final = 500
_MOST: Final = 160
_CROWD: Final = 1500  # nodes in view: with more of them a name may cover small ones
_ALL_SIDES: Final = 400  # nodes in view: with more of them names stand below them or not at all
_MOST_KEPT: Final = 1200


@dataclass(frozen=True, slots=True)
class Style:
    """How a name is written."""

    bold: bool = False
    muted: bool = False
    accent: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """A name and the box it stands in, in pixels of the view. node: its place in the graph."""

    node: int
    text: str
    style: Style
    box: QRectF


def font_of(base: QFont, style: Style) -> QFont:
    """The font a name is written in: a little smaller than the window's."""
    return theme.scaled(base, 0.86, QFont.Weight.DemiBold if style.bold else QFont.Weight.Normal)


@lru_cache(maxsize=8192)
def wrapped(text: str, font: QFont, widest: float) -> tuple[str, float, float]:
    """The text on one line or broken into two, cut short if need be; its width and height in pixels."""
    metrics = QFontMetricsF(font)
    lines = [text]
    if metrics.horizontalAdvance(text) > widest:
        words = text.split(" ")
        first = ""
        while words and metrics.horizontalAdvance(f"{first} {words[0]}".strip()) <= widest:
            first = f"{first} {words.pop(0)}".strip()
        if first and words:
            rest = metrics.elidedText(" ".join(words), Qt.TextElideMode.ElideRight, widest)
            lines = [first, rest]
        else:
            lines = [metrics.elidedText(text, Qt.TextElideMode.ElideRight, widest)]
    width = max(metrics.horizontalAdvance(line) for line in lines)
    return "\n".join(lines), width, metrics.height() * 0.94 * len(lines)


class Labels:
    """Chooses places for names and stamps them."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, Style], QPixmap] = {}
        self._ratio = 1.0

    def forget(self) -> None:
        """Colours or font are others now."""
        self._kept.clear()

    def arrange(
        self,
        names: Sequence[str],
        style_of: Callable[[int], Style],
        wanted: Iterable[int],
        at: NDArray[np.float64],
        reach: NDArray[np.float64],
        area: QRectF,
        font: QFont,
        taken: Sequence[QRectF] = (),
        must: frozenset[int] = frozenset(),
    ) -> list[Label]:
        """Names of the `wanted` nodes, the first ones first, as far as they fit without touching each other,
        a node, or what is `taken`. at (n, 2), reach (n,): nodes on the screen. `must` are named in any case.
        """
        visible = np.flatnonzero(
            (at[:, 0] > area.left() - 60)
            & (at[:, 0] < area.right() + 60)
            & (at[:, 1] > area.top() - 30)
            & (at[:, 1] < area.bottom() + 30)
        )
        shown = np.zeros(len(at), np.bool_)
        shown[visible] = True
        discs = np.empty((0, 3))
        if len(visible) <= _CROWD:
            discs = np.concatenate((at[visible], reach[visible, None]), axis=1)
        boxes = np.empty((_MOST + len(taken) + len(must), 4))
        for number, box in enumerate(taken):
            boxes[number] = (box.left(), box.top(), box.right(), box.bottom())
        used, tried = len(taken), 0
        out: list[Label] = []
        for place in wanted:
            if not shown[place]:
                continue
            tried += 1
            if tried > _TRIED or len(out) >= _MOST:
                break
            style = style_of(place)
            text, wide, high = wrapped(names[place], font_of(font, style), WIDEST)
            x, y, r = float(at[place, 0]), float(at[place, 1]), float(reach[place])
            spots = (
                (x - wide / 2, y + r + 3),
                (x + r + 5, y - high / 2),
                (x - r - 5 - wide, y - high / 2),
                (x - wide / 2, y - r - 4 - high),
            )
            for left, top in spots[: 4 if len(visible) < _ALL_SIDES or place in must else 1]:
                if _free(left, top, left + wide, top + high, boxes[:used], discs, (x, y)):
                    break
            else:
                if place not in must:
                    continue
                left, top = spots[0]
            boxes[used] = (left - _APART, top - _APART, left + wide + _APART, top + high + _APART)
            used += 1
            out.append(Label(place, text, style, QRectF(left, top, wide, high)))
        return out

    def paint(self, painter: QPainter, labels: Iterable[Label], font: QFont, ratio: float) -> None:
        """Stamp names; each is drawn once and kept."""
        if ratio != self._ratio or len(self._kept) > _MOST_KEPT:
            self._kept.clear()
            self._ratio = ratio
        for label in labels:
            stamp = self._kept.get((label.text, label.style))
            if stamp is None:
                stamp = self._kept[label.text, label.style] = _stamp(label, font, ratio)
            painter.drawPixmap(QPointF(round(label.box.left() - HALO), round(label.box.top() - HALO)), stamp)


def _free(
    left: float,
    top: float,
    right: float,
    bottom: float,
    boxes: NDArray[np.float64],
    discs: NDArray[np.float64],
    own: tuple[float, float],
) -> bool:
    if len(boxes) and bool(
        ((boxes[:, 0] < right) & (boxes[:, 2] > left) & (boxes[:, 1] < bottom) & (boxes[:, 3] > top)).any()
    ):
        return False
    if not len(discs):
        return True
    x, y, r = discs[:, 0], discs[:, 1], discs[:, 2]
    hit = (x + r > left) & (x - r < right) & (y + r > top) & (y - r < bottom)
    return not bool((hit & ((x != own[0]) | (y != own[1]))).any())


def _stamp(label: Label, font: QFont, ratio: float) -> QPixmap:
    wide, high = label.box.width() + 2 * HALO + 1, label.box.height() + 2 * HALO + 1
    made = QPixmap(round(wide * ratio) + 1, round(high * ratio) + 1)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    paint_label(
        painter,
        Label(
            label.node,
            label.text,
            label.style,
            label.box.translated(HALO - label.box.left(), HALO - label.box.top()),
        ),
        font,
    )
    painter.end()
    return made


def paint_label(painter: QPainter, label: Label, font: QFont) -> None:
    """Write one name on its halo."""
    t = theme.tokens()
    written = font_of(font, label.style)
    metrics = QFontMetricsF(written)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(written)
    ink = t.accent if label.style.accent else t.text_muted if label.style.muted else t.text
    step = metrics.height() * 0.94
    lines = label.text.split("\n")
    halo = QPainterPath()
    starts = []
    for number, line in enumerate(lines):
        x = label.box.center().x() - metrics.horizontalAdvance(line) / 2
        y = label.box.top() + number * step + metrics.ascent() * 0.97
        starts.append(QPointF(x, y))
        halo.addText(QPointF(x, y), written, line)
    pen = QPen(color(t.base, 0.88), 2 * HALO)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(halo)
    painter.setPen(color(ink))
    for start, line in zip(starts, lines, strict=True):
        painter.drawText(start, line)
