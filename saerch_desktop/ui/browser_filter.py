"""The browser's filter line: what is typed, what was understood of it as chips, what was not in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.features.browse_filter import HELP, Part
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.chips import FlowLayout
from saerch_desktop.ui.elided import ElidedButton
from saerch_desktop.ui.form_parts import describe, tool
from saerch_desktop.ui.keymap import keymap
from saerch_desktop.ui.theme import UNIT

_LONGEST = 400


class FilterLine(QLineEdit):
    """`left_down` says that the user went on into the list with ↓ or Enter."""

    left_down = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMaxLength(_LONGEST)
        self.setPlaceholderText("Words, -word, #12, density<1%, grade>=B …")
        self.setAccessibleName("Filter the features")
        keymap.tell(
            self,
            "Type words of a name and conditions, such as dark -matter density<1% grade>=B unverified\n"
            "The button at the right explains them all; ↓ goes into the list, Esc clears",
            "filter-features",
        )
        theme.make_clearable(self)
        theme.lead_with(self, "search", "Filter")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left_down.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class FilterHelp(QFrame):
    """All that can be typed, each with its meaning; pressing one puts it into the line (`taken`)."""

    taken = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName("What can be typed into the filter")
        title = QLabel("All of these must hold together")
        theme.set_role(title, "heading")
        grid = QGridLayout()
        grid.setHorizontalSpacing(3 * UNIT)
        grid.setVerticalSpacing(UNIT)
        grid.setColumnStretch(1, 1)
        for row, (example, meaning) in enumerate(HELP):
            button = ElidedButton(example, f"Put this into the filter: {meaning}")
            button.setMinimumWidth(button.sizeHint().width() + UNIT)
            button.clicked.connect(lambda _=False, text=example: self._take(text))
            said = QLabel(meaning)
            theme.set_role(said, "muted")
            grid.addWidget(button, row, 0)
            grid.addWidget(said, row, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * UNIT, 3 * UNIT, 3 * UNIT, 3 * UNIT)
        layout.setSpacing(2 * UNIT)
        layout.addWidget(title)
        layout.addLayout(grid)

    def _take(self, text: str) -> None:
        self.hide()
        self.taken.emit(text)

    def open_at(self, where: QPoint) -> None:
        """Show beneath a point, moved onto the screen."""
        self.adjustSize()
        screen = self.screen().availableGeometry()
        left = max(screen.left(), min(where.x(), screen.right() - self.width()))
        top = max(screen.top(), min(where.y(), screen.bottom() - self.height()))
        self.move(left, top)
        self.show()


class FilterBar(QWidget):
    """`changed` carries what stands in the line, at every key."""

    changed = Signal(str)
    left_down = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.line = FilterLine()
        self.line.textChanged.connect(self.changed)
        self.line.left_down.connect(self.left_down)
        self.button = tool("info", "What can be typed", "Show everything that can be typed into the filter")
        self.button.clicked.connect(self.show_help)
        self.help: FilterHelp | None = None
        self._chips: list[QPushButton] = []
        self._parts: Sequence[Part] = ()
        self._row = QWidget()
        self._flow = FlowLayout(self._row)
        self.trouble = QLabel()
        self.trouble.setWordWrap(True)
        self.trouble.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_role(self.trouble, "error")
        self.trouble.setAccessibleName("What the filter left out")
        sign = QLabel()
        theme.set_icon(sign, "warning")
        sign.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._trouble_row = QWidget()
        trouble = QHBoxLayout(self._trouble_row)
        trouble.setContentsMargins(0, 0, 0, 0)
        trouble.setSpacing(UNIT)
        trouble.addWidget(sign)
        trouble.addWidget(self.trouble, 1)
        top = QHBoxLayout()
        top.setSpacing(UNIT)
        top.addWidget(self.line, 1)
        top.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addLayout(top)
        layout.addWidget(self._row)
        layout.addWidget(self._trouble_row)
        self.show_parts(())

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Say what was understood; words alone speak for themselves."""
        self._parts = parts
        telling = [n for n, part in enumerate(parts) if not part.problem]
        plain = all(parts[n].said.startswith("“") and " " not in parts[n].said for n in telling)
        shown = [] if plain else telling
        while len(self._chips) < len(shown):
            chip = QPushButton()
            theme.set_icon(chip, "close")
            chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the cross behind the words
            chip.setProperty("chip", True)
            self._chips.append(chip)
            self._flow.addWidget(chip)
            chip.clicked.connect(lambda _=False, chip=chip: self._remove(chip))
        for place, chip in enumerate(self._chips):
            chip.setVisible(place < len(shown))
            if place < len(shown):
                said = parts[shown[place]].said
                chip.setProperty("part", shown[place])
                chip.setText(said.replace("&", "&&"))
                describe(
                    chip, f"Condition: {said}", wording.tip(f"{said}\nPress to take it out of the filter")
                )
        self._row.setVisible(bool(shown))
        self._flow.invalidate()
        problems = [f"{part.said}: {part.problem}" for part in parts if part.problem]
        self.trouble.setText("\n".join(problems))
        self._trouble_row.setVisible(bool(problems))

    def _remove(self, chip: QPushButton) -> None:
        part = self._parts[chip.property("part")]
        text = self.line.text()
        self.line.setText(" ".join((text[: part.start] + text[part.end :]).split()))
        self.line.setFocus()

    def show_help(self) -> None:
        """Explain the language."""
        if self.help is None:
            self.help = FilterHelp(self)
            self.help.taken.connect(self._take)
        self.help.open_at(self.button.mapToGlobal(QPoint(0, self.button.height() + UNIT)))

    def _take(self, example: str) -> None:
        text = self.line.text().rstrip()
        self.line.setText(f"{text} {example}" if text else example)
        self.line.setFocus()
