"""The licences of everything this program contains: a list, and the terms of the one chosen in full."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.jobs import JobRunner
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.workflow.licences import Component

_SIZE = QSize(860, 560)
_NONE = "Nothing is known about what this program is made of: it was not installed."


class LicencesDialog(QDialog):
    """Not modal. Filled by a worker; typing narrows the list to names and licences that hold the words."""

    def __init__(
        self, runner: JobRunner, fail: Callable[[BaseException, str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("licences")
        self.setWindowTitle("Licences")
        self.setAccessibleName("Licences")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(_SIZE)
        self._components: tuple[Component, ...] = ()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a name or a licence")
        describe(self.search, "Find a name or a licence", "Words of a name or a licence, such as LGPL")
        theme.make_clearable(self.search)
        theme.lead_with(self.search, "search", "Find")
        self.list = QListWidget()
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        describe(self.list, "What this program is made of", "↑ ↓ to move; the terms are shown beside it")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        describe(self.text, "Terms", "The terms of the one chosen, as its owner wrote them")
        self.said = QLabel("Reading…")
        theme.set_role(self.said, "muted")
        self.said.setWordWrap(True)
        left = QWidget()
        side = QVBoxLayout(left)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(2 * UNIT)
        for widget in (self.search, self.list, self.said):
            side.addWidget(widget)
        parts = QSplitter()
        parts.setAccessibleName("Licences")
        parts.setChildrenCollapsible(False)
        parts.addWidget(left)
        parts.addWidget(self.text)
        parts.setStretchFactor(0, 2)
        parts.setStretchFactor(1, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * UNIT, 4 * UNIT, 4 * UNIT, 4 * UNIT)
        layout.addWidget(parts)
        self.search.textChanged.connect(self._narrow)
        self.list.currentRowChanged.connect(self._show)
        runner.look_up(
            "Reading licences", lambda progress: _components(), key="licences", fail=fail, done=self.fill
        )

    def fill(self, found: tuple[Component, ...]) -> None:
        """Show these, the first one chosen."""
        self._components = found
        self.list.clear()
        for component in found:
            item = QListWidgetItem(f"{component.name} {component.version}".rstrip())
            item.setToolTip(component.licence)
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole,
                f"{component.name} {component.version}, {component.licence}",
            )
            self.list.addItem(item)
        self._count()
        if found:
            self.list.setCurrentRow(0)

    def _show(self, row: int) -> None:
        from saerch_desktop.workflow.licences import as_text

        self.text.setPlainText(as_text(self._components[row]) if 0 <= row < len(self._components) else "")

    def _narrow(self, typed: str) -> None:
        words = typed.casefold().split()
        first = -1
        for row, component in enumerate(self._components):
            known = f"{component.name} {component.licence}".casefold()
            fits = all(word in known for word in words)
            self.list.item(row).setHidden(not fits)
            if fits and first < 0:
                first = row
        current = self.list.currentItem()
        if current is None or current.isHidden():
            self.list.setCurrentRow(first)
        self._count()

    def _count(self) -> None:
        shown = sum(not self.list.item(row).isHidden() for row in range(self.list.count()))
        every = self.list.count()
        if not every:
            self.said.setText(_NONE)
        elif shown == every:
            self.said.setText(f"{every} parts with terms of their own")
        else:
            self.said.setText(f"{shown} of {every} parts")


def _components() -> tuple[Component, ...]:
    from saerch_desktop.workflow.licences import components

    return components()
