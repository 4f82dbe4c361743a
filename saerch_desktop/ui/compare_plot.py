"""How far the features of two SAEs recur: highest cosines as a histogram, and the same numbers as a table."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.plot_with_table import PlotWithTable, nice_step
from saerch_desktop.ui.theme import UNIT, color

_MARKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Features by highest cosine. main: the counts drawn as bars, of the SAE `name` against `other`; beside:
    the counts the other way round, drawn as a line. edges: one more than counts. median: of `main`.
    """

    name: str
    other: str
    edges: Sequence[float]
    main: Sequence[int]
    beside: Sequence[int]
    median: float


class RecurrencePlot(QWidget):
    """Bars for the larger SAE's features, a line for the other's, and where the median lies."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: Recurrence | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(32 * UNIT)
        self.setAccessibleName("Features by highest cosine")
        self.setToolTip("Features by the cosine to their nearest in the other SAE")

    def set_data(self, data: Recurrence | None) -> None:
        self._data = data
        self.setAccessibleDescription("" if data is None else self._in_words(data))
        self.update()

    @staticmethod
    def _in_words(data: Recurrence) -> str:
        alike = sum(n for low, n in zip(data.edges, data.main, strict=False) if low >= 0.9 - 1e-9)
        return (
            f"{wording.count(sum(data.main))} features of “{data.name}”; half of them have one in "
            f"“{data.other}” at a cosine of {data.median:.2f} or more, {wording.count(alike)} at .9 or more"
        )

    def sizeHint(self) -> QSize:
        return QSize(90 * UNIT, 44 * UNIT)

    def _area(self) -> QRectF:
        metrics = self.fontMetrics()
        left = metrics.horizontalAdvance("10,000") + 2 * UNIT
        top = 2.5 * metrics.height()
        return QRectF(
            left, top, self.width() - left - 3 * UNIT, self.height() - top - metrics.height() - UNIT
        )

    def bar_at(self, where: QPoint) -> int | None:
        """The bin under a point."""
        area = self._area()
        if self._data is None or not area.left() <= where.x() < area.right():
            return None
        return int((where.x() - area.left()) / area.width() * len(self._data.main))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.bar_at(event.pos())
            if place is not None and self._data is not None:
                low, high = self._data.edges[place], self._data.edges[place + 1]
                QToolTip.showText(
                    event.globalPos(),
                    f"Cosine {low:.2f} to {high:.2f}\n“{self._data.name}”: "
                    f"{wording.count(self._data.main[place])} features\n“{self._data.other}”: "
                    f"{wording.count(self._data.beside[place])} features",
                    self,
                )
                return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        data = self._data
        if data is None or not data.main:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.figures(self.font()))
        area, t = self._area(), theme.tokens()
        most = max(1, *data.main, *data.beside)
        self._paint_grid(painter, area, most)
        wide = area.width() / len(data.main)
        for place, count in enumerate(data.main):
            if count:
                height = max(1.0, area.height() * count / most)
                left = area.left() + place * wide
                bar = QRectF(left + 0.5, area.bottom() - height, max(1.0, wide - 1), height)
                painter.fillRect(bar, color(t.accent, 0.75))
        steps = []
        for place, count in enumerate(data.beside):
            y = area.bottom() - area.height() * count / most
            steps += [QPointF(area.left() + side * wide, y) for side in (place, place + 1)]
        painter.setPen(QPen(color(t.text), 1.25))
        painter.drawPolyline(steps)
        x = area.left() + area.width() * min(max(data.median, 0.0), 1.0)
        pen = QPen(color(t.text), 1.25, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(QPointF(x, area.top() - UNIT), QPointF(x, area.bottom()))
        self._paint_legend(painter, area, data, x)
        painter.end()

    def _paint_grid(self, painter: QPainter, area: QRectF, most: int) -> None:
        t, metrics = theme.tokens(), painter.fontMetrics()
        step = max(1, round(nice_step(most / max(2, int(area.height() // (2.5 * metrics.height()))))))
        for value in range(0, most + 1, step):
            y = area.bottom() - area.height() * value / most
            line = QRectF(area.left(), round(y), area.width(), 1)
            painter.fillRect(line, color(t.outline if value == 0 else t.border, 1.0 if value == 0 else 0.7))
            painter.setPen(color(t.text_muted))
            box = QRectF(0, y - metrics.height() / 2, area.left() - UNIT, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{value:,}")
        painter.setPen(color(t.text_muted))
        for mark in _MARKS:
            x = area.left() + area.width() * mark
            half = metrics.horizontalAdvance("0.75") / 2 + 1
            middle = min(x, self.width() - half)
            box = QRectF(middle - half, area.bottom() + UNIT / 2, 2 * half, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{mark:g}")

    def _paint_legend(self, painter: QPainter, area: QRectF, data: Recurrence, x: float) -> None:
        """What is drawn how, in one line; and beneath it the median's value where its line begins."""
        t, metrics = theme.tokens(), painter.fontMetrics()
        height, y = metrics.height(), metrics.height() / 2
        at = area.left()
        painter.fillRect(QRectF(at, y - 4, 12, 8), color(t.accent, 0.75))
        room = (area.width() - 2 * (12 + 3 * UNIT)) / 2
        for name, first in ((data.name, True), (data.other, False)):
            if not first:
                painter.setPen(QPen(color(t.text), 1.25))
                painter.drawLine(QPointF(at, y), QPointF(at + 12, y))
            painter.setPen(color(t.text_muted))
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(
                QRectF(at + 12 + UNIT, 0, room, height),
                Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                text,
            )
            at += 12 + 4 * UNIT + metrics.horizontalAdvance(text)
        text = f"median {data.median:.2f}"
        wide = metrics.horizontalAdvance(text)
        left = min(max(x - wide / 2, area.left()), self.width() - wide)
        painter.setPen(color(t.text))
        painter.drawText(QRectF(left, height + 2, wide + 2, height), Qt.AlignmentFlag.AlignLeft, text)


class RecurrenceHistogram(PlotWithTable):
    """The histogram with its twin as a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        plot = RecurrencePlot()
        super().__init__(
            plot,
            "How far features recur",
            kind="histogram",
            numbers="the same numbers",
            title="Features by highest cosine",
            columns=(("Cosine", "To the nearest feature of the other SAE"), ("Left", ""), ("Right", "")),
            parent=parent,
        )
        self.plot = plot
        self.heading.setToolTip(
            "For every feature the cosine to its nearest in the other SAE. Features that recur gather near "
            "1, new ones lower. In the paper, on other texts and vectors, medians over sizes lie between .46 "
            "and .93."
        )

    def set_data(self, data: Recurrence | None) -> None:
        self.plot.set_data(data)
        if data is None:
            self.set_rows([])
            return
        for column, name in ((1, data.name), (2, data.other)):
            head = self.table.horizontalHeaderItem(column)
            assert head is not None
            head.setText(f"“{name}”")
        self.set_rows(
            [
                (f"{low:.2f} to {high:.2f}", wording.count(ours), wording.count(theirs))
                for (low, high), ours, theirs in zip(
                    itertools.pairwise(data.edges), data.main, data.beside, strict=True
                )
            ]
        )
