"""How a training plan stands: what is kept beside the library, and what is told to whoever watches."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files
from saerch_desktop.sae.remedies import Remedy
from saerch_desktop.sae.watching import Moment, Reins
from saerch_desktop.workflow.training_plan import AfterStep, TrainingPlan

PLAN_FILE: Final = "training_plan.json"
_LARGEST: Final = 1 << 20

RunStep = Literal["train", "encode", "label", "families"]
Status = Literal["waiting", "training", "trained", "done", "discarded", "failed"]
AFTER: Final[tuple[AfterStep, ...]] = get_args(AfterStep)


class RunState(BaseModel):
    """What became of one SAE. done, skipped: of the steps after its training. trouble: why it failed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    status: Status = "waiting"
    done: tuple[AfterStep, ...] = ()
    skipped: tuple[AfterStep, ...] = ()
    features: Annotated[int, Field(ge=1)] | None = None  # asked for in the middle of the training
    trouble: str = ""

    @property
    def is_over(self) -> bool:
        return self.status in ("done", "discarded", "failed")


class PlanState(BaseModel):
    """A plan that was begun, as it is kept in the library's folder until all of it is done."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-training-state"] = "saerch-training-state"
    version: Literal[1] = 1
    plan: TrainingPlan
    runs: tuple[RunState, ...]

    @classmethod
    def fresh(cls, plan: TrainingPlan) -> PlanState:
        return cls(plan=plan, runs=tuple(RunState(name=run.name) for run in plan.runs()))

    def with_run(self, state: RunState) -> PlanState:
        """The same with another state of the run of that name."""
        runs = tuple(state if run.name == state.name else run for run in self.runs)
        return self.model_copy(update={"runs": runs})

    def of(self, name: str) -> RunState:
        return next(run for run in self.runs if run.name == name)


def load_state(library: Path) -> PlanState | None:
    """The plan that was begun on this library and is not done; None without one, or for what is none."""
    with contextlib.suppress(OSError, ValueError, ValidationError, RecursionError):
        state = PlanState.model_validate(json.loads(files.read_small(library / PLAN_FILE, _LARGEST)))
        if [run.name for run in state.runs] == [run.name for run in state.plan.runs()]:
            return state
    return None


def save_state(library: Path, state: PlanState) -> None:
    """Keep how the plan stands. UserError when the folder cannot be written to."""
    files.write_json(library / PLAN_FILE, state.model_dump(mode="json"))


def drop_state(library: Path) -> None:
    """The plan is done with."""
    with contextlib.suppress(OSError):
        (library / PLAN_FILE).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """One moment of a plan. current: name of the SAE that is worked on, "" for none; step: what is done with
    it. moments: the last one of each training that this process has seen. over: nothing runs any more.
    """

    library: Path
    state: PlanState
    current: str = ""
    step: RunStep = "train"
    moments: tuple[tuple[str, Moment], ...] = ()
    over: bool = False

    def moment(self, name: str) -> Moment | None:
        return dict(self.moments).get(name)


Listener = Callable[[Standing], None]


class Live:
    """A plan that this process carries out: what it says, and how it is spoken to, from any thread."""

    def __init__(self, standing: Standing) -> None:
        self._lock = threading.Lock()
        self._standing = standing
        self._skip: AfterStep | None = None
        self.reins = Reins()

    @property
    def standing(self) -> Standing:
        return self._standing

    def stop(self) -> None:
        """End the training of the present SAE and keep its best weights; what follows goes on."""
        if self._standing.step == "train":
            self.reins.stop()

    def discard(self) -> None:
        """Throw away the SAE that is being trained, and go on with the next one."""
        if self._standing.step == "train":
            self.reins.discard()

    def apply(self, remedy: Remedy) -> None:
        """Do what a remedy of the present training says."""
        if self._standing.step == "train":
            self.reins.apply(remedy)

    def skip(self) -> None:
        """Leave out the present step that follows a training; it can be done later."""
        with self._lock:
            step = self._standing.step
            if step == "label" or step == "families":
                self._skip = step

    def is_skipped(self, step: str) -> bool:
        return self._skip == step

    # For whoever carries the plan out ---------------------------------------------------------------------

    def next_run(self) -> None:
        """What was asked of the last training does not hold for the next one."""
        with self._lock:
            self.reins, self._skip = Reins(), None

    def told(self, standing: Standing) -> None:
        with self._lock:
            self._standing = standing
        board.tell(standing)


class Board:
    """Where plans that run in this process are found, whoever started them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: dict[Path, Live] = {}
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have `listener` called at every change, from whatever thread works; call the result to end that."""
        with self._lock:
            self._listeners.append(listener)

        def leave() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        return leave

    def tell(self, standing: Standing) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener(standing)

    def of(self, library: Path) -> Live | None:
        """The plan that runs on this library now."""
        return self._live.get(library.absolute())

    @contextlib.contextmanager
    def carrying(self, live: Live) -> Iterator[Live]:
        """Show a plan while it runs."""
        key = live.standing.library.absolute()
        with self._lock:
            self._live[key] = live
        try:
            yield live
        finally:
            with self._lock:
                self._live.pop(key, None)


board: Final = Board()
