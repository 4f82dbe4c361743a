"""The two SAEs that are compared: which they are, and what is known about each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.form_parts import describe, tool
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.study.runs import Run

_VARIANTS = {
    "topk": "TopK",
    "batchtopk": "BatchTopK",
    "matryoshka": "Matryoshka",
    "hierarchical": "Hierarchical",
}


class SaeChooser(QWidget):
    """One side: a list of names and a line of facts."""

    changed = Signal()

    def __init__(self, side: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: dict[str, Run] = {}
        self.names = QComboBox()
        self.names.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        describe(self.names, f"{side} SAE", f"The SAE whose features stand at the {side.lower()}")
        self.facts = QLabel()
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setAccessibleName(f"Facts about the {side.lower()} SAE")
        self.facts.setMinimumWidth(1)
        theme.set_role(self.facts, "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addWidget(self.names)
        layout.addWidget(self.facts)
        self.names.currentTextChanged.connect(self._shown)
        self.names.activated.connect(self.changed)

    @property
    def name(self) -> str:
        return self.names.currentText()

    def set_runs(self, runs: Sequence[Run], name: str) -> None:
        """The SAEs to choose from; `name` is chosen, without a signal."""
        self._runs = {run.sae: run for run in runs}
        with QSignalBlocker(self.names):
            self.names.clear()
            self.names.addItems([run.sae for run in runs])
            self.names.setCurrentText(name)
        self._shown()

    def leave_out(self, name: str) -> None:
        """The one that stands at the other side cannot be chosen; keys pass over it."""
        model = self.names.model()
        assert isinstance(model, QStandardItemModel)
        for place in range(model.rowCount()):
            item = model.item(place)
            item.setEnabled(item.text() != name)
            item.setToolTip("" if item.isEnabled() else "It stands at the other side; swap the sides instead")

    def choose(self, name: str) -> None:
        """Choose without a signal."""
        with QSignalBlocker(self.names):
            self.names.setCurrentText(name)
        self._shown()

    def _shown(self) -> None:
        run = self._runs.get(self.name)
        text, tip = ("", "") if run is None else facts_of(run)
        self.facts.setText(text)
        self.facts.setToolTip(wording.tip(tip))
        self.facts.setAccessibleDescription(tip)


class SidesBar(QWidget):
    """Left and right beside each other, and a button that swaps them. `changed(left, right)`."""

    changed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.left, self.right = SaeChooser("Left"), SaeChooser("Right")
        tip = "Put the left SAE at the right and the right one at the left"
        self.swap = tool("swap", "Swap sides", tip)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3 * UNIT)
        layout.addWidget(self.left, 1)
        layout.addWidget(self.swap, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.right, 1)
        self._before = ("", "")
        self.left.changed.connect(self._tell)
        self.right.changed.connect(self._tell)
        self.swap.clicked.connect(self._swap)

    def set_runs(self, runs: Sequence[Run], left: str, right: str) -> None:
        self.left.set_runs(runs, left)
        self.right.set_runs(runs, right)
        self._settle()

    def _settle(self) -> None:
        self._before = self.names
        self.left.leave_out(self.right.name)
        self.right.leave_out(self.left.name)

    @property
    def names(self) -> tuple[str, str]:
        return self.left.name, self.right.name

    def _swap(self) -> None:
        left, right = self.names
        self.left.choose(right)
        self.right.choose(left)
        self._tell()

    def _tell(self) -> None:
        if self.names != self._before:
            self._settle()
            self.changed.emit(*self.names)


def facts_of(run: Run) -> tuple[str, str]:
    """A line about an SAE, and the same and more in several lines."""
    told = run.as_dict()
    variant = _VARIANTS.get(told["variant"], told["variant"])
    line = [f"{wording.count(run.features)} features", f"k {run.k}", variant]
    if told["seed"] is not None:
        line.append(f"seed {told['seed']}")
    if run.fvu is not None:
        line.append(f"{wording.share(run.fvu)} unexplained")
    more = [f"{run.sae}: {wording.count(run.features)} features, {run.k} active at a time, {variant}"]
    if told["passes"] is not None:
        more.append(f"{told['passes']} passes, preset {told['preset']}, seed {told['seed']}")
    else:
        more.append("Trained elsewhere")
    if run.fvu is not None:
        more.append(f"Unexplained on documents held out: {wording.share(run.fvu)}")
    if told["dead_fraction"] is not None:
        more.append(f"Never active: {wording.share(told['dead_fraction'])} of its features")
    return " · ".join(line), "\n".join(more)
