"""Predicting a column: its choice, the honest score in a sentence, and the features that carry it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QWidget,
)

from saerch_desktop.ui import wording
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.explain_message import Message
from saerch_desktop.ui.explain_sets import TITLE_WIDTH, FacetChoice, Kind, SetChooser, Wish, combo
from saerch_desktop.ui.explain_tab import AnswerTab
from saerch_desktop.ui.explain_table import FeatureTable, Figures, Named
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.features.prediction import Prediction, Target

_TIP: Final = "Fit a model on some documents and test it on others; takes some seconds"
_WITHIN: Final = (Kind.REST, Kind.SHOWN, Kind.FILTER, Kind.FACET)


class PredictTab(AnswerTab):
    """`asked(column)`."""

    asked = Signal(str)

    def __init__(self, named: Named, parent: QWidget | None = None) -> None:
        empty = EmptyState(
            "chart",
            "What predicts a column",
            "Choose a column. How well features predict it on documents kept out of the fitting, and which"
            " ones carry it, will be here.",
        )
        super().__init__(named, "Predict", _TIP, "Predicting", "Result of the prediction", empty, parent)
        self.column = combo("Column to predict", "The year, a facet, or another field of the documents", 6)
        self.value = combo(
            "Value to predict", "All common values at once, or one of them against the rest", 6
        )
        self.column.currentIndexChanged.connect(self._fill_values)
        self._facets: dict[str, FacetChoice] = {}
        self.within = SetChooser("Within", _WITHIN)
        self.within.kind.setItemText(0, "All documents")
        self.within.submitted.connect(self._ask)
        self.go.clicked.connect(self._ask)
        self.go.setEnabled(False)
        self.remarks = Message("Remarks on the prediction")
        self.target = combo("Value shown", "Whose features the table shows", 6)
        self.target.currentIndexChanged.connect(self._show_target)
        self.score = QLabel()
        self.score.setAccessibleName("Score of this value")
        self.table = FeatureTable("Features that predict the column")
        self.table.walked.connect(self.walked)
        self.table.opened.connect(self.opened)
        title = QLabel("Column")
        title.setBuddy(self.column)
        title.setMinimumWidth(TITLE_WIDTH)
        first = QHBoxLayout()
        first.setSpacing(2 * UNIT)
        first.addWidget(title)
        first.addWidget(self.column, 1)
        first.addWidget(self.value, 1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.go)
        chooser = QHBoxLayout()
        chooser.setSpacing(2 * UNIT)
        chooser.addWidget(self.target, 1)
        chooser.addWidget(self.score, 1)
        self._lay_out(
            (first, self.within, buttons), (chooser, self.table), self._choice, beside=(self.remarks,)
        )
        for changed in (self.column.currentIndexChanged, self.value.currentIndexChanged, self.within.changed):
            changed.connect(lambda *_: self.fresh.check())

    def _choice(self) -> object:
        return self.column.currentText(), self.value.currentText(), self.within.wish()

    # Setters ---------------------------------------------------------------------------------------------

    def set_columns(self, facets: Sequence[FacetChoice], columns: Sequence[str]) -> None:
        """What can be predicted."""
        self._facets = {choice.name: choice for choice in facets}
        self.within.set_facets(facets, years="year" in columns)
        former, value = self.column.currentText(), self.value.currentText()
        self.column.clear()
        self.column.addItems(list(columns))
        place = self.column.findText(former)
        self.column.setCurrentIndex(max(0, place) if columns else -1)
        self.value.setCurrentIndex(max(0, self.value.findText(value)) if self.value.count() else -1)
        self.go.setEnabled(bool(columns))
        self.go.setToolTip(_TIP if columns else "These documents carry nothing but their texts")

    def wish(self) -> Wish | None:
        """Within which documents; None for all."""
        found = self.within.wish()
        return None if found.kind is Kind.REST else found

    def set_prediction(self, found: Prediction) -> None:
        """Show how well it went, and why."""
        self._answer = found
        self.target.blockSignals(True)
        self.target.clear()
        self.target.addItems([target.value or found.column for target in found.targets])
        self.target.blockSignals(False)
        self.target.setVisible(len(found.targets) > 1)
        self._show_target()
        self._show(lambda: self._tell(found))

    def _tell(self, found: Prediction) -> None:
        self.message.say(found.sentence())
        self.remarks.say(" ".join(found.remarks))

    def renamed(self) -> None:
        self.table.features.renamed()

    def _show_target(self) -> None:
        if self._answer is None or self.target.currentIndex() < 0:
            return
        target = self._answer.targets[self.target.currentIndex()]
        number = self._answer.kind == "number"
        self.score.setText(
            "" if number else f"AUROC {target.auroc:.2f} ({target.low:.2f} to {target.high:.2f})"
        )
        self.score.setToolTip(
            f"The chance that a held-out document with {target.value} is ranked above one without it;"
            f" {target.documents:,} of the documents used have it."
        )
        self.score.setVisible(not number)
        features = [part.feature for part in target.predictors]
        self.table.show_features(features, _figures(target, number, self._answer.column), self._named)

    def _fill_values(self) -> None:
        name = self.column.currentText()
        choice = None if name.casefold() == "year" else self._facets.get(name)  # a year is a number
        self.value.clear()
        self.value.setVisible(choice is not None)
        if choice is not None:
            self.value.addItems(["all values", *(value for value, _ in choice.values)])

    def _ask(self) -> None:
        column = self.column.currentText()
        if column and self.value.currentIndex() > 0:
            column = f"{column}:{self.value.currentText()}"
        if column:
            self.asked.emit(column)


def _figures(target: Target, number: bool, column: str) -> list[Figures]:
    parts = target.predictors
    effect = np.array([part.coefficient for part in parts], np.float64)
    alone = np.array([part.alone for part in parts], np.float64)
    documents = np.array([part.documents for part in parts], np.float64)
    what = column if number else f"the log-odds of {target.value}"
    texts = [wording.signed(value) for value in effect]
    spans = np.column_stack((effect, effect, effect)) if len(parts) else np.empty((0, 3))
    return [
        Figures(
            "Effect",
            f"Change of {what} when the feature rises from 0 to its 95th percentile, the others held",
            effect,
            texts,
            sample="−99.99",
        ),
        Figures(
            "Size",
            "The effect as a bar: to the right raises, to the left lowers",
            np.abs(effect),
            texts,
            span=spans,
        ),
        Figures(
            "Alone",
            "Correlation of the feature by itself on held-out documents"
            if number
            else "AUROC of the feature by itself on held-out documents; 0.5 is chance",
            alone,
            [f"{value:.2f}".replace("-", "−") for value in alone],
            sample="−0.99",
        ),
        Figures(
            "Documents",
            "Held-out documents where the feature is active",
            documents,
            [f"{int(value):,}" for value in documents],
            spared=True,
            sample="99,999",
        ),
    ]
