"""The keyboard map: every shortcut on one page, from the action table and the panes' own keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.action_spec import MENUS
from saerch_desktop.ui.actions import TABLE
from saerch_desktop.ui.keymap import keymap, shown

# Keys that a pane handles itself while it has the focus.
PANE_KEYS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "In the results",
        (("↑ ↓ or J K", "Next or previous result"), ("Enter or Space", "Read the document")),
    ),
    (
        "In the list of features",
        (
            ("↑ ↓ or J K", "Next or previous feature; with Shift choose several"),
            ("Enter or Space", "Show the feature"),
            ("F2", "Give a name of your own"),
            ("V, F, P", "Verify, flag or pin what is chosen; once more takes it back"),
            ("T, Shift+T", "Add or remove a tag"),
            ("M", "Add to the mixer"),
            (shown("Ctrl+C"), "Copy as text"),
        ),
    ),
    (
        "On a slider",
        (
            ("← →", "A small step; with Shift ten times as far"),
            ("Ctrl+← or 0", "Back to the natural value"),
            ("M", "To zero"),
            ("Esc", "While dragging: back to where it was"),
        ),
    ),
    ("Everywhere", (("Esc", "Close the newest message, else go to the query"), ("Tab", "Next control"))),
)


def sections() -> list[tuple[str, list[tuple[str, str]]]]:
    """(heading, [(keys, what it does)]) in the order shown."""
    made = []
    for menu in MENUS:
        rows = [
            (" or ".join(shown(key) for key in keymap.of(spec.id)), spec.name)
            for spec in TABLE
            if spec.menu == menu and keymap.of(spec.id)
        ]
        if rows:
            made.append((menu, rows))
    made.extend((heading, list(rows)) for heading, rows in PANE_KEYS)
    return made


class ShortcutsPage(QDialog):
    """A window of its own that may stay open while one works."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keyboard-map")
        self.setWindowTitle("Keyboard map")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        columns = QHBoxLayout()
        columns.setSpacing(10 * theme.UNIT)
        halves = _halves(sections())
        for half in halves:
            column = QVBoxLayout()
            column.setSpacing(4 * theme.UNIT)
            for heading, rows in half:
                column.addLayout(_section(heading, rows))
            column.addStretch(1)
            columns.addLayout(column)
        body = QWidget()
        body.setLayout(columns)
        columns.setContentsMargins(6 * theme.UNIT, 5 * theme.UNIT, 6 * theme.UNIT, 5 * theme.UNIT)
        area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setAccessibleName("Keyboard map")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        hint = body.sizeHint()
        self.resize(hint.width() + 4 * theme.UNIT, min(hint.height() + 2 * theme.UNIT, 620))


def _halves(
    parts: list[tuple[str, list[tuple[str, str]]]],
) -> tuple[list[tuple[str, list[tuple[str, str]]]], list[tuple[str, list[tuple[str, str]]]]]:
    """Two columns of about the same height."""
    total = sum(len(rows) + 2 for _, rows in parts)
    left: list[tuple[str, list[tuple[str, str]]]] = []
    height = 0
    for part in parts:
        if height + (len(part[1]) + 2) / 2 > total / 2:
            break
        left.append(part)
        height += len(part[1]) + 2
    return left, parts[len(left) :]


def _section(heading: str, rows: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(5 * theme.UNIT)
    grid.setVerticalSpacing(theme.UNIT)
    title = QLabel(heading)
    theme.set_role(title, "heading")
    grid.addWidget(title, 0, 0, 1, 2)
    metrics = title.fontMetrics()
    width = max(metrics.horizontalAdvance(keys) for _, every in sections() for keys, _ in every)
    for number, (keys, text) in enumerate(rows, start=1):
        key = QLabel(keys)
        theme.set_role(key, "figure")
        key.setFixedWidth(width)
        grid.addWidget(key, number, 0)
        grid.addWidget(QLabel(text), number, 1)
    grid.setColumnStretch(1, 1)
    return grid
