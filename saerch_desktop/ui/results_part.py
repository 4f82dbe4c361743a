"""The results' part of the window: pages, the unsteered list, previews, what moved out, copies and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QApplication

from saerch_desktop.progress import Progress
from saerch_desktop.search.preview import Preview, preview
from saerch_desktop.search.steering import Ranking
from saerch_desktop.search.unsteered import Departed, departed, unsteered
from saerch_desktop.ui.controller_steering import TOP, Shown
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.results_baseline import HeldKey
from saerch_desktop.ui.results_desk import ResultsDesk
from saerch_desktop.ui.results_left import LeftDialog
from saerch_desktop.ui.results_model import Column
from saerch_desktop.ui.results_reading import Source
from saerch_desktop.ui.row_set import RowSet
from saerch_desktop.ui.view_values import MOST_NUMBERS, ViewValues

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow
    from saerch_desktop.workflow.session import Session

_TABLES = "Tables (*.csv);;Lines of JSON (*.jsonl);;Parquet (*.parquet);;All files (*)"
_FEW = 1000  # documents that a file gets unless the user says otherwise


@dataclass(frozen=True, slots=True)
class _Foretold:
    """A preview, with the titles of what it names."""

    preview: Preview
    titles: Mapping[int, str]


class ResultsPart(Part):
    """Answers what the results panel asks for; what it asks of the search is the search desk's."""

    view_name = "results"
    _listed = Signal()  # there is another list, and the table has it

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._left: ViewValues | None = None  # how the next list was looked at
        self._listed.connect(self._come_back, Qt.ConnectionType.QueuedConnection)
        self.panel = window.search_pane.results
        self.table = self.panel.table
        self.left: LeftDialog | None = None
        controller, store, table = self.controller, self.store, self.table
        self.desk = ResultsDesk(controller.runner, controller.fail, self)
        self._plain: tuple[Any, Shown] | None = None  # the query, and its unsteered list
        table.seen.connect(self._seen)
        table.order_wanted.connect(self._want_order)
        self.desk.order_found.connect(self._order)
        self.desk.page_found.connect(self._page)
        self.desk.snippets_found.connect(self._snippets)
        self.panel.baseline_wanted.connect(self.set_baseline)
        self.panel.baseline_changed.connect(self._tell_action)
        self.panel.left_wanted.connect(self.show_left)
        table.copy_wanted.connect(self._copy)
        self.panel.like_more.connect(controller.search.more_like)
        self.panel.like_less.connect(controller.search.less_like)
        self.panel.selection_as_query.connect(controller.search.like_documents)
        self._held = HeldKey(window.search_pane, Qt.Key.Key_B)
        self._held.held.connect(self.set_baseline)
        controller.search.preview_wanted.connect(self.foretell)
        controller.search.preview_ended.connect(self.end_preview)
        controller.library.closed.connect(self._closed)
        store.selected_changed.connect(table.set_marked)
        store.library_changed.connect(lambda view: table.wishes.set_steering(bool(view and view.steering)))
        for changed in (store.ranking_changed, store.keyword_hits_changed):
            changed.connect(lambda _: self._changed())

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {
            "show-unsteered": lambda: self.set_baseline(not self.panel.shows_baseline),
            "moved-out": self.show_left,
            "export-results": self.export,
        }

    def conditions(self) -> Mapping[str, bool]:
        ranking = self._ranking
        listed = ranking is not None or self.store.keyword_hits is not None
        return {
            "results": listed,
            "steered-list": ranking is not None and ranking.steered,
        }

    @property
    def _session(self) -> Session | None:
        return self.controller.library.session

    @property
    def _ranking(self) -> Ranking | None:
        """The steered one, whatever is looked at."""
        shown: Shown | None = self.store.ranking
        return None if shown is None else shown.ranking

    def _closed(self) -> None:
        self.desk.stop()
        self._plain = None
        self.controller.runner.cancel_keys(("baseline", "foretell", "moved-out"))
        if self.left is not None:
            self.left.close()

    def _changed(self) -> None:
        """Another list: what was foretold of the former is no longer so."""
        self.controller.runner.cancel_keys(("foretell",))
        if self._ranking is None:
            self._plain = None
        if self.left is not None and self.left.isVisible():
            self.show_left()
        self._listed.emit()

    def _tell_action(self, shown: bool) -> None:
        self.window.actions_table["show-unsteered"].setChecked(shown)

    # As left ---------------------------------------------------------------------------------------------

    def kept_view(self) -> Mapping[str, Any]:
        places, rows = self.table.places_in_view(), self.store.selected
        return {
            "top": places[0] if places is not None else 0,
            "selected": list(rows) if 1 < len(rows) <= MOST_NUMBERS else [],
            "unsteered": self.panel.shows_baseline,
        }

    def show_view(self, kept: ViewValues) -> None:
        self._left = kept
        self._listed.emit()

    def _come_back(self) -> None:
        kept, session, table = self._left, self._session, self.table
        listed = self._ranking is not None or self.store.keyword_hits is not None
        if kept is None or session is None or not listed or not table.results.rowCount():
            return
        self._left = None
        rows = RowSet(kept.numbers("selected", len(session.library.documents)))
        if rows:
            table.select_documents(rows)
            self.store.selected = rows
        top = table.results.index(min(kept.whole("top", 0), table.results.rowCount() - 1), Column.TITLE)
        table.scrollTo(top, QAbstractItemView.ScrollHint.PositionAtTop)
        if kept.flag("unsteered"):
            self.set_baseline(True)

    # Pages -----------------------------------------------------------------------------------------------

    def _source(self) -> Source | None:
        """What the table's list is read from: the unsteered one while that is looked at."""
        session, results = self._session, self.table.results
        if session is None or (results.ranking is None and not results.keyword):
            return None
        return Source(session, results.ranking, self.store.matches if results.keyword else None)

    def _seen(self, first: int, last: int) -> None:
        source, results = self._source(), self.table.results
        if source is None:
            return
        missing = results.listing.missing(first, last)
        if missing:
            self.desk.want_pages(source, results.listing, missing)
        matches = self.store.matches
        if matches is not None and (rows := results.snippets_missing(first, last)):
            self.desk.want_snippets(source, matches, results.listing, rows)

    def _want_order(self) -> None:
        source = self._source()
        if source is not None:
            self.desk.want_order(source, self.table.results.listing)

    def _order(self, listing: object, order: Any) -> None:
        if listing is self.table.results.listing:
            self.table.set_order(order)

    def _page(self, listing: object, number: int, page: Any) -> None:
        if listing is self.table.results.listing:
            self.table.set_page(number, page)

    def _snippets(self, listing: object, found: dict[int, str]) -> None:
        if listing is self.table.results.listing:
            self.table.set_snippets(found)

    # The unsteered list ----------------------------------------------------------------------------------

    def set_baseline(self, wanted: bool) -> None:
        """Show the list without any change, or the steered one again."""
        session, ranking = self._session, self._ranking
        self.controller.runner.cancel_keys(("baseline",))
        if not wanted or session is None or ranking is None or not ranking.steered:
            self.panel.set_baseline(None)
            self._tell_action(self.panel.shows_baseline)
            return
        query = ranking.query
        if self._plain is not None and self._plain[0] is query and ranking.fused is None:
            self._put_baseline(self._plain[1])
            return

        def work(progress: Progress) -> Shown:
            plain = unsteered(session.engine, ranking, TOP, progress)
            return Shown(plain, session.engine.explain(query, plain.rows))

        def done(shown: Shown) -> None:
            self._plain = query, shown
            if self._ranking is not None and self._ranking.query is query:
                self._put_baseline(shown)

        self.controller.runner.look_up(
            "Looking at the unsteered list",
            work,
            key="baseline",
            done=done,
            fail=self.controller.fail,
        )

    def _put_baseline(self, shown: Shown) -> None:
        self.end_preview()
        self.panel.set_baseline(shown)

    # What would move -------------------------------------------------------------------------------------

    def foretell(self, slider: Any, change: float) -> None:
        """Show what a slider would do were it `change` away from natural."""
        session, ranking = self._session, self._ranking
        if session is None or ranking is None:
            return
        steer = self.controller.search.steer_if(slider, change)

        def work(progress: Progress) -> _Foretold:
            found = preview(session.engine, ranking, steer, TOP, progress)
            rows = [mover.row for mover in found.movers]
            titles = session.library.documents.titles(rows)
            return _Foretold(found, dict(zip(rows, titles, strict=True)))

        def done(told: _Foretold) -> None:
            if self._ranking is ranking:
                title = self.table.results.title
                self.panel.show_preview(told.preview, lambda row: told.titles.get(row) or title(row))

        self.controller.runner.look_up(
            "Looking ahead",
            work,
            key="foretell",
            done=done,
            fail=self.controller.fail,
        )

    def end_preview(self) -> None:
        """No change is considered any longer."""
        self.controller.runner.cancel_keys(("foretell",))
        self.panel.clear_preview()

    # What moved out --------------------------------------------------------------------------------------

    def show_left(self) -> None:
        """Open the list of what left the first places, or bring it up to date."""
        session, ranking = self._session, self._ranking
        if session is None or ranking is None:
            return

        def work(progress: Progress) -> tuple[tuple[Departed, ...], dict[int, str]]:
            found = departed(session.engine, ranking, TOP, progress)
            rows = [one.row for one in found]
            return found, dict(zip(rows, session.library.documents.titles(rows), strict=True))

        self.controller.runner.look_up(
            "Finding what moved out",
            work,
            key="moved-out",
            done=lambda found: self._put_left(*found),
            fail=self.controller.fail,
        )

    def _put_left(self, found: tuple[Departed, ...], titles: Mapping[int, str]) -> None:
        if self.left is None:
            self.left = LeftDialog(self.window)
            self.left.document_chosen.connect(self.controller.inspect.document)
        self.left.set_departed(found, titles, TOP)
        self.left.show()

    # Copies and files ------------------------------------------------------------------------------------

    def _copy(self, what: str, rows: tuple[int, ...]) -> None:
        session = self._session
        if session is None:
            return
        documents = session.library.documents

        def done(found: list[str]) -> None:
            QApplication.clipboard().setText("\n".join(found))
            self.window.statusBar().showMessage(f"{len(found):,} copied", 4000)

        self.controller.runner.look_up(
            "Copying",
            lambda _: documents.titles(rows) if what == "titles" else documents.ids(rows),
            key="copy-results",
            done=done,
            fail=self.controller.fail,
        )

    def export(self) -> None:
        """Write the results to a file that the user names."""
        session, ranking, matches = self._session, self._ranking, self.store.matches
        count = self.table.results.rowCount()
        if session is None or not count:
            return
        said = f"There are {count:,} results. How many, from the first on, shall be written?"
        wanted = dialogs().number(self.window, "Export results", said, min(count, _FEW))
        if wanted is None:
            return
        path = dialogs().save_file(self.window, "Export results", Path.home() / "results.csv", _TABLES)
        if path is None:
            return

        def work(progress: Progress) -> int:
            from saerch_desktop.workflow import exporting

            words = None if ranking is not None else matches
            table = exporting.results(session, ranking, words, wanted, label=self.controller.search.label)
            return exporting.write(path, "results", table, progress).rows

        self.controller.runner.submit(
            "Writing the results",
            work,
            lane=Lane.IO,
            failed=lambda error: self.controller.fail(error, "Writing the results"),
        )
