"""What a recipe of another SAE comes to with the one in use, before it is applied."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.search.recipe_fit import UNSURE, Fitted
from saerch_desktop.search.recipe_format import Recipe
from saerch_desktop.ui import theme
from saerch_desktop.ui.facts import Remarks
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.line_table import LineTable
from saerch_desktop.ui.recipe_words import SURE, SURE_TIP, counted
from saerch_desktop.ui.theme import UNIT

COLUMNS: Final = (
    ("In the recipe", "The feature as it was called where the recipe was made"),
    ("Here", "The feature of the SAE in use whose direction is nearest"),
    ("Cosine", "How alike the directions are; 1 is the same"),
    ("How sure", SURE_TIP),
)
_ALONG: Final = "Move what is not found along the direction that the recipe kept"
_ALONG_TIP: Final = (
    "The effect on the ranking is then the same as it was, by a slider that is no feature of this SAE"
)


class RecipeCheck(QDialog):
    """`agreed(Fitted)`: apply it like this."""

    agreed = Signal(object)

    def __init__(self, recipe: Recipe, plain: Fitted, along: Fitted, parent: QWidget | None = None) -> None:
        """along: the same with what is not found moved along its own direction."""
        super().__init__(parent)
        self.setObjectName("recipe-check")
        self.setWindowTitle(f"Apply “{recipe.name}”")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._plain, self._along = plain, along
        source = recipe.source
        self.about = QLabel(
            "Not all of this recipe fits the SAE it was made with."
            if plain.same
            else f"This recipe was made with another SAE, “{source.sae}” in {source.library or 'a library'}."
            " Its features were looked for here by their directions."
        )
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        self.table = LineTable(
            COLUMNS, "What stands for what", "Each feature of the recipe, and its like here"
        )
        self.along = QCheckBox(_ALONG)
        describe(self.along, _ALONG, _ALONG_TIP)
        self.along.setVisible(len(along.lost) < len(plain.lost))
        self.whole = QLabel()
        self.whole.setWordWrap(True)
        theme.set_role(self.whole, "muted")
        remarks = []
        if plain.whole < UNSURE:
            remarks.append("Together these features lead elsewhere than the recipe did: look at the results.")
        if any(match.confidence == "low" for match in plain.matches):
            remarks.append("Some features are hardly more than related to those of the recipe.")
        self.remarks = Remarks(remarks)
        box = QDialogButtonBox()
        self.yes = box.addButton("Apply", QDialogButtonBox.ButtonRole.AcceptRole)
        self.yes.setProperty("primary", "true")
        self.yes.setDefault(True)
        describe(self.yes, "Apply", "Put this into the mixer; one step of undo takes it back")
        no = box.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        describe(no, "Cancel", "Change nothing")
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        self.along.toggled.connect(lambda _: self._fill())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(3 * UNIT)
        layout.addWidget(self.about)
        layout.addWidget(self.table, 1)
        for widget in (self.whole, self.along, self.remarks, box):
            layout.addWidget(widget)
        self.resize(theme.units(190), theme.units(100))
        self._fill()
        self.yes.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def chosen(self) -> Fitted:
        """What would be applied now."""
        return self._along if self.along.isChecked() and not self.along.isHidden() else self._plain

    def accept(self) -> None:
        self.agreed.emit(self.chosen)
        super().accept()

    def _fill(self) -> None:
        fitted = self.chosen
        gone = {missing.what: missing.why for missing in fitted.lost}
        rows = [
            (
                f"{match.label or 'feature'} (#{match.feature})",
                f"{match.to_label} (#{match.to})",
                f"{match.cosine:.2f}",
                SURE[match.confidence],
                f"The next best is less alike by {match.margin:.2f}",
            )
            for match in sorted(fitted.matches, key=lambda match: match.cosine)
        ]
        lost = [
            (missing.what, "–", "–", "left out", missing.why)
            if missing.what in gone
            else (missing.what, "a direction of its own", "1.00", "the same effect", _ALONG_TIP)
            for missing in self._plain.lost
        ]
        self.table.fill([(texts, f"{texts[0]}\n{texts[1]}\n{tip}") for *texts, tip in (*lost, *rows)])
        left = f" {counted(len(fitted.lost), 'part')} will be left out." if fitted.lost else ""
        self.whole.setText(
            f"Together they lead where the recipe led with a cosine of {fitted.whole:.2f}.{left}"
        )
        self.yes.setEnabled(
            not fitted.mix.plain or fitted.mix.budget is not None or bool(fitted.filters.chips)
        )
