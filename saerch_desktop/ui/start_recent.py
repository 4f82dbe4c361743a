"""The libraries used lately on the first page: opened by a press, taken off the list when they are gone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.elided import ElidedButton
from saerch_desktop.ui.form_parts import tool
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.workflow.recent import Recent

_MOST = 8


class RecentList(QWidget):
    """`chosen(path)` and `removed(path)`."""

    chosen = Signal(str)
    removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Recent libraries")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(3 * UNIT)
        self._grid.setVerticalSpacing(UNIT)
        self._grid.setColumnStretch(1, 2)
        self._grid.setColumnStretch(2, 3)
        self.names: list[ElidedButton] = []

    def set_recent(self, libraries: Sequence[Recent]) -> None:
        """Show these, the newest first."""
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.names = []
        for row, library in enumerate(libraries[:_MOST]):
            self._add(row, library)

    def _add(self, row: int, library: Recent) -> None:
        pure = PurePath(library.path)
        title = pure.name.removesuffix(".saerch")
        sign = QLabel()
        theme.set_icon(sign, "document" if library.there else "warning")
        if library.there:
            about = wording.documents(library.documents) if library.documents else ""
            hint = f"Open {library.path}"
        else:
            about = "not found there any more"
            hint = "It was moved or removed, or its disk is not connected"
        name = ElidedButton(title, hint)
        name.setEnabled(library.there)
        name.clicked.connect(lambda _=False, path=library.path: self.chosen.emit(path))
        place = ElidedButton(str(pure.parent), hint)
        place.set_muted(True)
        # The line is one thing to the keyboard, wherever it is pressed.
        place.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        place.setEnabled(library.there)
        place.clicked.connect(name.click)
        count = QLabel(about)
        theme.set_role(count, "muted" if library.there else "error")
        away = tool("close", f"Remove “{title}” from this list", "Only from this list: its files stay")
        away.clicked.connect(lambda _=False, path=library.path: self.removed.emit(path))
        for column, widget in enumerate((sign, name, place, count, away)):
            self._grid.addWidget(widget, row, column)
        self.names.append(name)
