"""Carry out a training plan: train, encode, name, group; whatever was finished before is not done again."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress
from saerch_desktop.sae.watching import Discarded, Example, Moment, Watch
from saerch_desktop.workflow.making import Within
from saerch_desktop.workflow.training_plan import AfterStep, Run, TrainingPlan
from saerch_desktop.workflow.training_standing import (
    Live,
    PlanState,
    RunStep,
    Standing,
    board,
    drop_state,
    load_state,
    save_state,
)

if TYPE_CHECKING:
    from saerch_desktop.library.library import Library
    from saerch_desktop.workflow.build import Built, Wishes

_TITLE: Final = 100  # characters of an example's title


@dataclass(frozen=True, slots=True)
class PlanDone:
    """What came of a plan. built: what was trained, in the plan's order. opened: the SAE to show, "" to leave
    that to whoever looks. alarms: what was noticed, in sentences.
    """

    built: tuple[Built, ...]
    opened: str
    alarms: tuple[str, ...]
    seconds: float

    @property
    def name(self) -> str:
        """Of the first one, "" when all were thrown away."""
        return self.built[0].name if self.built else ""


def run_plan(path: Path, plan: TrainingPlan, progress: Progress) -> PlanDone:
    """Carry out `plan` on the library at `path`, or go on with it where it was stopped or killed.

    An SAE that fails is left out and named in the alarms; the others are still trained. While it runs it is
    found on `training_standing.board`. Raises UserError (no vectors, a name that is taken, too little memory
    or disk, library being written elsewhere, nothing could be trained), Cancelled; what was finished stays.
    """
    began = time.monotonic()
    path = path.absolute()
    state = load_state(path)
    if state is None or state.plan != plan:
        state = PlanState.fresh(plan)
        _refuse_taken(path, plan)
    with board.carrying(Live(Standing(path, state))) as live:
        work = _Work(path, plan, state, live, progress)
        try:
            built = work.all()
        finally:
            live.told(replace(live.standing, over=True))
    return PlanDone(
        built=built,
        opened=built[0].name if built and plan.after.open else "",
        alarms=work.alarms,
        seconds=time.monotonic() - began,
    )


def _refuse_taken(path: Path, plan: TrainingPlan) -> None:
    from saerch_desktop.workflow.training_plan import look, problems

    if found := problems(plan, look(path)):
        raise UserError(found[0], "Nothing was trained and your library is unchanged.", "Change the plan.")


class _Step(Within):
    """The progress of one SAE's step: its stages carry the SAE's name where there are several.

    interrupted: raises where something else than the whole job's end ends the step.
    """

    def __init__(self, whole: Progress, prefix: str, interrupted: Callable[[], None]) -> None:
        super().__init__(whole)
        self._prefix, self._interrupted = prefix, interrupted

    def begin(self, stage: str, total: int | None = None, unit: str = "", done: int = 0) -> None:
        self._interrupted()
        super().begin(f"{self._prefix}{stage}", total, unit, done)

    def advance(self, done: int, detail: str = "") -> None:
        super().advance(done, detail)
        self._interrupted()

    def check(self) -> None:
        super().check()
        self._interrupted()


class _Work:
    """One walk through a plan."""

    def __init__(
        self, path: Path, plan: TrainingPlan, state: PlanState, live: Live, progress: Progress
    ) -> None:
        self._path, self._plan, self._state, self._live = path, plan, state, live
        self._progress = progress
        self._moments: dict[str, Moment] = {}
        self.alarms: tuple[str, ...] = ()

    def all(self) -> tuple[Built, ...]:
        runs = self._plan.runs()
        self._progress.plan(self._stages())
        save_state(self._path, self._state)
        built: list[Built] = []
        trouble: UserError | None = None
        for run in runs:
            try:
                if (one := self._one(run)) is not None:
                    built.append(one)
            except UserError as error:
                if len(runs) == 1:
                    self._put(run.name, status="failed", trouble=error.happened)
                    drop_state(self._path)
                    raise
                trouble = trouble or error
                self._put(run.name, status="failed", trouble=error.happened)
                self.alarms += (f"“{run.name}” could not be made: {error.happened} {error.remedy}",)
        if trouble is not None and not built:
            drop_state(self._path)
            raise trouble
        drop_state(self._path)
        self.alarms += tuple(alarm for one in built for alarm in one.alarms)
        return tuple(built)

    def _one(self, run: Run) -> Built | None:
        state = self._state.of(run.name)
        if state.status in ("discarded", "failed"):
            return None
        self._live.next_run()
        began = time.monotonic()
        if state.status in ("waiting", "training") and not self._train(run):
            return None
        for step in self._plan.after.steps:
            state = self._state.of(run.name)
            if step in state.done or step in state.skipped:
                continue
            self._after(run, step)
        self._put(run.name, status="done")
        return self._built(run, time.monotonic() - began)

    def _train(self, run: Run) -> bool:
        """Train one SAE; False when it was thrown away."""
        while True:
            self._put(run.name, status="training")
            self._show(run.name, "train")
            features = self._state.of(run.name).features
            wishes = run.wishes() if features is None else replace(run.wishes(), features=features)
            try:
                self._train_once(run.name, wishes)
            except Discarded as told:
                self._throw_away(run.name)
                self._live.next_run()
                self._forget(run.name)
                if told.features is None:
                    self._put(run.name, status="discarded")
                    return False
                self._put(run.name, features=told.features)
                continue
            self._put(run.name, status="trained")
            return True

    def _train_once(self, name: str, wishes: Wishes) -> None:
        from saerch_desktop.library.library import Library
        from saerch_desktop.sae.estimate import refusal
        from saerch_desktop.workflow.build import (
            Wishes,
            configuration,
            required_vectors,
            resumable,
            train_weights,
        )

        live = self._live

        def interrupted() -> None:
            live.reins.refuse_discarded()

        with Library.open(self._path, write=True) as library:
            resume = resumable(library.new_sae_folder(name)) is not None
            if resume:
                wishes = Wishes(device=wishes.device)  # as it was begun
            config = configuration(library, name, wishes, resume=resume)
            if refused := refusal(required_vectors(library), config):
                raise UserError(refused, "Nothing was trained.", "Plan it smaller, or close other programs.")
            told = _Titled(library, lambda moment: self._moved(name, moment))
            train_weights(
                library,
                name,
                wishes,
                self._step(name, interrupted),
                resume=resume,
                watch=Watch(told, live.reins),
            )

    def _throw_away(self, name: str) -> None:
        from saerch_desktop.library.library import Library

        with Library.open(self._path, write=True) as library:
            if name not in library.manifest.saes:
                shutil.rmtree(library.new_sae_folder(name), ignore_errors=True)

    def _after(self, run: Run, step: AfterStep) -> None:
        """One step that follows the training, unless it is left out meanwhile."""
        self._show(run.name, step)
        live = self._live

        def interrupted() -> None:
            if live.is_skipped(step):
                raise Cancelled

        progress = self._step(run.name, interrupted)
        try:
            _STEPS[step](self._path, run.name, progress, run.sae.device)
        except Cancelled:
            if not live.is_skipped(step) or self._progress.cancelled:
                raise
            skipped = self._state.of(run.name).skipped
            self._put(run.name, skipped=(*skipped, step))
            live.next_run()
            return
        self._put(run.name, done=(*self._state.of(run.name).done, step))

    def _step(self, name: str, interrupted: Callable[[], None]) -> _Step:
        return _Step(self._progress, self._prefix(name), interrupted)

    def _prefix(self, name: str) -> str:
        return "" if len(self._state.runs) == 1 else f"{name}: "

    def _built(self, run: Run, seconds: float) -> Built | None:
        from saerch_desktop.library.manifest import SAES_FOLDER
        from saerch_desktop.workflow.build import Built, alarms_of, trained

        folder = self._path / SAES_FOLDER / run.name
        details = trained(folder)
        return None if details is None else Built(run.name, details, seconds, alarms_of(folder))

    def _stages(self) -> list[str]:
        return _stages(self._plan, self._state)

    # What is said ----------------------------------------------------------------------------------------

    def _put(self, name: str, **changes: object) -> None:
        """Note on disk what became of an SAE, then say so."""
        self._state = self._state.with_run(self._state.of(name).model_copy(update=changes))
        save_state(self._path, self._state)
        self._live.told(replace(self._live.standing, state=self._state))

    def _show(self, name: str, step: RunStep) -> None:
        self._live.told(replace(self._live.standing, current=name, step=step))

    def _forget(self, name: str) -> None:
        """What was told of a training that was thrown away holds no longer."""
        self._moments.pop(name, None)
        self._live.told(replace(self._live.standing, moments=tuple(self._moments.items())))

    def _moved(self, name: str, moment: Moment) -> None:
        self._moments[name] = moment
        self._live.told(replace(self._live.standing, moments=tuple(self._moments.items())))


class _Titled:
    """Adds the titles of its documents to each example of a moment, and hands the moment on."""

    def __init__(self, library: Library, told: Callable[[Moment], None]) -> None:
        self._library, self._told = library, told
        self._looked = 0
        self._examples: tuple[Example, ...] = ()

    def __call__(self, moment: Moment) -> None:
        if moment.looked != self._looked:
            self._looked = moment.looked
            documents = self._library.documents
            self._examples = tuple(
                replace(
                    one, texts=tuple(" ".join(title.split())[:_TITLE] for title in documents.titles(one.rows))
                )
                for one in moment.examples
            )
        self._told(replace(moment, examples=self._examples))


# What follows a training ----------------------------------------------------------------------------------

ENCODING_STAGES: Final = (
    "Encoding documents",
    "Counting activations",
    "Indexing features",
    "Indexing neighbours",
    "Measuring recall",
)


def _encode(path: Path, name: str, progress: Progress, device: str) -> None:
    from saerch_desktop.library.library import Library
    from saerch_desktop.workflow.build import finish_sae, index_neighbours

    with Library.open(path, write=True) as library:
        finish_sae(library, name, progress, device=device, labels=False)
        index_neighbours(library, progress)


def _label(path: Path, name: str, progress: Progress, device: str) -> None:
    from saerch_desktop.workflow.naming import name_offline

    name_offline(path, name, progress)


def _families(path: Path, name: str, progress: Progress, device: str) -> None:
    from saerch_desktop.workflow.families import build_families

    build_families(path, name, progress)


_STEPS: Final[dict[AfterStep, Callable[[Path, str, Progress, str], None]]] = {
    "encode": _encode,
    "label": _label,
    "families": _families,
}


def stages_of(plan: TrainingPlan) -> list[str]:
    """The stages of a plan from its beginning, for a job that it is a part of."""
    return _stages(plan, PlanState.fresh(plan))


def _stages(plan: TrainingPlan, state: PlanState) -> list[str]:
    from saerch_desktop.features.families.naming import STAGES as FAMILY_NAMING_STAGES
    from saerch_desktop.workflow.build import TRAINING_STAGES
    from saerch_desktop.workflow.families import STAGES as FAMILY_STAGES
    from saerch_desktop.workflow.naming import STAGES as NAMING_STAGES

    of: dict[AfterStep, tuple[str, ...]] = {
        "encode": ENCODING_STAGES,
        "label": NAMING_STAGES,
        "families": (*FAMILY_STAGES, *FAMILY_NAMING_STAGES),
    }
    stages = []
    for run in state.runs:
        if run.is_over:
            continue
        prefix = "" if len(state.runs) == 1 else f"{run.name}: "
        mine = list(TRAINING_STAGES) if run.status in ("waiting", "training") else []
        mine += [stage for step in plan.after.steps if step not in run.done for stage in of[step]]
        stages += [f"{prefix}{stage}" for stage in dict.fromkeys(mine)]
    return stages
