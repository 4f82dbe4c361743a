"""Which change of the store reaches which pane, and which wish of a pane reaches which desk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QAction

from saerch_desktop.ui import jobs, wording
from saerch_desktop.ui.controller_steering import Shown
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_part import FamiliesPart
from saerch_desktop.ui.mixer import MixerFeature
from saerch_desktop.ui.mixer_entries import MixerEntry
from saerch_desktop.ui.results_model import ResultRow
from saerch_desktop.ui.state import DocumentView, LibraryView

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_COMING = "Vectors are being computed. Until they are ready, the search finds words."
_SAID_MS = 6000


class Wiring:
    """Connects one window. Panes know neither the store nor the desks; this knows all of them."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._store = window.store
        self._controller = window.controller
        self._steered = False
        self._standing: tuple[tuple[int, jobs.State], ...] = ()
        self._wire_store()
        self._wire_panes()
        self._wire_rest()

    # Store to panes --------------------------------------------------------------------------------------

    def _wire_store(self) -> None:
        store, window = self._store, self._window
        store.library_changed.connect(self._library)
        store.query_text_changed.connect(window.search_pane.set_query_text)
        store.ranking_changed.connect(self._ranking)
        store.keyword_hits_changed.connect(self._hits)
        store.mix_changed.connect(lambda mix: self._window.search_pane.set_edits(mix.edits))
        store.mode_changed.connect(self._mode)
        store.card_changed.connect(self._card)
        store.document_changed.connect(self._document)
        store.searching_changed.connect(lambda text: window.search_pane.set_busy(bool(text), text))
        store.jobs_changed.connect(self._jobs)
        store.notices_changed.connect(window.notices.set_notices)
        store.recent_changed.connect(self._recent)
        store.row_changed.connect(window.search_pane.set_current_document)
        self._recent(store.recent)
        for changed in (store.edits_changed, store.blends_changed):
            changed.connect(lambda _: self._steering())
        for changed in (store.feature_changed, store.row_changed, store.query_changed):
            changed.connect(lambda _: window.refresh_actions())

    def _library(self, view: LibraryView | None) -> None:
        window = self._window
        if view is None:
            window.keep_layout()
        elif window.stack.currentWidget() is not window.search_pane:
            window.show_library(True)
        if view is None:
            window.show_library(False)
        else:
            self._say_available(view)
        window.setWindowTitle("SAErch Desktop" if view is None else f"{view.name} – SAErch Desktop")
        window.library_label.setText("" if view is None else view.name)
        window.library_label.setToolTip("" if view is None else wording.tip(str(view.path)))
        window.status.show(view)
        self._saes(view)
        window.refresh_actions()

    def _look_again(self) -> None:
        """A job came or went."""
        view = self._store.library
        if view is not None and not view.vectors:
            self._say_available(view)

    def _say_available(self, view: LibraryView) -> None:
        """What the library allows, and why no more; vectors that are coming need not be asked for."""
        coming = not view.vectors and self._controller.library.kept.makes_vectors(view.path)
        reason = _COMING if coming else view.reason
        self._window.search_pane.set_available(view.semantic, view.steering, reason)

    def _ranking(self, shown: Shown | None) -> None:
        search = self._controller.search
        if shown is None:
            self._window.search_pane.set_ranking(None, self._rows, search.label, None)
        else:
            self._window.search_pane.set_ranking(shown.ranking, self._rows, search.label, shown.natural)

    def _hits(self, hits: Sequence[Any] | None) -> None:
        if hits is not None:
            self._window.search_pane.set_keyword_hits(hits, self._rows, self._store.matches)

    def _steering(self) -> None:
        """At every tick of a slider: actions are looked at again only where it matters to them."""
        steered = bool(self._store.edits or self._store.blends)
        if steered != self._steered:
            self._steered = steered
            self._window.refresh_actions()

    def _mode(self, mode: str) -> None:
        self._window.search_pane.set_mode(mode)
        self._window.refresh_actions()

    def _mixer(self, entries: tuple[MixerEntry, ...]) -> None:
        self._window.search_pane.set_mixer(
            [MixerFeature(e.feature, e.label, e.natural, e.scale, e.claim, e.verified) for e in entries]
        )
        self._window.search_pane.set_edits(self._store.mix.edits)
        self._window.feature_pane.set_mixed(entry.feature for entry in entries)
        self._window.refresh_actions()

    def _card(self, card: Any) -> None:
        inspect = self._controller.inspect
        self._window.feature_pane.set_card(
            card, self._controller.search.label, self._texts, inspect.named, inspect.known_tags()
        )

    def _document(self, view: DocumentView | None) -> None:
        pane = self._window.document_pane
        if view is None:
            pane.set_document(None)
        else:
            pane.set_document(view.document, view.features, view.claims)

    def _jobs(self, running: tuple[jobs.Job, ...]) -> None:
        self._window.job_bar.set_jobs(running)
        self._look_again()
        standing = tuple((job.number, job.state) for job in running)
        if standing != self._standing:  # told at every move of every job, also of those not listed
            self._standing = standing
            self._window.refresh_actions()

    def _recent(self, recent: tuple[str, ...]) -> None:
        window = self._window
        menu = window.recent_menu
        menu.clear()
        for path in recent:
            action = menu.addAction(Path(path).stem.replace("&", "&&"))
            action.setToolTip(wording.tip(path))
            action.triggered.connect(lambda _=False, p=path: self._controller.library.open(Path(p)))
        menu.menuAction().setVisible(bool(recent))

    def _saes(self, view: LibraryView | None) -> None:
        menu = self._window.sae_menu
        menu.clear()
        names = view.sae_names if view is not None else ()
        for name in names:
            action: QAction = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(view is not None and name == view.sae)
            action.triggered.connect(lambda _=False, n=name: self._controller.library.use_sae(n))
        menu.menuAction().setVisible(len(names) > 1)

    def _family(self, key: str) -> None:
        """Show the family that a slider of the mixer is of."""
        shown = self._controller.search.family_shown(key)
        if shown is None:
            self._say("This family is no longer among those shown")
        else:
            self._store.family = shown
            for part in self._window.parts:
                if isinstance(part, FamiliesPart):
                    part.put_in_the_middle(Focus(shown))

    def _rows(self, rows: Sequence[int]) -> list[ResultRow]:
        session = self._controller.library.session
        if session is None:
            return []
        found = session.library.documents.many([int(row) for row in rows])
        return [ResultRow(d.row, d.id, d.title or d.text[:120], d.facets, d.date) for d in found]

    def _texts(self, rows: Sequence[int]) -> list[str]:
        session = self._controller.library.session
        if session is None:
            return [""] * len(rows)
        return [found.text for found in session.library.documents.many([int(row) for row in rows])]

    # Panes to desks --------------------------------------------------------------------------------------

    def _wire_panes(self) -> None:
        window, search, inspect = self._window, self._controller.search, self._controller.inspect
        pane = window.search_pane
        pane.query_submitted.connect(search.submit)
        pane.edits_changed.connect(search.edit)
        pane.mode_changed.connect(search.set_mode)
        pane.document_chosen.connect(inspect.document)
        pane.results.table.documents_selected.connect(lambda rows: setattr(self._store, "selected", rows))
        pane.document_as_query.connect(search.like_document)
        pane.feature_chosen.connect(inspect.feature)
        pane.feature_search.connect(search.find_features)
        pane.feature_added.connect(search.add)
        pane.blend_wanted.connect(search.offer_family)
        pane.blend_moved.connect(search.set_blend)
        pane.blend_removed.connect(search.remove_blend)
        pane.blend_chosen.connect(self._family)
        pane.all_reset.connect(search.reset)
        search.blends_offered.connect(pane.set_blends)
        search.pending_changed.connect(pane.set_pending)
        search.mixer_changed.connect(self._mixer)
        search.matches_found.connect(pane.set_feature_matches)
        feature = window.feature_pane
        feature.feature_chosen.connect(inspect.feature)
        feature.document_chosen.connect(inspect.document)
        feature.add_to_mixer.connect(search.add)
        feature.feature_as_query.connect(search.like_feature)
        inspect.feature_busy.connect(feature.set_busy)
        inspect.raised.connect(window.reveal)
        document = window.document_pane
        document.use_as_query.connect(search.like_document)
        document.feature_chosen.connect(inspect.feature)
        start = window.start_page
        start.open_requested.connect(window.ask_open)
        start.sample_requested.connect(self._controller.library.sample)
        start.recent_chosen.connect(lambda path: self._controller.library.open(Path(path)))

    def _wire_rest(self) -> None:
        window, controller = self._window, self._controller
        window.notices.dismissed.connect(controller.dismiss)
        window.notices.acted.connect(lambda name: window.actions_table[name].trigger())
        controller.inspect.history_changed.connect(window.refresh_actions)
        controller.undo.changed.connect(window.refresh_actions)
        controller.runner.started.connect(self._started)
        controller.library.kept.noted.connect(lambda _: self._look_again())

    def _started(self, job: jobs.Job) -> None:
        if not job.quiet:
            job.done.connect(lambda _: self._say(f"{job.title}: finished"))
            job.cancelled.connect(lambda: self._say(f"{job.title}: stopped"))

    def _say(self, text: str) -> None:
        self._window.statusBar().showMessage(text, _SAID_MS)

    # Conditions ------------------------------------------------------------------------------------------

    def conditions(self) -> frozenset[str]:
        """Which needs of the action table are met now."""
        store, controller = self._store, self._controller
        view, history = store.library, controller.inspect.history
        met = {
            "library": view is not None,
            "vectors": view is not None and view.vectors,
            "no-vectors": view is not None and not view.vectors,
            "steering": view is not None and view.steering,
            "edits": bool(store.edits or store.blends),
            "undo": controller.undo.can_undo,
            "redo": controller.undo.can_redo,
            "feature": store.feature is not None,
            "unmixed": not controller.search.mixes(store.feature),
            "document": store.row is not None,
            "back": history.can_back,
            "forward": history.can_forward,
            "job": bool(store.jobs),
            "idle": not controller.library.busy,
        }
        for part in self._window.parts:
            met.update(part.conditions())
        return frozenset(name for name, true in met.items() if true)
