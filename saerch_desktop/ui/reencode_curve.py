"""How the error of a re-encoded query falls step by step: a small curve, and the same numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.plot_with_table import PlotWithTable, nice_step
from saerch_desktop.ui.theme import UNIT, color

_COLUMNS = (
    ("Step", "0 is the steered query itself"),
    ("Error", "Squared difference of the code read back and the one asked for, over the latter’s square"),
    ("", ""),
)


class StepPlot(QWidget):
    """One line over the steps, with a ring around the step that was taken."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curve: tuple[float, ...] = ()
        self._best = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(24 * UNIT)
        self.setAccessibleName("Error by step")
        self.setToolTip(
            "How far the code read back is from the one asked for, after each step; lower is better"
        )

    def set_curve(self, curve: Sequence[float], best: int) -> None:
        """The error before the first step and after each, and which one was taken."""
        self._curve, self._best = tuple(curve), best
        said = ""
        if self._curve:
            first, taken = wording.share(self._curve[0]), wording.share(self._curve[best])
            said = f"Error {first} before, {taken} at step {best}"
        self.setAccessibleDescription(said)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(80 * UNIT, 32 * UNIT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._curve:
            return
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.figures(self.font()))
        metrics = painter.fontMetrics()
        left = metrics.horizontalAdvance("100 %") + 2 * UNIT
        height = self.height() - 2.5 * metrics.height()
        area = QRectF(left, UNIT + metrics.height() / 2, self.width() - left - 3 * UNIT, height)
        step = nice_step(max(max(self._curve), 0.01) / max(2.0, height // (2 * metrics.height())))
        top = step * -(-max(self._curve) // step) or step
        last = max(1, len(self._curve) - 1)
        for number in range(round(top / step) + 1):
            y = area.bottom() - area.height() * number * step / top
            line = QRectF(area.left(), round(y), area.width(), 1)
            painter.fillRect(line, color(t.outline if number == 0 else t.border, 1.0 if number == 0 else 0.7))
            painter.setPen(color(t.text_muted))
            box = QRectF(0, y - metrics.height() / 2, area.left() - UNIT, metrics.height())
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, side, f"{100 * number * step:g} %")
        every = max(1, round(nice_step(last / max(2, int(area.width() // (8 * UNIT))))))
        for number in range(0, last + 1, every):
            x = area.left() + area.width() * number / last
            box = QRectF(x - 6 * UNIT, area.bottom() + UNIT, 12 * UNIT, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(number) if number else "step")
        points = [
            QPointF(area.left() + area.width() * number / last, area.bottom() - area.height() * value / top)
            for number, value in enumerate(self._curve)
        ]
        painter.setPen(QPen(color(t.accent), 2.0))
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(color(t.accent))
        for point in points:
            painter.drawEllipse(point, 2.0, 2.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(points[min(self._best, len(points) - 1)], 1.5 * UNIT, 1.5 * UNIT)
        painter.end()


class StepCurve(PlotWithTable):
    """The curve with its twin as a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        plot = StepPlot()
        super().__init__(
            plot,
            "Error, step by step",
            kind="curve",
            numbers="the steps",
            title="Error after each step",
            columns=_COLUMNS,
            parent=parent,
        )
        self.plot = plot

    def set_curve(self, curve: Sequence[float], best: int) -> None:
        self.plot.set_curve(curve, best)
        self.set_rows(
            [
                (str(number), f"{value:.4f}", "taken" if number == best else "")
                for number, value in enumerate(curve)
            ]
        )
