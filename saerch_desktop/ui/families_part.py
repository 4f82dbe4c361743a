"""The Families dock: which features belong together, to look at, to change, and to steer by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from saerch_desktop.errors import UserError
from saerch_desktop.ui.families_acts import FamilyActs
from saerch_desktop.ui.families_changes import FamilyChanges
from saerch_desktop.ui.families_desk import BuildWish, FamiliesDesk
from saerch_desktop.ui.families_files import FamilyFiles
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_forms import FamilyForms
from saerch_desktop.ui.families_lights import FamiliesLights
from saerch_desktop.ui.families_measure import FamilyMeasure
from saerch_desktop.ui.families_menus import FamilyMenus
from saerch_desktop.ui.families_names import Names, features_of
from saerch_desktop.ui.families_pane import FamiliesPane
from saerch_desktop.ui.families_profile import FamilyProfiles, strongest
from saerch_desktop.ui.part import Part

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.ui.window import MainWindow
    from saerch_desktop.workflow.session import Session

_SAID_MS = 6000


class FamiliesPart(Part):
    """Connects the pane with its desks, the store and the window."""

    dock_name = "families-dock"
    dock_title = "Families"
    dock_area = Qt.DockWidgetArea.BottomDockWidgetArea
    dock_action = "show-families"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        controller, store = self.controller, self.store
        self.desk = FamiliesDesk(controller, self)
        self.changes = FamilyChanges(controller, self)
        self.lights = FamiliesLights(controller, self)
        self.families = FamiliesPane(self.desk)
        self.profiles = FamilyProfiles(controller, self.families.detail, self)
        self.files = FamilyFiles(window, self.desk, self.families)
        self.menus = FamilyMenus(self)
        self.forms = FamilyForms(window, self.desk, self.changes)
        self.names: Names | None = None
        self._chosen: tuple[Focus, ...] = ()
        self._from_here: tuple[int, ...] = ()  # features that were chosen by what is chosen here
        self._begun = self._linking = self._walking = False
        self.acts = FamilyActs(
            window,
            self.changes,
            lambda: self.names,
            lambda: store.family,
            self._things,
            self._elsewhere,
            self._go,
            self._refuse,
        )
        self.figures = FamilyMeasure(controller, self.changes.measured, self)
        self.changes.known = self.figures.known
        self.desk.overlay = self._laid_over
        self.families.shown = lambda: self.profiles.shown
        self._connect()

    def _connect(self) -> None:
        pane, desk, store, library = self.families, self.desk, self.store, self.controller.library
        library.opened.connect(self._opened)
        library.closed.connect(self._closed)
        self.controller.marks.changed.connect(lambda _: pane.renamed())
        for unsaved in (self.changes, pane.graph):
            self.window.finished.connect(lambda _, keep=unsaved: keep.flush())
        store.book_changed.connect(self._book_changed)
        store.feature_changed.connect(self._feature_changed)
        store.family_changed.connect(self._family_changed)
        store.chosen_changed.connect(self._chosen_elsewhere)
        self.changes.changed.connect(lambda book: setattr(store, "book", book))
        desk.methods_known.connect(pane.settings.set_methods)
        desk.building.connect(self._building)
        desk.refused.connect(self._refuse)
        desk.waiting.connect(self._wait)
        self.lights.changed.connect(pane.light)
        pane.settings.method_chosen.connect(desk.read)
        pane.settings.light_chosen.connect(self.lights.set_source)
        pane.looked.connect(self._looked)
        pane.walked.connect(self._walk)
        pane.opened.connect(self._open)
        pane.chosen.connect(self._choose)
        pane.asked.connect(self._menu)
        pane.focused.connect(self._focused)
        pane.empty.build_wanted.connect(lambda: desk.build(BuildWish()))
        pane.empty.stop_wanted.connect(desk.stop)
        pane.detail.acted.connect(self._act)
        pane.detail.document_chosen.connect(self.controller.inspect.document)

    def pane(self) -> QWidget:
        return self.families

    # Actions ---------------------------------------------------------------------------------------------

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        pane, acts = self.families, self.acts
        views = {
            f"families-{view}": partial(self._show_view, view)
            for view in ("graph", "tree", "matrix", "table")
        }
        return {
            **views,
            "build-families": self.forms.ask_build,
            "graph-local": self._around_feature,
            "graph-family": self._around_family,
            "graph-depth": lambda: self._in_graph(pane.settings.deeper),
            "graph-overview": lambda: self._in_graph(lambda: pane.go(Focus())),
            "find-families": lambda: self._in_pane(pane.start_finding),
            "families-back": lambda: self._in_pane(lambda: pane.step(-1)),
            "families-forward": lambda: self._in_pane(lambda: pane.step(1)),
            "steer-family": self.steer,
            "family-documents": self.select_documents,
            "rename-family": acts.rename,
            "merge-families": acts.merge,
            "split-family": acts.split,
            "move-to-family": acts.move,
            "make-family": acts.create,
            "hide-family": acts.hide,
            "show-hidden-families": acts.bring_back,
            "family-conflicts": self.forms.show_conflicts,
            "export-families": self.files.export,
            "import-families": self.files.bring,
        }

    def conditions(self) -> Mapping[str, bool]:
        return self.acts.conditions()

    def steer(self) -> None:
        """One slider for the family shown."""
        if self.store.family is not None:
            self.controller.search.add_family(self.store.family, 1.0)

    def select_documents(self) -> None:
        """Select the documents of what is chosen, else of the family shown, in every pane; list them here."""
        names, key = self.names, self.store.family
        things = self._chosen or ((Focus(key),) if key is not None else ())
        if names is not None and things:
            self._reveal()
            self.families.show_details()
            self.profiles.documents(names, things, partial(self._select, names, things))

    def _select(self, names: Names, things: tuple[Focus, ...], rows: NDArray[np.int64], total: int) -> None:
        self.lights.select(rows)
        self.window.statusBar().showMessage(f"{strongest(len(rows), total)} selected", _SAID_MS)
        self.profiles.list_documents(names, things, total)

    def _reveal(self) -> None:
        if self.dock is not None:
            self.dock.show()
            self.dock.raise_()

    def _in_pane(self, act: Callable[[], object]) -> None:
        self._reveal()
        act()

    def _in_graph(self, act: Callable[[], object]) -> None:
        self._show_view("graph")
        act()

    def _show_view(self, view: str) -> None:
        self._reveal()
        self.families.show_view(view)
        self.families.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _around_feature(self) -> None:
        if self.store.feature is not None:
            self._in_graph(lambda: self.families.go(Focus(feature=self.store.feature)))

    def _around_family(self) -> None:
        feature = self.store.feature
        of = self.names.book.of_feature(feature) if self.names and feature is not None else ()
        key = of[0].key if of else self.store.family
        if key is not None:
            self._in_graph(lambda: self.families.go(Focus(key)))

    # Library and book ------------------------------------------------------------------------------------

    def _opened(self, session: Session, again: bool) -> None:
        if not again:
            self._begun = False
            self.families.say(None)
        self.families.empty.set_able(session.features is not None)
        self.families.empty.set_trouble(None)
        self.desk.use(session, again)

    def _closed(self) -> None:
        self._begun = False
        self.families.empty.set_able(False)
        self.desk.use(None)
        self.changes.leave()
        self.forms.close()

    def _book_changed(self, book: FamilyBook | None) -> None:
        features = self.desk.features
        self.names = Names(book, features) if book is not None and features is not None else None
        count = features.sae.config.features if features is not None else 0
        self._chosen = tuple(what for what in self._chosen if what.lives(book, count))
        self.lights.use(features, book)
        former = self.families.focus
        self.families.show_book(self.names, count)
        key = self.store.family
        if key is not None and (book is None or book.get(key) is None or key in book.hidden):
            self.store.family = None
        if self.names is None:
            self._chosen = ()
            self.profiles.forget()
        elif self._begun:
            self._tell_again(self.names, former, count)
        elif self.families.isVisible():
            self._begin()
        self._refresh()
        self.figures.complete(book)
        self._wait("")

    def _laid_over(self, features: FeatureSet, book: FamilyBook | None) -> FamilyBook | None:
        self.figures.use(features)
        return self.changes.laid_over(features, book)

    def _tell_again(self, names: Names, former: Focus, count: int) -> None:
        """After a change what was shown stays so. former: what stood in the middle before."""
        shown = self.profiles.shown
        if len(self._chosen) > 1:
            self.profiles.show_chosen(names, self._chosen)
            return
        if shown is None or not shown.lives(names.book, count):
            middle = self.families.focus
            shown = Focus(self.store.family) if middle == former else middle
        self._walk(shown)
        self.families.look_at_rows(shown)

    def _wait(self, what: str) -> None:
        """Say what is being waited for; without that, whether changes fit no longer."""
        book = self.store.book
        count = len(book.conflicts) if book is not None else 0
        if not what and count:
            fits = "1 of your changes fits" if count == 1 else f"{count:,} of your changes fit"
            what = f"{fits} these families no longer: Families ▸ Changes that fit no longer."
        self.families.message.say(what)

    def _building(self, job: Any) -> None:
        self.families.empty.set_job(job)
        if job is not None:
            self.families.say(None)

    def _refuse(self, error: UserError) -> None:
        self.families.empty.set_trouble(error)
        self.families.say(error)

    def _refresh(self) -> None:
        if hasattr(self.window, "wiring"):
            self.window.refresh_actions()
            self.menus.refresh()

    # Where one is ----------------------------------------------------------------------------------------

    def _looked(self, looking: bool) -> None:
        self.lights.look(looking)
        if looking and self.names is not None and not self._begun:
            self._begin()

    def _begin(self) -> None:
        """At what is shown elsewhere; the overview only when there is nothing."""
        self._begun = True
        store = self.store
        if store.family is not None:
            self.families.begin(Focus(store.family))
        elif store.feature is not None:
            self.families.begin(Focus(feature=store.feature))
        else:
            self.families.begin(Focus())

    def _focused(self, focus: Focus) -> None:
        self._wait("")
        if self._chosen and focus not in self._chosen:
            self._choose(())
        self._walk(focus)

    def _go(self, focus: Focus) -> None:
        self.families.go(focus)

    def _feature_changed(self, feature: int | None) -> None:
        if feature is None or not self._begun:
            return
        if self.families.header.follow.isChecked():
            self.families.go(Focus(feature=feature))
        else:
            self.families.graph.look_at(Focus(feature=feature))

    def _family_changed(self, key: str | None) -> None:
        if self._walking:
            return
        self._refresh()
        if key is None or not self._begun or self.profiles.shown == Focus(key):
            return
        if self._chosen and Focus(key) not in self._chosen:
            self._choose(())
        if self.families.header.follow.isChecked():
            self.families.go(Focus(key))
        elif self.names is not None:
            self.families.look_at(Focus(key))
            self.profiles.show(self.names, Focus(key))

    def _walk(self, what: Focus) -> None:
        """Gone to in some view: tell about it, and let acts be about it. Of several that are chosen it is
        told together with the others.
        """
        names, store = self.names, self.store
        if names is None:
            return
        if len(self._chosen) < 2 or what not in self._chosen:
            self.profiles.show(names, what)
        self._walking = True
        if what.feature is None:
            store.family = what.family
        else:
            of = [family.key for family in names.book.of_feature(what.feature)]
            store.family = store.family if store.family in of else next(iter(of), None)
        self._walking = False
        self._refresh()

    def _open(self, what: Focus) -> None:
        """A double click, or Enter: a family becomes a slider, a feature is shown and put in the middle."""
        self._walk(what)
        if what.family is not None:
            self.steer()
        elif what.feature is not None:
            self.controller.inspect.feature(what.feature)
            if self.families.view == "graph":
                self.families.go(what)

    def _act(self, name: str) -> None:
        if name == "centre":
            shown = self.profiles.shown
            if shown is not None:
                self.put_in_the_middle(shown)
        else:
            self.window.actions_table[name].trigger()

    # What is chosen --------------------------------------------------------------------------------------

    def _choose(self, things: tuple[Focus, ...]) -> None:
        """Nodes, lines or a pair of the matrix: their features are chosen, their documents selected."""
        names = self.names
        if names is None:
            return
        self._chosen, self._from_here = things, features_of(names, things)
        self._linking = True
        self.store.chosen = self._from_here
        self._linking = False
        self.families.graph.select(things)
        if len(things) > 1:
            self.profiles.show_chosen(names, things)
        elif things and self.profiles.shown != things[0]:
            self._walk(things[0])
        if things:
            self.profiles.documents(names, things, lambda rows, _: self.lights.select(rows))
        self._refresh()

    def _things(self) -> tuple[Focus, ...]:
        """What is chosen; else the feature that is told about."""
        shown = self.profiles.shown
        if self._chosen or shown is None or shown.feature is None or self._elsewhere():
            return self._chosen
        return (shown,)

    def _elsewhere(self) -> tuple[int, ...]:
        """Features that were chosen in another pane."""
        return () if self.store.chosen == self._from_here else self.store.chosen

    def _chosen_elsewhere(self, features: tuple[int, ...]) -> None:
        if not self._linking:
            self._chosen = ()
            self.families.graph.select(tuple(Focus(feature=feature) for feature in features))
            self._refresh()

    def _menu(self, what: Focus, at: QPoint) -> None:
        if not what.overview:
            self._walk(what)
            self.menus.open(what, at)

    def put_in_the_middle(self, what: Focus) -> None:
        """Draw the graph around it."""
        self._in_graph(lambda: self.families.go(what))
