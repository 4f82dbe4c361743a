"""Vectors that the user has: checked whole, and where they do not fit, what can be done about it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.ui.dialogs import VECTOR_FILES, dialogs
from saerch_desktop.ui.form_parts import describe, form_layout, heading, icon_button
from saerch_desktop.ui.import_desk import ImportDesk
from saerch_desktop.ui.import_page import card, sentence
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.workflow.import_vectors import VectorsLook

_UNKNOWN = "a model that is not on this computer"


class GivenPane(QWidget):
    """The file, who made it, what it holds; a mismatch stops here with three ways out."""

    def __init__(self, desk: ImportDesk, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._folder = folder
        self.file = QLineEdit()
        self.file.setReadOnly(True)
        self.file.setPlaceholderText(".npy, .npz, .safetensors or Parquet")
        describe(self.file, "File with the vectors", "One row of numbers for each record")
        self.choose = icon_button("Choose…", "Choose the file with the vectors", "open")
        self.choose.clicked.connect(self._ask)
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addWidget(self.file, 1)
        row.addWidget(self.choose)
        self.made_by = QComboBox()
        self.made_by.setEditable(True)
        self.made_by.addItems([_UNKNOWN, "minilm"])
        self.made_by.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.made_by.setMinimumContentsLength(12)
        describe(
            self.made_by,
            "Who made the vectors",
            "With minilm, folder:PATH or openai:MODEL what you type can be searched by meaning; with another "
            "model documents are the queries",
        )
        self.made_by.currentTextChanged.connect(self._made)
        form = form_layout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow("File", row)
        form.addRow("Made by", self.made_by)
        self.facts = sentence()
        self.facts.setAccessibleName("What the file holds")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * UNIT)
        layout.addLayout(form)
        layout.addWidget(self.facts)
        layout.addWidget(self._mismatch_part())
        layout.addStretch(1)

    def _mismatch_part(self) -> QWidget:
        self.mismatch, inside = card()
        self.trouble = sentence(role="error")
        inside.addWidget(self.trouble)
        inside.addWidget(heading("What can be done"))
        self.key = QComboBox()
        describe(self.key, "Identifiers in the vector file", "Which of its columns names the records")
        self.join = QPushButton("Match by identifier")
        self.take_first = QPushButton()
        self.compute = QPushButton("Compute the vectors here instead")
        describe(
            self.compute,
            "Compute the vectors here instead",
            "Leave this file out and use a model on this computer",
        )
        self.join.clicked.connect(lambda: self._desk.say(join=self.key.currentText(), limit=None))
        self.take_first.clicked.connect(self._take_first)
        self.compute.clicked.connect(lambda: self._desk.say(vectors="compute", join=""))
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addWidget(self.join)
        row.addWidget(self.key, 1)
        inside.addLayout(row)
        for button in (self.take_first, self.compute):
            line = QHBoxLayout()
            line.addWidget(button)
            line.addStretch(1)
            inside.addLayout(line)
        return self.mismatch

    def _ask(self) -> None:
        path = dialogs().open_file(self, "File with the vectors", self._folder, VECTOR_FILES)
        if path is not None:
            self._desk.choose_vectors(path)

    def _made(self, text: str) -> None:
        self._desk.say(made_by="" if text == _UNKNOWN else text.strip())

    def _take_first(self) -> None:
        look = self._desk.flow.vectors
        if look is not None:
            self._desk.say(limit=min(look.rows, look.records), join="")

    def show_state(self) -> None:
        draft, flow = self._desk.draft, self._desk.flow
        self.file.setText("" if draft.vectors_file is None else str(draft.vectors_file))
        line = self.made_by.lineEdit()
        if line is None or not line.hasFocus():
            self.made_by.blockSignals(True)
            self.made_by.setCurrentText(draft.made_by or _UNKNOWN)
            self.made_by.blockSignals(False)
        look = flow.vectors
        trouble = flow.vectors_trouble or (look.mismatch(draft) if look is not None else "")
        checking = draft.vectors_file is not None and look is None and not trouble
        self.facts.setText(
            "Checking every row…" if checking else "" if look is None else facts(look, draft.limit)
        )
        self.facts.setVisible(bool(self.facts.text()))
        self.mismatch.setVisible(bool(trouble))
        self.trouble.setText(f"{trouble} {self._desk.join_trouble}".rstrip())
        self._offer(look)

    def _offer(self, look: VectorsLook | None) -> None:
        roles = self._desk.draft.roles
        keys = look.keys if look is not None else ()
        if [self.key.itemText(at) for at in range(self.key.count())] != list(keys):
            self.key.clear()
            self.key.addItems(list(keys))
        why_not = ""
        if not keys:
            why_not = "This file holds no identifiers; a Parquet file with a column of them does, or an .npz"
        elif roles is None or roles.id is None:
            why_not = "Say first, under Columns, which column is the identifier"
        self.join.setEnabled(not why_not)
        self.key.setVisible(not why_not)
        describe(
            self.join,
            "Match by identifier",
            why_not or "Give each record the vector with its identifier, and leave out records without one",
        )
        if look is None:
            self.take_first.hide()
            return
        self.take_first.show()
        self.take_first.setText(f"Use the first {min(look.rows, look.records):,} of both")
        describe(
            self.take_first,
            self.take_first.text(),
            "Only right when both files are in the same order and one of them is merely longer",
        )


def facts(look: VectorsLook, limit: int | None = None) -> str:
    """What the file holds, in sentences."""
    low, _, high = look.norms
    length = (
        "all of length 1"
        if look.unit_length
        else f"of length {low:.3g} to {high:.3g}; they are brought to length 1"
    )
    told = f"{look.rows:,} vectors of {look.dim:,} numbers ({look.dtype}), {length}. All numbers are finite."
    if look.joined:
        missing = look.records - look.matched
        told += f" Matched by “{look.joined}”: {look.matched:,} of {look.records:,} records have a vector"
        return f"{told}; the other {missing:,} are left out." if missing else f"{told}."
    if limit is not None:
        return f"{told} The first {min(limit, look.rows):,} are used."
    return told
