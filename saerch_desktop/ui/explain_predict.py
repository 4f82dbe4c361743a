"""Predicting a column: its choice, the honest score in a sentence, and the features that carry it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.errors import UserError
from saerch_desktop.ui import wording
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.explain_fresh import Freshness
from saerch_desktop.ui.explain_message import Message
from saerch_desktop.ui.explain_sets import TITLE_WIDTH, FacetChoice, Kind, SetChooser, Wish
from saerch_desktop.ui.explain_table import FeatureTable, Figures, Named
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.features.prediction import Prediction, Target

_WITHIN: Final = (Kind.REST, Kind.SHOWN, Kind.FILTER, Kind.FACET)


class PredictTab(QWidget):
    """`asked(column)`; `walked`, `opened`: a feature of the answer."""

    asked = Signal(str)
    walked = Signal(int)
    opened = Signal(int)

    def __init__(self, named: Named, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._named = named
        self._found: Prediction | None = None
        self.column = _combo("Column to predict", "The year, a facet, or another field of the documents")
        self.value = _combo("Value to predict", "All common values at once, or one of them against the rest")
        self.column.currentIndexChanged.connect(self._fill_values)
        self._facets: dict[str, FacetChoice] = {}
        self.within = SetChooser("Within", _WITHIN)
        self.within.kind.setItemText(0, "All documents")
        self.within.submitted.connect(self._ask)
        self.go = QPushButton("Predict")
        self.go.setProperty("primary", True)
        self.go.setAccessibleName("Predict")
        self.go.setToolTip("Fit a model on some documents and test it on others; takes some seconds")
        self.go.clicked.connect(self._ask)
        self.go.setEnabled(False)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setFixedHeight(UNIT)
        self.busy.setAccessibleName("Predicting")
        policy = self.busy.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.busy.setSizePolicy(policy)
        self.busy.hide()
        self.message = Message("Result of the prediction")
        self.remarks = Message("Remarks on the prediction")
        self.target = _combo("Value shown", "Whose features the table shows")
        self.target.currentIndexChanged.connect(self._show_target)
        self.score = QLabel()
        self.score.setAccessibleName("Score of this value")
        self.table = FeatureTable("Features that predict the column")
        self.table.walked.connect(self.walked)
        self.table.opened.connect(self.opened)
        self.empty = EmptyState(
            "chart",
            "What predicts a column",
            "Choose a column. How well features predict it on documents kept out of the fitting, and which"
            " ones carry it, will be here.",
        )
        self._lay_out()
        self.fresh = Freshness(self._choice, (self.found,), self.message, "Predict", (self.remarks,))
        for changed in (self.column.currentIndexChanged, self.value.currentIndexChanged, self.within.changed):
            changed.connect(lambda *_: self.fresh.check())

    def _choice(self) -> object:
        return self.column.currentText(), self.value.currentText(), self.within.wish()

    def _lay_out(self) -> None:
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
        self.found = QWidget()
        found = QVBoxLayout(self.found)
        found.setContentsMargins(0, 0, 0, 0)
        found.setSpacing(UNIT)
        found.addLayout(chooser)
        found.addWidget(self.table, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.found)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2 * UNIT, 0, 0)
        layout.setSpacing(UNIT)
        layout.addLayout(first)
        layout.addWidget(self.within)
        layout.addLayout(buttons)
        layout.addWidget(self.busy)
        layout.addWidget(self.message)
        layout.addWidget(self.remarks)
        layout.addWidget(self.stack, 1)

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
        self.go.setToolTip(
            "Fit a model on some documents and test it on others; takes some seconds"
            if columns
            else "These documents carry nothing but their texts"
        )

    def wish(self) -> Wish | None:
        """Within which documents; None for all."""
        found = self.within.wish()
        return None if found.kind is Kind.REST else found

    def set_asking(self, what: str) -> None:
        self.busy.setVisible(bool(what))
        self.busy.setToolTip(what)
        if what:
            self.fresh.begin(what)
        else:
            self.fresh.end()

    def set_trouble(self, error: UserError) -> None:
        if self.fresh.waiting:  # else it is of something beside the answer, which stands
            self._found = None
            self.stack.setCurrentWidget(self.empty)
            self.fresh.tell(lambda: self.message.trouble(error), answer=False)
        else:
            self.message.trouble(error)

    def clear(self) -> None:
        self._found = None
        self.fresh.forget()
        self.stack.setCurrentWidget(self.empty)

    def set_prediction(self, found: Prediction) -> None:
        """Show how well it went, and why."""
        self._found = found
        self.target.blockSignals(True)
        self.target.clear()
        self.target.addItems([target.value or found.column for target in found.targets])
        self.target.blockSignals(False)
        self.target.setVisible(len(found.targets) > 1)
        self._show_target()
        self.stack.setCurrentWidget(self.found)
        self.fresh.tell(lambda: self._tell(found), answer=True)

    def _tell(self, found: Prediction) -> None:
        self.message.say(found.sentence())
        self.remarks.say(" ".join(found.remarks))

    def renamed(self) -> None:
        self.table.features.renamed()

    def _show_target(self) -> None:
        if self._found is None or self.target.currentIndex() < 0:
            return
        target = self._found.targets[self.target.currentIndex()]
        number = self._found.kind == "number"
        self.score.setText(
            "" if number else f"AUROC {target.auroc:.2f} ({target.low:.2f} to {target.high:.2f})"
        )
        self.score.setToolTip(
            f"The chance that a held-out document with {target.value} is ranked above one without it;"
            f" {target.documents:,} of the documents used have it."
        )
        self.score.setVisible(not number)
        features = [part.feature for part in target.predictors]
        self.table.show_features(features, _figures(target, number, self._found.column), self._named)

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


def _combo(name: str, tip: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(tip)
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    combo.setMinimumContentsLength(6)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMaxVisibleItems(20)
    return combo
