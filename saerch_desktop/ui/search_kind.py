"""What is searched by: meaning, words, or both, and how much the words count then."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT

KINDS = ("meaning", "words", "both")
_NAMES = ("Meaning", "Words", "Both")
_TIPS = (
    "Documents nearest in meaning, whatever their words",
    "Documents that hold the words: “a phrase”, begin*, AND, OR, NOT and parentheses",
    "One list of both: documents that are high in either list come first",
)
_SETTLED_MS = 40


class SearchKind(QWidget):
    """`chosen` and `weighed` follow the user alone."""

    chosen = Signal(str)
    weighed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = QComboBox()
        for place, name in enumerate(_NAMES):
            self.kind.addItem(name)
            self.kind.setItemData(place, _TIPS[place], Qt.ItemDataRole.ToolTipRole)
        self.kind.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.kind.activated.connect(self._choose)
        self._can = True
        self._reason = ""
        self._kind = KINDS[0]
        self.weight = QSlider(Qt.Orientation.Horizontal)
        self.weight.setRange(0, 100)
        self.weight.setValue(50)
        self.weight.setSingleStep(5)
        self.weight.setPageStep(10)
        self.weight.setFixedWidth(20 * UNIT)
        self.weight.valueChanged.connect(self._moved)
        self.figure = QLabel()
        self.figure.setFont(theme.figures(self.figure.font()))
        theme.set_role(self.figure, "muted")
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLED_MS)
        self._settle.timeout.connect(lambda: self.weighed.emit(self.weight.value() / 100))
        self._weight = QWidget()
        inside = QHBoxLayout(self._weight)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(UNIT)
        inside.addWidget(self.weight)
        inside.addWidget(self.figure)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addWidget(self.kind)
        layout.addWidget(self._weight)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._say_weight()
        self._show()

    def set_available(self, semantic: bool, reason: str) -> None:
        """Without a way to search by meaning only words are left; reason: why, with what to do."""
        self._can, self._reason = semantic, reason
        self._show()

    def set_kind(self, kind: str) -> None:
        """Show which is in force; no signal."""
        self._kind = kind if kind in KINDS else KINDS[0]
        self._show()

    def _choose(self, place: int) -> None:
        self._kind = KINDS[place]
        self._show()
        self.chosen.emit(self._kind)

    def set_weight(self, weight: float) -> None:
        """How much words count, 0 to 1; no signal."""
        if round(weight * 100) != self.weight.value():
            self.weight.blockSignals(True)
            self.weight.setValue(round(weight * 100))
            self.weight.blockSignals(False)
        self._say_weight()

    def _moved(self) -> None:
        self._say_weight()
        self._settle.start()

    def _say_weight(self) -> None:
        share = self.weight.value()
        self.figure.setText(f"words {share} %")
        describe(
            self.weight,
            f"Weight of the words: {share} %",
            f"Words {share} %, meaning {100 - share} %: how much each list counts",
        )

    def _show(self) -> None:
        place = KINDS.index(self._kind if self._can else "words")
        self.kind.setCurrentIndex(place)
        tip = _TIPS[place] if self._can else f"Only words can be searched. {self._reason}".strip()
        describe(self.kind, "Search by", tip)
        self.kind.setEnabled(self._can)
        self._weight.setVisible(self._can and self._kind == "both")

    def sizeHint(self) -> QSize:
        layout = self.layout()
        assert layout is not None
        return layout.sizeHint()
