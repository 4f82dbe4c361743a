"""Where a feature is active: bars over the years, and bars over the values of a facet, painted by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.plot_with_table import nice_step
from saerch_desktop.ui.theme import UNIT, color

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
STANDS_OUT = "▲"
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Bar:
    """Documents of one kind. name: a year or a value; count: those with the feature; total: all of them."""

    name: str
    count: int
    total: int
    strongest: float = 0.0

    @property
    def share(self) -> float:
        return self.count / self.total if self.total else 0.0

    @property
    def words(self) -> str:
        return f"{wording.share(self.share)}, {self.count:,} of {wording.documents(self.total)}"


@dataclass(frozen=True, slots=True)
class ValueBar(Bar):
    """A facet's value. own: all documents with the feature; lift: how many times as common the value is among
    them as among all documents; stands_out: whether that is surely more than once.
    """

    own: int = 0
    lift: float = 1.0
    stands_out: bool = False

    @property
    def share(self) -> float:
        """Of the feature's documents that have the value."""
        return self.count / self.own if self.own else 0.0

    @property
    def times(self) -> str:
        """The lift as it is written beside the bar; a mark tells those that stand out without any colour."""
        figure = f"{self.lift:,.0f}" if self.lift >= 100 else f"{self.lift:.2g}"
        return f"{STANDS_OUT} ×{figure}" if self.stands_out else f"×{figure}"

    @property
    def words(self) -> str:
        sure = ", which stands out" if self.stands_out else ""
        return (
            f"{self.count:,} of the feature’s {wording.documents(self.own)} ({wording.share(self.share)}),"
            f" {self.times.rpartition(' ')[2]} as common as among all documents{sure}"
        )


class _BarsPlot(QWidget):
    """What both plots share: their data, words for them, and a tooltip for each bar."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.bars: tuple[Bar, ...] = ()
        self._density = 0.0
        self._waiting = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        theme.notifier.changed.connect(self.update)

    def set_data(self, bars: Sequence[Bar], density: float, waiting: str = "") -> None:
        """density: share of all documents, drawn as a line. waiting: what is said while there is nothing."""
        self.bars, self._density, self._waiting = tuple(bars), density, waiting
        self.setAccessibleDescription(self._in_words())
        self.update()

    def _in_words(self) -> str:
        if not self.bars:
            return self._waiting or "Nothing to show"
        most = max(self.bars, key=lambda bar: bar.share)
        return f"Of all documents {wording.share(self._density)}; most in {most.name}: {most.words}"

    def bar_at(self, where: QPoint) -> int | None:
        """The place of the bar under a point."""
        return None

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.bar_at(event.pos())
            if place is not None:
                bar = self.bars[place]
                QToolTip.showText(event.globalPos(), wording.tip(f"{bar.name}: {bar.words}"), self)
                return True
        return super().event(event)

    def _paint_nothing(self, painter: QPainter) -> None:
        painter.setPen(color(theme.tokens().text_muted))
        room = self.rect().adjusted(2 * UNIT, 0, -2 * UNIT, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._waiting)


class YearPlot(_BarsPlot):
    """The share of each year's documents where the feature is active, beside the share of all documents."""

    def __init__(self) -> None:
        super().__init__("Activity by year", "Share of each year’s documents where the feature is active")
        self.setMinimumHeight(24 * UNIT)

    def sizeHint(self) -> QSize:
        return QSize(80 * UNIT, 32 * UNIT)

    def _area(self) -> QRectF:
        metrics = self.fontMetrics()
        left = metrics.horizontalAdvance("0.00 %") + 2 * UNIT
        top = metrics.height() / 2
        return QRectF(
            left, top, self.width() - left - 2 * UNIT, self.height() - top - metrics.height() - 2 * UNIT
        )

    def bar_at(self, where: QPoint) -> int | None:
        area = self._area()
        if not self.bars or not area.left() <= where.x() < area.right():
            return None
        return min(int((where.x() - area.left()) / area.width() * len(self.bars)), len(self.bars) - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if not self.bars:
            self._paint_nothing(painter)
            painter.end()
            return
        t, area = theme.tokens(), self._area()
        painter.setFont(theme.figures(self.font()))
        metrics = painter.fontMetrics()
        highest = max(max(bar.share for bar in self.bars), self._density, 1e-6)
        marks = max(1, int(area.height() // (2.2 * metrics.height())))
        step = nice_step(highest / marks)
        top = max(highest, step)
        place = 0
        while place * step <= top * 1.0001:
            y = area.bottom() - place * step / top * area.height()
            ink = color(t.outline) if place == 0 else color(t.border, 0.7)
            painter.fillRect(QRectF(area.left(), round(y), area.width(), 1), ink)
            painter.setPen(color(t.text_muted))
            box = QRectF(0, y - metrics.height() / 2, area.left() - UNIT, metrics.height())
            painter.drawText(box, _RIGHT, _percent(place * step, step))
            place += 1
        wide = area.width() / len(self.bars)
        gap = 1 if wide >= 4 else 0
        for number, bar in enumerate(self.bars):
            if bar.count:
                height = max(1.0, bar.share / top * area.height())
                left = area.left() + number * wide
                painter.fillRect(
                    QRectF(left, area.bottom() - height, max(1.0, wide - gap), height), color(t.activation[3])
                )
        self._paint_density(painter, area, top)
        self._paint_years(painter, area, wide)
        painter.end()

    def _paint_density(self, painter: QPainter, area: QRectF, top: float) -> None:
        """A dashed line at the share of all documents."""
        y = round(area.bottom() - self._density / top * area.height())
        ink = color(theme.tokens().text)
        x = area.left()
        while x < area.right():
            painter.fillRect(QRectF(x, y, min(4.0, area.right() - x), 1), ink)
            x += 7

    def _paint_years(self, painter: QPainter, area: QRectF, wide: float) -> None:
        metrics = painter.fontMetrics()
        painter.setPen(color(theme.tokens().text_muted))
        every = max(1, math.ceil((metrics.horizontalAdvance("2000") + 3 * UNIT) / max(wide, 0.01)))
        every = next((step for step in (1, 2, 5, 10, 20, 50, 100) if step >= every), 200)
        for number, bar in enumerate(self.bars):
            if not bar.name.isdecimal() or int(bar.name) % every:
                continue
            half = metrics.horizontalAdvance(bar.name) / 2 + 1
            middle = min(max(area.left() + (number + 0.5) * wide, half), self.width() - half)
            box = QRectF(middle - half, area.bottom() + UNIT, 2 * half, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, bar.name)


class FacetPlot(_BarsPlot):
    """One line for each of a few values: its name, a bar for the share of the feature's documents that have
    it, a tick where the value's share of all documents is, and how many times as common that makes it.
    """

    def __init__(self, lines: int) -> None:
        super().__init__(
            "Activity by facet",
            "Share of the feature’s documents with each value; the tick: of all documents",
        )
        self._lines = lines

    def _in_words(self) -> str:
        if not self.bars:
            return self._waiting or "Nothing to show"
        return f"Commonest: {self.bars[0].name}, {self.bars[0].words}"

    def line_height(self) -> int:
        return self.fontMetrics().height() + UNIT

    def sizeHint(self) -> QSize:
        return QSize(80 * UNIT, self._lines * self.line_height() + 2 * UNIT)

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * UNIT, self.sizeHint().height())

    def bar_at(self, where: QPoint) -> int | None:
        place = (where.y() - UNIT) // self.line_height()
        return place if 0 <= place < len(self.bars) else None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if not self.bars:
            self._paint_nothing(painter)
            painter.end()
            return
        t, line = theme.tokens(), self.line_height()
        figures = theme.figures(self.font())
        metrics = self.fontMetrics()
        bars = [bar for bar in self.bars if isinstance(bar, ValueBar)]
        values = [f"{bar.count:,}  {bar.times}" for bar in bars]
        right = max(metrics.horizontalAdvance(value) for value in values) + 2 * UNIT
        widest = max(metrics.horizontalAdvance(bar.name) for bar in bars) + 2 * UNIT
        names = min(widest, round(0.45 * (self.width() - right)))
        room = max(2 * UNIT, self.width() - names - right - UNIT)
        highest = max(max(max(bar.share, bar.share / bar.lift) for bar in bars), 1e-9)
        for place, (bar, value) in enumerate(zip(bars, values, strict=True)):
            top = UNIT + place * line
            painter.setFont(self.font())
            painter.setPen(color(t.text))
            shown = metrics.elidedText(bar.name, Qt.TextElideMode.ElideRight, names - 2 * UNIT)
            painter.drawText(QRectF(0, top, names, line), _LEFT, shown)
            length = max(2.0 if bar.count else 0.0, bar.share / highest * room)
            ink = t.activation[3] if bar.stands_out else t.activation[2]
            painter.fillRect(QRectF(names, top + UNIT, length, line - 2 * UNIT), color(ink))
            usual = names + bar.share / bar.lift / highest * room
            painter.fillRect(QRectF(round(usual), top, 1, line), color(t.text))
            painter.setFont(figures)
            painter.setPen(color(t.text if bar.stands_out else t.text_muted))
            painter.drawText(QRectF(self.width() - right, top, right, line), _RIGHT, value)
        painter.end()


def _percent(value: float, step: float) -> str:
    """A mark of the axis, with as many decimals as the step between two marks needs."""
    digits = max(0, -math.floor(math.log10(step * 100) + 1e-9)) if value else 0
    return f"{value * 100:.{digits}f} %"
