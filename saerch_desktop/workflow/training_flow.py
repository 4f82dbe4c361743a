"""The training wizard without its pages: goal, plan, run, after. Writes nothing to a library before `go`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from saerch_desktop.errors import UserError
from saerch_desktop.sae.alarms import DOCUMENTS_PER_FEATURE
from saerch_desktop.workflow import drafts
from saerch_desktop.workflow.training_plan import (
    MOST_SAES,
    AfterTraining,
    Goal,
    Ground,
    PlannedSae,
    TrainingPlan,
    problems,
    sae_of_goal,
)

Step = Literal["goal", "plan", "run", "after"]
STEPS: Final[tuple[Step, ...]] = get_args(Step)
DRAFT: Final = "training"


class TrainingDraft(BaseModel):
    """What was chosen so far, as it is kept between two visits of the wizard."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    step: Literal["goal", "plan"] = "goal"
    goal: Goal = "balanced"
    saes: tuple[PlannedSae, ...] = ()
    after: AfterTraining = AfterTraining()


class TrainingFlow:
    """Where the wizard stands for one library. Every change is kept as a draft until `go` or `let_go`.

    changed: called after each change. ground: what is trained on (`training_plan.look`).
    """

    def __init__(self, ground: Ground, changed: Callable[[], None] = lambda: None) -> None:
        self.ground = ground
        self._changed = changed
        # Features that are in use already are not taken away from whoever works with them.
        first = not set(ground.taken) - set(ground.begun)
        self.draft = load_draft(ground) or TrainingDraft(after=AfterTraining(open=first))
        self.step: Step = self.draft.step
        self.trouble: UserError | None = None  # why the draft could not be kept
        if not self.draft.saes:
            self._put(saes=(self._sae(self.draft.goal),), kept=False)

    # What is chosen --------------------------------------------------------------------------------------

    @property
    def saes(self) -> tuple[PlannedSae, ...]:
        return self.draft.saes

    @property
    def is_expert(self) -> bool:
        return self.draft.goal == "expert"

    def choose_goal(self, goal: Goal) -> None:
        """Begin the plan anew with one SAE by this goal; as it is where the goal is the same."""
        if goal == self.draft.goal:
            return
        if goal == "expert":  # what was planned before is a place to start from
            self._put(goal=goal)
        else:
            self._put(goal=goal, saes=(self._sae(goal),))

    def add(self, goal: Goal | None = None) -> None:
        """One more SAE: by this goal, or like the last one, with the next seed."""
        if len(self.saes) >= MOST_SAES:
            return
        last = self.saes[-1]
        if goal is None:
            seed = (max(last.seeds) + 1,)
            row = last.model_copy(update={"name": self._free(), "seeds": seed})
        else:
            row = self._sae(goal, also=self._names())
        self._put(saes=(*self.saes, row))

    def remove(self, at: int) -> None:
        """Take one out; the last one stays."""
        if len(self.saes) > 1:
            self._put(saes=(*self.saes[:at], *self.saes[at + 1 :]))

    def change(self, at: int, **changes: Any) -> str:
        """Change fields of one SAE; "" or why that cannot be, and then nothing was changed."""
        try:
            row = PlannedSae.model_validate(self.saes[at].model_dump() | changes)
            saes = (*self.saes[:at], row, *self.saes[at + 1 :])
            TrainingPlan(saes=saes, after=self.draft.after)
        except ValidationError as error:
            said = error.errors()[0]["msg"].removeprefix("Value error, ")
            return f"{said[:1].upper()}{said[1:]}."
        self._put(saes=saes)
        return ""

    def follow(self, **changes: bool) -> None:
        """Change what follows the training."""
        self._put(after=self.draft.after.model_copy(update=changes))

    # From page to page -----------------------------------------------------------------------------------

    def missing(self, step: Step | None = None) -> str:
        """Why one cannot go on from a page (the present one), "" when one can."""
        if (step or self.step) == "goal":
            return ""
        return " ".join(problems(self.plan(), self.ground))

    def remarks(self) -> tuple[str, ...]:
        """What should be known about the plan, though it can be carried out."""
        found = []
        if self.ground.documents < _FEW:
            found.append(
                f"With {self.ground.documents:,} documents features will be few and rough; a thousand or "
                "more make them useful."
            )
        for run in self.plan().runs():
            if run.name in self.ground.begun:
                found.append(f"“{run.name}” was begun before; it goes on where it was, with its settings.")
                continue
            try:
                config = run.config(self.ground.documents, self.ground.dim)
            except UserError:
                continue
            trained = round(self.ground.documents * (1 - config.heldout_fraction))
            if trained < DOCUMENTS_PER_FEATURE * config.sae.features:
                found.append(
                    f"“{run.name}” has {config.sae.features:,} features for {trained:,} documents: many will "
                    "describe single documents. "
                    f"At most {max(1, trained // DOCUMENTS_PER_FEATURE):,} are worth training."
                )
            if config.heldout_fraction == 0:
                found.append(f"Nothing is held out for “{run.name}”, so nobody can tell how good it is.")
        return tuple(dict.fromkeys(found))

    def forward(self) -> bool:
        """To the next page, if nothing is missing; the last two are reached by `go` and by the training."""
        if self.step != "goal" or self.missing():
            return False
        self._to("plan")
        return True

    def back(self) -> bool:
        if self.step != "plan":
            return False
        self._to("goal")
        return True

    def plan(self) -> TrainingPlan:
        """What would be trained now."""
        return TrainingPlan(saes=self.saes, after=self.draft.after)

    def go(self) -> TrainingPlan:
        """The plan to be carried out; the draft is done with. UserError where something is missing."""
        if missing := self.missing("plan"):
            raise UserError(missing, "Nothing was trained.", "Correct the plan, then start it.")
        plan = self.plan()
        drafts.drop(DRAFT, str(self.ground.library))
        self.step = "run"
        self._changed()
        return plan

    def finished(self) -> None:
        """All SAEs of the plan are trained; what follows may still run."""
        self.step = "after"
        self._changed()

    def let_go(self) -> None:
        """Forget the draft."""
        drafts.drop(DRAFT, str(self.ground.library))

    # Inside ----------------------------------------------------------------------------------------------

    def _sae(self, goal: Goal, also: tuple[str, ...] = ()) -> PlannedSae:
        return sae_of_goal(goal, self.ground.free_name(also=also))

    def _free(self) -> str:
        return self.ground.free_name(also=self._names())

    def _names(self) -> tuple[str, ...]:
        return (*(row.name for row in self.saes), *(run.name for row in self.saes for run in row.runs()))

    def _to(self, step: Literal["goal", "plan"]) -> None:
        self.step = step
        self._put(step=step)

    def _put(self, *, kept: bool = True, **changes: Any) -> None:
        self.draft = self.draft.model_copy(update=changes)
        self.trouble = None
        if kept:
            try:
                drafts.save(DRAFT, self.draft.model_dump(mode="json"), str(self.ground.library))
            except UserError as error:
                self.trouble = error
        self._changed()


_FEW: Final = 500


def load_draft(ground: Ground) -> TrainingDraft | None:
    """What was chosen for this library and not carried out. A draft that makes no sense is none."""
    raw = drafts.load(DRAFT, str(ground.library))
    if raw is None:
        return None
    try:
        draft = TrainingDraft.model_validate(raw)
        TrainingPlan(saes=draft.saes, after=draft.after)
    except (ValidationError, RecursionError):
        return None
    return draft
