"""The training window: goal, plan, run, after. It may be closed at any time; what runs goes on."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.import_page import muted, scrolling
from saerch_desktop.ui.on_screen import fit
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.ui.train_desk import TrainDesk
from saerch_desktop.ui.train_goal_page import GoalPage
from saerch_desktop.ui.train_plan_page import PlanPage
from saerch_desktop.ui.train_run_page import RunPage
from saerch_desktop.workflow.training_flow import STEPS, Step

_NAMES: dict[Step, str] = {"goal": "Goal", "plan": "Plan", "run": "Run", "after": "After"}
_AT: dict[Step, int] = {"goal": 0, "plan": 1, "run": 2, "after": 2}


class TrainWindow(QDialog):
    """Four steps over the desk. `closed` when it was put away; `features_wanted`: they are to be seen."""

    closed = Signal()
    features_wanted = Signal()

    def __init__(self, desk: TrainDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("train-window")
        self.setWindowTitle("Train features")
        self.setSizeGripEnabled(True)
        self.desk = desk
        self.page: Step = "goal"
        self.goal_page = GoalPage(desk)
        self.plan_page = PlanPage(desk)
        self.run_page = RunPage(desk)
        self.stack = QStackedWidget()
        for page in (self.goal_page, self.plan_page, self.run_page):
            self.stack.addWidget(scrolling(page))
        right = QVBoxLayout()
        right.setSpacing(3 * UNIT)
        right.addWidget(self.stack, 1)
        self.missing = muted()
        self.missing.setAccessibleName("Why it cannot be started")
        right.addWidget(self.missing)
        right.addLayout(self._buttons())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(6 * UNIT)
        layout.addWidget(self._steps())
        layout.addLayout(right, 1)
        self.goal_page.go_on_wanted.connect(self._go_on)
        self.goal_page.let_go_wanted.connect(desk.let_go)
        self.run_page.plan_wanted.connect(self.plan_anew)
        self.run_page.shown_wanted.connect(self._show_features)
        desk.changed.connect(self.show_state)
        desk.stood.connect(self._stood)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter in a field says that it is filled in, and starts nothing
        fit(self, 1000, 740)
        self.show_state()

    def _steps(self) -> QWidget:
        place = QWidget()
        place.setAccessibleName("Steps")
        layout = QVBoxLayout(place)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        self.steps: dict[Step, QPushButton] = {}
        for number, step in enumerate(STEPS, 1):
            button = QPushButton(f"{number}  {_NAMES[step]}")
            button.setProperty("step", True)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, step=step: self.turn_to(step))
            layout.addWidget(button)
            self.steps[step] = button
        layout.addStretch(1)
        return place

    def _buttons(self) -> QHBoxLayout:
        self.shut = QPushButton("Close")
        describe(self.shut, "Close", "Put this window away; what was planned is kept, and what runs goes on")
        self.shut.clicked.connect(self.close)
        self.back = QPushButton("Back")
        describe(self.back, "Back", "Go to the page before")
        self.back.clicked.connect(self._back)
        self.next = QPushButton("Next")
        describe(self.next, "Next", "See what it takes")
        self.next.clicked.connect(self._forward)
        self.go = QPushButton("Start training")
        self.go.clicked.connect(self._go)
        for button in (self.next, self.go):
            button.setProperty("primary", "true")
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addWidget(self.shut)
        row.addStretch(1)
        for button in (self.back, self.next, self.go):
            row.addWidget(button)
        return row

    # State -----------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """Show what is going on: the training that runs, else where the plan was left."""
        self.desk.look()
        live = self.desk.live
        if live is not None:
            self.desk.standing = live.standing
            self.turn_to("run" if live.standing.step == "train" else "after")

    def show_state(self) -> None:
        """Put the desk's state into the page that is shown."""
        flow, live = self.desk.flow, self.desk.live
        if flow is not None and self.page in ("goal", "plan") and flow.step in ("goal", "plan"):
            self._turn(flow.step)
        running = self.page in ("run", "after")
        for number, (step, button) in enumerate(self.steps.items(), 1):
            at = step == self.page
            reached = step in ("goal", "plan") and flow is not None
            reached = reached or (step in ("run", "after") and self.desk.standing is not None)
            done = STEPS.index(step) < STEPS.index(self.page)
            button.setChecked(at)
            button.setEnabled(reached or at)
            theme.set_icon(button, "check" if done else "right" if at else "more")
            state = "shown" if at else "done" if done else "to come"
            button.setAccessibleName(f"Step {number} of {len(STEPS)}: {_NAMES[step]}, {state}")
            button.setToolTip(f"Step {number} of {len(STEPS)}: {_NAMES[step]}")
        self.back.setVisible(not running)
        self.back.setEnabled(self.page == "plan")
        self.next.setVisible(self.page == "goal")
        self.next.setEnabled(flow is not None)
        self.go.setVisible(self.page == "plan")
        refusal = self.desk.refusal() if self.page == "plan" else ""
        self.go.setEnabled(self.page == "plan" and not refusal)
        describe(self.go, "Start training", refusal or "Train in the background; you can go on working")
        self.missing.setText(refusal)
        self.missing.setVisible(bool(refusal))
        self.next.setDefault(self.page == "goal")
        self.goal_page.show_state()
        if self.page == "plan":
            self.plan_page.show_state()
        if running or live is not None:
            self.run_page.show_state()

    def turn_to(self, step: Step) -> None:
        """Show a page, where it can be shown."""
        flow = self.desk.flow
        if step in ("goal", "plan"):
            if flow is None:
                return
            if flow.step not in ("goal", "plan"):
                self.desk.look()  # another plan begins
            self._turn(step)
            if step == "goal":
                flow.back()
            else:
                flow.forward()
        else:
            self._turn(step)
        self.show_state()

    def plan_anew(self) -> None:
        """Begin another plan."""
        self._turn("goal")
        self.desk.look()

    def _turn(self, step: Step) -> None:
        turned, self.page = step != self.page, step
        self.stack.setCurrentIndex(_AT[step])
        if turned and step == "plan":
            self.plan_page.enter()

    def _stood(self, standing: object) -> None:
        step = getattr(standing, "step", "train")
        over = getattr(standing, "over", False)
        if self.page in ("run", "after"):
            self._turn("after" if over or step != "train" else "run")
        self.show_state()

    # What the user does ----------------------------------------------------------------------------------

    def _back(self) -> None:
        if self.desk.flow is not None:
            self.desk.flow.back()

    def _forward(self) -> None:
        if self.desk.flow is not None:
            self.desk.flow.forward()

    def _go(self) -> None:
        if self.desk.refusal():
            return
        self._turn("run")
        self.desk.go()
        self.show_state()

    def _go_on(self) -> None:
        self._turn("run")
        self.desk.go_on()
        self.show_state()

    def _show_features(self) -> None:
        """Out of the way of what is shown now."""
        self.close()
        self.features_wanted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()
