"""The families pane: head, four views of the same families, and what is known about the one gone to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from saerch_desktop.errors import UserError
from saerch_desktop.ui.explain_message import Message
from saerch_desktop.ui.families_desk import FamiliesDesk
from saerch_desktop.ui.families_detail import FamilyDetail
from saerch_desktop.ui.families_empty import FamiliesEmpty
from saerch_desktop.ui.families_focus import Focus, FocusHistory, ancestry
from saerch_desktop.ui.families_graph import FamiliesGraph
from saerch_desktop.ui.families_header import VIEWS, FamiliesHeader
from saerch_desktop.ui.families_lights import Lit
from saerch_desktop.ui.families_matrix import FamiliesMatrix
from saerch_desktop.ui.families_names import Names, next_called
from saerch_desktop.ui.families_settings import FamiliesSettings
from saerch_desktop.ui.families_table import FamiliesTable
from saerch_desktop.ui.families_tree import FamilyTree
from saerch_desktop.ui.theme import UNIT

_WORDY: Final = 200 * UNIT  # from this width the views have their names beside their pictures
_ROOMY: Final = 170 * UNIT  # below this width there is no room for details beside a view
_DETAIL_LEAST, _DETAIL_USUAL, _DETAIL_MOST = 52 * UNIT, 76 * UNIT, 110 * UNIT
_VIEW_LEAST: Final = 60 * UNIT
_TALL: Final = 80 * UNIT  # from this height the settings are shown unless one wants the room


class FamiliesPane(QWidget):
    """`walked(Focus)`: gone to in some view; `opened(Focus)`: a double click or Enter; `chosen(tuple of
    Focus)`; `asked(Focus, global point)`: the menu is wanted; `focused(Focus)`: this stands in the middle;
    `looked(bool)`: it came into view or went.
    """

    walked = Signal(object)
    opened = Signal(object)
    chosen = Signal(object)
    asked = Signal(object, QPoint)
    focused = Signal(object)
    looked = Signal(bool)

    def __init__(self, desk: FamiliesDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Families")
        self._names: Names | None = None
        self.shown: Callable[[], Focus | None] = lambda: None  # what the details are about
        self._features = 0
        self._stale: set[str] = set()  # views that have not got the present book yet
        self._tuned: bool | None = None  # whether the settings are wanted; None: as there is room
        self._detailed: bool | None = None  # the same of the details
        self.history = FocusHistory()
        self.header = FamiliesHeader()
        self.settings = FamiliesSettings()
        self.message = Message("About the families")
        self.empty = FamiliesEmpty()
        self.graph = FamiliesGraph(desk)
        self.tree = FamilyTree()
        self.matrix = FamiliesMatrix(desk)
        self.table = FamiliesTable()
        self.detail = FamilyDetail()
        self.detail.setMinimumWidth(_DETAIL_LEAST)
        self.detail.setMaximumWidth(_DETAIL_MOST)
        self._views: dict[str, QWidget] = {
            "graph": self.graph,
            "tree": self.tree,
            "matrix": self.matrix,
            "table": self.table,
        }
        self.views = QStackedWidget()
        for name, *_ in VIEWS:
            self.views.addWidget(self._views[name])
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName("families-splitter")
        self.splitter.setAccessibleName("Families and details")
        self.splitter.setHandleWidth(2 * UNIT)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.views)
        self.splitter.addWidget(self.detail)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([3000, _DETAIL_USUAL])
        self.views.setMinimumWidth(_VIEW_LEAST)
        page = QWidget()
        inside = QVBoxLayout(page)
        inside.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        inside.setSpacing(UNIT)
        inside.addWidget(self.header)
        inside.addWidget(self.settings)
        inside.addWidget(self.message)
        inside.addWidget(self.splitter, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._connect()
        self.show_view("graph")
        self._arrange()

    def _connect(self) -> None:
        for view in (self.graph, self.tree, self.matrix, self.table):
            view.chosen.connect(self.chosen)
            view.walked.connect(self.walked)
            view.opened.connect(self.opened)
            view.asked.connect(self.asked)
        self.graph.shown.connect(self.table.show_graph)
        self.detail.went.connect(self._went)
        header = self.header
        header.went.connect(self.go)
        header.stepped.connect(self.step)
        header.view_chosen.connect(self.show_view)
        header.sought.connect(self._seek)
        header.sought_next.connect(self._seek_next)
        header.line.down_wanted.connect(self._enter_view)
        header.line.left.connect(lambda: self._views[self.view].setFocus())
        header.details.clicked.connect(self._detail)
        header.tune.clicked.connect(self._tune)
        self.settings.changed.connect(lambda _: self._redraw())

    # Setters ---------------------------------------------------------------------------------------------

    def show_book(self, names: Names | None, features: int) -> None:
        """Show the families of another book, or none. features: how many the SAE has."""
        self._names, self._features = names, features
        self.history.keep(names.book if names is not None else None, features)
        self._stack.setCurrentIndex(0 if names is None else 1)
        self._stale = set(self._views)
        # Views that are not seen are filled when they are: together they would take longer than a blink.
        for view in self._views if names is None else (self.view,):
            self._freshen(view)
        if names is None:
            self.detail.clear()
        self._say_where()
        self._redraw()

    def _freshen(self, view: str) -> None:
        """Give a view the present book, if it has not got it yet."""
        if view not in self._stale:
            return
        self._stale.discard(view)
        shown: dict[str, FamiliesGraph | FamilyTree | FamiliesMatrix | FamiliesTable] = {
            "graph": self.graph,
            "tree": self.tree,
            "matrix": self.matrix,
            "table": self.table,
        }
        shown[view].show_book(self._names)
        if view == "table":
            self._freshen("graph")  # the table can list what the graph shows
        self._look_at(self.shown() or Focus(), *({view} & {"tree", "table"}))

    def begin(self, focus: Focus) -> None:
        """Start somewhere: nothing was looked at before."""
        self.history.begin(focus)
        self._moved()

    def light(self, lit: Lit) -> None:
        self.graph.light(lit)

    def renamed(self) -> None:
        """Features have other names now."""
        self.tree.families.renamed()
        self.table.renamed()
        self.graph.renamed()
        self.matrix.renamed()
        self._say_where()

    def say(self, error: UserError | None) -> None:
        """Trouble that can be mended, in place; None takes it away."""
        if error is None:
            self.message.say("")
        else:
            self.message.trouble(error)

    # Where one is ----------------------------------------------------------------------------------------

    @property
    def focus(self) -> Focus:
        return self.history.now

    @property
    def view(self) -> str:
        return next(name for name, view in self._views.items() if view is self.views.currentWidget())

    def go(self, focus: Focus) -> None:
        """Put something in the middle."""
        names = self._names
        if names is not None and focus.lives(names.book, self._features):
            if focus != self.focus:
                self.settings.shallow()
            self.history.go(focus)
            self._moved()

    def step(self, by: int) -> None:
        """Back or forward over what was in the middle."""
        former = self.focus
        if self.history.step(by) != former:
            self.settings.shallow()
        self._moved()

    def show_view(self, name: str) -> None:
        """One of "graph", "tree", "matrix", "table"."""
        self._freshen(name)
        self.header.set_view(name)
        self.views.setCurrentWidget(self._views[name])
        self.setFocusProxy(self._views[name].focusProxy() or self._views[name])
        self.settings.fit_view(name)
        self._want()
        self._seek(self.header.line.text())

    def look_at(self, what: Focus) -> None:
        """Show where something is, in every view that has it."""
        self._look_at(what, "tree", "table", "graph")

    def look_at_rows(self, what: Focus) -> None:
        """Show where something is, in the tree and the table; nothing is chosen in them where it is not."""
        self._look_at(what, "tree", "table")

    def show_details(self) -> None:
        """Make the details seen."""
        if not self.detail.isVisibleTo(self):
            self._detailed = True
            self._arrange()

    def _look_at(self, what: Focus, *views: str) -> None:
        """In these views, as far as they have the present book."""
        for name, view in (("tree", self.tree), ("table", self.table), ("graph", self.graph)):
            if name in views and name not in self._stale:
                view.look_at(what)

    def start_finding(self) -> None:
        self.header.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.header.line.selectAll()

    def _went(self, what: Focus) -> None:
        """Pressed among the details: it is gone to, and stands in the middle where it is not drawn."""
        if self.view == "graph" and not self.graph.look_at(what):
            self.go(what)
        self.look_at(what)
        self.chosen.emit((what,))
        self.walked.emit(what)

    def _moved(self) -> None:
        self._say_where()
        if self._names is not None:
            self._look_at(self.focus, "tree", "table")
            self.focused.emit(self.focus)
        self._redraw()  # last: from here on a worker wants Python too

    def _redraw(self) -> None:
        settings = self.settings.settings()
        self.graph.show_focus(self.focus, settings)
        self.matrix.show_focus(self.focus, settings)

    def _say_where(self) -> None:
        names = self._names
        steps = [(Focus(), "Overview")]
        if names is not None:
            steps += [(Focus(key), names.text(Focus(key))) for key in ancestry(names.book, self.focus)]
            if self.focus.feature is not None:
                steps.append((self.focus, names.text(self.focus)))
        self.header.set_way(steps, self.history.can_back, self.history.can_forward)

    # Finding ---------------------------------------------------------------------------------------------

    def _seek(self, words: str) -> None:
        self.table.filter(words if self.view == "table" else "")
        if self.view == "table":
            self.table.look_at(self.shown() or Focus())
        found = self.graph.view.find(words) if self.view == "graph" else None
        self.header.set_found(found if words.strip() else None)

    def _seek_next(self, backwards: bool) -> None:
        words = self.header.line.text()
        if self.view == "graph":
            self._seek_in_graph(words, backwards)
        elif self.view == "tree":
            self.tree.seek(words)
        elif self.view == "table":
            self.table.enter()
        else:
            self.matrix.seek(words)

    def _seek_in_graph(self, words: str, backwards: bool) -> None:
        """To the next that is drawn; where none is, what is called so elsewhere is put in the middle."""
        if self.graph.view.find(words):
            self.graph.view.find_next(backwards)
            return
        what = next_called(self._names, words, self.shown()) if self._names is not None else None
        if what is not None:
            self.go(what)
            self.header.set_found(None)

    def _enter_view(self) -> None:
        """From the line to what was found."""
        if self.view == "table":
            self.table.enter()
        else:
            self._views[self.view].setFocus(Qt.FocusReason.TabFocusReason)

    # Room ------------------------------------------------------------------------------------------------

    def _tune(self) -> None:
        self._tuned = self.header.tune.isChecked()
        self._arrange()

    def _detail(self) -> None:
        self._detailed = self.header.details.isChecked()
        self._arrange()

    def _arrange(self) -> None:
        """What there is room for."""
        roomy = self.width() >= _ROOMY
        self.header.set_narrow(self.width() < _WORDY)
        detailed = roomy if self._detailed is None else self._detailed
        self.header.details.setChecked(detailed)
        self.detail.setVisible(detailed)
        tuned = self.height() >= _TALL if self._tuned is None else self._tuned
        self.header.tune.setChecked(tuned)
        self.settings.setVisible(tuned)

    def _want(self) -> None:
        seen = self.isVisible()
        self.graph.want(seen and self.view in ("graph", "table"))
        self.matrix.want(seen and self.view == "matrix")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._want()
        self.looked.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._want()
        self.looked.emit(False)
