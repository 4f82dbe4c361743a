"""The desk behind the training window: looks, estimates, starts plans, and hears how they stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from saerch_desktop.progress import Progress
from saerch_desktop.sae.remedies import Remedy
from saerch_desktop.ui.job import Job, Lane
from saerch_desktop.ui.native_ahead import load_ahead
from saerch_desktop.workflow.job_journal import Kept
from saerch_desktop.workflow.training_flow import TrainingFlow
from saerch_desktop.workflow.training_plan import Ground, TrainingPlan, look
from saerch_desktop.workflow.training_standing import (
    Live,
    PlanState,
    Standing,
    board,
    drop_state,
    load_state,
)

if TYPE_CHECKING:
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.workflow.training_forecast import Known, PlanForecast

_REST_MS = 400  # after the last change, before a second of trying it out is spent


class TrainDesk(QObject):
    """For the library that is open. changed: of the flow, the forecast or the plan that was left.

    flow: None until the library was looked at. forecast: of the flow's present plan, None while it is not
    known. left: a plan that was begun and stopped. stood(standing): a plan that runs in this process moved.
    """

    changed = Signal()
    stood = Signal(object)  # training_standing.Standing
    _heard = Signal(object)

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self.flow: TrainingFlow | None = None
        self.forecast: PlanForecast | None = None
        self.estimating = False
        self.trouble = ""
        self.left: PlanState | None = None
        self.standing: Standing | None = None
        self._known: Known = {}
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._estimate)
        self._heard.connect(self._hear)
        heard = self._heard

        def listen(standing: Standing) -> None:
            heard.emit(standing)

        self._leave: Callable[[], None] = board.listen(listen)
        controller.library.closed.connect(self._forget)
        controller.library.opened.connect(self._opened)

    def close(self) -> None:
        """Hear no more of what runs."""
        self._leave()

    @property
    def path(self) -> Path | None:
        session = self._controller.library.session
        return session.library.path if session is not None else None

    # Planning --------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Look at the open library, and take up the draft that was left of it."""
        path = self.path
        if path is None:
            return

        def work(progress: Progress) -> tuple[Ground, PlanState | None]:
            return look(path), load_state(path)

        def done(found: tuple[Ground, PlanState | None]) -> None:
            if self.path != path:
                return
            ground, self.left = found
            self._known = {}
            self.flow = TrainingFlow(ground, self._planned)
            self._planned()

        self._controller.runner.look_up(
            "Looking at the library", work, key="train look", done=done, fail=self._controller.fail
        )

    def estimate_soon(self) -> None:
        """Find out what the plan costs once the hand rests."""
        self._rest.start()

    def estimate_now(self) -> None:
        """Find out at once what the plan costs."""
        self._rest.stop()
        self._estimate()

    def go(self) -> Job | None:
        """Start the plan; None where it must not be begun."""
        path = self.path
        if path is None or self.flow is None or self.refusal():
            return None
        return self._start(path, self.flow.go())

    def go_on(self) -> Job | None:
        """Go on with the plan that was left."""
        path, left = self.path, self.left
        if path is None or left is None:
            return None
        self.left = None
        return self._start(path, left.plan)

    def let_go(self) -> None:
        """Forget the plan that was left; an SAE that was begun can still be gone on with by its name."""
        if self.path is not None:
            drop_state(self.path)
        self.left = None
        self.changed.emit()

    def refusal(self) -> str:
        """Why the plan cannot be started now, "" when it can."""
        if self.flow is None:
            return "The library is still being looked at."
        if missing := self.flow.missing("plan"):
            return missing
        if self.forecast is not None and self.forecast.refusal:
            return self.forecast.refusal
        return "Another long job is running: wait until it is over." if self._controller.library.busy else ""

    # Running ---------------------------------------------------------------------------------------------

    @property
    def live(self) -> Live | None:
        """The plan that runs on the library that is open."""
        return board.of(self.path) if self.path is not None else None

    @property
    def job(self) -> Job | None:
        """The job that carries it out."""
        lane = [job for job in self._controller.runner.jobs() if job.lane is Lane.TRAIN and job.begun]
        return lane[0] if lane and self.live is not None else None

    def discard(self) -> None:
        """Throw away the SAE in training; a job that rests has to hear of it."""
        if self.live is not None:
            self.live.discard()
        self._wake()

    def stop(self) -> None:
        """End the training in progress and keep its best weights."""
        if self.live is not None:
            self.live.stop()
        self._wake()

    def apply(self, remedy: Remedy) -> None:
        """Do what a remedy of the present training says."""
        if self.live is not None:
            self.live.apply(remedy)
        self._wake()

    def skip(self) -> None:
        """Leave out the step that follows the training and runs now."""
        if self.live is not None:
            self.live.skip()
        self._wake()

    def open(self, name: str) -> None:
        """Show the features of an SAE that was trained."""
        self._controller.library.use_sae(name)

    def pose(self, standing: Standing | None) -> None:
        """Show a standing that nothing runs behind: for pictures."""
        self.standing = standing
        self.stood.emit(standing)

    # Inside ----------------------------------------------------------------------------------------------

    def _start(self, path: Path, plan: TrainingPlan) -> Job:
        return self._controller.library.long_job(
            "Training features", path, kept=Kept("train", path, plan.to_json())
        )

    def _wake(self) -> None:
        job = self.job
        if job is not None:
            job.resume()

    def _planned(self) -> None:
        self.forecast = None
        self.trouble = ""
        if self.flow is not None and self.flow.step == "plan":
            self.estimate_soon()
        self.changed.emit()

    def _estimate(self) -> None:
        flow = self.flow
        if flow is None or flow.missing("plan"):
            return
        plan, ground, known = flow.plan(), flow.ground, dict(self._known)

        def work(progress: Progress) -> tuple[PlanForecast, Known]:
            from saerch_desktop.workflow.training_forecast import forecast

            load_ahead(training=True)
            return forecast(ground, plan, progress, known), known

        def done(found: tuple[PlanForecast, Known]) -> None:
            self.estimating = False
            if self.flow is not None and self.flow.ground == ground:
                self._known |= found[1]
                if self.flow.plan() == plan:
                    self.forecast = found[0]
            self.changed.emit()

        def failed(error: BaseException) -> None:
            self.estimating = False
            self.trouble = str(getattr(error, "happened", "The cost could not be found out."))
            self.changed.emit()

        self.estimating = True
        self.changed.emit()
        self._controller.runner.submit(
            "Estimating the training",
            work,
            lane=Lane.IO,
            key="forecast",
            quiet=True,
            done=done,
            failed=failed,
        )

    def _hear(self, standing: Standing) -> None:
        path = self.path
        if path is not None and standing.library != path.absolute():
            return
        self.standing = standing
        if self.flow is not None and self.flow.step == "run" and standing.over:
            self.flow.finished()
        self.stood.emit(standing)

    def _opened(self, session: object, again: bool) -> None:
        if not again:
            self._forget()

    def _forget(self) -> None:
        self._rest.stop()
        self.flow = self.forecast = self.left = self.standing = None
        self.changed.emit()
