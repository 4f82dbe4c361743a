"""Explain: what sets documents apart, and what predicts a column; each answer with its documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QTabWidget, QVBoxLayout, QWidget

from saerch_desktop.errors import UserError
from saerch_desktop.features.card import TopDocument
from saerch_desktop.ui.elided import ElidedButton
from saerch_desktop.ui.explain_compare import CompareTab
from saerch_desktop.ui.explain_desk import COMPARING, PREDICTING
from saerch_desktop.ui.explain_predict import PredictTab
from saerch_desktop.ui.explain_sets import FacetChoice
from saerch_desktop.ui.explain_table import Named
from saerch_desktop.ui.feature_entries import document_entries
from saerch_desktop.ui.feature_lists import EntryList
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.features.prediction import Prediction
    from saerch_desktop.workflow.questions import Answer


class ExplainPane(QWidget):
    """Two questions in tabs, and beneath them the documents of the feature that was gone to.

    `feature_walked(feature, of the comparison)`, `feature_opened(feature)`, `document_chosen(row)`; `seen`
    when the pane comes into view.
    """

    feature_walked = Signal(int, bool)
    feature_opened = Signal(int)
    document_chosen = Signal(int)
    seen = Signal()

    def __init__(self, named: Named, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Explain")
        self._named = named
        self._feature: int | None = None
        self.compare = CompareTab(named)
        self.predict = PredictTab(named)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Questions")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.compare, "Compare")
        self.tabs.addTab(self.predict, "Predict")
        self.tabs.setTabToolTip(0, "Which features set documents apart from others")
        self.tabs.setTabToolTip(1, "Which features predict a column of the documents")
        self.tabs.currentChanged.connect(lambda _: self._hide_documents())
        for tab, of_answer in ((self.compare, True), (self.predict, False)):
            tab.walked.connect(lambda feature, of=of_answer: self.feature_walked.emit(feature, of))
            tab.opened.connect(self.feature_opened)
        self._build_documents()
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setObjectName("explain-splitter")
        self.splitter.setAccessibleName("Features and their documents")
        self.splitter.setHandleWidth(3 * UNIT)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.tabs)
        self.splitter.addWidget(self.below)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([3000, 1000])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * UNIT, UNIT, 2 * UNIT, 2 * UNIT)
        self.page = QScrollArea()  # in a low window the whole pane scrolls
        self.page.setWidget(self.splitter)
        self.page.setWidgetResizable(True)
        self.page.setFrameShape(QFrame.Shape.NoFrame)
        self.page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.page.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.page.setAccessibleName("Explain")
        layout.addWidget(self.page)

    def _build_documents(self) -> None:
        self.below = QWidget()
        self.heading = ElidedButton("", "Show this feature (Enter in the table)")
        self.heading.clicked.connect(self._open)
        self.documents = EntryList(
            "Documents where the feature is strongest",
            "Documents of the set where the feature is strongest; Enter to read",
            empty="No document of the set has this feature",
        )
        self.documents.chosen.connect(self.document_chosen)
        self.documents.walked.connect(self._follow)
        self.scrolled = QScrollArea()
        self.scrolled.setWidget(self.documents)
        self.scrolled.setWidgetResizable(True)
        self.scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scrolled.setAccessibleName("Documents")
        self.scrolled.setMinimumHeight(20 * UNIT)
        inside = QVBoxLayout(self.below)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(UNIT)
        inside.addWidget(self.heading)
        inside.addWidget(self.scrolled, 1)
        self.below.hide()

    def _follow(self, where: object) -> None:
        rect = self.documents.viewport().mapTo(self.documents, where.center())  # type: ignore[attr-defined]
        self.scrolled.ensureVisible(rect.x(), rect.y(), 0, 8 * UNIT)

    def _open(self) -> None:
        if self._feature is not None:
            self.feature_opened.emit(self._feature)

    def _hide_documents(self) -> None:
        self.below.hide()
        self._feature = None

    # Setters ---------------------------------------------------------------------------------------------

    def set_columns(self, facets: Sequence[FacetChoice], columns: Sequence[str]) -> None:
        """What can be chosen from."""
        self.compare.set_facets(facets, years="year" in columns)
        self.predict.set_columns(facets, columns)

    def set_counts(self, selected: int, shown: int) -> None:
        """How many documents are selected and listed."""
        self.compare.set_counts(selected, shown)
        self.predict.within.set_counts(selected, shown)

    def set_answer(self, answer: Answer) -> None:
        self._hide_documents()
        self.compare.set_answer(answer)

    def set_prediction(self, found: Prediction) -> None:
        self._hide_documents()
        self.predict.set_prediction(found)

    def set_trouble(self, error: UserError, question: str = "") -> None:
        """Said where the question was asked; of no question, where one looks."""
        tab = self._tab(question) or self.tabs.currentWidget()
        if isinstance(tab, CompareTab | PredictTab):
            tab.set_trouble(error)

    def set_asking(self, question: str, what: str) -> None:
        """What is being waited for, "" for nothing."""
        tab = self._tab(question)
        if tab is not None:
            if what and tab is self.tabs.currentWidget():
                self._hide_documents()
            tab.set_asking(what)

    def _tab(self, question: str) -> CompareTab | PredictTab | None:
        if question == COMPARING:
            return self.compare
        return self.predict if question == PREDICTING else None

    def set_documents(self, feature: int, documents: Sequence[TopDocument]) -> None:
        """The documents of a feature that was gone to."""
        self._feature = feature
        self.heading.set_text(f"Documents with “{self._named(feature)[0]}”")
        maximum = documents[0].activation if documents else 1.0
        self.documents.show_entries(document_entries(documents, maximum, None))
        if self.below.isHidden():
            self.below.show()
            whole = self.splitter.height()
            self.splitter.setSizes([round(whole * 0.66), round(whole * 0.34)])

    def renamed(self) -> None:
        """Features have other names now."""
        self.compare.renamed()
        self.predict.renamed()
        if self._feature is not None:
            self.heading.set_text(f"Documents with “{self._named(self._feature)[0]}”")

    def clear(self) -> None:
        """No library, or another SAE: former answers are not of it."""
        self._hide_documents()
        self.compare.clear()
        self.predict.clear()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        bar = self.page.verticalScrollBar().sizeHint().width()
        self.page.setMinimumWidth(self.splitter.minimumSizeHint().width() + bar)
        self.seen.emit()
