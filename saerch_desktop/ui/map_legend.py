"""What the colours of a map mean; choosing values in it puts the others in the background."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.features.maps.colouring import Colouring
from saerch_desktop.ui import map_inks, theme, wording
from saerch_desktop.ui.map_line import ShortLine
from saerch_desktop.ui.theme import UNIT

WIDTH: Final = 52  # units of text
_SWATCH: Final = 3 * UNIT
_CODE: Final = Qt.ItemDataRole.UserRole


class ScaleBar(QWidget):
    """The colours of a scale from its low to its high end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colouring: Colouring | None = None
        self.setMinimumHeight(8 * UNIT)
        self.setAccessibleName("Scale of the colours")
        theme.notifier.changed.connect(self.update)

    def set_colouring(self, colouring: Colouring) -> None:
        self._colouring = colouring
        self.setAccessibleDescription(" to ".join(ends(colouring)))
        self.setToolTip(" to ".join(ends(colouring)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(40 * UNIT, 8 * UNIT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._colouring is not None:
            painter = QPainter(self)
            paint_scale(painter, self._colouring, QRectF(self.rect()))
            painter.end()


def paint_scale(painter: QPainter, colouring: Colouring, box: QRectF) -> None:
    """The bar of a scale with its two ends beneath, in a box."""
    t = theme.tokens()
    colours = map_inks.colours_of(colouring)[1:]
    bar = QRectF(box.left(), box.top(), box.width(), 2.5 * UNIT)
    step = bar.width() / len(colours)
    for place, colour in enumerate(colours):
        painter.fillRect(QRectF(bar.left() + place * step, bar.top(), step + 0.6, bar.height()), colour)
    painter.setPen(theme.color(t.text_muted))
    low, high = ends(colouring)
    under = QRectF(box.left(), bar.bottom() + 2, box.width(), painter.fontMetrics().height())
    painter.drawText(under, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, low)
    painter.drawText(under, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, high)


def ends(colouring: Colouring) -> tuple[str, str]:
    """The low and the high end of a scale as they are read."""
    low, high = colouring.figure(colouring.low), colouring.figure(colouring.high)
    if not colouring.whole:
        return low, high
    return f"≤ {low}" if colouring.below else low, f"≥ {high}" if colouring.above else high


class Legend(QWidget):
    """`alone_changed(frozenset[int])`: the values that are asked for, by their codes; all without any."""

    alone_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colouring: Colouring | None = None
        self.title = ShortLine()
        theme.set_role(self.title, "heading")
        self.values = QTreeWidget()
        self.values.setColumnCount(2)
        self.values.setHeaderHidden(True)
        self.values.setRootIsDecorated(False)
        self.values.setUniformRowHeights(True)
        self.values.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.values.setTabKeyNavigation(False)
        self.values.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.values.setAccessibleName("Values and their colours")
        self.values.setToolTip("Choose values to put all others in the background")
        head = self.values.header()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        head.setAccessibleName("Columns")
        self.values.itemSelectionChanged.connect(self._told)
        self.scale = ScaleBar()
        self.note = QLabel()
        theme.set_role(self.note, "muted")
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        amount = QWidget()
        inside = QVBoxLayout(amount)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.scale)
        inside.addStretch(1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.values)
        self.stack.addWidget(amount)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * UNIT, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addWidget(self.title)
        layout.addWidget(self.stack, 1)
        layout.addWidget(self.note)
        theme.notifier.changed.connect(self._recoloured)
        self.hide()

    def set_colouring(self, colouring: Colouring | None) -> None:
        """Say what the colours mean; there is nothing to say of points of one colour."""
        self._colouring = colouring
        self.setVisible(colouring is not None and colouring.scale != "none")
        if colouring is None or colouring.scale == "none":
            return
        self.title.set_text(colouring.what)
        self.note.setText(colouring.tip)
        self.note.setVisible(bool(colouring.tip))
        if colouring.scale == "amount":
            self.scale.set_colouring(colouring)
            self.stack.setCurrentIndex(1)
        else:
            self._fill(colouring)
            self.stack.setCurrentIndex(0)

    def _fill(self, colouring: Colouring) -> None:
        self.values.blockSignals(True)
        self.values.clear()
        colours = map_inks.colours_of(colouring)
        for place, (name, count) in enumerate(zip(colouring.names, colouring.counts, strict=True)):
            item = QTreeWidgetItem([name, wording.count(count)])
            item.setIcon(0, swatch(colours[place + 1]))
            item.setData(0, _CODE, place + 1)
            item.setToolTip(0, wording.tip(name))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setFont(1, theme.figures(self.font()))
            self.values.addTopLevelItem(item)
        self.values.blockSignals(False)

    def _recoloured(self) -> None:
        if self._colouring is not None and self._colouring.scale == "values":
            colours = map_inks.colours_of(self._colouring)
            for place in range(self.values.topLevelItemCount()):
                item = self.values.topLevelItem(place)
                if item is not None:
                    item.setIcon(0, swatch(colours[place + 1]))

    def _told(self) -> None:
        codes = frozenset(int(item.data(0, _CODE)) for item in self.values.selectedItems())
        # All of them is the same as none: nothing is in the background.
        self.alone_changed.emit(frozenset() if len(codes) == self.values.topLevelItemCount() else codes)


def swatch(colour: QColor) -> QIcon:
    """A small disc."""
    side = 16
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    edge = (side - _SWATCH) / 2
    painter.drawEllipse(QRectF(edge, edge, _SWATCH, _SWATCH))
    painter.end()
    return QIcon(pixmap)
