"""The feature browser: filter line, order, the table of all features, and acts on the chosen ones."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.features.browse import FeatureTable, Sort, SortKey
from saerch_desktop.features.browse_filter import parse
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.browser_filter import FilterBar
from saerch_desktop.ui.browser_model import FALLING, SORTS
from saerch_desktop.ui.browser_table import BrowserTable, act_tip
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.form_parts import describe, tool
from saerch_desktop.ui.theme import UNIT

_ORDERS: Final[tuple[tuple[SortKey, str], ...]] = (
    ("match", "Best match"),
    ("number", "Number"),
    ("label", "Name"),
    ("grade", "Grade"),
    ("density", "Density"),
    ("now", "Activation now"),
    ("relevance", "Relevance"),
    ("family", "Family"),
    ("source", "Source"),
    ("tags", "Tags"),
    ("marks", "Flagged and verified"),
)
SOURCES: Final[tuple[tuple[str, str], ...]] = (
    ("last", "Last touched"),
    ("query", "Query"),
    ("document", "Document"),
    ("selection", "Selection"),
)
_BUTTONS: Final = ("verify", "flag", "pin", "tag", "mix", "relabel")
_NO_FEATURES: Final = (
    "feature",
    "No features yet",
    "Here all features of the library will stand, to be found, sorted and named.",
    "Train features…",
    "Choose what kind of features; what it takes is said first",
)


class _What(QLabel):
    """One line that shortens to its width and says all of itself on hover."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        theme.set_role(self, "muted")

    def say(self, text: str) -> None:
        self._whole = text
        self.setToolTip(wording.tip(text))
        self.setAccessibleName(text)
        self._fit()

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class BrowserPane(QWidget):
    """`acted` carries what to do with which features (list[int]); `source_chosen` what “now” means."""

    acted = Signal(str, object)
    renamed = Signal(int, str)
    source_chosen = Signal(str)
    appeared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Features")
        self._table: FeatureTable | None = None
        self._sort = Sort()
        self.filter = FilterBar()
        self.filter.changed.connect(lambda _: self._apply(keep_view=False))
        self.filter.left_down.connect(self._into_table)
        self.table = BrowserTable()
        self.table.setFrameShape(QFrame.Shape.StyledPanel)
        self.table.acted.connect(self.acted)
        self.table.sorted_by.connect(self.set_sort)
        self.table.chosen_changed.connect(self._chosen_changed)
        # Later: the editor is still open while the model is told.
        self.table.features.renamed.connect(self.renamed, Qt.ConnectionType.QueuedConnection)
        self._nothing = EmptyState("search", "No feature meets all of this", "", "Clear the filter")
        self._nothing.acted.connect(self.filter.line.clear)
        self._body = QStackedWidget()
        self._body.addWidget(self.table)
        self._body.addWidget(self._nothing)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        layout.setSpacing(2 * UNIT)
        layout.addWidget(self.filter)
        layout.addLayout(self._make_order())
        layout.addWidget(self._body, 1)
        layout.addLayout(self._make_bar())
        self._stack = QStackedWidget()
        self._stack.addWidget(EmptyState(*_NO_FEATURES, does="train"))
        self._stack.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self.setFocusProxy(self.filter.line)
        self._chosen_changed()

    def _make_order(self) -> QGridLayout:
        self.count = QLabel()
        self.count.setFont(theme.figures(self.count.font()))
        self.count.setAccessibleName("How many features are shown")
        self.order = QComboBox()
        for key, words in _ORDERS:
            self.order.addItem(words, key)
        describe(self.order, "Order of the features", "Order of the list; pinned features stay on top")
        self.order.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.order.setMinimumContentsLength(8)
        self.order.activated.connect(self._order_chosen)
        self.turn = tool("down", "Turn the order around", "Turn the order around")
        self.turn.clicked.connect(lambda: self.set_sort(Sort(self._sort.key, not self._sort.descending)))
        self.source = QComboBox()
        for name, words in SOURCES:
            self.source.addItem(words, name)
        describe(
            self.source, "What the column of activations is about", "What the column of activations is about"
        )
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.source.setMinimumContentsLength(8)
        self.source.activated.connect(lambda at: self.source_chosen.emit(self.source.itemData(at)))
        self.what = _What()
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * UNIT)
        grid.setVerticalSpacing(UNIT)
        for row, (name, field, rest) in enumerate(
            (("Order", self.order, self.turn), ("Activation in", self.source, None))
        ):
            label = QLabel(name)
            label.setBuddy(field)
            theme.set_role(label, "muted")
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
            if rest is not None:
                grid.addWidget(rest, row, 2)
        grid.addWidget(self.count, 0, 3, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.what, 1, 2, 1, 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        return grid

    def _make_bar(self) -> QHBoxLayout:
        self.chosen = QLabel()
        theme.set_role(self.chosen, "muted")
        self.buttons: dict[str, QToolButton] = {}
        bar = QHBoxLayout()
        bar.setSpacing(UNIT)
        bar.addWidget(self.chosen, 1)
        for name in _BUTTONS:
            text, tip, icon = act_tip(name)
            name_said = text.rstrip("…")
            button = tool(icon, name_said, f"{name_said}: {tip[0].lower()}{tip[1:]}")
            button.clicked.connect(lambda _=False, act=name: self.table.act(act))
            self.buttons[name] = button
            bar.addWidget(button)
        self.more = tool("more", "More to do", "What else can be done with the chosen features")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.more)
        menu.setToolTipsVisible(True)
        menu.addActions([self.table.acts[name] for name in ("show", "rename", "untag", "copy")])
        self.more.setMenu(menu)
        bar.addWidget(self.more)
        return bar

    # Setters ---------------------------------------------------------------------------------------------

    def set_table(self, table: FeatureTable | None) -> None:
        """Show another library's features, or none."""
        self._table = table
        self._stack.setCurrentIndex(0 if table is None else 1)
        self._apply(keep_view=True)

    def refresh(self) -> None:
        """Something about the features of the table has changed."""
        self._apply(keep_view=True)

    def set_now(self, head: str, what: str) -> None:
        """What the column of activations is about, in the heading and in words."""
        self.table.features.set_now_head(head)
        self.what.say(what)
        self.refresh()

    def set_source(self, name: str) -> None:
        self.source.setCurrentIndex(self.source.findData(name))

    @property
    def sort(self) -> Sort:
        """The order of the list."""
        return self._sort

    def set_sort(self, sort: Sort) -> None:
        """Order the list otherwise."""
        self._sort = sort
        self.order.setCurrentIndex(self.order.findData(sort.key))
        theme.set_icon(self.turn, "down" if sort.descending else "up")
        self._apply(keep_view=False)

    def look_at(self, feature: int | None) -> None:
        self.table.look_at(feature)

    def can(self, name: str, possible: bool) -> None:
        """Whether an act can be done now."""
        self.table.acts[name].setEnabled(possible)
        self._chosen_changed()

    def focus_filter(self) -> None:
        """Type now; a former filter is written over."""
        self.filter.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.line.selectAll()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.appeared.emit()

    # Inside ----------------------------------------------------------------------------------------------

    def _apply(self, *, keep_view: bool) -> None:
        table = self._table
        if table is None:
            self.table.show_features(None, np.empty(0, np.int64), keep_view=False)
            return
        wanted = parse(self.filter.line.text(), table.absent)
        self.filter.show_parts(wanted.parts)
        self.table.set_sort(self._sort)
        ids = table.select(wanted, self._sort)
        self.table.show_features(table, ids, keep_view)
        self.count.setText(f"{ids.size:,} of {table.features:,}")
        self.count.setToolTip(f"{ids.size:,} of {table.features:,} features meet the filter")
        self._body.setCurrentIndex(0 if ids.size else 1)
        model = self.order.model()
        if isinstance(model, QStandardItemModel):
            model.item(self.order.findData("relevance")).setEnabled(table.relevance_known)
            model.item(self.order.findData("family")).setEnabled(table.families_known)

    def _order_chosen(self, at: int) -> None:
        key: SortKey = self.order.itemData(at)
        falling = key in {SORTS[column] for column in FALLING}
        self.set_sort(Sort(key, falling))

    def _into_table(self) -> None:
        if self.table.features.ids.size:
            if self.table.current() is None:
                self.table.selectRow(0)
            self.table.setFocus(Qt.FocusReason.TabFocusReason)

    def _chosen_changed(self) -> None:
        count = int(self.table.chosen().size)
        self.chosen.setText("" if not count else f"{count:,} chosen")
        for name, button in self.buttons.items():
            button.setEnabled(count > 0 and self.table.acts[name].isEnabled())
