"""The two lists of the review: names to choose from by their number, and the decisions made last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from saerch_desktop.features.label import Grade, grade
from saerch_desktop.features.review import Candidate, Decision
from saerch_desktop.ui import grades, theme, wording
from saerch_desktop.ui.theme import UNIT, color

_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
Index = Any  # QModelIndex or QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Line:
    """key: what `chosen` carries. cap: the key to press, "" without one. aside: muted, at the right."""

    key: int
    text: str
    aside: str
    tip: str
    cap: str = ""
    grade: Grade | None = None
    verified: bool = False

    @property
    def spoken(self) -> str:
        number = f"{self.cap}: " if self.cap else ""
        graded = (
            "" if self.grade is None else f", grade {self.grade}" if self.grade != "?" else ", not tested"
        )
        return f"{number}{self.text}, {self.aside}{graded}"


class _Lines(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []

    def replace(self, lines: Sequence[Line]) -> None:
        if self.lines != list(lines):
            self.beginResetModel()
            self.lines = list(lines)
            self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= len(self.lines):
            return None
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return line.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return wording.tip(line.tip)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return line.spoken
        return line if role == _ROLE else None


class _Painter(QStyledItemDelegate):
    """Key cap, text, what stands aside, grade."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(10 * UNIT, theme.row_height(option.font))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        t = theme.tokens()
        line: Line = index.data(_ROLE)
        rect, state, metrics = option.rect, option.state, option.fontMetrics
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, color(t.selection))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, color(t.hover))
        painter.setFont(option.font)
        left, right = rect.left() + 2 * UNIT, rect.right() - 2 * UNIT
        if line.cap:
            cap = QRect(left, rect.center().y() - metrics.height() // 2, 5 * UNIT, metrics.height())
            painter.setPen(QPen(color(t.outline), 1))
            painter.drawRoundedRect(cap.adjusted(0, 0, -1, -1), 3, 3)
            painter.setPen(color(t.text))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, line.cap)
            left = cap.right() + 2 * UNIT
        if line.grade is not None:
            chip = grades.chip_size(option.font)
            place = QRect(right - chip.width(), rect.top(), chip.width(), rect.height())
            grades.paint_grade(painter, place, line.grade, option.font, line.verified)
            right = place.left() - 2 * UNIT
        room = max(0, right - left)
        wanted = metrics.horizontalAdvance(line.text)
        beside = min(metrics.horizontalAdvance(line.aside) + 2, max(room // 3, room - wanted - 3 * UNIT))
        painter.setPen(color(t.text_muted))
        aside = metrics.elidedText(line.aside, Qt.TextElideMode.ElideRight, beside)
        painter.drawText(QRect(right - beside, rect.top(), beside, rect.height()), _RIGHT, aside)
        painter.setPen(color(t.text))
        words = max(0, room - beside - 3 * UNIT)
        text = metrics.elidedText(line.text, Qt.TextElideMode.ElideRight, words)
        painter.drawText(QRect(left, rect.top(), words, rect.height()), _LEFT, text)


class LineList(QListView):
    """`chosen` carries the key of the line that was clicked, or taken with Enter."""

    chosen = Signal(int)

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = _Lines(self)
        self.setModel(self._lines)
        self.setItemDelegate(_Painter(self))
        self.setAccessibleName(name)
        self.setAccessibleDescription(tip)
        self.setToolTip(tip)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    @property
    def lines(self) -> list[Line]:
        return self._lines.lines

    def show_lines(self, lines: Sequence[Line]) -> None:
        self._lines.replace(lines)

    def keep_between(self, least: int, most: int) -> None:
        """Never lower nor higher than so many lines."""
        self.setMinimumHeight(self.height_of(least))
        self.setMaximumHeight(self.height_of(most))

    def height_of(self, lines: int) -> int:
        """The height that so many lines take."""
        return lines * theme.row_height(self.font()) + 2 * self.frameWidth()

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self.lines[index.row()].key)


def candidate_lines(candidates: Sequence[Candidate]) -> list[Line]:
    """The names to choose from, by the number that takes them."""
    return [
        Line(
            number,
            candidate.text,
            f"by {grades.source_words(candidate.source)}{_about(candidate)}",
            f"{candidate.text}\n{_tested(candidate)}\nPress {number} to take this name",
            cap=str(number),
            grade=grade(candidate.detection),
        )
        for number, candidate in enumerate(candidates, start=1)
    ]


def decision_lines(decisions: Sequence[Decision], verified: Callable[[int], bool]) -> list[Line]:
    """What was decided last, the newest first."""
    return [
        Line(
            decision.feature,
            decision.name,
            f"{decision.what} · #{decision.feature}" + (" ✓" if verified(decision.feature) else ""),
            f"{decision.name}\nPress to look at this feature again",
        )
        for decision in decisions
    ]


def _tested(candidate: Candidate) -> str:
    if candidate.detection is not None:
        return f"Tested: {grades.detection_words(candidate.detection)}"
    if candidate.auroc is None:
        return "Not tested yet"
    return f"Right in {round(100 * candidate.auroc)} of 100 draws; graded when it is taken"


def _about(candidate: Candidate) -> str:
    if candidate.detection is not None or candidate.auroc is None:
        return ""
    return f" · {round(100 * candidate.auroc)} of 100"
