"""What the search pane's filters, kinds and starting points do in the window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QMenu

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.ui import wording
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.explain_desk import documents_of
from saerch_desktop.ui.explain_sets import FacetChoice, Kind, Wish
from saerch_desktop.ui.filter_desk import FilterDesk, Vocabulary
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.row_set import RowSet
from saerch_desktop.ui.start_sets import SetsDialog
from saerch_desktop.ui.start_text import TextDialog

if TYPE_CHECKING:
    from saerch_desktop.search.blends import Blend
    from saerch_desktop.ui.controller_search import Suggested
    from saerch_desktop.ui.window import MainWindow

_SAID_MS = 8000
_STARTS = ("document-as-query", "selection-as-query", "paste-query", "suggest-sets", "suggest-selection")


class SearchPart(Part):
    """Has no dock: it works in the search pane."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.filters = FilterDesk(self.controller, self)
        self.text_dialog: TextDialog | None = None
        self.sets_dialog: SetsDialog | None = None
        self._vocabulary = Vocabulary()
        self._before_off: Filters | None = None
        pane, search, store = window.search_pane, self.controller.search, self.store
        pane.filters.use(self.filters, search.features_called)
        pane.filters.filters_changed.connect(search.set_filters)
        store.filters_changed.connect(self._filters)
        search.filters_refused.connect(pane.filters.show_refused)
        pane.kind_chosen.connect(search.set_kind)
        pane.weight_chosen.connect(search.set_weight)
        store.kind_changed.connect(self._kind)
        store.weight_changed.connect(pane.kind.set_weight)
        strip = pane.suggestions
        search.suggested.connect(self._suggested)
        search.told.connect(lambda said: window.statusBar().showMessage(said, _SAID_MS))
        strip.taken.connect(search.apply_suggestions)
        strip.plain_taken.connect(self._plain)
        self.controller.library.opened.connect(self._opened)
        self.controller.library.closed.connect(self._closed)
        self.filters.vocabulary_known.connect(self._known)
        self.controller.marks.changed.connect(lambda _: pane.filters.set_filters(store.filters))
        for changed in (store.ranking_changed, store.selected_changed):
            changed.connect(lambda _: self._counts())
        self._searched = False
        store.ranking_changed.connect(self._ranking)
        menu = QMenu(pane.start)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._fill_menu)
        pane.start.setMenu(menu)

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        search, bar = self.controller.search, self.window.search_pane.filters
        return {
            "kind-meaning": lambda: self._choose_kind("meaning"),
            "kind-words": lambda: self._choose_kind("words"),
            "kind-both": lambda: self._choose_kind("both"),
            "add-filter": bar.focus_line,
            "choose-filters": bar.open_panel,
            "filter-by-feature": lambda: self.filter_by_feature(out=False),
            "hide-by-feature": lambda: self.filter_by_feature(out=True),
            "switch-filters": self.switch_filters,
            "clear-filters": lambda: search.set_filters(Filters()),
            "paste-query": self.ask_text,
            "selection-as-query": lambda: search.like_documents(self.store.selected.rows),
            "suggest-selection": self._suggest_selection,
            "suggest-sets": self.ask_sets,
            "more-like": lambda: self._nudge(search.more_like),
            "less-like": lambda: self._nudge(search.less_like),
        }

    def conditions(self) -> Mapping[str, bool]:
        view = self.store.library
        return {
            "semantic": view is not None and view.semantic,
            "filters": bool(self.store.filters.chips),
            "searched": self.store.ranking is not None and view is not None and view.steering,
        }

    def escape(self) -> bool:
        """First the selection of several documents, then the filters."""
        if self.store.library is None:
            return False
        if len(self.store.selected) > 1:
            self.window.search_pane.results.table.clearSelection()
            self.store.selected = RowSet()
            return True
        if self.filters_off():
            said = "The filters are off; “Switch the filters off or on” brings them back"
            self.window.statusBar().showMessage(said, _SAID_MS)
            return True
        return False

    # Filters ---------------------------------------------------------------------------------------------

    def filter_by_feature(self, feature: int | None = None, *, out: bool) -> None:
        """Ask above which activation of a feature (the one shown) documents are kept, or hidden."""
        feature = self.store.feature if feature is None else feature
        session = self.controller.library.session
        if feature is None or session is None or session.features is None:
            return
        typical = float(session.features.statistics.mean[feature])
        label = session.features.labels.text(feature)
        what = "Hide" if out else "Keep"
        answer = dialogs().text(
            self.window,
            f"{what} documents with a feature",
            f"{what} documents where “{label}” is more active than (usual where it is active: "
            f"{wording.activation(typical)}):",
            "0",
            what,
        )
        if answer is None:
            return
        try:
            bound = float(answer.replace("−", "-").replace(",", "."))
            if not abs(bound) < 1e6:
                raise ValueError(answer)
        except ValueError:
            self.controller.fail(
                UserError(
                    f"“{answer}” is not a number.", "Nothing was filtered.", "Give a number such as 0 or 0.2."
                )
            )
            return
        self.controller.search.add_filter(Chip(f"#{feature}>{bound:g}", out=out))

    def switch_filters(self) -> None:
        """All off; or on again, those that were on before."""
        filters = self.store.filters
        if filters.active:
            self.filters_off()
            return
        before = self._before_off
        was = {c.text for c in before.chips if c.on} if before is not None else set()
        fits = was & {chip.text for chip in filters.chips}
        chips = tuple(replace(c, on=c.text in fits or not fits) for c in filters.chips)
        self.controller.search.set_filters(replace(filters, chips=chips))

    def filters_off(self) -> bool:
        """Search without filters; they stay to be switched on again. False where none was on."""
        filters = self.store.filters
        if not filters.active:
            return False
        self._before_off = filters
        off = tuple(replace(chip, on=False) for chip in filters.chips)
        self.controller.search.set_filters(replace(filters, chips=off))
        return True

    def _filters(self, filters: Filters) -> None:
        self.window.search_pane.filters.set_filters(filters)
        self.window.refresh_actions()

    # Kinds -----------------------------------------------------------------------------------------------

    def _choose_kind(self, kind: str) -> None:
        self.controller.search.set_kind(kind)
        self._kind(self.store.kind)

    def _kind(self, kind: str) -> None:
        self.window.search_pane.set_kind(kind)
        self.window.actions_table[f"kind-{kind}"].setChecked(True)

    # Starting points -------------------------------------------------------------------------------------

    def ask_text(self) -> None:
        """Open the dialog for a pasted text."""
        if self.text_dialog is None:
            session = self.controller.library.session
            record = session.library.vectors if session is not None else None
            embedder = record.record.embedder if record is not None else None
            remote = embedder is not None and embedder.kind == "openai"
            self.text_dialog = TextDialog(embedder.name if remote and embedder else "", self.window)
            self.text_dialog.wanted.connect(self.controller.search.like_text)
            self.text_dialog.finished.connect(lambda: setattr(self, "text_dialog", None))
            self.text_dialog.show()
        self.text_dialog.raise_()
        self.text_dialog.text.setFocus()

    def ask_sets(self) -> None:
        """Open the dialog for two sets."""
        if self.sets_dialog is None:
            self.sets_dialog = SetsDialog(self.window)
            self.sets_dialog.wanted.connect(self._compare)
            self.sets_dialog.finished.connect(lambda: setattr(self, "sets_dialog", None))
            self.filters.want_vocabulary()
            self._offer_facets()
            self._counts()
            self.sets_dialog.show()
        self.sets_dialog.raise_()

    def _compare(self, inside: Wish, against: Wish) -> None:
        session = self.controller.library.session
        if session is None:
            return
        given: dict[Kind, RowSet | tuple[int, ...]] = {
            Kind.SELECTED: self.store.selected,
            Kind.SHOWN: self._shown_rows(),
        }

        def work(progress: Progress) -> tuple[Any, Any, str, str]:
            a, about = documents_of(session, inside, given, progress)
            if against.kind is Kind.REST:
                return a, None, about, "all other documents"
            b, what = documents_of(session, against, given, progress)
            return a, b, about, what

        def done(found: tuple[Any, Any, str, str]) -> None:
            if self.sets_dialog is not None:
                self.sets_dialog.done_with()
            if self.controller.library.session is session:
                self.controller.search.compare_sets(*found)

        def failed(error: BaseException) -> None:
            if isinstance(error, UserError) and self.sets_dialog is not None:
                self.sets_dialog.refuse(error)
            else:
                self.controller.fail(error, "Reading the sets")

        self.controller.runner.submit(
            "Reading the sets", work, lane=Lane.IO, key="sets", quiet=True, done=done, failed=failed
        )

    def _suggest_selection(self) -> None:
        if self.store.selected:
            many = len(self.store.selected)
            about = "the selected document" if many == 1 else f"the {many:,} selected documents"
            self.controller.search.compare_sets(self.store.selected.rows, None, about)

    def _suggested(self, found: Suggested) -> None:
        self.window.search_pane.suggestions.show_suggestions(found, self.controller.search.label)

    def _plain(self, blend: Blend) -> None:
        self.controller.search.add_blend(blend, 0.3)

    def _nudge(self, act: Callable[[int], None]) -> None:
        if self.store.row is not None:
            act(self.store.row)

    # What is there ---------------------------------------------------------------------------------------

    def _opened(self, session: Any, again: bool) -> None:
        self.window.search_pane.suggestions.forget()
        self._close_dialogs()
        self._before_off = None

    def _closed(self) -> None:
        self.window.search_pane.suggestions.forget()
        self._close_dialogs()

    def _close_dialogs(self) -> None:
        for dialog in (self.text_dialog, self.sets_dialog):
            if dialog is not None:
                dialog.close()

    def _known(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._offer_facets()

    def _offer_facets(self) -> None:
        if self.sets_dialog is not None:
            facets = [
                FacetChoice(name, tuple((value, count) for value, count in values))
                for name, values in self._vocabulary.values.items()
            ]
            self.sets_dialog.set_facets(facets, bool(self._vocabulary.first))

    def _counts(self) -> None:
        if self.sets_dialog is not None:
            self.sets_dialog.set_counts(len(self.store.selected), len(self._shown_rows()))

    def _ranking(self, shown: Any) -> None:
        """Whether there is a ranking to go against: looked at only where that changes."""
        if (shown is not None) != self._searched:
            self._searched = shown is not None
            self.window.refresh_actions()

    def _shown_rows(self) -> tuple[int, ...]:
        hits, shown = self.store.keyword_hits, self.store.ranking
        if hits is not None:
            return tuple(hit.row for hit in hits)
        return () if shown is None else tuple(int(row) for row in shown.ranking.rows)

    def _fill_menu(self) -> None:
        menu, table = self.window.search_pane.start.menu(), self.window.actions_table
        if menu.isEmpty():
            for name in _STARTS:
                menu.addAction(table[name])
