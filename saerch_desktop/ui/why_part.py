"""The Why dock: which features and changes put a result where it is, and why one is above another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from saerch_desktop import settings
from saerch_desktop.errors import UserError
from saerch_desktop.features.label import Label
from saerch_desktop.ui.document_marks import DocumentMarks
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.why_desk import WhyDesk
from saerch_desktop.ui.why_pane import WhyPane

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


_SAID_MS = 6000


class WhyPart(Part):
    """Connects the pane and its desk with the window. `explain` and `compare` show the dock."""

    dock_name = "why-dock"
    dock_title = "Why"
    dock_area = Qt.DockWidgetArea.BottomDockWidgetArea
    dock_action = "show-why"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.why = WhyPane(self._named)
        self.desk = WhyDesk(self.controller, self)
        self.marks = DocumentMarks(self.controller, self)
        pane, desk, inspect = self.why, self.desk, self.controller.inspect
        desk.explained.connect(pane.show_why)
        desk.compared.connect(pane.show_comparison)
        desk.found_words.connect(pane.show_words)
        desk.emptied.connect(pane.show_nothing)
        desk.refused.connect(pane.show_trouble)
        pane.shown.connect(desk.look)
        pane.feature_walked.connect(self._walk)
        pane.feature_opened.connect(inspect.feature)
        pane.family_opened.connect(window.search_pane.blend_chosen)
        pane.slider_walked.connect(lambda key: self.marks.choose(key))
        pane.document_chosen.connect(inspect.document)
        pane.alone_wanted.connect(desk.alone)
        self.controller.marks.changed.connect(lambda _: pane.renamed())
        window.search_pane.results.why_asked.connect(self._ask)
        reading = window.document_pane
        reading.sentences_wanted.connect(self.marks.want)
        kept = settings.load_settings()
        reading.marks.set_shown(kept.mark_words, kept.mark_sentences)
        reading.marks.shown_changed.connect(self._keep_shown)
        reading.marks.target_chosen.connect(self.marks.choose)
        self.marks.changed.connect(lambda _: self._mark())
        for changed in (self.store.query_text_changed, self.store.library_changed):
            changed.connect(lambda _: self._mark())
        self._met = self.conditions()
        for changed in (
            self.store.row_changed,
            self.store.selected_changed,
            self.store.ranking_changed,
            self.store.keyword_hits_changed,
        ):
            changed.connect(lambda _: self._refresh())

    def pane(self) -> QWidget:
        return self.why

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {
            "why-result": self._explain_chosen,
            "why-above": self._compare_chosen,
            "next-mark": lambda: self._step(1),
            "former-mark": lambda: self._step(-1),
        }

    def conditions(self) -> Mapping[str, bool]:
        ranked = self.store.ranking is not None
        return {
            "explainable": self.store.row is not None and (ranked or self.store.keyword_hits is not None),
            "two-results": ranked and len(self.store.selected) == 2,
        }

    def _refresh(self) -> None:
        """At every tick of a slider: actions are looked at again only where it matters to them."""
        met = self.conditions()
        if met != self._met:
            self._met = met
            self.window.refresh_actions()

    def explain(self, row: int) -> None:
        """Show why the document in this row is where it is."""
        self._reveal()
        self.desk.explain(row)

    def compare(self, row_a: int, row_b: int) -> None:
        """Show why one of two documents is above the other."""
        self._reveal()
        self.desk.compare(row_a, row_b)

    def _mark(self) -> None:
        view = self.store.library
        features = view is not None and view.steering
        self.window.document_pane.show_marked(self.marks.marked, bool(self.store.query_text), features)

    def _keep_shown(self) -> None:
        """Which marks are shown is a habit of the reader, not of a library."""
        bar = self.window.document_pane.marks
        words, sentences = bar.words.isChecked(), bar.sentences.isChecked()
        try:
            settings.change_settings(mark_words=words, mark_sentences=sentences)
        except UserError as error:
            self.controller.fail(error)

    def _ask(self, rows: Sequence[int]) -> None:
        """A result wants to be explained, or two of them."""
        if len(rows) == 2:
            self.compare(rows[0], rows[1])
        elif len(rows) == 1:
            self.explain(rows[0])

    def _explain_chosen(self) -> None:
        if self.store.row is not None:
            self.explain(self.store.row)

    def _compare_chosen(self) -> None:
        rows = list(self.store.selected)
        if len(rows) == 2:
            self.compare(int(rows[0]), int(rows[1]))

    def _step(self, by: int) -> None:
        """Go to another mark of the document that is read."""
        self.window.reveal("document")
        if not self.window.document_pane.text.step(by):
            self.window.statusBar().showMessage("Nothing is marked in this document", _SAID_MS)

    def _reveal(self) -> None:
        if self.dock is not None:
            self.dock.show()
            self.dock.raise_()

    def _walk(self, feature: int) -> None:
        """Show it in the feature pane where that stands beside this one; not as a tab before this one."""
        self.controller.inspect.feature(feature)
        dock = self.dock
        if dock is not None and self.window.tabifiedDockWidgets(dock):
            dock.raise_()

    def _named(self, feature: int) -> tuple[str, Label | None, bool]:
        session = self.controller.library.session
        if session is None or session.features is None:
            return f"#{feature}", None, False
        labels = session.features.labels
        return labels.text(feature), labels.get(feature), labels.mark(feature).verified
