"""The Explain dock: questions to the corpus in terms of its features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from saerch_desktop.features.label import Label
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.explain_desk import ExplainDesk
from saerch_desktop.ui.explain_pane import ExplainPane
from saerch_desktop.ui.explain_sets import Kind
from saerch_desktop.ui.part import Part

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_TABLES = "Tables (*.csv);;All files (*)"


class ExplainPart(Part):
    """Connects the pane and its desk with the window."""

    dock_name = "explain-dock"
    dock_title = "Explain"
    dock_action = "show-explain"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.desk = ExplainDesk(self.controller, self)
        self.explain = ExplainPane(self._named)
        pane, desk, inspect = self.explain, self.desk, self.controller.inspect
        pane.seen.connect(desk.want_columns)
        pane.compare.asked.connect(self._compare)
        pane.compare.exported.connect(self._export)
        pane.predict.asked.connect(lambda column: desk.predict(column, pane.predict.wish()))
        pane.feature_walked.connect(lambda feature, of: desk.documents(feature, of_answer=of))
        pane.feature_walked.connect(lambda feature, _: self._look_at(feature))
        pane.feature_opened.connect(inspect.feature)
        pane.document_chosen.connect(inspect.document)
        desk.columns_known.connect(pane.set_columns)
        desk.asking.connect(pane.set_asking)
        desk.answered.connect(pane.set_answer)
        desk.predicted.connect(pane.set_prediction)
        desk.refused.connect(pane.set_trouble)
        desk.documents_found.connect(pane.set_documents)
        desk.cleared.connect(pane.clear)
        self.controller.library.opened.connect(lambda *_: self._opened())
        self.controller.marks.changed.connect(lambda _: pane.renamed())
        for changed in (
            self.store.selected_changed,
            self.store.ranking_changed,
            self.store.keyword_hits_changed,
        ):
            changed.connect(lambda _: self._counts())
        self.store.selected_changed.connect(lambda _: window.refresh_actions())
        self._counts()

    def pane(self) -> QWidget:
        return self.explain

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"explain-selection": self.explain_selection}

    def conditions(self) -> Mapping[str, bool]:
        return {"selected": bool(self.store.selected)}

    def explain_selection(self) -> None:
        """What sets the selected documents apart from all others."""
        self._reveal()
        self.explain.tabs.setCurrentIndex(0)
        self.explain.compare.inside.choose(Kind.SELECTED)
        self.explain.compare.against.choose(Kind.REST)
        self._compare()

    def _reveal(self) -> None:
        if self.dock is not None:
            self.dock.show()
            self.dock.raise_()

    def _compare(self) -> None:
        tab = self.explain.compare
        self.desk.compare(tab.inside.wish(), tab.against.wish())

    def _look_at(self, feature: int) -> None:
        """Show it in the feature pane where that stands beside this one; not as a tab before this one."""
        self.controller.inspect.feature(feature)
        dock = self.dock
        if dock is not None and self.window.tabifiedDockWidgets(dock):
            dock.raise_()

    def _export(self) -> None:
        view = self.store.library
        if self.desk.answer is None or view is None:
            return
        suggested = Path.home() / "explained.csv"
        path = dialogs().save_file(self.explain, "Export the comparison", suggested, _TABLES)
        if path is not None:
            self.desk.export(path)

    def _opened(self) -> None:
        if self.explain.isVisible():
            self.desk.want_columns()

    def _counts(self) -> None:
        self.explain.set_counts(len(self.store.selected), len(self.desk.shown_rows()))

    def _named(self, feature: int) -> tuple[str, Label | None, bool]:
        session = self.controller.library.session
        if session is None or session.features is None:
            return f"#{feature}", None, False
        labels = session.features.labels
        return labels.text(feature), labels.get(feature), labels.mark(feature).verified
