"""Names in a graph: the important ones, where there is room, on a halo of the ground's colour."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap

from saerch_desktop.features.families.placement import WIDEST
from saerch_desktop.ui import theme
from saerch_desktop.ui.graph_room import Room
from saerch_desktop.ui.theme import color

HALO: Final = 3.0
_RING: Final = tuple(
    (round(reach * math.cos(turn * math.pi / 6), 2), round(reach * math.sin(turn * math.pi / 6), 2))
    for reach in (1.2, 2.4)
    for turn in range(12)
)
_SLIM: Final = 72.0  # pixels of a name's lines where there is no room for wider ones
_APART: Final = 3.0  # pixels between two names
_CROWD: Final = 250  # nodes in view: with more of them a name may cover all but the largest
_SOLID: Final = 0.9
_LARGE: Final = 7.0  # pixels
_ALL_SIDES: Final = 400  # nodes in view: with more of them names stand below them or not at all
_MOST_KEPT: Final = 1200


class Style(NamedTuple):
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
        self._sizes: dict[tuple[str, Style, float], tuple[str, float, float]] = {}
        self._fonts: dict[Style, QFont] = {}
        self._ratio = 1.0

    def forget(self) -> None:
        """Colours or font are others now."""
        self._kept.clear()
        self._sizes.clear()
        self._fonts.clear()

    def arrange(
        self,
        names: Sequence[str],
        style_of: Callable[[int], Style],
        wanted: Iterable[int],
        at: NDArray[np.float64],
        reach: NDArray[np.float64],
        area: QRectF,
        font: QFont,
        most: int,
        taken: Sequence[QRectF] = (),
        must: frozenset[int] = frozenset(),
    ) -> list[Label]:
        """Names of the `wanted` nodes, the first ones first, at most so many, as far as they fit without
        touching each other, a node, or what is `taken`. at (n, 2), reach (n,): nodes on the screen. `must`
        are named in any case.
        """
        visible = np.flatnonzero(
            (at[:, 0] > area.left() - 60)
            & (at[:, 0] < area.right() + 60)
            & (at[:, 1] > area.top() - 30)
            & (at[:, 1] < area.bottom() + 30)
        )
        shown = np.zeros(len(at), np.bool_)
        shown[visible] = True
        first = list(islice((place for place in wanted if shown[place]), 2 * most))
        if not first:
            return []
        room = Room(area.width(), area.height())
        if len(visible) > _CROWD:
            solid = visible[reach[visible] >= max(_LARGE, float(np.quantile(reach[visible], _SOLID)))]
            room.take_discs(at[solid], reach[solid])
        else:
            room.take_discs(at[visible], reach[visible])
        for held in taken:
            room.take_box(held.left(), held.top(), held.right(), held.bottom())
        found = [(style := style_of(place), *self._measured(names[place], style, font)) for place in first]
        spots = _spots(at[first], reach[first], np.asarray([size[2:] for size in found], np.float64))
        clear = room.clear(spots)
        crowded = len(visible) >= _ALL_SIDES
        if crowded:
            clear[[place not in must for place in first], 1:] = False
        whole = _inside(spots, area)
        out: list[Label] = []
        for row, (place, (style, text, _, _)) in enumerate(zip(first, found, strict=True)):
            if len(out) >= most:
                break
            box = _free(room, spots[row], clear[row], whole[row])
            if box is None and (not crowded or place in must) and " " in names[place]:
                # In two lines it may fit between its neighbours.
                slim, *size = self._measured(names[place], style, font, _SLIM)
                if "…" not in slim or place in must:
                    other = _spots(at[[place]], reach[[place]], np.asarray([size], np.float64))
                    box = _free(room, other[0], room.clear(other)[0], _inside(other, area)[0])
                    text = slim if box is not None else text
            if box is None:
                if place not in must:
                    continue
                box = spots[row, 0].tolist()
            left, top, right, bottom = box
            room.take(left - _APART, top - _APART, right + _APART, bottom + _APART)
            out.append(Label(place, text, style, QRectF(left, top, right - left, bottom - top)))
        return out

    def _measured(
        self, name: str, style: Style, font: QFont, widest: float = WIDEST
    ) -> tuple[str, float, float]:
        found = self._sizes.get((name, style, widest))
        if found is None:
            if style not in self._fonts:
                self._fonts[style] = font_of(font, style)
            found = self._sizes[name, style, widest] = wrapped(name, self._fonts[style], widest)
        return found

    def paint(
        self,
        painter: QPainter,
        labels: Iterable[Label],
        font: QFont,
        ratio: float,
        until: float = math.inf,
    ) -> bool:
        """Stamp names; each is drawn once and kept. until: the time (`time.perf_counter`) from which on names
        that are not kept yet are left out; whether none was.
        """
        if ratio != self._ratio or len(self._kept) > _MOST_KEPT:
            self._kept.clear()
            self._ratio = ratio
        whole = True
        for label in labels:
            stamp = self._kept.get((label.text, label.style))
            if stamp is None:
                if time.perf_counter() > until:
                    whole = False
                    continue
                stamp = self._kept[label.text, label.style] = _stamp(label, font, ratio)
            painter.drawPixmap(round(label.box.left() - HALO), round(label.box.top() - HALO), stamp)
        return whole


def _spots(
    at: NDArray[np.float64], reach: NDArray[np.float64], size: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n, 4, 4) the boxes in which the name of each node may stand: below it, right, left, above."""
    (x, y), (wide, high) = at.T, size.T
    left = np.column_stack((x - wide / 2, x + reach + 5, x - reach - 5 - wide, x - wide / 2))
    top = np.column_stack((y + reach + 3, y - high / 2, y - high / 2, y - reach - 4 - high))
    return np.stack((left, top, left + wide[:, None], top + high[:, None]), axis=2)


def _inside(spots: NDArray[np.float64], area: QRectF) -> NDArray[np.bool_]:
    """(n, 4) the boxes of which nothing is cut off at the edge of the view."""
    low, high = (area.left(), area.top()), (area.right(), area.bottom())
    return np.asarray((spots[:, :, :2] >= low).all(2) & (spots[:, :, 2:] <= high).all(2))


def _free(
    room: Room, boxes: NDArray[np.float64], clear: NDArray[np.bool_], whole: NDArray[np.bool_]
) -> list[float] | None:
    """The first of the four boxes that touches nothing; before all others those that are not cut off."""
    for side in (*np.flatnonzero(clear & whole), *np.flatnonzero(clear & ~whole)):
        box: list[float] = boxes[side].tolist()
        if room.free(*box):
            return box
    return None


def _stamp(label: Label, font: QFont, ratio: float) -> QPixmap:
    wide, high = label.box.width() + 2 * HALO + 1, label.box.height() + 2 * HALO + 1
    moved = label.box.translated(HALO - label.box.left(), HALO - label.box.top())
    written, ink, lines = _lines(Label(label.node, label.text, label.style, moved), font)

    def page() -> QPixmap:
        made = QPixmap(round(wide * ratio) + 1, round(high * ratio) + 1)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        return made

    # A ring of copies makes the same halo as a stroked outline, and copies of a picture cost a tenth of text.
    soft = page()
    painter = QPainter(soft)
    painter.setFont(written)
    painter.setPen(color(theme.tokens().base, 0.55))
    for start, line in lines:
        painter.drawText(start, line)
    painter.end()
    made = page()
    painter = QPainter(made)
    for x, y in {(round(x * ratio), round(y * ratio)) for x, y in _RING}:
        painter.drawPixmap(QPointF(x / ratio, y / ratio), soft)
    painter.setFont(written)
    painter.setPen(ink)
    for start, line in lines:
        painter.drawText(start, line)
    painter.end()
    return made


def _lines(label: Label, font: QFont) -> tuple[QFont, QColor, list[tuple[QPointF, str]]]:
    """The font, the ink, and where each line of a name begins."""
    t = theme.tokens()
    written = font_of(font, label.style)
    metrics = QFontMetricsF(written)
    ink = t.accent if label.style.accent else t.text_muted if label.style.muted else t.text
    lines = []
    for number, line in enumerate(label.text.split("\n")):
        x = label.box.center().x() - metrics.horizontalAdvance(line) / 2
        y = label.box.top() + number * metrics.height() * 0.94 + metrics.ascent() * 0.97
        lines.append((QPointF(x, y), line))
    return written, color(ink), lines


def paint_label(painter: QPainter, label: Label, font: QFont) -> None:
    """Write one name on its halo, as shapes and text that stay sharp at any size."""
    written, ink, lines = _lines(label, font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(written)
    halo = QPainterPath()
    for start, line in lines:
        halo.addText(start, written, line)
    pen = QPen(color(theme.tokens().base, 0.88), 2 * HALO)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(halo)
    painter.setPen(ink)
    for start, line in lines:
        painter.drawText(start, line)
