"""What the inspector's page is built of: headed sections, choices that flow over lines, parts that fold."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.chips import FlowLayout
from saerch_desktop.ui.elided import wrapped
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT


class Flow(QWidget):
    """Widgets side by side, over as many lines as the width needs."""

    def __init__(self, widgets: Sequence[QWidget] = (), gap: int = UNIT) -> None:
        super().__init__()
        self.flow = FlowLayout(self, gap)
        for widget in widgets:
            self.flow.addWidget(widget)

    def replace(self, widgets: Sequence[QWidget]) -> None:
        """Show others; the former ones are deleted."""
        while (item := self.flow.takeAt(0)) is not None:
            if (old := item.widget()) is not None and old not in widgets:
                old.hide()
                old.deleteLater()
        for widget in widgets:
            self.flow.addWidget(widget)
            widget.show()
        self.flow.invalidate()
        self.updateGeometry()


class Segments(QWidget):
    """One of a few choices, each with a tooltip. `chosen` carries the key of the one that was pressed."""

    chosen = Signal(str)

    def __init__(self, name: str, choices: Sequence[tuple[str, str, str]]) -> None:
        """choices: (key, text, tooltip); the first is taken."""
        super().__init__()
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._keys = [key for key, _, _ in choices]
        self.buttons: dict[str, QPushButton] = {}
        flow = FlowLayout(self)
        for place, (key, text, tip) in enumerate(choices):
            button = QPushButton(text)
            button.setCheckable(True)
            button.setChecked(place == 0)
            button.setProperty("segment", "single")
            describe(button, text, tip)
            button.setAccessibleDescription(tip)
            self._group.addButton(button, place)
            self.buttons[key] = button
            flow.addWidget(button)
        self._group.idClicked.connect(lambda place: self.chosen.emit(self._keys[place]))

    def current(self) -> str:
        return self._keys[self._group.checkedId()]

    def choose(self, key: str) -> None:
        """Take a choice without a signal."""
        self.buttons[key].setChecked(True)

    def set_counts(self, counts: dict[str, int]) -> None:
        """Grey the choices with nothing behind them."""
        for key, button in self.buttons.items():
            button.setEnabled(counts.get(key, 0) > 0 or key == self.current())


class Section(QWidget):
    """A heading with tools at its right, and a content beneath."""

    def __init__(self, heading: str, content: QWidget, tip: str = "", tools: Sequence[QWidget] = ()) -> None:
        super().__init__()
        self.heading = QLabel(heading)
        self.heading.setWordWrap(True)
        theme.set_role(self.heading, "heading")
        self.heading.setToolTip(tip)
        self.heading.setMinimumHeight(7 * UNIT)  # as high as a heading with a tool button beside it
        top = QHBoxLayout()
        top.setSpacing(UNIT)
        top.addWidget(self.heading, 1)
        for tool in tools:
            top.addWidget(tool)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addLayout(top)
        layout.addWidget(content)


class _Shrinking(QToolButton):
    """Gives way where its text is wider than the page; the text is then elided."""

    def minimumSizeHint(self) -> QSize:
        return QSize(10 * UNIT, super().minimumSizeHint().height())


class Fold(QWidget):
    """A heading that opens and closes what is beneath it."""

    def __init__(self, heading: str, content: QWidget, tip: str) -> None:
        super().__init__()
        self._content = content
        self.toggle = _Shrinking()
        self.toggle.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.toggle.setCheckable(True)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.setProperty("role", "heading")
        self.toggle.setToolTip(tip)
        self.toggle.toggled.connect(self._show)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addWidget(self.toggle, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(content)
        self.set_heading(heading)
        self._show(False)

    def set_heading(self, text: str) -> None:
        self.toggle.setText(text)
        self.toggle.setAccessibleName(text)

    @property
    def open(self) -> bool:
        return self.toggle.isChecked()

    def _show(self, on: bool) -> None:
        theme.set_icon(self.toggle, "down" if on else "right")
        self.toggle.setAccessibleDescription("Open" if on else "Closed")
        self._content.setVisible(on)


class FewLines(QLabel):
    """A text of any length in at most so many lines; the whole is in the tooltip, and is read aloud."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self._whole = ""
        self._lines = lines
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    def set_whole(self, text: str) -> None:
        self._whole = text
        self.setAccessibleName(text)
        self._fit()

    @property
    def whole(self) -> str:
        return self._whole

    def minimumSizeHint(self) -> QSize:
        return QSize(10 * UNIT, self.fontMetrics().height())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        found = wrapped(self._whole, self.font(), max(1, width), self._lines)
        return max(1, len(found)) * self.fontMetrics().lineSpacing() + 2

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        lines = wrapped(self._whole, self.font(), max(1, self.width()), self._lines)
        short = "\n".join(lines)
        if short != self.text():
            self.setText(short)
        self.setToolTip(wording.tip(self._whole) if lines and lines[-1].endswith("…") else "")
        self.updateGeometry()


def grown(widget: QWidget) -> None:
    """Tell everything around a widget at once that it needs another height.

    Qt passes that on one level an event, and every level would be seen moving.
    """
    level: QWidget | None = widget
    while level is not None and not isinstance(level, QScrollArea):
        if (layout := level.layout()) is not None:
            layout.invalidate()
        level.updateGeometry()
        level = level.parentWidget()


def muted(text: str = "") -> QLabel:
    """A quiet line that wraps."""
    label = QLabel(text)
    theme.set_role(label, "muted")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
