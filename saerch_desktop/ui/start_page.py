"""The first page: three ways in, the libraries used lately, and what this computer offers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from PySide6.QtCore import Qt, Signal
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
from saerch_desktop.ui.elided import ElidedButton
from saerch_desktop.ui.theme import UNIT

_WIDTH = 210 * UNIT
_NETWORK = "Network: off. Nothing leaves this computer until you switch it on for one job."


class StartPage(QWidget):
    """Asks for a library; `recent_chosen` carries its path."""

    open_requested = Signal()
    new_requested = Signal()
    sample_requested = Signal()
    recent_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Start")
        self._title = QLabel("SAErch Desktop")
        self._title.setFont(theme.scaled(self._title.font(), 1.6))
        claim = QLabel("See what your texts are made of, and steer semantic search by it.")
        theme.set_role(claim, "muted")
        claim.setWordWrap(True)

        self._cards = QHBoxLayout()
        self._cards.setSpacing(3 * UNIT)
        self.sample = self._card(
            "sample",
            "Explore the sample",
            "Python’s documentation on this computer: texts, features and labels, made in about two minutes.",
            "Explore the sample",
        )
        self.new = self._card(
            "new-library",
            "New from a file",
            "CSV, JSON Lines, Parquet, a folder of texts or an arXiv snapshot becomes a library.",
            "Choose a file…",
        )
        self.open = self._card(
            "open", "Open a library", "A folder NAME.saerch made here or elsewhere.", "Open…"
        )
        self.sample.clicked.connect(self.sample_requested)
        self.new.clicked.connect(self.new_requested)
        self.open.clicked.connect(self.open_requested)
        self.sample.setProperty("primary", True)

        self._recent_title = QLabel("Recent libraries")
        theme.set_role(self._recent_title, "heading")
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        self._computer = QLabel()
        self._computer.setWordWrap(True)
        self._computer.setAccessibleName("This computer")
        theme.set_role(self._computer, "muted")
        network = QLabel(_NETWORK)
        network.setWordWrap(True)
        theme.set_role(network, "muted")

        column = QWidget()
        column.setMaximumWidth(_WIDTH)
        column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        page = QVBoxLayout(column)
        page.setContentsMargins(6 * UNIT, 6 * UNIT, 6 * UNIT, 6 * UNIT)
        page.setSpacing(UNIT)
        page.addStretch(2)
        page.addWidget(self._title)
        page.addWidget(claim)
        page.addSpacing(5 * UNIT)
        page.addLayout(self._cards)
        page.addSpacing(6 * UNIT)
        page.addWidget(self._recent_title)
        page.addLayout(self._recent)
        page.addSpacing(6 * UNIT)
        page.addWidget(_line_with_icon("computer", self._computer))
        page.addWidget(_line_with_icon("offline", network))
        page.addStretch(3)

        holder = QWidget()
        centre = QHBoxLayout(holder)
        centre.setContentsMargins(0, 0, 0, 0)
        centre.addStretch(1)
        centre.addWidget(column, 100)
        centre.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(holder)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.set_recent([])
        self.set_computer("")

    def _card(self, icon: str, title: str, text: str, action: str) -> QPushButton:
        card = QFrame()
        theme.set_role(card, "card")
        head = QLabel(title)
        head.setFont(theme.scaled(head.font(), 1.1, head.font().Weight.DemiBold))
        head.setWordWrap(True)
        body = QLabel(text)
        body.setWordWrap(True)
        theme.set_role(body, "muted")
        button = QPushButton(action)
        button.setAccessibleName(title)
        button.setAccessibleDescription(text)
        button.setToolTip(text)
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addWidget(_icon(icon, 20))
        row.addWidget(head, 1)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(4 * UNIT, 4 * UNIT, 4 * UNIT, 4 * UNIT)
        inside.setSpacing(2 * UNIT)
        inside.addLayout(row)
        inside.addWidget(body)
        inside.addStretch(1)
        inside.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._cards.addWidget(card, 1)
        return button

    def set_recent(self, paths: Sequence[str]) -> None:
        """Libraries used lately, newest first."""
        _clear(self._recent)
        self._recent_title.setVisible(bool(paths))
        for path in paths[:8]:
            pure = PurePath(path)
            name = ElidedButton(pure.name.removesuffix(".saerch"), f"Open {path}")
            name.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            name.clicked.connect(lambda _checked=False, path=path: self.recent_chosen.emit(path))
            place = ElidedButton(str(pure.parent), f"Open {path}")
            place.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            place.set_muted(True)
            place.clicked.connect(name.click)
            row = QHBoxLayout()
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(3 * UNIT)
            row.addWidget(name, 2)
            row.addWidget(place, 3)
            line = QWidget()
            line.setLayout(row)
            line.setFixedHeight(theme.row_height(self.font()))
            self._recent.addWidget(line)

    def set_computer(self, text: str) -> None:
        """One line on processor, memory, graphics card and disk."""
        self._computer.setText(f"This computer: {text}" if text else "")
        line = self._computer.parentWidget()
        if line is not None:
            line.setVisible(bool(text))


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


def _clear(layout: QBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
