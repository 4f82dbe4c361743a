"""Search and steer: the query on top, its results on the left, the mixer on the right."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.library.documents import KeywordHit, Matches
from saerch_desktop.search.steering import Edit, Ranking
from saerch_desktop.ui import theme
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.filter_bar import FilterBar
from saerch_desktop.ui.form_parts import tool
from saerch_desktop.ui.keymap import keymap
from saerch_desktop.ui.mixer import Mixer, MixerFeature
from saerch_desktop.ui.mixer_entries import BlendEntry
from saerch_desktop.ui.results_model import Rows
from saerch_desktop.ui.results_panel import ResultsPanel
from saerch_desktop.ui.search_kind import SearchKind
from saerch_desktop.ui.start_suggestions import SuggestionStrip
from saerch_desktop.ui.theme import UNIT

_ASKING = {
    "meaning": "Search by meaning",
    "words": "Search for words",
    "both": "Search by meaning and words",
}


class SearchPane(QWidget):
    """Shows one query. `edits_changed` carries the complete tuple of non-zero edits, live while dragging."""

    query_submitted = Signal(str)
    kind_chosen = Signal(str)
    weight_chosen = Signal(float)
    edits_changed = Signal(object)  # tuple[Edit, ...]
    document_chosen = Signal(int)
    feature_chosen = Signal(int)
    document_as_query = Signal(int)
    mode_changed = Signal(str)
    feature_search = Signal(str)
    feature_added = Signal(int)
    blend_wanted = Signal(str)
    blend_moved = Signal(str, float)
    blend_removed = Signal(str)
    blend_chosen = Signal(str)
    all_reset = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Search and steer")
        self._semantic = self._steering = True
        self._reason = ""
        self._kind = "meaning"
        self.query = QLineEdit()
        theme.make_clearable(self.query)
        self.query.setAccessibleName("Query")
        theme.lead_with(self.query, "search", "Search")
        self.query.returnPressed.connect(self._submit)
        self.go = QPushButton("Search")
        self.go.setAccessibleName("Search")
        self.go.setToolTip("Search for documents like the query (Enter)")
        self.go.clicked.connect(self._submit)
        self.kind = SearchKind()
        self.kind.chosen.connect(self.kind_chosen)
        self.kind.weighed.connect(self.weight_chosen)
        self.start = tool(
            "more", "Search by something else", "Other starting points: a pasted text, documents, sets"
        )
        self.start.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.filters = FilterBar()
        self.filters.left.connect(self.focus_query)
        self.suggestions = SuggestionStrip()
        self.notice = QLabel()
        self.notice.setTextFormat(Qt.TextFormat.PlainText)
        self.notice.setWordWrap(True)
        self.notice.setAccessibleName("What is not available yet")
        theme.set_role(self.notice, "muted")
        self.notice.hide()
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setFixedHeight(UNIT)
        self.busy.setAccessibleName("Searching")
        self.busy.setToolTip("Searching")
        policy = self.busy.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing below may jump when work begins
        self.busy.setSizePolicy(policy)
        self.busy.hide()

        self.results = ResultsPanel()
        self.results.table.document_chosen.connect(self.document_chosen)
        self.results.table.document_as_query.connect(self.document_as_query)
        self.empty = EmptyState("search", "", "")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.results)
        self.mixer = Mixer()
        for signal, mine in (
            (self.mixer.edits_changed, self.edits_changed),
            (self.mixer.feature_chosen, self.feature_chosen),
            (self.mixer.feature_search, self.feature_search),
            (self.mixer.feature_added, self.feature_added),
            (self.mixer.mode_changed, self.mode_changed),
            (self.mixer.blend_wanted, self.blend_wanted),
            (self.mixer.blend_moved, self.blend_moved),
            (self.mixer.blend_removed, self.blend_removed),
            (self.mixer.blend_chosen, self.blend_chosen),
            (self.mixer.all_reset, self.all_reset),
        ):
            signal.connect(mine)
        self._lay_out()
        self.set_available(True, True, "")

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(2 * UNIT)
        top.addWidget(self.query, 1)
        top.addWidget(self.kind)
        top.addWidget(self.start)
        top.addWidget(self.go)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setAccessibleName("Results and mixer")
        self.splitter.setHandleWidth(3 * UNIT)
        self.splitter.addWidget(self.stack)
        self.splitter.addWidget(self.mixer)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([620, 372])
        self.splitter.setChildrenCollapsible(False)
        theme.sized(self, SearchPane._share_width)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * UNIT, 3 * UNIT, 3 * UNIT, 2 * UNIT)
        layout.setSpacing(UNIT)
        layout.addLayout(top)
        layout.addWidget(self.filters)
        layout.addWidget(self.suggestions)
        layout.addWidget(self.notice)
        layout.addWidget(self.busy)
        layout.addWidget(self.splitter, 1)

    # Setters ---------------------------------------------------------------------------------------------

    def set_available(self, semantic: bool, steering: bool, reason: str) -> None:
        """What this library allows so far. `reason` says why not, with the one thing to do."""
        self._semantic, self._steering, self._reason = semantic, steering, reason
        self.kind.set_available(semantic, reason)
        self._name_query()
        self.notice.setText(reason)
        self.notice.setToolTip(reason)
        self.notice.setVisible(bool(reason))
        self.mixer.setVisible(steering)
        self._explain_empty()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        """Each side as wide as its texts ask for, but never more than its half of what there is."""
        half = (self.width() - 6 * UNIT - self.splitter.handleWidth()) // 2
        for side in (self.stack, self.mixer):
            side.setMinimumWidth(min(theme.units(60), max(30 * UNIT, half)))

    def set_kind(self, kind: str) -> None:
        """Show what is searched by: "meaning", "words" or "both"; no signal."""
        self.kind.set_kind(kind)
        self._kind = kind
        self._name_query()

    def _name_query(self) -> None:
        wanted = self._kind if self._semantic else "words"
        kind = _ASKING[wanted]
        self.query.setPlaceholderText(f"{kind}…")
        keymap.tell(self.query, f"{kind}: type, then Enter", "find")
        self._explain_empty()

    def set_query_text(self, text: str) -> None:
        """Put text into the query line; no signal."""
        if text != self.query.text():
            self.query.setText(text)

    def set_busy(self, busy: bool, text: str = "") -> None:
        """Show that an answer is on its way."""
        self.busy.setVisible(busy)
        if text:
            self.busy.setToolTip(text)
            self.busy.setAccessibleName(text)

    def set_ranking(
        self,
        ranking: Ranking | None,
        rows: Rows,
        labels: Callable[[int], str],
        natural: NDArray[np.float32] | None = None,
    ) -> None:
        """Show a ranking. rows: fetches what the table shows; natural: from `explain`, (n, active)."""
        self.results.set_ranking(ranking, rows, labels, natural)
        if ranking is not None:
            self.mixer.set_mode(ranking.mode)
        self._show_results(ranking is not None and len(ranking.rows) > 0, searched=ranking is not None)

    def set_keyword_hits(
        self, hits: Sequence[KeywordHit], rows: Rows, matches: Matches | None = None
    ) -> None:
        """Show documents found by words."""
        self.results.set_hits(hits, rows, matches)
        self._show_results(len(hits) > 0, searched=True)

    def set_mixer(self, features: Sequence[MixerFeature]) -> None:
        """The features to mix, strongest first; what is steered stays steered."""
        self.mixer.set_features(features)

    def set_edits(self, edits: Sequence[Edit]) -> None:
        """Put the sliders where the edits say; no signal."""
        self.mixer.set_edits(edits)

    def set_blends(self, entries: Sequence[BlendEntry]) -> None:
        """The families to mix and where their sliders stand; no signal."""
        self.mixer.set_blends(entries)

    def set_mode(self, mode: str) -> None:
        """Show which mode is in force; no signal."""
        self.mixer.set_mode(mode)

    def set_pending(self, sliders: Collection[int | str]) -> None:
        """Mark features, and families by their keys, whose effect is still being worked out."""
        self.mixer.set_pending(sliders)

    def set_feature_matches(self, matches: Sequence[tuple[int | str, str]]) -> None:
        """The answer to `feature_search`: (feature or key of a family, label), best first."""
        self.mixer.set_matches(matches)

    def set_current_document(self, row: int | None) -> None:
        """Select a document in the results where it is listed; no signal."""
        self.results.table.choose(row)

    # Asked by the window ---------------------------------------------------------------------------------

    def focus_query(self) -> None:
        self.query.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.query.selectAll()

    def reset_edits(self) -> None:
        """All features back to natural, as an act of the user."""
        self.mixer.reset()

    def current_result_row(self) -> int | None:
        """The document selected in the results."""
        return self.results.table.current_document()

    def _submit(self) -> None:
        if text := self.query.text().strip():
            self.query_submitted.emit(text)

    def _show_results(self, any_found: bool, searched: bool) -> None:
        if searched and not any_found:
            kept = self.filters.filters.active
            text = "No document matches. Try fewer or other words."
            if kept:
                text = "No document that the filters keep matches. Switch some off, or try other words."
            self.empty.set_texts("Nothing found", text, "Go to the query", "Type other words", does="find")
        elif not any_found:
            self._explain_empty()
        self.stack.setCurrentWidget(self.results if any_found else self.empty)

    def _explain_empty(self) -> None:
        if self._semantic and self._kind == "both":
            text = (
                "Type words. Documents that hold them, and those nearest in meaning, appear here as one list."
            )
        elif self._semantic and self._kind == "words":
            text = "Type words. The documents that contain them appear here."
        elif self._semantic and self._steering:
            text = (
                "Type a question or a topic. The documents nearest in meaning appear here; then steer them."
            )
        elif self._semantic:
            text = "Type a question or a topic. The documents nearest in meaning appear here."
        else:
            text = "Type words. The documents that contain them appear here."
        self.empty.set_texts(
            "Search your documents", text, "Go to the query", "Type what you look for", does="find"
        )
