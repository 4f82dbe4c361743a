"""How the families are drawn: by which measure, from what strength on, how far, and what colours them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QWidget

from saerch_desktop.features.families.ties import Measure
from saerch_desktop.ui import theme
from saerch_desktop.ui.feature_sections import Flow
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT

MEASURES: Final[tuple[tuple[Measure, str, str], ...]] = (
    (
        "npmi",
        "Together, beyond chance",
        "How much more often two features are active together than by chance:\n"
        "0 as by chance, 1 always together (NPMI)",
    ),
    (
        "conditional",
        "One given the other",
        "Share of the one’s documents where the other is active too; the larger of the two shares,\n"
        "which is that of the rarer one",
    ),
    (
        "similarity",
        "Alike in strength",
        "Whether they are also strong and weak in the same documents (cosine of their activations)",
    ),
)
LIGHTS: Final = (
    ("last", "Last touched", "The query, document or selection that was touched last"),
    ("query", "Query", "How active each feature is in the query"),
    ("document", "Document", "How active each feature is in the document that is read"),
    ("selection", "Selection", "How active each feature is, on average, in the selected documents"),
    ("nothing", "Nothing", "No colours of activation"),
)
METHODS: Final = {
    "default": ("Communities", "Features that are active together more often than chance would have it"),
    "paper": ("As in the paper", "Trees of features that often follow each other (arXiv 2408.00657)"),
    "imported": ("Imported", "Families of another program’s file"),
    "own": ("Your own", "Families of your own making alone"),
}
DEPTHS: Final = (1, 2, 3)
NODES: Final = (15, 30, 60, 120, 300, 1000)


@dataclass(frozen=True, slots=True)
class Settings:
    """threshold: of the measure. depth: steps from the middle. most: nodes at once."""

    measure: Measure = "npmi"
    threshold: float = 0.1
    depth: int = 1
    most: int = 30


class FamiliesSettings(QWidget):
    """`changed(Settings)`, `method_chosen(method)`, `light_chosen(one of LIGHTS)`."""

    changed = Signal(object)
    method_chosen = Signal(str)
    light_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        usual = Settings()
        self.method = _combo("Method", "Whose families are shown", ())
        self.method.activated.connect(lambda at: self.method_chosen.emit(self.method.itemData(at)))
        self.light = _combo("Colours", "What lights the features up", LIGHTS)
        self.light.activated.connect(lambda at: self.light_chosen.emit(self.light.itemData(at)))
        self.measure = _combo("Tied by", "What the lines and the matrix stand for", MEASURES)
        self.threshold = QSlider(Qt.Orientation.Horizontal)
        self.threshold.setRange(0, 100)
        self.threshold.setPageStep(10)
        self.threshold.setFixedWidth(24 * UNIT)
        self.threshold.setValue(round(100 * usual.threshold))
        describe(self.threshold, "Least strength of a line", "Weaker ties are left out")
        self.figure = QLabel()
        self.figure.setFont(theme.figures(self.figure.font()))
        self.steps = _combo(
            "Depth",
            "How many steps from the middle; somewhere else it is one again",
            [(str(depth), str(depth), _steps(depth)) for depth in DEPTHS],
        )
        self.most = _combo(
            "Nodes",
            "How many nodes at most; the most telling come first",
            [(str(most), f"≤ {most:,} nodes", f"Not more than {most:,} nodes") for most in NODES],
        )
        self.most.setCurrentIndex(NODES.index(usual.most))
        for combo in (self.measure, self.steps, self.most):
            combo.activated.connect(lambda _: self._tell())
        self.threshold.valueChanged.connect(lambda _: self._tell())
        line = QWidget()
        measure = self.measure
        theme.sized(line, lambda it: it.setMinimumHeight(measure.sizeHint().height()))
        inside = QHBoxLayout(line)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(UNIT)
        inside.addWidget(_label("from", self.threshold))
        inside.addWidget(self.threshold)
        inside.addWidget(self.figure)
        self.only_graph = [_with("Depth", self.steps), self.most]
        self.ties = [_with("Tied by", self.measure), line]
        flow = Flow(
            [_with("Families", self.method), _with("Colours", self.light), *self.ties, *self.only_graph]
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(flow)
        self._say()

    def settings(self) -> Settings:
        return Settings(
            self.measure.currentData(),
            self.threshold.value() / 100,
            int(self.steps.currentData()),
            int(self.most.currentData()),
        )

    def set_methods(self, methods: Sequence[str], used: str) -> None:
        """Which methods have families, and whose are shown."""
        self.method.clear()
        for method in methods:
            text, tip = METHODS[method]
            self.method.addItem(text, method)
            self.method.setItemData(self.method.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.method.setCurrentIndex(self.method.findData(used))
        self.method.setEnabled(len(methods) > 1)
        # A disabled field without a reason looks broken.
        whose = "Whose families are shown"
        if len(methods) == 1:
            whose += ": there are none of another method. Families ▸ Build families… makes them"
        describe(self.method, "Method", whose)

    def shallow(self) -> None:
        """One step again, without a signal: something else stands in the middle."""
        self.steps.setCurrentIndex(0)

    def set_depth(self, depth: int) -> None:
        self.steps.setCurrentIndex(self.steps.findData(str(depth)))
        self._tell()

    def deeper(self) -> None:
        """One step more; from the last back to one."""
        self.set_depth(DEPTHS[(self.steps.currentIndex() + 1) % len(DEPTHS)])

    def fit_view(self, view: str) -> None:
        """Show only what means something in this view."""
        for widget in self.only_graph:
            widget.setVisible(view == "graph")
        for widget in self.ties:
            widget.setVisible(view in ("graph", "matrix"))

    def _tell(self) -> None:
        self._say()
        self.changed.emit(self.settings())

    def _say(self) -> None:
        text = f"{self.threshold.value() / 100:.2f}"
        self.figure.setText(text)
        self.threshold.setAccessibleDescription(text)


def _steps(depth: int) -> str:
    return "What is next to the middle" if depth == 1 else f"Up to {depth} steps from the middle"


def _label(text: str, field: QWidget) -> QLabel:
    label = QLabel(text)
    label.setBuddy(field)
    theme.set_role(label, "muted")
    return label


def _with(text: str, field: QWidget) -> QWidget:
    """A field with its name before it."""
    both = QWidget()
    layout = QHBoxLayout(both)
    layout.setContentsMargins(0, 0, 2 * UNIT, 0)
    layout.setSpacing(UNIT)
    layout.addWidget(_label(text, field))
    layout.addWidget(field)
    return both


def _combo(name: str, tip: str, choices: Sequence[tuple[str, str, str]]) -> QComboBox:
    combo = QComboBox()
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    describe(combo, name, tip)
    for key, text, about in choices:
        combo.addItem(text, key)
        combo.setItemData(combo.count() - 1, about, Qt.ItemDataRole.ToolTipRole)
    return combo
