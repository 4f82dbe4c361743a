"""The split tree of a feature over all sizes of SAE, as a tree that keys can walk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTreeView, QVBoxLayout, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.form_parts import heading
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.features.split_tree import Branch, SplitTree

_HEADS = (
    ("Feature", "A feature, and beneath it those of the next larger SAE that are nearest to it"),
    ("SAE", "Where the feature is"),
    ("Cosine", "To the feature above it"),
    ("Inside", "Share of its documents where the feature above it is active too"),
)
_PLACE = Qt.ItemDataRole.UserRole


class SplitTreeView(QWidget):
    """A tree and a line about it. `chosen(sae, feature)`: a feature was clicked or entered."""

    chosen = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = heading("Through all sizes")
        self.heading.setToolTip(
            "Each feature of a larger SAE belongs to its nearest in the smaller one, from a cosine of .5 on. "
            "Of SAEs of the same size and k one takes part."
        )
        self.heading.setMinimumHeight(7 * UNIT)
        self.model = QStandardItemModel(0, len(_HEADS), self)
        for column, (name, tip) in enumerate(_HEADS):
            head = QStandardItem(name)
            head.setToolTip(tip)
            if column >= 2:
                head.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.model.setHorizontalHeaderItem(column, head)
        self.view = QTreeView()
        self.view.setModel(self.model)
        self.view.setAccessibleName("Split tree")
        self.view.setAccessibleDescription("What became of a feature in larger SAEs")
        self.view.setToolTip("↑ ↓ to move, ← → to fold; click or Enter shows a feature of the SAE in use")
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setUniformRowHeights(True)
        self.view.setTabKeyNavigation(False)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        columns = self.view.header()
        columns.setStretchLastSection(False)
        columns.setSectionsMovable(False)
        columns.setMinimumSectionSize(5 * UNIT)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        columns.setAccessibleName("Columns of the tree")
        self.view.clicked.connect(self._open)
        self.view.activated.connect(self._open)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_role(self.note, "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addWidget(self.heading)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.note)
        self.say("Choose a pair to follow its feature.")

    def say(self, text: str) -> None:
        """A line in place of a tree."""
        self.model.removeRows(0, self.model.rowCount())
        self.note.setText(text)

    def set_tree(self, tree: SplitTree) -> None:
        self.model.removeRows(0, self.model.rowCount())
        row = _items(tree.root, theme.row_height(self.font()))
        self.model.appendRow(row)
        self.view.expandAll()
        marked = _chosen(row[0])
        if marked is not None:
            self.view.setCurrentIndex(marked.index())
            self.view.scrollTo(marked.index())
        self.note.setText(_note(tree))
        self._fit()

    def _open(self, index: QModelIndex) -> None:
        sae, feature = index.siblingAtColumn(0).data(_PLACE)
        self.chosen.emit(sae, feature)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        measure = self.fontMetrics().horizontalAdvance
        for column, text in ((1, "medium 2"), (2, "Cosine"), (3, "Inside")):
            self.view.header().resizeSection(column, measure(text) + 4 * UNIT)


def _items(branch: Branch, height: int) -> list[QStandardItem]:
    grade = "not tested" if branch.grade == "?" else f"grade {branch.grade}"
    name = QStandardItem(f"{branch.text}  [{branch.grade}]")
    name.setData((branch.sae, branch.feature), _PLACE)
    active = wording.documents(branch.documents)
    tip = f"{branch.text}\n#{branch.feature} of “{branch.sae}” · {grade} · {active}"
    if branch.alone:
        tip += "\nThe next larger SAE has nothing near it."
    cosine = "" if branch.cosine is None else f"{branch.cosine:.2f}"
    inside = "" if branch.inside is None else f"{branch.inside:.0%}".replace("%", " %")
    row = [name, QStandardItem(branch.sae), QStandardItem(cosine), QStandardItem(inside)]
    spoken = f"{branch.text}, {grade}, {active}"
    name.setAccessibleText(spoken + (", the feature chosen" if branch.chosen else ""))
    for column, item in enumerate(row):
        item.setToolTip(wording.tip(tip))
        item.setSizeHint(QSize(0, height))
        if column >= 2:
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if branch.chosen:
            font = item.font()
            font.setBold(True)
            item.setFont(font)
    for child in branch.children:
        name.appendRow(_items(child, height))
    return row


def _chosen(item: QStandardItem) -> QStandardItem | None:
    if item.font().bold():
        return item
    found = (_chosen(item.child(row)) for row in range(item.rowCount()))
    return next((one for one in found if one is not None), None)


def _note(tree: SplitTree) -> str:
    told = " → ".join(tree.saes)
    if len(tree.saes) < 2:
        return f"{told}: there is no larger SAE to follow it into."
    if tree.cut:
        told += f" · {wording.count(tree.cut)} more are not shown"
    if tree.consistency is not None:
        told += (
            f" · step by step {wording.count(tree.stepwise)} of “{tree.saes[-1]}”, at once "
            f"{wording.count(tree.direct)}; they agree to {tree.consistency:.0%}".replace("%", " %")
        )
    return told
