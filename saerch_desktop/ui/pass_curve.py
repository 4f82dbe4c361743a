"""How an SAE's error fell from pass to pass: a small curve, and the same numbers and more as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QHeaderView,
    QSizePolicy,
    QWidget,
)

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.plot_with_table import PlotWithTable, nice_step
from saerch_desktop.ui.theme import UNIT, color

if TYPE_CHECKING:
    from saerch_desktop.sae.record import EpochRecord

_NONE = "–"
_COLUMNS = (
    ("Pass", "Passes over the documents so far"),
    ("Training", "Unexplained share of the training documents, smoothed over batches"),
    ("Held out", "Unexplained share of documents that were never trained on"),
    ("Active", "Active features of a document, on average"),
    ("Never", "Features that were active for no document in this pass"),
    ("Rare", "Features that were active for fewer than ten documents in this pass"),
    ("Neighbours", "How many of a document’s ten nearest stay the same when all are rebuilt"),
    ("Docs/s", "Documents a second in this pass"),
)


class PassPlot(QWidget):
    """Two lines over the passes: unexplained on held-out documents (strong) and on training ones (quiet)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._held: list[tuple[int, float]] = []
        self._training: list[tuple[int, float]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(40 * UNIT)
        self.setAccessibleName("Unexplained share by pass")
        self.setToolTip("What the features leave unexplained after each pass; lower is better")

    def set_passes(self, passes: Sequence[EpochRecord]) -> None:
        self._held = [(one.epoch, one.fvu) for one in passes if one.fvu is not None]
        self._training = [(one.epoch, one.unexplained) for one in passes]
        self.setAccessibleDescription(self._in_words())
        self.update()

    def _in_words(self) -> str:
        line = self._held or self._training
        if not line:
            return "Nothing is known of the passes"
        first, last = line[0], line[-1]
        what = "held-out" if self._held else "training"
        return (
            f"On {what} documents {wording.share(first[1])} unexplained after pass {first[0]}, "
            f"{wording.share(last[1])} after pass {last[0]}"
        )

    def sizeHint(self) -> QSize:
        return QSize(100 * UNIT, 48 * UNIT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._training:
            return
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.figures(self.font()))
        metrics = painter.fontMetrics()
        tags = [("held out", self._held, t.accent, 2.0), ("training", self._training, t.neutral, 1.25)]
        tags = [tag for tag in tags if tag[1]]
        right = max(metrics.horizontalAdvance(name) for name, *_ in tags) + 3 * UNIT
        left = metrics.horizontalAdvance("100 %") + 2 * UNIT
        height = self.height() - 2.5 * metrics.height()
        area = QRectF(left, UNIT + metrics.height() / 2, self.width() - left - right, height)
        top = self._top()
        passes = max(self._training[-1][0], 1)
        self._paint_grid(painter, area, top, passes)
        ends: list[tuple[float, str, str]] = []
        for name, line, shade, wide in reversed(tags):
            points = [
                QPointF(
                    area.left() + area.width() * (number / passes),
                    area.bottom() - area.height() * min(1.0, value / top),
                )
                for number, value in line
            ]
            painter.setPen(QPen(color(shade), wide))
            painter.setBrush(color(shade))
            if len(points) == 1:
                painter.drawEllipse(points[0], 2 * wide, 2 * wide)
            else:
                painter.drawPolyline(QPolygonF(points))
            ends.append((points[-1].y(), name, shade))
        self._paint_names(painter, area, ends)
        painter.end()

    def _top(self) -> float:
        """The upper end of the scale: the least tenth above all values but a first one that stands out."""
        values = [value for _, value in self._held + self._training]
        later = [value for number, value in self._held + self._training if number > 1] or values
        highest = min(max(values), 2.5 * max(later))
        return max(0.1, -(-highest * 10 // 1) / 10)

    def _paint_grid(self, painter: QPainter, area: QRectF, top: float, passes: int) -> None:
        t, metrics = theme.tokens(), painter.fontMetrics()
        tenths = round(top * 10)
        every = max(1, -(-tenths // max(1, int(area.height() // (2 * metrics.height())))))
        for tenth in range(0, tenths + 1, every):
            y = area.bottom() - area.height() * tenth / 10 / top
            line = QRectF(area.left(), round(y), area.width(), 1)
            painter.fillRect(line, color(t.outline if tenth == 0 else t.border, 1.0 if tenth == 0 else 0.7))
            painter.setPen(color(t.text_muted))
            box = QRectF(0, y - metrics.height() / 2, area.left() - UNIT, metrics.height())
            painter.drawText(
                box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{tenth * 10} %"
            )
        step = max(1, round(nice_step(passes / max(2, int(area.width() // (10 * UNIT))))))
        painter.setPen(color(t.text_muted))
        for number in range(0, passes + 1, step):
            x = area.left() + area.width() * number / passes
            box = QRectF(x - 6 * UNIT, area.bottom() + UNIT, 12 * UNIT, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(number) if number else "pass")

    def _paint_names(self, painter: QPainter, area: QRectF, ends: list[tuple[float, str, str]]) -> None:
        """Each line's name at its end, the upper one above the other where they come close."""
        height = painter.fontMetrics().height()
        placed = float("-inf")
        for y, name, shade in sorted(ends):
            y = max(y, placed + height)
            placed = y
            painter.setPen(color(theme.tokens().text_muted if shade == theme.tokens().neutral else shade))
            box = QRectF(area.right() + 2 * UNIT, y - height / 2, self.width(), height)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)


class PassCurve(PlotWithTable):
    """The curve with its twin as a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        plot = PassPlot()
        super().__init__(
            plot,
            "Unexplained, pass by pass",
            kind="curve",
            numbers="the passes",
            title="Figures of each pass",
            columns=_COLUMNS,
            parent=parent,
        )
        self.plot = plot
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def set_passes(self, passes: Sequence[EpochRecord]) -> None:
        self.plot.set_passes(passes)
        self.set_rows(
            [
                (
                    str(one.epoch),
                    f"{one.unexplained:.3f}",
                    _NONE if one.fvu is None else f"{one.fvu:.3f}",
                    f"{one.l0:.1f}",
                    wording.count(one.dead),
                    wording.count(one.rare),
                    _NONE if one.overlap is None else wording.share(one.overlap),
                    wording.count(round(one.documents_per_second)),
                )
                for one in passes
            ]
        )
        self.table.setMinimumWidth(self.table.horizontalHeader().length() + 5 * UNIT)
