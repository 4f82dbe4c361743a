"""The analyst's changes to families that could not be made to the families as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.features.families.edits import (
    Conflict,
    Create,
    Edit,
    Hide,
    Merge,
    Move,
    Place,
    Rename,
    Split,
    Target,
)
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.feature_sections import muted
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT

_NONE: Final = "All of your changes to families fit them as they are now."
_ABOUT: Final = (
    "Families were built anew, and what these changes were about was not found among them. They are kept, "
    "and tried again after every build."
)


class ConflictsDialog(QDialog):
    """`forgotten(edits)`: the user wants these changes no longer."""

    forgotten = Signal(object)

    def __init__(self, conflicts: Sequence[Conflict], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("family-conflicts")
        self.setWindowTitle("Changes that fit no longer")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._conflicts = list(conflicts)
        self.table = QTableWidget(len(self._conflicts), 2)
        self.table.setHorizontalHeaderLabels(["Your change", "Why it could not be made"])
        self.table.setAccessibleName("Changes that fit no longer")
        self.table.setToolTip("Your changes, and why each could not be made")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(True)
        self.table.verticalHeader().hide()
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        head.setAccessibleName("Columns")
        for row, conflict in enumerate(self._conflicts):
            for column, text in enumerate((edit_words(conflict.edit), conflict.why)):
                item = QTableWidgetItem(text)
                item.setToolTip(wording.tip(text))
                item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)
        box = QDialogButtonBox()
        self.forget = box.addButton("Forget the chosen ones", QDialogButtonBox.ButtonRole.DestructiveRole)
        describe(self.forget, "Forget the chosen ones", "Drop these changes; undo brings them back")
        close = box.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        describe(close, "Close", "Keep them (Esc)")
        close.setDefault(True)
        self.forget.clicked.connect(self._forget)
        box.rejected.connect(self.reject)
        self.table.itemSelectionChanged.connect(self._enable)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(3 * UNIT)
        layout.addWidget(muted(_ABOUT if self._conflicts else _NONE))
        layout.addWidget(self.table, 1)
        layout.addWidget(box)
        if self._conflicts:
            self.resize(theme.units(170), theme.units(90))
        else:  # an empty table would ask for what is not there
            self.table.hide()
            self.forget.hide()
        theme.set_rows(self.table, 2)
        self._enable()

    def _chosen(self) -> list[Edit]:
        rows = sorted({index.row() for index in self.table.selectedIndexes()})
        return [self._conflicts[row].edit for row in rows]

    def _enable(self) -> None:
        self.forget.setEnabled(bool(self._chosen()))

    def _forget(self) -> None:
        self.forgotten.emit(self._chosen())
        self.accept()


def edit_words(edit: Edit) -> str:
    """A change in a sentence's words."""
    match edit:
        case Rename():
            return (
                f"Rename {_named(edit.target)} to “{edit.text}”"
                if edit.text
                else f"Give back the computed name of {_named(edit.target)}"
            )
        case Merge():
            return "Merge " + " and ".join(map(_named, edit.targets))
        case Split():
            return f"Split {len(edit.members):,} features off from {_named(edit.target)}"
        case Move():
            source = f" out of {_named(edit.source)}" if edit.source is not None else ""
            goal = f" into {_named(edit.goal)}" if edit.goal is not None else ""
            return f"Move feature #{edit.feature}{source}{goal}"
        case Place():
            under = f"a part of {_named(edit.under)}" if edit.under is not None else "a part of no other"
            return f"Make {_named(edit.target)} {under}"
        case Create():
            return f"Make a family of {len(edit.members):,} features"
        case Hide():
            return f"{'Hide' if edit.hidden else 'Show'} {_named(edit.target)}"


def _named(target: Target) -> str:
    count = len(target.members)
    return f"“{target.text}”" if target.text else f"a family of {count:,} features"
