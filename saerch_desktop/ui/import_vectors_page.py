"""The third page of the import wizard: where the vectors come from."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.import_desk import ImportDesk
from saerch_desktop.ui.import_given_pane import GivenPane
from saerch_desktop.ui.import_local_pane import LocalPane
from saerch_desktop.ui.import_page import ImportPage, card, muted
from saerch_desktop.ui.import_service_pane import ServicePane
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.workflow.import_draft import VectorsFrom

_CHOICES: tuple[tuple[VectorsFrom, str, str], ...] = (
    ("compute", "Compute them on this computer", "Offline, with the built-in model or one of yours"),
    ("given", "I have them in a file", "A .npy, .npz, .safetensors or Parquet file with a row for each text"),
    ("service", "Ask a service for them", "Costs money and sends every text to the service"),
    ("none", "None for now: search by words only", "Vectors can be computed at any time later"),
)


class VectorsPage(ImportPage):
    """Four ways; below them what the chosen one needs to know and what it means."""

    step = "vectors"
    title = "How are texts compared by meaning?"
    about = (
        "A model turns each text into a vector: a list of numbers, close together for texts that mean the "
        "same. Features are learned from these vectors."
    )

    def __init__(self, desk: ImportDesk, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.choices = QButtonGroup(self)
        self.radios: dict[VectorsFrom, QRadioButton] = {}
        self.local = LocalPane(desk)
        self.given = GivenPane(desk, folder)
        self.service = ServicePane(desk)
        self._panes: dict[VectorsFrom, QWidget] = {
            "compute": self.local,
            "given": self.given,
            "service": self.service,
            "none": muted(
                "The library can be searched by words as soon as it is imported. To search by meaning and to "
                "train features, compute vectors later: Train ▸ Compute vectors."
            ),
        }
        for choice, text, tip in _CHOICES:
            radio = QRadioButton(text)
            describe(radio, text, tip)
            radio.toggled.connect(lambda on, choice=choice: self._choose(on, choice))
            self.choices.addButton(radio)
            self.radios[choice] = radio
            self.column.addWidget(radio)
            self.column.setSpacing(2 * UNIT)
        # Not a stack: it would be as high as its highest pane, whichever is shown.
        frame, inside = card()
        for pane in self._panes.values():
            inside.addWidget(pane)
        self.column.addWidget(frame)
        self.column.addStretch(1)
        self.show_state()

    def _choose(self, on: bool, choice: VectorsFrom) -> None:
        if on:
            self.desk.say(vectors=choice)

    def enter(self) -> None:
        self.desk.try_model()

    def first(self) -> QWidget:
        return self.radios[self.desk.draft.vectors]

    def show_state(self) -> None:
        choice = self.desk.draft.vectors
        radio = self.radios[choice]
        if not radio.isChecked():
            self.choices.blockSignals(True)
            radio.setChecked(True)
            self.choices.blockSignals(False)
        for of, pane in self._panes.items():
            pane.setVisible(of == choice)
            if of == choice and isinstance(pane, LocalPane | GivenPane | ServicePane):
                pane.show_state()
