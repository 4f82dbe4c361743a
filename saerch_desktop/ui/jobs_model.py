"""The list of jobs as a model: one row each, those that wait can be dragged to another place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from saerch_desktop.ui import wording
from saerch_desktop.ui.jobs_entries import JobEntry

_KIND: Final = "application/x-saerch-job"
Index = QModelIndex | QPersistentModelIndex


class JobsModel(QAbstractListModel):
    """`dropped(entry, before)`: a waiting job was dragged before another one, None for the end."""

    dropped = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[JobEntry] = []

    def set_entries(self, entries: Sequence[JobEntry]) -> None:
        """Show others, or the same in another order; nothing is announced when they are the same."""
        wanted = list(entries)
        if wanted == self.entries:
            return
        self.beginResetModel()
        self.entries = wanted
        self.endResetModel()

    def touch(self, entry: JobEntry) -> None:
        """One of them has changed."""
        if entry in self.entries:
            index = self.index(self.entries.index(entry))
            self.dataChanged.emit(index, index)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.entries):
            return None
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return entry.whole
        if role == Qt.ItemDataRole.ToolTipRole:
            return wording.tip(entry.whole)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled  # between rows only
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usual | Qt.ItemFlag.ItemIsDragEnabled if self.entries[index.row()].waiting else usual

    def mimeTypes(self) -> list[str]:
        return [_KIND]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        if indexes:
            data.setData(_KIND, QByteArray(str(self.entries[indexes[0].row()].number).encode()))
        return data

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        number = bytes(data.data(_KIND).data()).decode("ascii", "replace")
        entry = next((one for one in self.entries if str(one.number) == number), None)
        if entry is None or not entry.waiting:
            return False
        at = row if row >= 0 else len(self.entries)
        before = next((one for one in self.entries[at:] if one.waiting and one is not entry), None)
        self.dropped.emit(entry, before)
        return False  # the list is made anew from the queue: the view has nothing to take away
