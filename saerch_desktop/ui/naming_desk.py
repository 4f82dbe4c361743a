"""The desk of naming: what it would take, doing it offline or by a language model, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from saerch_desktop.progress import Progress
from saerch_desktop.ui import wording
from saerch_desktop.ui.jobs import Job, Lane
from saerch_desktop.ui.native_ahead import load_ahead
from saerch_desktop.workflow.job_journal import Kept

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.llm.plan import Plan
    from saerch_desktop.features.llm.report import LlmReport
    from saerch_desktop.features.llm.settings import LlmSettings
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.workflow.naming import NamingReport

_PLAN_KEY = "naming plan"
_LISTED = 5
REVIEW = "Features ▸ Review names… shows the doubtful ones first."


class NamingDesk(QObject):
    """`changed`: a naming by a language model began, paused, went on or ended."""

    changed = Signal()

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._job: Job | None = None

    @property
    def features(self) -> FeatureSet | None:
        session = self._controller.library.session
        return session.features if session is not None else None

    # Beforehand ------------------------------------------------------------------------------------------

    def plan(
        self,
        settings: LlmSettings,
        ready: Callable[[Plan], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """What a naming with these settings would take; the newest question wins. Sends nothing."""
        place = self._place()
        if place is None:
            return

        def work(progress: Progress) -> Plan:
            from saerch_desktop.workflow.naming_llm import plan_llm

            return plan_llm(*place, settings, progress)

        self._controller.runner.submit(
            "Estimating", work, lane=Lane.IO, key=_PLAN_KEY, quiet=True, done=ready, failed=failed
        )

    def first_request(
        self,
        settings: LlmSettings,
        ready: Callable[[dict[str, Any]], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """The first request, exactly as it would be sent."""
        place = self._place()
        if place is None:
            return

        def work(progress: Progress) -> dict[str, Any]:
            from saerch_desktop.workflow.naming_llm import first_request

            return first_request(*place, settings, progress)

        self._controller.runner.submit(
            "Preparing a request", work, lane=Lane.IO, key=_PLAN_KEY, quiet=True, done=ready, failed=failed
        )

    def forget_plan(self) -> None:
        self._controller.runner.cancel_keys((_PLAN_KEY,))

    # Offline ---------------------------------------------------------------------------------------------

    def name_offline(self, features: list[int] | None) -> None:
        """By phrases, on this computer; all features when None."""
        place = self._place()
        if place is None:
            return
        path, sae = place

        found: list[NamingReport] = []

        def work(progress: Progress) -> None:
            from saerch_desktop.workflow.naming import name_offline

            found.append(name_offline(path, sae, progress, features))

        def done() -> None:
            self._controller.tell(*told_offline(found[0]))

        count = "all features" if features is None else _counted(len(features))
        kept = Kept("label", path, {"sae": sae, "features": features})
        job = self._controller.library.long_job(f"Naming {count}", path, work, kept=kept)
        if not job.state.over:
            job.done.connect(lambda _: done())
        elif found:  # it ran inline
            done()

    # By a language model ---------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._job is not None

    def name_by_llm(self, settings: LlmSettings) -> None:
        """Ask the model, as a job beside everything else. Stopping keeps what was answered."""
        place = self._place()
        if place is None or self.running:
            return
        path, sae = place

        def work(progress: Progress) -> LlmReport:
            from saerch_desktop.workflow.naming_llm import name_by_llm

            load_ahead()
            return name_by_llm(path, sae, settings, progress)

        def done(report: LlmReport) -> None:
            self._controller.tell(*told(report))

        def failed(error: BaseException) -> None:
            self._controller.fail(error, "Naming features")

        def over() -> None:
            self._job = None
            self._controller.library.refresh(path)
            self.changed.emit()

        job = self._controller.runner.submit(
            f"Asking {settings.model} for names", work, lane=Lane.REMOTE, done=done, failed=failed
        )
        if job.state.over:  # it ran inline
            over()
            return
        self._job = job
        job.finished.connect(over)
        self.changed.emit()

    def _place(self) -> tuple[Any, str] | None:
        session, features = self._controller.library.session, self.features
        return (session.library.path, features.sae.name) if session is not None and features else None


def told(report: LlmReport) -> tuple[str, str, str]:
    """What a run came to: what happened, what it means, what to do now."""
    happened = f"{_counted(report.named)} got a name from a language model."
    if report.stopped:
        happened = f"{happened} {report.stopped}"
    spent = f"{report.tokens_in + report.tokens_out:,} tokens"
    if report.money is not None:
        spent += f", ${report.money:.2f}"
    meaning = [f"It took {spent}." if report.tokens_in else "Nothing was sent."]
    if report.grades:
        meaning.append(
            "Grades: " + ", ".join(f"{report.grades[g]:,} × {g}" for g in sorted(report.grades)) + "."
        )
    if report.failed:
        some = "; ".join(f"#{one.feature}: {one.reason.rstrip('.')}" for one in report.failed[:_LISTED])
        more = len(report.failed) - _LISTED
        rest = f"; and {more:,} more" if more > 0 else ""
        meaning.append(f"{_counted(len(report.failed))} got none: {some}{rest}.")
    if report.left:
        meaning.append(f"{_counted(report.left)} were left.")
    meaning += report.notes
    again = "Start it again to go on: what was answered is not paid for twice."
    return happened, " ".join(meaning), again if report.failed or report.left else REVIEW


def told_offline(report: NamingReport) -> tuple[str, str, str]:
    """The same of a naming on this computer."""
    meaning = "The names could not be tested."
    if report.auroc_median is not None:
        good = sum(count for grade, count in report.grades.items() if grade in ("A", "B", "C"))
        meaning = (
            f"Half of them find their documents with an AUROC of at least {report.auroc_median:.2f}; "
            f"{good:,} have grade C or better."
        )
    took = wording.duration(report.seconds)
    return f"{_counted(report.named)} of “{report.sae}” were named in {took}.", meaning, REVIEW


def _counted(count: int) -> str:
    return "1 feature" if count == 1 else f"{count:,} features"
