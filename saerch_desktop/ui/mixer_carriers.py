"""The offer to lower together what carries the same concept, with what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.elided import ElidedButton
from saerch_desktop.ui.form_parts import describe, tool
from saerch_desktop.ui.theme import UNIT


@dataclass(frozen=True, slots=True)
class CarrierEntry:
    """Another feature of the query that brings the same. share: of the concept in the query, 0 to 1; lift:
    how many times more often it is active in the concept's documents than in all.
    """

    feature: int
    label: str
    share: float
    lift: float


class CarriersOffer(QWidget):
    """Stands beneath the strip that was lowered. `wanted(feature, others)`: lower all of them as one.

    `chosen(feature)` asks to inspect one; `refused(feature)`: not for this query.
    """

    wanted = Signal(int, object)  # tuple[int, ...]
    chosen = Signal(int)
    refused = Signal(int)
    resized = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.feature: int | None = None
        self._lines: list[tuple[QCheckBox, CarrierEntry]] = []
        self.setAccessibleName("Features that carry the same")
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        self.setAutoFillBackground(True)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.accept = QPushButton("Lower together")
        describe(self.accept, "Lower together", "One slider for the features ticked; one step of undo")
        self.accept.clicked.connect(self._accept)
        self.evidence: QToolButton = tool(
            "down", "Which ones, and why", "Which ones, and why", checkable=True
        )
        self.evidence.toggled.connect(self._unfold)
        self.no = tool("close", "Leave the others as they are", "Leave the others as they are")
        self.no.clicked.connect(self._refuse)
        self._list = QWidget()
        self._list.setAccessibleName("What carries the same, and how much of it")
        self._inside = QVBoxLayout(self._list)
        self._inside.setContentsMargins(0, 0, 0, 0)
        self._inside.setSpacing(0)
        self._list.hide()
        acts = QHBoxLayout()
        acts.setContentsMargins(0, 0, 0, 0)
        acts.setSpacing(UNIT)
        acts.addWidget(self.accept)
        acts.addWidget(self.evidence)
        acts.addStretch(1)
        acts.addWidget(self.no)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * UNIT, UNIT, 2 * UNIT, 2 * UNIT)
        layout.setSpacing(UNIT)
        layout.addWidget(self.said)
        layout.addWidget(self._list)
        layout.addLayout(acts)
        self.hide()

    def show_offer(self, feature: int, name: str, carriers: Sequence[CarrierEntry]) -> None:
        """Offer to lower these with the feature of that name; none takes the offer back."""
        self.feature = feature if carriers else None
        self.evidence.setChecked(False)
        while (item := self._inside.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._lines = []
        for carrier in carriers:
            self._inside.addWidget(self._line(carrier))
        share = sum(carrier.share for carrier in carriers)
        many = "1 other feature carries" if len(carriers) == 1 else f"{len(carriers)} other features carry"
        self.said.setText(f"{many} {_percent(share)} of the same: lower together?")
        self.said.setToolTip(
            wording.tip(
                f"Lowering “{name}” alone leaves what other features of the query bring of the same concept. "
                "The share is theirs of what all of them bring."
            )
        )
        self.resized.emit()

    def withdraw(self) -> None:
        """Offer nothing any more."""
        if self.feature is not None:
            self.feature = None
            self.resized.emit()

    def carriers(self) -> tuple[int, ...]:
        """Those ticked."""
        return tuple(carrier.feature for tick, carrier in self._lines if tick.isChecked())

    def height_for(self, width: int) -> int:
        layout = self.layout()
        assert layout is not None
        return max(layout.heightForWidth(width), layout.minimumSize().height())

    def _line(self, carrier: CarrierEntry) -> QWidget:
        line = QWidget()
        tick = QCheckBox()
        tick.setChecked(True)
        describe(tick, f"Lower {carrier.label} too", "Lower this one too")
        tick.toggled.connect(lambda _: self.accept.setEnabled(bool(self.carriers())))
        name = ElidedButton(carrier.label, "Press to inspect this feature")
        name.clicked.connect(lambda: self.chosen.emit(carrier.feature))
        share = QLabel(_percent(carrier.share))
        theme.set_role(share, "figure")
        often = f"active {carrier.lift:.1f} times as often there as in all documents"
        told = f"Brings {_percent(carrier.share)} of the concept to your query; {often}"
        describe(share, told, told)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * UNIT)
        row.addWidget(tick)
        row.addWidget(name, 1)
        row.addWidget(share)
        self._lines.append((tick, carrier))
        return line

    def _unfold(self, on: bool) -> None:
        self._list.setVisible(on)
        theme.set_icon(self.evidence, "up" if on else "down")
        self.resized.emit()

    def _accept(self) -> None:
        if self.feature is not None:
            feature, others = self.feature, self.carriers()
            self.withdraw()
            self.wanted.emit(feature, others)

    def _refuse(self) -> None:
        if self.feature is not None:
            feature = self.feature
            self.withdraw()
            self.refused.emit(feature)


def _percent(share: float) -> str:
    return f"{round(100 * share)} %"
