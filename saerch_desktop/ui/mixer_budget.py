"""How near the query stays to what was asked: a meter, and a limit that the mixer keeps to."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from saerch_desktop.search.mix import Steer
from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT, color

_ANY: Final = "Any change"
_STEPS: Final = (0.95, 0.9, 0.8, 0.7)
_LEAST: Final = 0.5  # where the meter begins: a query further away than that is another query
_TOLD: Final = (
    "Cosine between your query and the steered one: 1 is the query as you asked it. With a limit, all "
    "changes are scaled down together so far that the query stays as near as that; locked sliders are left "
    "alone."
)


class Nearness(QWidget):
    """A bar from far to the query itself, with the limit as a notch."""

    def __init__(self) -> None:
        super().__init__()
        self.cosine, self.least = 1.0, -1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(12 * UNIT, 4 * UNIT)

    def minimumSizeHint(self) -> QSize:
        return QSize(6 * UNIT, 4 * UNIT)

    def show_cosine(self, cosine: float, least: float | None) -> None:
        self.cosine, self.least = cosine, -1.0 if least is None else least
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle, width = self.height() / 2, self.width()

        def at(cosine: float) -> float:
            return width * min(max((cosine - _LEAST) / (1 - _LEAST), 0.0), 1.0)

        for end, ink in ((width, t.border), (at(self.cosine), t.activation[3])):
            painter.setBrush(color(ink))
            painter.drawRoundedRect(QRectF(0, middle - 2, end, 4), 2, 2)
        if self.least >= 0:
            notch = min(max(at(self.least), 1.0), width - 1.0)
            painter.fillRect(QRectF(notch - 1, middle - 6, 2, 12), color(t.text_muted))
        painter.end()


class BudgetBar(QWidget):
    """`budget_changed(least)`: stay within this cosine, None for any change."""

    budget_changed = Signal(object)  # float | None

    def __init__(self) -> None:
        super().__init__()
        self._budget: float | None = None
        self._steer = Steer((), ())
        self._paper = False
        self.choice = QComboBox()
        self.choice.setEditable(True)
        self.choice.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.choice.addItems([_ANY, *(self._text(step) for step in _STEPS)])
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(9)
        told = f"How far the sliders may take the query: choose, or type a cosine such as 0.85.\n{_TOLD}"
        describe(self.choice, "Stay near the query", told)
        line = self.choice.lineEdit()
        assert line is not None
        describe(line, "Stay near the query", told)
        line.setCompleter(None)  # type: ignore[arg-type]  # the stubs do not know that none is allowed
        line.editingFinished.connect(self._read)
        self.choice.activated.connect(lambda _: self._read())
        self.meter = Nearness()
        describe(self.meter, "How near the steered query is", _TOLD)
        self.figure = QLabel()
        theme.set_role(self.figure, "figure")
        self.said = QLabel()
        theme.set_role(self.said, "muted")
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row = self._row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addWidget(self.choice)
        row.addWidget(self.meter, 1)
        row.addWidget(self.figure)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addLayout(row)
        layout.addWidget(self.said)
        self.show_budget(None)
        self.show_cosine(1.0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        parts = (self.choice, self.meter, self.figure)
        wanted = sum(part.minimumSizeHint().width() for part in parts) + 4 * UNIT
        down, beside = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._row.setDirection(down if self.width() < wanted else beside)

    @staticmethod
    def _text(least: float | None) -> str:
        return _ANY if least is None else f"cos ≥ {least:g}"

    def show_budget(self, least: float | None) -> None:
        """The limit in force; no signal."""
        self._budget = least
        line = self.choice.lineEdit()
        if line is not None and not (line.hasFocus() and line.isModified()):
            self.choice.setEditText(self._text(least))
        self._tell()

    def show_steer(self, steer: Steer) -> None:
        """How much of the changes the limit lets through."""
        self._steer = steer
        self._tell()

    def show_cosine(self, cosine: float, paper: bool = False) -> None:
        """How near the steered query is; paper: it was rebuilt, and no limit is kept to."""
        self._paper = paper
        self.meter.show_cosine(cosine, None if paper else self._budget)
        text = f"cos {cosine:.2f}" if cosine < 0.995 or cosine == 1.0 else f"cos {cosine:.3f}"
        self.figure.setText(text)
        self.meter.setAccessibleName(f"How near the steered query is: {text}")
        self._tell()

    def _tell(self) -> None:
        said, told = "", _TOLD
        steer = self._steer
        if self._budget is not None and self._paper:
            said = "The limit is not kept in paper mode"
        elif steer.scale == 0.0:
            said = "Locked sliders alone go past the limit"
        elif steer.scale < 1.0:
            share = f"{round(100 * steer.scale)} %" if steer.scale < 0.995 else "over 99 %"
            said = f"Held at {share} of your changes"
            told = f"All of them would take the query to cos {steer.wanted:.2f}.\n{_TOLD}"
        self.said.setText(said)
        self.said.setVisible(bool(said))
        for widget in (self.said, self.meter, self.figure):
            widget.setToolTip(told)
        self.meter.setAccessibleDescription(said)

    def _read(self) -> None:
        typed = self.choice.currentText()
        known, least = read_budget(typed)
        if not known:
            least = self._budget
        changed = least != self._budget
        self._budget = least
        self.choice.setEditText(self._text(least))
        line = self.choice.lineEdit()
        if line is not None:
            line.setModified(False)
        if changed:
            self.budget_changed.emit(least)


def read_budget(typed: str) -> tuple[bool, float | None]:
    """Whether it can be read, and the least cosine meant: 0.9, .9, 90 %, cos ≥ 0.9; "any" and "" for none."""
    text = typed.strip().lower().replace(",", ".")
    if text in ("", "any", "off", "none", _ANY.lower()):
        return True, None
    text = text.removeprefix("cos").strip().lstrip("≥>=").strip()
    share = text.endswith("%")
    try:
        value = float(text.removesuffix("%").strip())
    except ValueError:
        return False, None
    value = value / 100 if share else value
    return (True, value) if 0.0 < value < 1.0 else (False, None)
