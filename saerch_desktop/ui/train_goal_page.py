"""The first page of the training window: what the features should be like."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QRadioButton, QVBoxLayout, QWidget

from saerch_desktop.errors import UserError
from saerch_desktop.sae.presets import describe
from saerch_desktop.ui import wording
from saerch_desktop.ui.form_parts import describe as name_it
from saerch_desktop.ui.import_page import card, muted, sentence
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.ui.train_desk import TrainDesk
from saerch_desktop.workflow.training_plan import GOALS, Goal


class GoalPage(QWidget):
    """`go_on_wanted` and `let_go_wanted`: of a plan that was stopped."""

    go_on_wanted = Signal()
    let_go_wanted = Signal()

    def __init__(self, desk: TrainDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setAccessibleName("Goal")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 2 * UNIT, 0)
        layout.setSpacing(3 * UNIT)
        layout.addWidget(sentence("What should the features be like?", "title"))
        self.about = muted()
        layout.addWidget(self.about)
        layout.addWidget(self._left_card())
        self.choices: dict[Goal, QRadioButton] = {}
        group = QButtonGroup(self)
        goals: tuple[Goal, ...] = ("balanced", "broad", "fine", "expert", "paper")
        for goal in goals:
            words = GOALS[goal]
            button = QRadioButton(words.title)
            name_it(button, f"{words.title}: {words.text}", words.text)
            button.setChecked(goal == "balanced")
            button.clicked.connect(lambda _=False, goal=goal: self._choose(goal))
            group.addButton(button)
            self.choices[goal] = button
            line = muted(words.text)
            line.setContentsMargins(5 * UNIT, 0, 0, 0)
            both = QVBoxLayout()
            both.setSpacing(UNIT)
            both.addWidget(button)
            both.addWidget(line)
            layout.addLayout(both)
        frame, inside = card()
        self.words = sentence()
        self.words.setAccessibleName("What this means for your texts")
        inside.addWidget(self.words)
        layout.addWidget(frame)
        layout.addStretch(1)

    def _left_card(self) -> QWidget:
        """A plan that was begun and stopped, and the two things to do with it."""
        self.left, inside = card()
        self.left_words = sentence()
        self.go_on = QPushButton("Go on with it")
        name_it(self.go_on, "Go on with it", "Train on from where it was stopped; nothing is done twice")
        self.go_on.clicked.connect(self.go_on_wanted)
        self.let_go = QPushButton("Let it go")
        name_it(self.let_go, "Let it go", "Forget the plan; SAEs that are finished stay in the library")
        self.let_go.clicked.connect(self.let_go_wanted)
        row = QHBoxLayout()
        row.addWidget(self.go_on)
        row.addWidget(self.let_go)
        row.addStretch(1)
        inside.addWidget(self.left_words)
        inside.addLayout(row)
        self.left.hide()
        return self.left

    def show_state(self) -> None:
        """Put the desk's state into the controls."""
        flow, left = self._desk.flow, self._desk.left
        for button in self.choices.values():
            button.setEnabled(flow is not None)
        running = self._desk.live is not None
        self.left.setVisible(left is not None and not running)
        if left is not None:
            done = sum(run.is_over for run in left.runs)
            names = ", ".join(f"“{run.name}”" for run in left.runs)
            self.left_words.setText(
                f"A training of {names} was stopped before it was finished "
                f"({done} of {len(left.runs)} done). What was done is kept."
            )
        if flow is None:
            self.about.setText("Looking at the library…")
            self.words.setText("")
            return
        ground = flow.ground
        self.about.setText(
            f"{wording.documents(ground.documents)} with vectors of {ground.dim:,} numbers. "
            "The next page shows what it takes."
        )
        self.choices[flow.draft.goal].setChecked(True)
        self.words.setText(self._in_words(flow.draft.goal, ground.documents, ground.dim))

    def _in_words(self, goal: Goal, documents: int, dim: int) -> str:
        flow = self._desk.flow
        assert flow is not None
        try:
            config = next(iter(flow.saes[0].runs())).config(documents, dim)
        except UserError as error:
            return f"{error.happened} {error.remedy}"
        if goal == "expert":
            words = "Begins with what is planned now; the next page lets you change everything."
        elif goal == "paper":
            words = "As many features as Balanced has, trained as published with the method. For comparison."
        else:
            words = describe(goal, documents, dim)
        passes = "1 pass" if config.epochs == 1 else f"{config.epochs} passes"
        return (
            f"{words}\n\n{config.sae.features:,} features, {config.sae.k} of them active in a text, "
            f"{passes} over the texts; {round(config.heldout_fraction * 100)} % of them are held out to "
            "judge the result."
        )

    def _choose(self, goal: Goal) -> None:
        if self._desk.flow is not None:
            self._desk.flow.choose_goal(goal)
