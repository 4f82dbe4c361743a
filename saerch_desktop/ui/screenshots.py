"""Pictures of every pane and of the whole window, light and dark, drawn without a display."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.browse import Sort
from saerch_desktop.progress import Update
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui import theme, window_layout
from saerch_desktop.ui.browser_part import BrowserPart
from saerch_desktop.ui.compare_part import ComparePart
from saerch_desktop.ui.controller import Controller
from saerch_desktop.ui.explain_part import ExplainPart
from saerch_desktop.ui.explain_sets import Kind
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_header import VIEWS
from saerch_desktop.ui.families_part import FamiliesPart
from saerch_desktop.ui.jobs import Job, JobRunner, Lane, State
from saerch_desktop.ui.map_part import MapPart
from saerch_desktop.ui.naming_part import NamingPart
from saerch_desktop.ui.notices import from_error
from saerch_desktop.ui.review_part import ReviewPart
from saerch_desktop.ui.row_set import RowSet
from saerch_desktop.ui.screenshots_export import exporting
from saerch_desktop.ui.screenshots_import import imported, toured
from saerch_desktop.ui.screenshots_jobs import jobs
from saerch_desktop.ui.screenshots_mixer import mixed
from saerch_desktop.ui.screenshots_network import computer_pages
from saerch_desktop.ui.screenshots_places import places
from saerch_desktop.ui.screenshots_recipes import recipes
from saerch_desktop.ui.screenshots_reencode import read_back
from saerch_desktop.ui.screenshots_results import results
from saerch_desktop.ui.screenshots_search import filtered
from saerch_desktop.ui.screenshots_settings import settings_pages
from saerch_desktop.ui.screenshots_training import training
from saerch_desktop.ui.screenshots_why import explanations
from saerch_desktop.ui.window import MainWindow

_SIZE = (1440, 900)
_SMALL = (1024, 640)
_WIDE = (1640, 960)
_LARGE = (2560, 1440)
_SETTLE_MS = 120
_QUERIES = {"Python documentation": "sample random numbers from a distribution"}

Scheme = Literal["light", "dark"]


def main(library: Path, out: Path) -> list[Path]:
    """Write the pictures of `library` into `out`; their paths. UserError when either cannot be used."""
    app = QApplication.instance()
    if app is None:
        if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
            os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        app = QApplication(["saerch-desktop"])
    assert isinstance(app, QApplication)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise files.explain_os_error(error, out) from error
    written: list[Path] = []
    for scheme in ("light", "dark"):
        theme.apply(app, scheme)
        written += _Photographer(library, out, scheme).all()
    return written


class _Photographer:
    """Takes the pictures of one scheme with one window, whose jobs run at once."""

    def __init__(self, library: Path, out: Path, scheme: Scheme) -> None:
        self._library = library
        self._out = out
        self._scheme = scheme
        self._written: list[Path] = []
        self._window = MainWindow(Controller(runner=JobRunner(inline=True)))

    def all(self) -> list[Path]:
        window = self._window
        window.resize(*_SIZE)
        window.show()
        try:
            self._shoot("start", window)
            window.controller.library.open(self._library)
            self._stop_on_trouble()
            self._shoot("window-empty", window)
            self._query()
            self._stop_on_trouble()
            self._shoot("window-query", window)
            self._steered()
            self._around()
        finally:
            window.close()
            window.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return self._written

    def _query(self) -> None:
        store, search = self._window.store, self._window.controller.search
        assert store.library is not None
        text = _QUERIES.get(store.library.name.removesuffix(".saerch"))
        if store.library.semantic:
            search.submit(text or self._title())
        elif store.library.vectors:
            search.like_document(store.library.documents // 2)
        else:
            search.submit(self._title().split()[0])
        rows = store.ranking.ranking.rows if store.ranking is not None else []
        if len(rows):
            self._window.controller.inspect.document(int(rows[0]))

    def _title(self) -> str:
        window = self._window
        session, view = window.controller.library.session, window.store.library
        assert session is not None
        assert view is not None
        document = session.library.documents.get(view.documents // 2)
        return (document.title or document.text)[:120]

    def _steered(self) -> None:
        window, store = self._window, self._window.store
        entries = window.controller.search.entries()
        if not entries:
            return
        window.controller.inspect.feature(entries[0].feature)
        self._shoot("window-feature", window)
        self._shoot("feature-pane", window.feature_pane)
        up, down = entries[min(1, len(entries) - 1)], entries[0]
        window.controller.search.edit((Edit(up.feature, 1.5 * up.scale), Edit(down.feature, -down.natural)))
        window.search_pane.set_edits(store.mix.edits)
        self._shoot("window-steered", window)
        self._shoot("search-pane-steered", window.search_pane)
        results(window, self._shoot)
        mixed(window, self._shoot)
        filtered(window, self._shoot)
        explanations(window, self._shoot)
        read_back(window, self._shoot)
        exporting(window, self._shoot)
        recipes(window, self._shoot)
        training(window, self._shoot)
        places(window, self._shoot)
        jobs(window, self._shoot)
        settings_pages(window, self._shoot)
        computer_pages(window, self._shoot)
        toured(window, self._shoot)
        self._browser()
        self._explain()
        self._families()
        self._map()
        self._at_size("window-small", _SMALL)
        self._at_size("window-large", _LARGE)

    def _explain(self) -> None:
        """A facet's commonest value against the rest: table, plot and prediction."""
        window = self._window
        part = next(part for part in window.parts if isinstance(part, ExplainPart))
        if part.dock is None or window.store.library is None or not window.store.library.steering:
            return
        part.dock.show()
        part.dock.raise_()
        _settle()
        tab = part.explain.compare
        tab.inside.choose(Kind.FACET if tab.inside.facet.count() else Kind.SHOWN)
        tab.go.click()
        tab.over.selectRow(0)
        self._shoot("window-explain", window)
        tab.segments[2].click()
        self._shoot("explain-plot", part.explain)
        part.explain.tabs.setCurrentIndex(1)
        if part.explain.predict.column.count():
            part.explain.predict.go.click()
            self._shoot("explain-predict", part.explain)
        part.explain.tabs.setCurrentIndex(0)
        part.dock.hide()

    def _map(self) -> None:
        """Documents by density and by a facet with a selection, as a table, and features."""
        window = self._window
        part = next(part for part in window.parts if isinstance(part, MapPart))
        if part.dock is None or window.store.library is None or not window.store.library.vectors:
            return
        part.dock.show()
        part.dock.raise_()
        self._shoot("window-map", window)
        header = part.map.header
        header.choose_colour(min(1, header.colour.count() - 1))
        part.map.canvas.zoom(2.0)
        part.desk.selection.select(part.map.rows_in_view()[::7])
        self._shoot("map-selected", part.map)
        header.table.setChecked(True)
        self._shoot("map-table", part.map)
        header.table.setChecked(False)
        part.desk.selection.clear()
        if window.store.library.steering:
            part.desk.set_of("features")
            self._shoot("map-features", part.map)
            part.desk.set_of("documents")
        part.dock.hide()

    def _families(self) -> None:
        """What is said without families; with them the overview, one of them in all views, and the form."""
        window = self._window
        part = next(part for part in window.parts if isinstance(part, FamiliesPart))
        if part.dock is None or window.store.library is None or not window.store.library.steering:
            return
        part.dock.show()
        part.dock.raise_()
        self._shoot("window-families", window)
        book = window.store.book
        if book is not None and len(book):
            largest = max(book.tops(), key=lambda family: len(family.members))
            part.families.go(Focus(largest.key))
            for view, *_ in VIEWS:
                part.families.show_view(view)
                self._shoot(f"families-{view}", part.families)
            part.families.show_view("graph")
        part.forms.ask_build()
        if part.forms.dialog is not None:
            self._shoot("build-families", part.forms.dialog)
            part.forms.close()
        part.dock.hide()

    def _browser(self) -> None:
        """The list of features beside a wide window, and filtered, ordered by a selection."""
        window, store = self._window, self._window.store
        part = next((part for part in window.parts if isinstance(part, BrowserPart)), None)
        if part is None or part.dock is None:
            return
        part.browser.set_sort(Sort("now", True))
        self._at_size("window-browser", _WIDE)
        part.dock.show()
        store.selected = RowSet.of(store.ranking.ranking.rows[:40])
        part.browser.set_sort(Sort("relevance", True))
        part.browser.filter.line.setText("live density<20% -zzz size>3")
        part.browser.table.selectRow(1)
        self._shoot("feature-browser", part.browser)
        store.selected = RowSet()
        part.browser.filter.line.clear()
        part.browser.set_sort(Sort())
        part.dock.hide()

    def _at_size(self, name: str, size: tuple[int, int]) -> None:
        window = self._window
        window.resize(*size)
        _settle()
        window_layout.arrange(window, window.docks)
        self._shoot(name, window)
        window.resize(*_SIZE)
        _settle()
        window_layout.arrange(window, window.docks)

    def _around(self) -> None:
        """Everything that is not a pane: document, palette, keyboard map, job, message, form."""
        window = self._window
        window.reveal("document")
        self._shoot("document-pane", window.document_pane)
        self._popup("command-palette", window.ask_command, "train")
        if window.store.library is not None and window.store.library.steering:
            self._popup("go-to-feature", window.ask_feature, "")
        window.show_keys()
        if window.keyboard_map is not None:
            self._shoot("keyboard-map", window.keyboard_map)
            window.keyboard_map.close()
        window.saes.about()
        if window.saes.card is not None:
            self._shoot("about-sae", window.saes.card)
            window.saes.card.curve.toggle.setChecked(True)
            self._shoot("about-sae-table", window.saes.card)
            window.saes.card.close()
        self._comparison()
        self._names()
        imported(window, self._shoot)
        window.job_bar.set_jobs([_posing("Training features", 0.42), _posing("Computing vectors", None)])
        window.controller.fail(
            UserError(
                "The disk is full: vectors.npy could not be written.",
                "What was saved before is unchanged.",
                "Free some space and run the job again; it continues where it stopped.",
            )
        )
        window.store.notices = (*window.store.notices, from_error(0, _fault(), "Showing the feature"))
        self._shoot("window-job-and-messages", window)
        window.job_bar.set_jobs(())

    def _comparison(self) -> None:
        """Two SAEs beside each other, or what is said where there is only one."""
        window = self._window
        if window.store.library is None or not window.store.library.steering:
            return
        part = next(part for part in window.parts if isinstance(part, ComparePart))
        part.show()
        if part.compare_window is not None:
            self._shoot("compare-saes", part.compare_window)
            part.close()

    def _names(self) -> None:
        """The review, and naming offline and by a model on this computer; nothing is decided or sent."""
        window = self._window
        if window.store.library is None or not window.store.library.steering:
            return
        for part in window.parts:
            if isinstance(part, ReviewPart):
                part.ask()
                if part.review is not None:
                    self._shoot("review", part.review)
                    part.review.close()
            elif isinstance(part, NamingPart):
                part.ask()
                if part.dialog is not None:
                    self._shoot("name-features", part.dialog)
                    part.dialog.pose("http://localhost:11434/v1", "llama3.1")
                    self._shoot("name-features-by-model", part.dialog)
                    part.dialog.close()

    def _popup(self, name: str, ask: Callable[[], None], typed: str) -> None:
        """A popup is a window of its own: put it where it stands over the picture of the main window."""
        window = self._window
        ask()
        popup = window.palette_popup
        popup.line.setText(typed)
        _settle()
        picture = window.grab()
        painter = QPainter(picture)
        painter.drawPixmap(popup.pos() - window.mapToGlobal(window.rect().topLeft()), popup.grab())
        painter.end()
        popup.close()
        self._save(name, picture)

    def _shoot(self, name: str, widget: QWidget) -> None:
        _settle()
        self._save(name, widget.grab())

    def _save(self, name: str, picture: QPixmap) -> None:
        path = self._out / f"{name}-{self._scheme}.png"
        if not picture.save(str(path), "PNG"):
            raise UserError(
                f"{path.name} could not be written.",
                "The pictures before it are there.",
                "Check the folder and the disk.",
            )
        self._written.append(path)

    def _stop_on_trouble(self) -> None:
        notices = self._window.store.notices
        if notices:
            raise UserError(notices[-1].happened, notices[-1].meaning, notices[-1].remedy)


def _settle() -> None:
    """Let layouts and the short timers behind them (docks becoming tabs) run."""
    loop = QEventLoop()
    QTimer.singleShot(_SETTLE_MS, loop.quit)
    loop.exec()
    QCoreApplication.processEvents()


def _posing(title: str, share: float | None) -> Job:
    job = Job(0, title, Lane.TRAIN, None, False, theme.notifier)
    job.state = State.WAITING
    if share is not None:
        job.state = State.RUNNING
        total = 96_000
        job.update_now = Update(
            "Training", 0, 4, round(share * total), total, "documents", "epoch 9 of 20", 31.0, 43.0
        )
    return job


def _fault() -> Exception:
    try:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")
    except RuntimeError as error:
        return error
