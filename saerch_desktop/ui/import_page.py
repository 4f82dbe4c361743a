"""What the four pages of the import wizard have in common."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.import_desk import ImportDesk
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.workflow.import_draft import Step


class ImportPage(QWidget):
    """A page over the wizard's desk. `show_state` puts the desk's state into its controls, and never back."""

    step: Step = "source"
    title = ""
    about = ""

    def __init__(self, desk: ImportDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setAccessibleName(self.title)
        heading = QLabel(self.title)
        heading.setWordWrap(True)
        theme.set_role(heading, "title")
        about = muted(self.about)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 2 * UNIT, 0)
        self.column.setSpacing(3 * UNIT)
        self.column.addWidget(heading)
        self.column.addWidget(about)

    def show_state(self) -> None:
        """Show what the draft says and what is known."""

    def first(self) -> QWidget | None:
        """Where one begins on the page; None: at the first control that there is."""
        return None

    def enter(self) -> None:
        """The page has come to the front."""


def muted(text: str = "") -> QLabel:
    """A quiet sentence that takes as many lines as it needs."""
    return sentence(text, "muted")


def sentence(text: str = "", role: theme.Role | None = None) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if role is not None:
        theme.set_role(label, role)
    return label


def card() -> tuple[QFrame, QVBoxLayout]:
    """A framed part of a page and the layout for what is in it."""
    frame = QFrame()
    theme.set_role(frame, "card")
    inside = QVBoxLayout(frame)
    inside.setContentsMargins(4 * UNIT, 3 * UNIT, 4 * UNIT, 3 * UNIT)
    inside.setSpacing(2 * UNIT)
    return frame, inside


def scrolling(page: QWidget) -> QScrollArea:
    """The page, to be scrolled where the window is lower than it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    return area
