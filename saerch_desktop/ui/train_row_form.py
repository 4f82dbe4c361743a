"""The settings of one SAE of a plan: few of them at first, all of them when asked for."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.workflow.training_plan import MOST_SEEDS, PlannedSae

_VARIANTS = (
    (None, "TopK", "The strongest features of each text, the same number in every text"),
    ("batchtopk", "BatchTopK", "More features in rich texts, fewer in plain ones; k on average"),
    ("matryoshka", "Matryoshka", "The first features are the broadest, later ones add detail"),
    ("hierarchical", "Hierarchical", "Any smaller number of active features may be used afterwards"),
)
_DEVICES = (
    ("auto", "Automatic", "The graphics card where there is one that can be used"),
    ("cpu", "Processor", "Only the processor"),
    ("cuda", "Graphics card", "Only the graphics card; refused where there is none"),
)
_KEEPS = (
    ("best", "The best pass", "The weights after the pass that explained held-out texts best"),
    ("last", "The last pass", "The weights after the last pass, as the paper does"),
)


class RowForm(QWidget):
    """`changed(field values)` whenever the user changed one."""

    changed = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Settings of this SAE")
        self.name = QLineEdit()
        describe(self.name, "Name", "What the features are called in this library")
        self.name.editingFinished.connect(lambda: self._say(name=self.name.text().strip()))
        self.seeds = _spin(
            1, MOST_SEEDS, "Seeds", "How many times it is trained, each time from another seed"
        )
        self.heldout = _spin(0, 50, "Held out", "Share of the texts that judge the result and teach nothing")
        self.heldout.setSuffix(" %")
        self.device = _combo(_DEVICES, "Device", "What computes the training")
        self.features = _spin(
            0, 1 << 20, "Features", "How many directions it may learn; 0 for as many as fit"
        )
        self.k = _spin(
            0, 1 << 14, "Active in a text", "How many features describe one text (k); 0 for what fits"
        )
        self.epochs = _spin(0, 100_000, "Passes", "How often each text is seen; 0 for as many as are needed")
        self.first_seed = _spin(
            0, 2**31 - 1, "First seed", "The same settings and seed give the same features"
        )
        self.variant = _combo(_VARIANTS, "Variant", "Which features are active, and what the training asks")
        self.keep = _combo(_KEEPS, "Keep", "Which weights are kept")
        self.rate = _factor("Learning rate", "Times the learning rate that suits this size")
        self.auxiliary = _factor("Call back dead features", "Times the usual number and weight (AuxK)")
        self.every = QCheckBox("Every setting")
        describe(self.every, "Every setting", "Show all that can be set; what is left alone suits your texts")
        self.every.toggled.connect(self._show_every)
        self._wire()
        first = [
            ("Name", self.name),
            ("Seeds", self.seeds),
            ("Held out", self.heldout),
            ("Device", self.device),
        ]
        rest = [
            ("Features", self.features),
            ("Active in a text (k)", self.k),
            ("Passes", self.epochs),
            ("Variant", self.variant),
            ("First seed", self.first_seed),
            ("Keep", self.keep),
            ("Learning rate", self.rate),
            ("Call back dead features", self.auxiliary),
        ]
        self._rest = QWidget()
        self._rest.setLayout(_grid(rest))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * UNIT)
        layout.addLayout(_grid(first))
        layout.addWidget(self.every)
        layout.addWidget(self._rest)
        self._show_every(False)

    def show_sae(self, sae: PlannedSae, config: TrainConfig | None) -> None:
        """Put a row of the plan into the controls. config: what it means for the library, None if unknown."""
        blocked = [QSignalBlocker(child) for child in self.findChildren(QWidget)]
        if not self.name.hasFocus():
            self.name.setText(sae.name)
        self.seeds.setValue(len(sae.seeds))
        self.first_seed.setValue(sae.seeds[0])
        share = sae.heldout if sae.heldout is not None else config.heldout_fraction if config else 0.05
        self.heldout.setValue(round(share * 100))
        automatic = config is not None
        for spin, value, meant in (
            (self.features, sae.features, config.sae.features if config else 0),
            (self.k, sae.k, config.sae.k if config else 0),
            (self.epochs, sae.epochs, config.epochs if config else 0),
        ):
            spin.setSpecialValueText(f"Automatic: {meant:,}" if automatic else "Automatic")
            spin.setValue(value or 0)
        for combo, wanted in ((self.device, sae.device), (self.variant, sae.variant), (self.keep, sae.keep)):
            at = combo.findData(wanted)
            combo.setCurrentIndex(max(0, at))
        self.rate.setValue(sae.rate)
        self.auxiliary.setValue(sae.auxiliary)
        del blocked

    def _wire(self) -> None:
        self.seeds.valueChanged.connect(lambda _: self._say(seeds=self._seeds()))
        self.first_seed.valueChanged.connect(lambda _: self._say(seeds=self._seeds()))
        self.heldout.valueChanged.connect(lambda value: self._say(heldout=value / 100))
        for name, spin in (("features", self.features), ("k", self.k), ("epochs", self.epochs)):
            spin.valueChanged.connect(lambda value, name=name: self._say(**{name: value or None}))
        for name, combo in (("device", self.device), ("variant", self.variant), ("keep", self.keep)):
            combo.activated.connect(
                lambda _, name=name, combo=combo: self._say(**{name: combo.currentData()})
            )
        self.rate.valueChanged.connect(lambda value: self._say(rate=value))
        self.auxiliary.valueChanged.connect(lambda value: self._say(auxiliary=value))

    def _seeds(self) -> tuple[int, ...]:
        first = self.first_seed.value()
        return tuple(range(first, first + self.seeds.value()))

    def _say(self, **changes: Any) -> None:
        self.changed.emit(changes)

    def _show_every(self, every: bool) -> None:
        self._rest.setVisible(every)


def _grid(fields: list[tuple[str, QWidget]]) -> QGridLayout:
    """Two columns of fields, each with its label above it: narrow enough for large texts."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(4 * UNIT)
    grid.setVerticalSpacing(UNIT)
    for number, (title, field) in enumerate(fields):
        row, column = 2 * (number // 2), number % 2
        label = QLabel(title)
        theme.set_role(label, "muted")
        label.setBuddy(field)
        theme.sized(label, lambda it: it.setMinimumHeight(it.fontMetrics().height()))
        grid.addWidget(label, row, column)
        grid.addWidget(field, row + 1, column)
        grid.setColumnStretch(column, 1)
    return grid


def _spin(least: int, most: int, name: str, tip: str) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(least, most)
    spin.setGroupSeparatorShown(True)
    spin.setKeyboardTracking(False)
    describe(spin, name, tip)
    return spin


def _factor(name: str, tip: str) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setRange(0.05, 20.0)
    spin.setSingleStep(0.25)
    spin.setPrefix("× ")
    spin.setKeyboardTracking(False)
    describe(spin, name, tip)
    return spin


def _combo(choices: tuple[tuple[Any, str, str], ...], name: str, tip: str) -> QComboBox:
    combo = QComboBox()
    for value, text, about in choices:
        combo.addItem(text, value)
        combo.setItemData(combo.count() - 1, about, Qt.ItemDataRole.ToolTipRole)
    describe(combo, name, tip)
    return combo
