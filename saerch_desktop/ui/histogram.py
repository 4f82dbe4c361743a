"""The histogram of a feature's activations, and the same numbers as a table.

Painted by hand: forty bars need no plotting library, whose import alone would hold the window up for 0.4 s.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QSizePolicy,
    QToolTip,
    QWidget,
)

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.plot_with_table import PlotWithTable, nice_step
from saerch_desktop.ui.theme import UNIT, color

_LIFT = 0.35  # of a decade: a bin with a single document still shows


class HistogramPlot(QWidget):
    """Bars of documents per activation, counted on a logarithmic scale, coloured by activation."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edges: list[float] = []
        self._counts: list[int] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(22 * UNIT)
        self.setAccessibleName("Histogram of activations")
        self.setToolTip("Documents by activation; counts on a logarithmic scale")

    def set_data(self, edges: Sequence[float], counts: Sequence[int]) -> None:
        """edges: one more than counts, rising; both may be empty."""
        self._edges, self._counts = list(edges), list(counts)
        self.setAccessibleDescription(self._in_words())
        self.update()

    def _in_words(self) -> str:
        if not self._counts:
            return "Never active"
        fullest = max(range(len(self._counts)), key=self._counts.__getitem__)
        low, high = (wording.activation(self._edges[fullest + side]) for side in (0, 1))
        top = wording.activation(self._edges[-1])
        return (
            f"{wording.documents(sum(self._counts))}; most of them between {low} and {high}; strongest {top}"
        )

    def _area(self) -> QRectF:
        metrics = self.fontMetrics()
        left = metrics.horizontalAdvance("10k") + 2 * UNIT
        top = metrics.height() / 2
        height = self.height() - top - metrics.height() - 2 * UNIT
        return QRectF(left, top, self.width() - left - 2 * UNIT, height)

    def bar_at(self, where: QPoint) -> int | None:
        """The bin under a point."""
        area = self._area()
        if not self._counts or not area.left() <= where.x() < area.right():
            return None
        return int((where.x() - area.left()) / area.width() * len(self._counts))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.bar_at(event.pos())
            if place is not None:
                low, high = (wording.activation(self._edges[place + side]) for side in (0, 1))
                QToolTip.showText(
                    event.globalPos(), f"{low} to {high}: {wording.documents(self._counts[place])}", self
                )
                return True
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(80 * UNIT, 32 * UNIT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._counts:
            return
        t = theme.tokens()
        painter = QPainter(self)
        painter.setFont(theme.figures(self.font()))
        metrics, area = QFontMetrics(painter.font()), self._area()
        decades = max(1, math.ceil(math.log10(max(self._counts))) if max(self._counts) > 1 else 1)
        unit = area.height() / (decades + _LIFT)
        every = 1 if unit >= metrics.height() else 2
        for decade in range(0, decades + 1, every):
            y = area.bottom() - (decade + _LIFT) * unit
            painter.fillRect(QRectF(area.left(), round(y), area.width(), 1), color(t.border, 0.7))
            painter.setPen(color(t.text_muted))
            text = (
                f"{10**decade}"
                if decade < 3
                else f"{10 ** (decade - 3)}k"
                if decade < 6
                else f"{10 ** (decade - 6)}M"
            )
            box = QRectF(0, y - metrics.height() / 2, area.left() - UNIT, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        wide = area.width() / len(self._counts)
        for place, count in enumerate(self._counts):
            if count:
                height = (math.log10(count) + _LIFT) * unit
                left = area.left() + place * wide
                # Colour starts inside the ramp: its palest stop would vanish on the ground.
                shade = theme.ramp(0.25 + 0.75 * (place + 0.5) / len(self._counts))
                painter.fillRect(QRectF(left, area.bottom() - height, max(1.0, wide - 1), height), shade)
        painter.fillRect(QRectF(area.left(), area.bottom(), area.width(), 1), color(t.outline))
        self._paint_axis(painter, metrics, area)
        painter.end()

    def _paint_axis(self, painter: QPainter, metrics: QFontMetrics, area: QRectF) -> None:
        painter.setPen(color(theme.tokens().text_muted))
        low, high = self._edges[0], self._edges[-1]
        step = nice_step((high - low) / max(2, int(area.width() // (16 * UNIT))))
        digits = max(0, -math.floor(math.log10(step)))
        place = math.ceil(low / step - 1e-9)
        while place * step <= high + 1e-9:
            x = area.left() + (place * step - low) / (high - low) * area.width()
            text = f"{place * step:.{digits}f}"
            half = metrics.horizontalAdvance(text) / 2
            middle = min(x, self.width() - half - 1)
            box = QRectF(middle - half - 1, area.bottom() + UNIT, 2 * half + 2, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
            place += 1


class Histogram(PlotWithTable):
    """The histogram with its twin as a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        plot = HistogramPlot()
        super().__init__(
            plot,
            "Activations above zero",
            kind="histogram",
            numbers="the same numbers",
            title="Documents by activation",
            columns=(("Activation", ""), ("Documents", "")),
            parent=parent,
        )
        self.plot = plot
        self.heading.setWordWrap(True)
        self.heading.setToolTip(
            "How strongly the feature is active in the documents where it is active at all"
        )
        self.table.setMinimumHeight(22 * UNIT)

    def set_data(self, edges: Sequence[float], counts: Sequence[int]) -> None:
        """edges: one more than counts, rising; both may be empty."""
        self.plot.set_data(edges, counts)
        bounds = [wording.activation(float(edge)) for edge in edges]
        self.set_rows(
            [
                (f"{low} to {high}", wording.count(int(count)))
                for (low, high), count in zip(itertools.pairwise(bounds), counts, strict=True)
            ]
        )
