"""The first page: three doors, the libraries used lately, the tour, and what this computer offers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.start_recent import RecentList
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.workflow.recent import Recent

_WIDTH = 230
_LOCKED = "The network is off. Nothing leaves this computer until you unlock it and allow a job."
_UNLOCKED = "The network may be used: the offline lock is off. Settings ▸ Network turns it on again."
_SAMPLE_READY = "Python’s documentation with its features and names: ready to be searched and steered."
_SAMPLE_MADE = "Python’s documentation on this computer: texts, features and names, made in some minutes."
_NEW = "A table, a folder of texts or an arXiv snapshot becomes a library that can be searched and steered."


class StartPage(QWidget):
    """Asks for a library; `recent_chosen` and `recent_removed` carry its path."""

    open_requested = Signal()
    new_requested = Signal()
    sample_requested = Signal()
    tour_requested = Signal()
    tour_declined = Signal()
    recent_chosen = Signal(str)
    recent_removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Start")
        self._title = QLabel("SAErch Desktop")
        self._title.setFont(theme.scaled(self._title.font(), 1.6))
        claim = _words("See what your texts are made of, and steer semantic search by it.", "muted")
        self._doors: list[tuple[QFrame, QLabel]] = []
        self._cards = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._cards.setSpacing(3 * UNIT)
        self.sample = self._door("sample", "Look around", _SAMPLE_MADE, "Explore the sample")
        self.new = self._door("new-library", "Use my own texts", _NEW, "New from a file…")
        self.open = self._door(
            "open",
            "Open a library",
            "A folder NAME.saerch that was made here or on another computer.",
            "Open…",
        )
        self.sample.clicked.connect(self.sample_requested)
        self.new.clicked.connect(self.new_requested)
        self.open.clicked.connect(self.open_requested)
        self.sample.setProperty("primary", True)
        self._recent_title = QLabel("Recent libraries")
        theme.set_role(self._recent_title, "heading")
        self.recent = RecentList()
        self.recent.chosen.connect(self.recent_chosen)
        self.recent.removed.connect(self.recent_removed)
        self._computer = _words("", "muted")
        self._computer.setAccessibleName("This computer")
        self._network = _words(_LOCKED, "muted")
        self._network.setAccessibleName("Network")

        column = QWidget()
        column.setMaximumWidth(_WIDTH * UNIT)
        column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        page = QVBoxLayout(column)
        page.setContentsMargins(6 * UNIT, 6 * UNIT, 6 * UNIT, 6 * UNIT)
        page.setSpacing(UNIT)
        page.addStretch(2)
        page.addWidget(self._title)
        page.addWidget(claim)
        page.addSpacing(4 * UNIT)
        page.addLayout(self._cards)
        page.addSpacing(3 * UNIT)
        page.addWidget(self._tour_part())
        page.addSpacing(3 * UNIT)
        page.addWidget(self._recent_title)
        page.addWidget(self.recent)
        page.addSpacing(5 * UNIT)
        page.addWidget(_line_with_icon("computer", self._computer))
        page.addWidget(_line_with_icon("offline", self._network))
        page.addStretch(3)

        holder = QWidget()
        centre = QHBoxLayout(holder)
        centre.setContentsMargins(0, 0, 0, 0)
        centre.addStretch(1)
        centre.addWidget(column, 100)
        centre.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(holder)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._area)
        self.set_recent([])
        self.set_computer("")
        self.offer_tour(False)

    # Parts -----------------------------------------------------------------------------------------------

    def _door(self, icon: str, title: str, text: str, action: str) -> QPushButton:
        card = QFrame()
        theme.set_role(card, "card")
        head = _words(title)
        head.setFont(theme.scaled(head.font(), 1.1, head.font().Weight.DemiBold))
        body = _words(text, "muted")
        button = QPushButton(action)
        describe(button, action.rstrip("…"), text)
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addWidget(_icon(icon, 20), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(head, 1)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(4 * UNIT, 4 * UNIT, 4 * UNIT, 4 * UNIT)
        inside.setSpacing(2 * UNIT)
        inside.addLayout(row)
        inside.addWidget(body)
        inside.addStretch(1)
        inside.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._cards.addWidget(card, 1)
        self._doors.append((card, body))
        return button

    def _tour_part(self) -> QWidget:
        self.tour = QPushButton("Take the tour")
        describe(self.tour, "Take the tour", "Six short steps through the window, with the sample open")
        self.tour.clicked.connect(self.tour_requested)
        self.no_tour = QPushButton("No, thank you")
        describe(self.no_tour, "No, thank you", "Do not offer the tour again; it stays in the Help menu")
        self.no_tour.clicked.connect(self.tour_declined)
        self._tour = QWidget()
        row = QHBoxLayout(self._tour)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * UNIT)
        row.addWidget(_icon("info", 16))
        row.addWidget(_words("New here? Six short steps show what there is and what it is for."), 1)
        row.addWidget(self.tour)
        row.addWidget(self.no_tour)
        return self._tour

    # State -----------------------------------------------------------------------------------------------

    def set_recent(self, libraries: Sequence[Recent]) -> None:
        """Libraries used lately, newest first; those that are gone are marked."""
        self._recent_title.setVisible(bool(libraries))
        self.recent.setVisible(bool(libraries))
        self.recent.set_recent(libraries)

    def set_draft(self, name: str) -> None:
        """The file of an import that was left unfinished, "" for none."""
        text = _NEW if not name else f"You began with “{name}”; what you typed is still there."
        self._doors[1][1].setText(text)
        self.new.setText("Go on with it…" if name else "New from a file…")
        describe(self.new, f"Go on with {name}" if name else "New from a file", text)

    def set_sample_ready(self, ready: bool) -> None:
        """Whether the sample opens at once."""
        text = _SAMPLE_READY if ready else _SAMPLE_MADE
        self._doors[0][1].setText(text)
        self.sample.setToolTip(text)

    def set_computer(self, text: str) -> None:
        """What this computer has: processor, memory, disk, graphics card."""
        self._computer.setText(f"This computer: {text}" if text else "")
        line = self._computer.parentWidget()
        if line is not None:
            line.setVisible(bool(text))

    def set_network(self, locked: bool) -> None:
        """Whether the offline lock is on."""
        self._network.setText(_LOCKED if locked else _UNLOCKED)

    def offer_tour(self, offered: bool) -> None:
        self._tour.setVisible(offered)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Doors below each other where large text would leave them no room beside each other."""
        wanted = sum(
            max(card.minimumSizeHint().width(), 24 * self.fontMetrics().averageCharWidth())
            for card, _ in self._doors
        )
        narrow = wanted + 24 * UNIT > self.width()
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._cards.direction() != way:
            self._cards.setDirection(way)


def _words(text: str, role: theme.Role | None = None) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if role is not None:
        theme.set_role(label, role)
    return label


def _icon(name: str, side: int) -> QLabel:
    label = QLabel()
    label.setProperty("icon_side", side)
    theme.set_icon(label, name)
    label.setFixedSize(side, side)
    return label


def _line_with_icon(name: str, label: QLabel) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2 * UNIT)
    row.addWidget(_icon(name, 16), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label, 1)
    return line
