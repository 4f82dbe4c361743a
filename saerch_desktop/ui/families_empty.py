"""What the families pane says while there are no families, and how they come to be."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from saerch_desktop.errors import UserError
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.jobs import Job
from saerch_desktop.ui.jobs_words import describe

_ABOUT: Final = "Features that belong together will be here: as a graph, a tree, a matrix and a table."


class FamiliesEmpty(QWidget):
    """`build_wanted`, `stop_wanted`: the one button there is."""

    build_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._able = False
        self._job: Job | None = None
        self._trouble: UserError | None = None
        self.state = EmptyState("families", "", "")
        self.state.acted.connect(self._act)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.state)
        self._say()

    def set_able(self, able: bool) -> None:
        """Whether there are features to build families of."""
        self._able = able
        self._say()

    def set_job(self, job: Job | None) -> None:
        """The build that is running."""
        self._job = job
        self._trouble = None if job is not None else self._trouble
        if job is not None:
            job.changed.connect(self._say)
        self._say()

    def set_trouble(self, error: UserError | None) -> None:
        """Why there are none."""
        self._trouble = error
        self._say()

    def _act(self) -> None:
        (self.stop_wanted if self._job is not None else self.build_wanted).emit()

    def _say(self) -> None:
        if self._job is not None:
            text = describe(self._job.update_now, self._job.state)
            self.state.set_texts("Building families", text, "Stop", "Stop building; nothing is changed")
        elif not self._able:
            text = "They are made of features, and this library has none yet."
            tip = "Choose what kind of features; what it takes is said first"
            self.state.set_texts("No families yet", text, "Train features…", tip, does="train")
        elif self._trouble is not None:
            error = self._trouble
            text = f"{error.happened} {error.meaning} {error.remedy}"
            self.state.set_texts("No families to show", text, "Build families", _tip())
        else:
            text = f"{_ABOUT} Building them takes a few seconds to a minute."
            self.state.set_texts("No families yet", text, "Build families", _tip())


def _tip() -> str:
    return "Find features that are active together more often than chance would have it"
