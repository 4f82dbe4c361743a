"""The feature browser's table: moving, choosing one or many features, and acting on them by keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QKeyCombination,
    QPoint,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QMenu, QTableView, QWidget

from saerch_desktop.features.browse import FeatureTable, Sort
from saerch_desktop.ui import theme
from saerch_desktop.ui.browser_model import FALLING, SORTS, BrowserModel, Column, Index
from saerch_desktop.ui.browser_painter import BAR, SIDE, BrowserPainter
from saerch_desktop.ui.grades import chip_size
from saerch_desktop.ui.keymap import shown
from saerch_desktop.ui.row_table import as_rows
from saerch_desktop.ui.theme import UNIT

_MOST_RANGES: Final = 500  # pieces of a selection that are put back after the order changed
MOST_COPIED: Final = 5000

# id, text, tooltip, shortcut, icon, whether it is for one feature only
_ACTS: Final = (
    ("show", "Show", "Show the feature in the inspector", "Return", "feature", True),
    ("rename", "Rename…", "Give the feature a name of your own", "F2", "edit", True),
    ("verify", "Verify", "Accept the names; once more takes it back", "V", "check", False),
    ("flag", "Flag", "Mark for a second look; once more takes it back", "F", "flag", False),
    ("pin", "Pin", "Keep at the top of every list; once more takes it back", "P", "pin", False),
    ("tag", "Add a tag…", "Put a word of your own on the features", "T", "tag", False),
    ("untag", "Remove a tag…", "Take one of your tags off the features", "Shift+T", "", False),
    ("mix", "Add to the mixer", "Steer the search with the features", "M", "add", False),
    ("relabel", "Name again…", "Find names for these features anew, on this computer", "", "train", False),
    ("copy", "Copy as text", "Number, name, grade and more, a line for each", "Ctrl+C", "copy", False),
)  # fmt: skip


_KEYS: Final = {keys: name for name, _, _, keys, _, _ in _ACTS if keys} | {"Enter": "show", "Space": "show"}


class BrowserTable(QTableView):
    """`acted` carries what to do and with which features; `sorted_by` the order that a heading asked for."""

    acted = Signal(str, object)  # id of _ACTS, list[int]
    sorted_by = Signal(object)  # Sort
    chosen_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.features = BrowserModel(self)
        self.painter = BrowserPainter(self.features, self)
        self._sort = Sort()
        self._restoring = False
        self.setAccessibleName("Features")
        self.setAccessibleDescription("One line for each feature; several can be chosen")
        self.setToolTip("")
        self.setModel(self.features)
        self.setItemDelegate(self.painter)
        as_rows(self, "Columns of the features")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        self.verticalHeader().setMinimumSectionSize(5 * UNIT)
        head = self.horizontalHeader()
        head.setSectionsClickable(True)
        head.setSortIndicatorShown(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(Column.LABEL, QHeaderView.ResizeMode.Stretch)
        # With the table's own selection a heading asks about every line whenever it is painted.
        head.setSelectionModel(QItemSelectionModel(self.features, head))
        head.sectionClicked.connect(self._head_clicked)
        self.clicked.connect(self._clicked)
        self.selectionModel().selectionChanged.connect(lambda *_: self._selected())
        self.acts = {
            name: self._make_act(name, text, tip, keys, icon) for name, text, tip, keys, icon, _ in _ACTS
        }
        self.fit()

    def _make_act(self, name: str, text: str, tip: str, keys: str, icon: str) -> QAction:
        # The key is shown, not registered: with the list in focus it is for the chosen features, while the
        # window may have the same one for the feature that is inspected.
        action = QAction(f"{text}\t{shown(keys)}" if keys else text, self)
        action.setObjectName(f"browser-{name}")
        action.setToolTip(tip)
        if icon:
            theme.set_icon(action, icon)
        action.triggered.connect(lambda: self.act(name))
        self.addAction(action)
        return action

    # Content ---------------------------------------------------------------------------------------------

    def show_features(self, table: FeatureTable | None, ids: NDArray[np.int64], keep_view: bool) -> None:
        """Show these in this order; what was chosen stays chosen where it is shown.

        keep_view: stay where one was, instead of going to the top.
        """
        model = self.features
        if table is model.table and np.array_equal(ids, model.ids):
            model.touch()
            self.fit()
            return
        same = table is model.table
        chosen, current = (self.chosen(), self.current()) if same else (np.empty(0, np.int64), None)
        offset = self.verticalScrollBar().value()
        self._restoring = True
        model.show_features(table, ids)
        self.fit()
        self._choose(chosen, current)
        self._restoring = False
        self.verticalScrollBar().setValue(offset if keep_view and same else 0)
        self.chosen_changed.emit()

    def _choose(self, features: NDArray[np.int64], current: int | None) -> None:
        """Select features without a signal of one's own; too scattered a selection is given up."""
        model, selection = self.features, QItemSelection()
        places = model.places_of(features)
        breaks = np.flatnonzero(np.diff(places) > 1) + 1
        if breaks.size < _MOST_RANGES:
            for run in np.split(places, breaks):
                if run.size:
                    last = model.index(int(run[-1]), len(Column) - 1)
                    selection.select(model.index(int(run[0]), 0), last)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)
        if current is not None and (at := model.places_of(np.asarray([current]))).size:
            self.selectionModel().setCurrentIndex(model.index(int(at[0]), Column.LABEL), flags.NoUpdate)

    def select_features(self, features: Sequence[int]) -> None:
        """Choose these, as far as they are shown."""
        self._choose(np.asarray(features, np.int64), None)

    def chosen(self) -> NDArray[np.int64]:
        """The selected features, in the order shown."""
        model = self.features
        selected = np.zeros(model.ids.size, np.bool_)
        selection = self.selectionModel().selection()
        for part in map(selection.at, range(selection.count())):
            if part.left() <= Column.LABEL <= part.right():
                selected[part.top() : part.bottom() + 1] = True
        return model.ids[selected]

    def has_chosen(self) -> bool:
        """Whether any is selected; costs nothing."""
        return self.selectionModel().hasSelection()

    def current(self) -> int | None:
        index = self.currentIndex()
        return self.features.feature(index.row()) if 0 <= index.row() < self.features.ids.size else None

    def look_at(self, feature: int | None) -> None:
        """Mark the feature that the inspector shows."""
        if feature != self.painter.looked_at:
            self.painter.looked_at = feature
            self.viewport().update()

    def _selected(self) -> None:
        if not self._restoring:
            self.chosen_changed.emit()

    # The user's acts -------------------------------------------------------------------------------------

    def act(self, name: str) -> None:
        """Do something with what is chosen, or with the current feature."""
        features = self.chosen().tolist()
        current = self.current()
        if not features and current is not None:
            features = [current]
        single = next(only for act, *_, only in _ACTS if act == name)
        if single:
            features = [current] if current is not None else features[:1]
        if not features or not self.acts[name].isEnabled():
            return
        if name == "rename":
            self.edit(self.features.index(self.currentIndex().row(), Column.LABEL))
        elif name == "copy":
            self._copy(features)
        else:
            self.acted.emit(name, features)

    def _copy(self, features: list[int]) -> None:
        lines = self.features.lines(features[:MOST_COPIED])
        clipboard = QApplication.clipboard()
        clipboard.setText("\n".join("\t".join(cells) for cells in lines[1:] or lines))

    def _clicked(self, index: Index) -> None:
        """A plain press shows the feature; with Ctrl or Shift one chooses several."""
        if QApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier:
            self.acted.emit("show", [self.features.feature(index.row())])

    def _open_menu(self, where: QPoint) -> None:
        if self.current() is None and not self.chosen().size:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        for name in self.acts:
            menu.addAction(self.acts[name])
            if name in ("rename", "pin", "untag", "relabel"):
                menu.addSeparator()
        menu.popup(self.viewport().mapToGlobal(where))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _act_of(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (name := _act_of(event)) is not None:
            self.act(name)
            return
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        step = {Qt.Key.Key_J: 1, Qt.Key.Key_K: -1}.get(Qt.Key(event.key()))
        if plain and step is not None and self.features.ids.size:
            place = self.currentIndex().row() + step
            if 0 <= place < self.features.ids.size:
                self.setCurrentIndex(self.features.index(place, Column.LABEL))
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are keys of the acts here; the filter line searches."""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "painter"):
            self.painter.forget_look()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, place: int) -> None:
        if place != self.painter.hovered:
            self.painter.hovered = place
            self.viewport().update()

    # Order -----------------------------------------------------------------------------------------------

    def set_sort(self, sort: Sort) -> None:
        """Say in the headings what the order is."""
        self._sort = sort
        head = self.horizontalHeader()
        column = next((column for column, key in SORTS.items() if key == sort.key), None)
        head.setSortIndicatorShown(column is not None)
        if column is not None:
            falling = Qt.SortOrder.DescendingOrder if sort.descending else Qt.SortOrder.AscendingOrder
            head.setSortIndicator(int(column), falling)

    def _head_clicked(self, section: int) -> None:
        column = Column(section)
        key = SORTS[column]
        falling = not self._sort.descending if self._sort.key == key else column in FALLING
        self.sorted_by.emit(Sort(key, falling))

    # Geometry --------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Give the columns their widths: as many, in order of their weight, as leave room for the name."""
        table, model = self.features.table, self.features
        text = self.fontMetrics().horizontalAdvance
        side, arrow = 2 * SIDE, 3 * UNIT
        figure = BAR + UNIT + side
        heads = {column: text(str(model.headerData(column, Qt.Orientation.Horizontal))) for column in Column}
        now = table is not None and table.now_known
        relevant = table is not None and self._sort.key == "relevance"
        tagged = table is not None and bool(table.tagged.any())
        grouped = table is not None and table.families_known
        by_family = self._sort.key == "family"
        last = str(max(100, 0 if table is None else table.features - 1))
        wishes = (  # column, whether there is something to show, its width, what the name needs beside it
            (Column.GRADE, True, chip_size(self.font()).width() + side, 0),
            (Column.RELEVANCE, relevant, text("+00.000") + figure, 20 * UNIT),
            (Column.NOW, now, text("0.000") + figure, 32 * UNIT),
            (Column.NUMBER, True, text(last) + side, 36 * UNIT),
            (Column.DENSITY, True, text("00.00 %") + figure, 40 * UNIT),
            (Column.FAMILY, grouped, 36 * UNIT + side, 32 * UNIT if by_family else 52 * UNIT),
            (Column.TAGS, tagged, 28 * UNIT, 60 * UNIT),
            (Column.SOURCE, True, 22 * UNIT + side, 60 * UNIT),
        )
        left = self.viewport().width()
        widths = {}
        for column, there, wanted, least in wishes:
            room = max(wanted, heads[column] + side + (arrow if self._sort.key == SORTS[column] else 0))
            widths[column] = (there and left - room >= least, room)
            if widths[column][0]:
                left -= room
        for column, (visible, room) in widths.items():
            if self.isColumnHidden(column) == visible:
                self.setColumnHidden(column, not visible)
            if visible and self.columnWidth(column) != room:
                self.setColumnWidth(column, room)
        rows = self.verticalHeader()
        height = theme.row_height(self.font())
        if rows.defaultSectionSize() != height:
            rows.setDefaultSectionSize(height)

    def sizeHint(self) -> QSize:
        return QSize(90 * UNIT, 100 * UNIT)


def _act_of(event: QKeyEvent) -> str | None:
    """What a key does with the chosen features."""
    keypad = Qt.KeyboardModifier.KeypadModifier
    pressed = QKeySequence(QKeyCombination(event.modifiers() & ~keypad, Qt.Key(event.key())))
    return _KEYS.get(pressed.toString(QKeySequence.SequenceFormat.PortableText))


def act_tip(name: str) -> tuple[str, str, str]:
    """Text, tooltip and icon of an act, for a button that does it."""
    text, tip, keys, icon = next((t, tip, keys, icon) for act, t, tip, keys, icon, _ in _ACTS if act == name)
    return text, f"{tip} ({keys})" if keys else tip, icon


Act = Callable[[list[int]], None]
