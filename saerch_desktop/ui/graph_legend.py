"""A strip below a graph that says what shapes, sizes, colours and lines mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QLinearGradient, QPainter, QPen, QPixmap

from saerch_desktop.features.families.placement import OF_ALL
from saerch_desktop.ui import theme
from saerch_desktop.ui.graph_edges import BINS, Edges, arrow
from saerch_desktop.ui.graph_look import NodeLook, paint_node
from saerch_desktop.ui.theme import UNIT, color

_RADII: Final = (3.0, 5.0, 7.0)  # of the discs that show what an area means, where all are alike
_ROOMIEST: Final = 8.0  # radius of a disc that the strip has room for
_LEAST: Final = 1.5
_BETWEEN: Final = 5 * UNIT
_SIDE: Final = 3 * UNIT

Sign = Literal["size", "family", "group", "arrow", "tie", "activation"]
_WIDE: Final[dict[Sign, float]] = {
    "size": 36.0,
    "family": 20.0,
    "group": 20.0,
    "arrow": 28.0,
    "tie": 24.0,
    "activation": 48.0,
}


@dataclass(frozen=True, slots=True)
class Legend:
    """What there is to say of one graph. activation: what nodes are active in, "" when that is not shown.
    densities: the lowest and the highest of the nodes drawn; sized: what these nodes are.
    """

    densities: tuple[float, float] | None = None
    sized: str = "feature"
    families: bool = False
    groups: bool = False
    arrows: bool = False
    ties: tuple[float, float] | None = None
    activation: str = ""

    def entries(self, node_scale: float) -> list[tuple[Sign, str]]:
        """Sign and words; node_scale: how large nodes are drawn."""
        shares = [100 * share for share in self.shares(node_scale)]
        told = [f"{share:.1g}" if share < 1 else f"{share:.0f}" for share in shares]
        sizes = ", ".join(dict.fromkeys(told))
        out: list[tuple[Sign, str]] = [("size", f"{self.sized}, in {sizes} % of documents")]
        if self.families:
            out.append(("family", "family of so many features"))
        if self.groups:
            out.append(("group", "family around its features"))
        if self.arrows:
            out.append(("arrow", "from general to special"))
        if self.ties is not None:
            out.append(("tie", f"fire together, {self.ties[0]:.2f} to {self.ties[1]:.2f}"))
        if self.activation:
            out.append(("activation", f"{self.activation}, and a longer arc"))
        return out

    def shares(self, node_scale: float) -> tuple[float, ...]:
        """Densities that discs are shown of: from the rarest to the commonest node that is drawn."""
        if self.densities is None:
            return tuple((r / node_scale / OF_ALL) ** 2 for r in _RADII)
        low, high = (max(density, 1e-6) for density in self.densities)
        return (low, (low * high) ** 0.5, high) if high > 2 * low else (high,)

    def discs(self, node_scale: float) -> tuple[float, ...]:
        """Their radii: areas in proportion to the densities, as large as drawn where there is room."""
        sizes = [node_scale * OF_ALL * share**0.5 for share in self.shares(node_scale)]
        smaller = min(1.0, _ROOMIEST / max(sizes))
        return tuple(max(size * smaller, _LEAST) for size in sizes)


def legend_height(legend: Legend, width: float, font: QFont) -> int:
    """Pixels that the strip takes at a width."""
    metrics = QFontMetricsF(_font(font))
    rows = _flow(legend.entries(1.0), width, metrics)
    return round(len(rows) * _row_height(metrics) + UNIT)


def paint_legend(
    painter: QPainter, box: QRectF, legend: Legend, font: QFont, edges: Edges, node_scale: float
) -> None:
    """Draw the strip into a box as high as `legend_height`."""
    t = theme.tokens()
    small = _font(font)
    metrics = QFontMetricsF(small)
    high = _row_height(metrics)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(box, color(t.base))
    painter.fillRect(QRectF(box.left(), box.top(), box.width(), 1), color(t.border))
    y = box.top() + UNIT / 2
    for row in _flow(legend.entries(node_scale), box.width(), metrics):
        x = box.left() + _SIDE
        for sign, words in row:
            place = QRectF(x, y, _WIDE[sign], high)
            if sign == "size":
                _paint_discs(painter, place, legend.discs(node_scale), small)
            else:
                _paint_sign(painter, sign, place, small, edges)
            x += _WIDE[sign] + 1.5 * UNIT
            wide = metrics.horizontalAdvance(words)
            painter.setFont(small)
            painter.setPen(color(t.text_muted))
            painter.drawText(QPointF(x, y + (high + metrics.ascent() - metrics.descent()) / 2), words)
            x += wide + _BETWEEN
        y += high


class LegendStamp:
    """The strip as a picture that is drawn anew only when something in it changes."""

    def __init__(self) -> None:
        self._page = QPixmap()
        self._made: tuple[object, ...] = ()

    def forget(self) -> None:
        """Colours or font are others now."""
        self._made = ()

    def paint(
        self, painter: QPainter, box: QRectF, legend: Legend, font: QFont, edges: Edges, scale: float
    ) -> None:
        """As `paint_legend`, at the resolution of the device that is painted on."""
        ratio = painter.device().devicePixelRatioF()
        made = (legend, box.width(), box.height(), scale, ratio, id(edges))
        if made != self._made:
            self._page = QPixmap(round(box.width() * ratio), round(box.height() * ratio))
            self._page.setDevicePixelRatio(ratio)
            inside = QPainter(self._page)
            paint_legend(inside, QRectF(QPointF(), box.size()), legend, font, edges, scale)
            inside.end()
            self._made = made
        painter.drawPixmap(box.topLeft(), self._page)


def _font(font: QFont) -> QFont:
    return theme.figures(theme.scaled(font, 0.85))


def _row_height(metrics: QFontMetricsF) -> float:
    return max(metrics.height() + UNIT, 5.0 * UNIT)


def _flow(
    entries: list[tuple[Sign, str]], width: float, metrics: QFontMetricsF
) -> list[list[tuple[Sign, str]]]:
    """The entries in rows, as many in each as fit."""
    rows: list[list[tuple[Sign, str]]] = [[]]
    used = 2.0 * _SIDE
    for sign, words in entries:
        wide = _WIDE[sign] + 1.5 * UNIT + metrics.horizontalAdvance(words) + _BETWEEN
        if rows[-1] and used + wide - _BETWEEN > width:
            rows.append([])
            used = 2.0 * _SIDE
        rows[-1].append((sign, words))
        used += wide
    return rows


def _paint_discs(painter: QPainter, box: QRectF, radii: tuple[float, ...], font: QFont) -> None:
    x = box.left() + 1
    for r in radii:
        paint_node(painter, QPointF(x + r, box.center().y()), NodeLook(r), font)
        x += 2 * r + 2


def _paint_sign(painter: QPainter, sign: Sign, box: QRectF, font: QFont, edges: Edges) -> None:
    t = theme.tokens()
    middle = box.center()
    if sign == "family":
        paint_node(painter, QPointF(middle.x() - 1, middle.y() + 1), NodeLook(8.0, family=True, size=7), font)
    elif sign == "group":
        painter.setBrush(color(t.selection, 0.5))
        painter.setPen(QPen(color(t.accent, 0.6), 1.25))
        painter.drawRoundedRect(QRectF(box.left(), middle.y() - 7, box.width() - 1, 14), 6, 6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    elif sign == "arrow":
        start, end = QPointF(box.left(), middle.y()), QPointF(box.right() - 2, middle.y())
        arrow(painter, start, end, color(t.text_muted))
    elif sign == "tie":
        for row, number in enumerate((0, BINS // 2, BINS - 1)):
            painter.setPen(edges.pen(number))
            y = middle.y() + (row - 1) * 5
            painter.drawLine(QLineF(box.left(), y, box.right(), y))
    else:
        bar = QRectF(box.left(), middle.y() - 4, box.width(), 8)
        ramp = QLinearGradient(bar.left(), 0, bar.right(), 0)
        for stop in range(5):
            ramp.setColorAt(stop / 4, theme.ramp(stop / 4))
        painter.fillRect(bar, ramp)
