"""A question with a few answers, each explained, and whether the answer is to hold from now on."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT


@dataclass(frozen=True, slots=True)
class Decision:
    """choices: (key, text of its button, what it would mean), the first one suggested. none: the button that
    changes nothing. always: the words of a box to remember the answer, "" for none.
    """

    title: str
    text: str
    choices: tuple[tuple[str, str, str], ...]
    none: str = "Cancel"
    always: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """key: that of the choice. always: it is to hold from now on."""

    key: str
    always: bool = False


class DecideDialog(QDialog):
    """`answer` is None unless one of the choices was pressed."""

    def __init__(self, decision: Decision, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("decide")
        self.setWindowTitle(decision.title)
        self.answer: Answer | None = None
        text = QLabel(decision.text)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(3 * UNIT)
        layout.addWidget(text)
        self.buttons: dict[str, QPushButton] = {}
        for key, name, meaning in decision.choices:
            button = QPushButton(name)
            describe(button, name, meaning)
            button.setAccessibleDescription(meaning)
            button.setAutoDefault(True)
            button.clicked.connect(lambda _=False, k=key: self._decide(k))
            said = QLabel(meaning)
            said.setTextFormat(Qt.TextFormat.PlainText)
            said.setWordWrap(True)
            theme.set_role(said, "muted")
            layout.addSpacing(UNIT)
            layout.addWidget(button)
            layout.addWidget(said)
            self.buttons[key] = button
        first = next(iter(self.buttons.values()))
        first.setDefault(True)
        first.setProperty("primary", "true")
        self.always = QCheckBox(decision.always)
        describe(self.always, decision.always or "Always", "Can be changed in the settings, under jobs")
        self.always.setVisible(bool(decision.always))
        self.none = QPushButton(decision.none)
        describe(self.none, decision.none, "Change nothing (Esc)")
        self.none.setAutoDefault(True)
        self.none.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.always, 1)
        foot.addWidget(self.none)
        layout.addStretch(1)
        layout.addLayout(foot)
        wide = max(110 * UNIT, self.sizeHint().width())
        self.resize(wide, layout.totalHeightForWidth(wide))  # a size hint knows nothing of wrapped lines

    def _decide(self, key: str) -> None:
        self.answer = Answer(key, self.always.isVisible() and self.always.isChecked())
        self.accept()
