"""The question under which name a recipe is kept."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.search.filters import Filters
from saerch_desktop.search.mix import Mix
from saerch_desktop.search.recipe_format import LONGEST_NAME
from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe, form_layout
from saerch_desktop.ui.recipe_words import summary
from saerch_desktop.ui.theme import UNIT


class RecipeForm(QDialog):
    """`wanted(name, note, with filters, in place of one of that name)`."""

    wanted = Signal(str, str, bool, bool)

    def __init__(
        self, mix: Mix, filters: Filters, there: Callable[[str], bool], parent: QWidget | None = None
    ) -> None:
        """there: whether a recipe of a name is there already."""
        super().__init__(parent)
        self.setObjectName("recipe-form")
        self.setWindowTitle("Save as recipe")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._there = there
        self.name = QLineEdit()
        self.name.setMaxLength(LONGEST_NAME)
        describe(self.name, "Name", "What to call the recipe")
        self.note = QPlainTextEdit()
        self.note.setTabChangesFocus(True)
        theme.sized(self.note, lambda it: it.setFixedHeight(theme.row_height(it.font(), 4)))
        describe(self.note, "Note", "What it is for; may stay empty")
        self.filters = QCheckBox("Keep the filters too")
        self.filters.setChecked(True)
        self.filters.setVisible(bool(filters.chips))
        describe(self.filters, "Keep the filters too", "Whoever applies it gets these filters as well")
        about = QLabel(f"It will hold {summary(mix, filters)}. What is locked is not a part of it.")
        about.setWordWrap(True)
        theme.set_role(about, "muted")
        self.warning = QLabel("There is a recipe of this name; it would be replaced.")
        self.warning.setWordWrap(True)
        box = QDialogButtonBox()
        self.yes = box.addButton("Save", QDialogButtonBox.ButtonRole.AcceptRole)
        self.yes.setProperty("primary", "true")
        self.yes.setDefault(True)
        no = box.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        describe(no, "Cancel", "Save nothing")
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        form = form_layout()
        form.addRow("Name", self.name)
        form.addRow("Note", self.note)
        form.addRow("", self.filters)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(3 * UNIT)
        layout.addWidget(about)
        layout.addLayout(form)
        layout.addWidget(self.warning)
        layout.addStretch(1)
        layout.addWidget(box)
        self.name.textChanged.connect(lambda _: self._look())
        self.resize(120 * UNIT, self.sizeHint().height())
        self._look()

    def _look(self) -> None:
        name = self.name.text().strip()
        replaces = bool(name) and self._there(name)
        self.warning.setText("There is a recipe of this name; it would be replaced." if replaces else " ")
        words = "Replace" if replaces else "Save"
        self.yes.setText(words)
        self.yes.setEnabled(bool(name))
        describe(self.yes, words, "Keep the recipe in this library" if name else "Give it a name first")

    def accept(self) -> None:
        name = self.name.text().strip()
        if name:
            note = self.note.toPlainText().strip()
            keep = self.filters.isChecked() and not self.filters.isHidden()
            self.wanted.emit(name, note, keep, self._there(name))
            super().accept()
