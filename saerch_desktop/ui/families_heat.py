"""A matrix drawn as a map of heat: one cell for each pair, families as blocks, a place one moves by keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.families_matrix_data import MatrixData
from saerch_desktop.ui.theme import UNIT, color

Cell = tuple[int, int]
_STEPS: Final = 256
_LARGEST_CELL: Final = 40
_MARGIN: Final = 40 * UNIT  # for the blocks' names


def heat_image(data: MatrixData, least: float) -> QImage:
    """One pixel for each pair; what is weaker than `least` has the ground's colour."""
    ramp = np.array([theme.ramp(step / (_STEPS - 1)).rgb() for step in range(_STEPS)], np.uint32)
    ground = np.uint32(color(theme.tokens().base).rgb())
    values = data.values
    most = max(float(values.max(initial=0.0)), 1e-6)
    steps = np.clip(values / most * (_STEPS - 1), 0, _STEPS - 1).astype(np.int64)
    pixels = np.where(values >= max(least, 1e-6), ramp[steps], ground).astype(np.uint32)
    np.fill_diagonal(pixels, np.uint32(color(theme.tokens().border).rgb()))
    side = values.shape[0]
    pixels = np.ascontiguousarray(pixels)
    return QImage(pixels.tobytes(), side, side, side * 4, QImage.Format.Format_RGB32).copy()


class HeatMap(QWidget):
    """`gone(row, column)`: a cell became the current one; `opened(row, column)`: a double click or Enter;
    `asked(row, column, global point)`.
    """

    gone = Signal(int, int)
    opened = Signal(int, int)
    asked = Signal(int, int, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data = MatrixData()
        self._least = 0.0
        self._image = QImage()
        self._cell: Cell | None = None
        self._block_names: Sequence[str] = ()
        self._texts: Sequence[str] = ()
        self._describe: Callable[[int, int], str] = lambda row, column: ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Matrix of features")
        self.setAccessibleDescription(
            "Arrow keys move from pair to pair; the table beside it has the same numbers"
        )
        self.setToolTip("")
        theme.notifier.changed.connect(self._colours_changed)

    # Setters ---------------------------------------------------------------------------------------------

    def set_data(
        self,
        data: MatrixData,
        least: float,
        blocks: Sequence[str],
        texts: Sequence[str],
        describe: Callable[[int, int], str],
    ) -> None:
        """Show other numbers. blocks: names of the families; texts: of the features; describe: of a pair."""
        same = np.array_equal(data.features, self._data.features)
        self._data, self._least, self._block_names, self._describe = data, least, blocks, describe
        self._texts = texts
        if not same:
            self._cell = None
        self._image = heat_image(data, least) if data.features.size else QImage()
        self._say()
        self.update()

    def set_cell(self, cell: Cell | None) -> None:
        """Mark a pair without a signal."""
        self._cell = cell
        self._say()
        self.update()

    @property
    def cell(self) -> Cell | None:
        return self._cell

    # Measures --------------------------------------------------------------------------------------------

    def area(self) -> QRectF:
        """Where the cells are."""
        count = self._data.features.size
        margin = min(_MARGIN, self.width() // 3) if self._texts else 0
        room = min(self.width() - margin - 2 * UNIT, self.height() - 2 * UNIT)
        side = max(0.0, min(float(room), float(count * _LARGEST_CELL)))
        return QRectF(margin + UNIT, UNIT, side, side)

    def cell_at(self, where: QPointF) -> Cell | None:
        area, count = self.area(), self._data.features.size
        if not count or not area.contains(where) or area.width() <= 0:
            return None
        scale = count / area.width()
        row, column = int((where.y() - area.top()) * scale), int((where.x() - area.left()) * scale)
        return (row, column) if row < count and column < count else None

    def rect_of(self, cell: Cell) -> QRectF:
        area = self.area()
        side = area.width() / max(1, self._data.features.size)
        return QRectF(area.left() + cell[1] * side, area.top() + cell[0] * side, side, side)

    def sizeHint(self) -> QSize:
        return QSize(100 * UNIT, 80 * UNIT)

    def minimumSizeHint(self) -> QSize:
        return QSize(30 * UNIT, 20 * UNIT)

    # Events ----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self._go(cell)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self.opened.emit(*cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        text = wording.tip(self._describe(*cell)) if cell is not None else ""
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        cell = self.cell_at(QPointF(event.pos())) or self._cell
        if cell is not None:
            self.asked.emit(*cell, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count = self._data.features.size
        steps = {
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Home: (-count, -count),
            Qt.Key.Key_End: (count, count),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is not None and count:
            row, column = self._cell or (0, 0)
            if self._cell is not None:
                row, column = row + step[0], column + step[1]
            self._go((min(max(row, 0), count - 1), min(max(column, 0), count - 1)))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cell is not None:
            self.opened.emit(*self._cell)
        else:
            super().keyPressEvent(event)

    def _go(self, cell: Cell) -> None:
        self._cell = cell
        self._say()
        self.update()
        self.gone.emit(*cell)

    def _say(self) -> None:
        told = self._describe(*self._cell) if self._cell is not None else ""
        self.setAccessibleName(f"Matrix of features: {told}" if told else "Matrix of features")

    def _colours_changed(self) -> None:
        if self._data.features.size:
            self._image = heat_image(self._data, self._least)
        self.update()

    # Painting --------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw(painter)
        painter.end()

    def draw(self, painter: QPainter) -> None:
        """Cells, blocks with their names, the current cell."""
        t = theme.tokens()
        area = self.area()
        if self._image.isNull() or area.width() < 1:
            return
        painter.fillRect(area, color(t.base))
        # Few large cells keep their edges; many small ones are averaged instead of dropped.
        larger = area.width() >= self._image.width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not larger)
        painter.drawImage(area, self._image)
        painter.setPen(QPen(color(t.border), 1))
        painter.drawRect(area)
        side = area.width() / self._data.features.size
        # Where a row is as high as a line of text its feature is named, else only the families are.
        legible = side >= painter.fontMetrics().height()
        painter.setPen(QPen(color(t.text_muted), 1))
        for block, name in zip(self._data.blocks, self._block_names, strict=True):
            top, size = area.top() + block.first * side, (block.last - block.first) * side
            painter.drawRect(QRectF(area.left() + block.first * side, top, size, size))
            if not legible:
                self._name(painter, name, QRectF(0, top, area.left() - 2 * UNIT, size))
        for row, text in enumerate(self._texts if legible else ()):
            self._name(painter, text, QRectF(0, area.top() + row * side, area.left() - 2 * UNIT, side))
        if self._cell is not None:
            place = self.rect_of(self._cell)
            faint = QPen(color(t.focus if self.hasFocus() else t.text_muted), 1)
            painter.setPen(faint)
            painter.drawLine(
                QPointF(area.left(), place.center().y()), QPointF(place.left(), place.center().y())
            )
            painter.drawLine(
                QPointF(place.center().x(), area.top()), QPointF(place.center().x(), place.top())
            )
            painter.setPen(QPen(color(t.focus), 2))
            painter.drawRect(place.adjusted(-1, -1, 1, 1))
        elif self.hasFocus():
            painter.setPen(QPen(color(t.focus), 1.5))
            painter.drawRect(area.adjusted(-1, -1, 1, 1))

    def _name(self, painter: QPainter, name: str, room: QRectF) -> None:
        """A block's name at its left, as far as it is high enough for one."""
        metrics = painter.fontMetrics()
        if room.height() < metrics.height() - 2 or room.width() < 8 * UNIT:
            return
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, round(room.width()))
        painter.save()
        painter.setPen(color(theme.tokens().text))
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()

    def picture(self, scale: float = 2.0) -> QPixmap:
        """What is drawn, larger."""
        made = QPixmap(self.size() * scale)
        made.setDevicePixelRatio(scale)
        made.fill(color(theme.tokens().base))
        painter = QPainter(made)
        self.draw(painter)
        painter.end()
        return made


class HeatScale(QWidget):
    """Which colour stands for how much, with the numbers at both ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ends = ("", "")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.notifier.changed.connect(self.update)

    def set_ends(self, least: float, most: float) -> None:
        self._ends = (f"{least:.2f}", f"{most:.2f}")
        self.setAccessibleName(f"Colours from {self._ends[0]} to {self._ends[1]}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(48 * UNIT, theme.row_height(self.font()))

    def minimumSizeHint(self) -> QSize:
        return QSize(24 * UNIT, theme.row_height(self.font()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(theme.figures(self.font()))
        metrics = painter.fontMetrics()
        low, high = (metrics.horizontalAdvance(end) for end in self._ends)
        bar = QRect(
            low + UNIT, (self.height() - 2 * UNIT) // 2, self.width() - low - high - 2 * UNIT, 2 * UNIT
        )
        for x in range(max(0, bar.width())):
            painter.fillRect(
                bar.left() + x, bar.top(), 1, bar.height(), theme.ramp(x / max(1, bar.width() - 1))
            )
        painter.setPen(color(theme.tokens().text_muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), middle | Qt.AlignmentFlag.AlignLeft, self._ends[0])
        painter.drawText(self.rect(), middle | Qt.AlignmentFlag.AlignRight, self._ends[1])
        painter.end()
