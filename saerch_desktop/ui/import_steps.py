"""The four steps of the import wizard at its side: which is shown, which are done, which can be gone to."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.import_desk import ImportDesk
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.workflow.import_draft import STEPS, Step

_NAMES: dict[Step, str] = {"source": "File", "columns": "Columns", "vectors": "Vectors", "check": "Check"}


class Steps(QWidget):
    """`wanted(step)` when one is pressed."""

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Steps")
        self.buttons: dict[Step, QPushButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        for number, step in enumerate(STEPS, 1):
            button = QPushButton(f"{number}  {_NAMES[step]}")
            button.setProperty("step", True)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, step=step: self.wanted.emit(step))
            layout.addWidget(button)
            self.buttons[step] = button
        layout.addStretch(1)

    def show_state(self, desk: ImportDesk) -> None:
        at, open_so_far = STEPS.index(desk.draft.step), True
        for number, step in enumerate(STEPS):
            button = self.buttons[step]
            complete = not desk.flow.missing(step)
            button.setChecked(number == at)
            button.setEnabled(open_so_far)
            done = number < at and complete
            theme.set_icon(button, "check" if done else "right" if number == at else "dot")
            state = "shown" if number == at else "done" if done else "to come"
            button.setAccessibleName(f"Step {number + 1} of {len(STEPS)}: {_NAMES[step]}, {state}")
            button.setToolTip(f"Step {number + 1} of {len(STEPS)}: {_NAMES[step]}")
            open_so_far = open_so_far and complete
