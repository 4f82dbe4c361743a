"""A table of features with figures: grade and name, numbers, and a line from low to high around a middle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.grades import Claim, chip_size, grade_of, grade_tip, grade_words, paint_grade
from saerch_desktop.ui.results_model import Index
from saerch_desktop.ui.row_table import as_rows
from saerch_desktop.ui.theme import UNIT, color

Named = Callable[[int], tuple[str, Claim | None, bool]]
"""Text, label and whether it is verified, of a feature."""

FADED: Final = 0.4  # opacity of what is no answer to the present choice
_WIDE = 130 * UNIT  # from here on also the columns that can be spared
_NARROW = 76 * UNIT  # below this the names need the room of what is drawn


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """One column: `texts` for reading, `values` (rows,) for sorting.

    span: (rows, 3) low, middle, high, drawn as a line around 0 in place of the texts. spared: left out of a
    narrow table. sample: the widest text.
    """

    name: str
    tip: str
    values: NDArray[np.float64]
    texts: Sequence[str]
    spoken: Sequence[str] = ()
    span: NDArray[np.float64] | None = None
    spared: bool = False
    sample: str = ""


class FeatureTableModel(QAbstractTableModel):
    """Features in rows; sorted by position, so that nothing is copied."""

    def __init__(self, parent: QObject | None = None, kind: str = "Feature") -> None:
        """kind: what the rows are called."""
        super().__init__(parent)
        self._kind = kind
        self.features: list[int] = []
        self.columns: list[Figures] = []
        self.order: list[int] = []
        self.reach = 1.0
        self.sides = (True, True)  # whether any span goes to the left, and to the right
        self._named: Named = lambda feature: (f"#{feature}", None, False)

    def replace(self, features: Sequence[int], columns: Sequence[Figures], named: Named) -> None:
        """Show other features, in their given order."""
        self.beginResetModel()
        self.features, self.columns, self._named = list(features), list(columns), named
        self.order = list(range(len(self.features)))
        spans = [np.abs(column.span) for column in columns if column.span is not None and len(column.span)]
        middles = [column.span[:, 1] for column in columns if column.span is not None]
        self.sides = (any((m < 0).any() for m in middles), any((m > 0).any() for m in middles))
        finite = np.concatenate([span[np.isfinite(span)] for span in spans]) if spans else np.ones(1)
        self.reach = float(max(np.quantile(finite, 0.98) if finite.size else 1.0, 1e-9))
        self.endResetModel()

    def feature_at(self, row: int) -> int:
        return self.features[self.order[row]]

    def row_of(self, feature: int) -> int | None:
        """Where a feature stands now."""
        return next((row for row, at in enumerate(self.order) if self.features[at] == feature), None)

    def named(self, row: int) -> tuple[str, Claim | None, bool]:
        return self._named(self.feature_at(row))

    def renamed(self) -> None:
        """Names changed; they are read anew."""
        if self.order:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.order) - 1, 0))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.order)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else 1 + len(self.columns)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        falling = order == Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        places = range(len(self.features))
        if column <= 0 or column > len(self.columns):
            texts = [self._named(feature)[0].casefold() for feature in self.features]
            self.order = sorted(places, key=texts.__getitem__, reverse=falling)
        else:
            values = self.columns[column - 1].values
            self.order = np.argsort(-values if falling else values, kind="stable").tolist()
        self.layoutChanged.emit()

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal or section > len(self.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._kind if section == 0 else self.columns[section - 1].name
        if role == Qt.ItemDataRole.ToolTipRole:
            return "Its name and the name’s grade" if section == 0 else self.columns[section - 1].tip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight
            if section == 0 or self.columns[section - 1].span is not None:
                side = Qt.AlignmentFlag.AlignLeft if section == 0 else Qt.AlignmentFlag.AlignHCenter
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= len(self.order):
            return None
        row, column = index.row(), index.column()
        if column == 0:
            return self._name(row, role)
        figures, place = self.columns[column - 1], self.order[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return figures.texts[place]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{figures.name}: {figures.texts[place]}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = figures.spoken[place] if figures.spoken else figures.texts[place]
            return f"{figures.name} {said}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _name(self, row: int, role: int) -> Any:
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.AccessibleTextRole,
        ):
            return None
        text, label, _ = self.named(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.ToolTipRole:
            return wording.tip(f"#{self.feature_at(row)} {text}\n{grade_tip(label)}")
        return f"{text}, grade {grade_words(label)}"


class _Delegate(QStyledItemDelegate):
    """Paints the grade before the name, and spans as lines."""

    def __init__(self, table: FeatureTable) -> None:
        super().__init__(table)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        t = theme.tokens()
        rect = option.rect
        painter.setOpacity(1.0 if option.state & QStyle.StateFlag.State_Enabled else FADED)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, color(t.selection))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, color(t.hover))
        model = self._table.features
        middle = Qt.AlignmentFlag.AlignVCenter
        if index.column() == 0:
            text, label, verified = model.named(index.row())
            chip = chip_size(option.font)
            place = rect.adjusted(2 * UNIT, 0, 0, 0)
            place.setWidth(chip.width())
            paint_grade(painter, place, grade_of(label), option.font, verified)
            left = place.right() + 2 * UNIT
            room = rect.right() - left - UNIT
            painter.setPen(color(t.text))
            painter.setFont(option.font)
            shown = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(
                rect.adjusted(left - rect.left(), 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, shown
            )
            return
        figures = model.columns[index.column() - 1]
        line = model.order[index.row()]
        if figures.span is None:
            painter.setPen(color(t.text))
            painter.setFont(theme.figures(option.font))
            painter.drawText(
                rect.adjusted(0, 0, -2 * UNIT, 0), middle | Qt.AlignmentFlag.AlignRight, figures.texts[line]
            )
            return
        self._paint_span(painter, QRectF(rect), figures.span[line], model.reach, model.sides)

    def _paint_span(
        self,
        painter: QPainter,
        rect: QRectF,
        span: NDArray[np.float64],
        reach: float,
        sides: tuple[bool, bool],
    ) -> None:
        """Nothing is in the middle, or at the edge of a table that knows one side only."""
        t = theme.tokens()
        inner = rect.adjusted(2 * UNIT, 0, -2 * UNIT, 0)
        low, middle, high = (float(np.clip(value / reach, -1.0, 1.0)) for value in span)
        left, right = sides
        room = inner.width() / 2 if left == right else inner.width()
        y = inner.center().y()
        zero = inner.center().x() if left == right else inner.right() if left else inner.left()

        def x(share: float) -> float:
            return min(max(zero + share * room, inner.left()), inner.right())

        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(
            QRectF(round(zero), inner.top() + UNIT, 1, inner.height() - 2 * UNIT), color(t.border)
        )
        ink = color(t.up_bar if middle >= 0 else t.down_bar)
        painter.fillRect(QRectF(min(zero, x(middle)), y - 2, abs(x(middle) - zero), 4), ink)
        if high > low:
            painter.setPen(QPen(color(t.text), 1.0))
            painter.drawLine(QPointF(x(low), y), QPointF(x(high), y))
            for end in (low, high):
                painter.drawLine(QPointF(x(end), y - 3), QPointF(x(end), y + 3))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(10 * UNIT, theme.row_height(option.font))


class FeatureTable(QTableView):
    """`walked` follows the current row; `opened` is a double click or Enter on one."""

    walked = Signal(int)
    opened = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None, kind: str = "Feature") -> None:
        super().__init__(parent)
        self.features = FeatureTableModel(self, kind)
        self._quiet = False
        self.setModel(self.features)
        self.setItemDelegate(_Delegate(self))
        self.setAccessibleName(name)
        self.setToolTip("↑ ↓ shows a feature’s documents beneath, Enter the feature itself")
        as_rows(self, f"Columns: {name}")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setMouseTracking(True)
        theme.set_rows(self)
        head = self.horizontalHeader()
        head.setSectionsClickable(True)
        head.sectionClicked.connect(self._sort)
        theme.notifier.changed.connect(self.viewport().update)
        self._sorted: tuple[int, bool] | None = None

    def show_features(self, features: Sequence[int], columns: Sequence[Figures], named: Named) -> None:
        """Replace the rows; nothing is chosen then."""
        self._sorted = None
        self._quiet = True
        self.horizontalHeader().setSortIndicatorShown(False)
        self.features.replace(features, columns, named)
        self._quiet = False
        self._fit()
        self.scrollToTop()

    def choose(self, feature: int) -> bool:
        """Make a feature the current row; False when it is not here."""
        row = self.features.row_of(feature)
        if row is None:
            return False
        self.setCurrentIndex(self.features.index(row, 0))
        self.scrollTo(self.currentIndex())
        return True

    def current_feature(self) -> int | None:
        index = self.currentIndex()
        return self.features.feature_at(index.row()) if index.isValid() else None

    def _sort(self, column: int) -> None:
        """First the strongest, or the alphabet's order; the other way round the second time."""
        falling = column > 0 if self._sorted is None or self._sorted[0] != column else not self._sorted[1]
        self._sorted = (column, falling)
        feature, self._quiet = self.current_feature(), True
        order = Qt.SortOrder.DescendingOrder if falling else Qt.SortOrder.AscendingOrder
        self.features.sort(column, order)
        self.horizontalHeader().setSortIndicator(column, order)
        self.horizontalHeader().setSortIndicatorShown(True)
        if feature is not None:
            self.choose(feature)
        self._quiet = False

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and not self._quiet and current.row() != previous.row():
            self.walked.emit(self.features.feature_at(current.row()))

    def mouseDoubleClickEvent(self, event: Any) -> None:
        super().mouseDoubleClickEvent(event)
        if self.indexAt(event.position().toPoint()).isValid():
            self._open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
            return
        step = {Qt.Key.Key_J: 1, Qt.Key.Key_K: -1}.get(Qt.Key(event.key()))
        row = self.currentIndex().row() + (step or 0)
        if step is None or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            super().keyPressEvent(event)
        elif 0 <= row < self.features.rowCount():
            self.setCurrentIndex(self.features.index(row, 0))

    def _open(self) -> None:
        if (feature := self.current_feature()) is not None:
            self.opened.emit(feature)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Figures take what they need, the name what is left."""
        head, wide = self.horizontalHeader(), self.viewport().width()
        if self.features.columnCount() == 0:
            return
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        measure = self.fontMetrics().horizontalAdvance
        for column, figures in enumerate(self.features.columns, 1):
            drawn = figures.span is not None
            self.setColumnHidden(column, wide < _NARROW if drawn else figures.spared and wide < _WIDE)
            text = max(measure(figures.name), measure(figures.sample)) + 4 * UNIT
            self.setColumnWidth(
                column, max(16 * UNIT, min(30 * UNIT, wide // 5)) if figures.span is not None else text
            )
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
