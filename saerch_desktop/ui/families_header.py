"""The head of the families pane: where one is, back and forward, which view, and what to find in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QToolButton, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.form_parts import describe, tool
from saerch_desktop.ui.theme import UNIT

VIEWS: Final = (
    ("graph", "families", "Graph", "What is close to what stands in the middle"),
    ("tree", "tree", "Tree", "Families, their parts and their features"),
    ("matrix", "matrix", "Matrix", "How often features are active together, each with each"),
    ("table", "table", "Table", "All families with their figures"),
)
_LINKS: Final = 4  # of a long way down only the last ones
_FEW: Final = 2  # where there is little room


class _Find(QLineEdit):
    """`next_wanted(backwards)` with Enter; `left` with Escape; `down_wanted` with ↓, and with Tab once there
    are words: it goes to what they found.
    """

    next_wanted = Signal(bool)
    left = Signal()
    down_wanted = Signal()

    def focusNextPrevChild(self, forward: bool) -> bool:
        if forward and self.text().strip():
            self.down_wanted.emit()
            return True
        return super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.next_wanted.emit(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.down_wanted.emit()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(44 * UNIT, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * UNIT, super().minimumSizeHint().height())


class _Crumb(QToolButton):
    """A step of the way; gives way where there is little room."""

    def __init__(self, text: str, tip: str) -> None:
        super().__init__()
        self._whole = text
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setToolTip(wording.tip(f"{text}\n{tip}"))
        self.setAccessibleName(text)
        self.setAccessibleDescription(tip)
        self.setText(self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, 48 * UNIT))

    def minimumSizeHint(self) -> QSize:
        return QSize(8 * UNIT, super().minimumSizeHint().height())


class FamiliesHeader(QWidget):
    """`went(Focus)`: a step of the way was pressed; `stepped(-1 or 1)`; `view_chosen(name)`; `sought(words)`,
    `sought_next(backwards)`.
    """

    went = Signal(object)
    stepped = Signal(int)
    view_chosen = Signal(str)
    sought = Signal(str)
    sought_next = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: list[tuple[Focus, str]] = []
        self._narrow = False
        self.back = tool("back", "Back", "What was in the middle before")
        self.forward = tool("forward", "Forward", "What was in the middle after")
        self.back.clicked.connect(lambda: self.stepped.emit(-1))
        self.forward.clicked.connect(lambda: self.stepped.emit(1))
        self.crumbs = QWidget()
        self.crumbs.setAccessibleName("Where you are")
        self.crumbs.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._way = QHBoxLayout(self.crumbs)
        self._way.setContentsMargins(0, 0, 0, 0)
        self._way.setSpacing(0)
        self.views: dict[str, QToolButton] = {}
        for name, icon, text, tip in VIEWS:
            button = tool(icon, text, tip, checkable=True)
            button.setAutoExclusive(True)
            button.setText(text)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.clicked.connect(lambda _=False, view=name: self.view_chosen.emit(view))
            self.views[name] = button
        self.views["graph"].setChecked(True)
        self.line = _Find()
        theme.make_clearable(self.line)
        theme.lead_with(self.line, "search", "Find")
        self.line.setPlaceholderText("Find in it…")
        describe(self.line, "Find in the families", "Words of a name; Enter goes to the next")
        self.line.textChanged.connect(self.sought)
        self.line.next_wanted.connect(self.sought_next)
        self.found = QLabel()
        theme.set_role(self.found, "muted")
        self.found.hide()
        self.follow = tool(
            "follow", "Follow", "Go along with the feature that is shown elsewhere in the window", True
        )
        self.tune = tool("settings", "Settings of the view", "Method, colours, measure and depth", True)
        self.details = tool("panel", "Details", "Show what is known about what was gone to", True)
        self.details.setChecked(True)
        self.more = tool("more", "More to do", "Build, change, export, import")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        for widget in (self.back, self.forward):
            layout.addWidget(widget)
        layout.addWidget(self.crumbs, 1)
        layout.addWidget(self.found)
        layout.addWidget(self.line)
        for widget in (*self.views.values(), self.follow, self.tune, self.details, self.more):
            layout.addWidget(widget)

    # Setters ---------------------------------------------------------------------------------------------

    def set_way(self, steps: Sequence[tuple[Focus, str]], can_back: bool, can_forward: bool) -> None:
        """The way from the overview to what stands in the middle, which is the last step."""
        self._steps = list(steps)
        self.back.setEnabled(can_back)
        self.forward.setEnabled(can_forward)
        self._show_way()

    def _show_way(self) -> None:
        steps = self._steps
        while (item := self._way.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        most = _FEW if self._narrow else _LINKS
        shown = steps if len(steps) <= most else [steps[0], *steps[-most + 1 :]]
        for place, (focus, text) in enumerate(shown):
            if place:
                self._way.addWidget(_sign("…  ›" if place == 1 and len(shown) < len(steps) else "›"))
            last = place == len(shown) - 1
            crumb = _Crumb(text, "In the middle now" if last else "Put this in the middle")
            crumb.clicked.connect(lambda _=False, to=focus: self.went.emit(to))
            if last:
                crumb.setFont(theme.scaled(crumb.font(), 1.0, crumb.font().Weight.DemiBold))
            self._way.addWidget(crumb)
        self._way.addStretch(1)

    def way(self) -> list[str]:
        """The steps as they are shown."""
        items = (self._way.itemAt(at) for at in range(self._way.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget.accessibleName() for widget in widgets if isinstance(widget, _Crumb)]

    def set_view(self, name: str) -> None:
        """Mark a view as the one shown, without a signal."""
        self.views[name].setChecked(True)

    def set_found(self, count: int | None) -> None:
        """How many of what is drawn have the words; None: nothing is sought, or it is seen anyway."""
        self.found.setVisible(count is not None)
        if count is not None:
            self.found.setText(f"{wording.count(count)} here")
            told = "None of what is drawn has these words; Enter goes to one elsewhere"
            self.found.setToolTip(told if not count else "So many of what is drawn have these words")
            self.found.setAccessibleName(told if not count else f"{wording.count(count)} found here")

    def set_narrow(self, narrow: bool) -> None:
        """Pictures alone where there is no room for words."""
        style = (
            Qt.ToolButtonStyle.ToolButtonIconOnly if narrow else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        )
        for button in self.views.values():
            button.setToolButtonStyle(style)
        self.line.setMaximumWidth((28 if narrow else 44) * UNIT)
        if narrow != self._narrow:
            self._narrow = narrow
            self._show_way()


def _sign(text: str) -> QLabel:
    label = QLabel(text)
    theme.set_role(label, "muted")
    return label
