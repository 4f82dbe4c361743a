"""What is to be trained: one or several autoencoders in one plan, and what follows. Loads no torch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.plain_text import one_line
from saerch_desktop.library.manifest import is_safe_name
from saerch_desktop.sae.config import Device, Keep, Preset, Variant

if TYPE_CHECKING:
    from saerch_desktop.sae.config import TrainConfig
    from saerch_desktop.workflow.build import Wishes

Goal = Literal["broad", "balanced", "fine", "expert", "paper"]

VERSION: Final = 1
MOST_SAES: Final = 32
MOST_SEEDS: Final = 8
FIRST_NAME: Final = "features"
_LARGEST: Final = 1 << 20
_UNCHANGED: Final = "Nothing was trained and your library is unchanged."


class PlannedSae(BaseModel):
    """One row of a plan; None means: as the preset has it. Trained once for each of its seeds.

    heldout: share of the documents that judge the result and are never trained on. keep: "best" keeps the
    pass with the least error on these. rate, auxiliary: times the preset's learning rate, and times its
    number and weight of dead features that are called back (AuxK).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = FIRST_NAME
    preset: Preset = "balanced"
    recipe: Literal["saerch", "paper"] | None = None
    features: Annotated[int, Field(ge=1, le=1 << 20)] | None = None
    k: Annotated[int, Field(ge=1, le=1 << 14)] | None = None
    variant: Variant | None = None
    epochs: Annotated[int, Field(ge=1, le=100_000)] | None = None
    heldout: Annotated[float, Field(ge=0, le=0.5, allow_inf_nan=False)] | None = None
    keep: Keep = "best"
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**63)], ...], Field(min_length=1)] = (0,)
    device: Device = "auto"
    rate: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 1.0
    auxiliary: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = 1.0

    @field_validator("name")
    @classmethod
    def _safe(cls, value: str) -> str:
        if not is_safe_name(value):
            raise ValueError(f"“{one_line(value[:80])}” cannot be the name of an SAE")
        return value

    @field_validator("seeds")
    @classmethod
    def _few_different(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(value)) != len(value) or len(value) > MOST_SEEDS:
            raise ValueError(f"seeds must differ, and there may be {MOST_SEEDS} of them")
        return value

    def runs(self) -> Iterator[Run]:
        """One training for each seed; with several of them the seed is part of the name."""
        for seed in self.seeds:
            yield Run(self.name if len(self.seeds) == 1 else f"{self.name} seed {seed}", seed, self)


@dataclass(frozen=True, slots=True)
class Run:
    """The training of one SAE: `sae` with one of its seeds, under its own name."""

    name: str
    seed: int
    sae: PlannedSae

    def wishes(self) -> Wishes:
        """The same for `workflow.build`."""
        from saerch_desktop.workflow.build import Wishes

        sae = self.sae
        return Wishes(
            preset=sae.preset,
            features=sae.features,
            k=sae.k,
            epochs=sae.epochs,
            seed=self.seed,
            device=sae.device,
            variant=sae.variant,
            recipe=sae.recipe,
            heldout=sae.heldout,
            keep=sae.keep,
            rate=sae.rate,
            auxiliary=sae.auxiliary,
        )

    def config(self, documents: int, dim: int) -> TrainConfig:
        """What will be trained on so many vectors of that length. UserError where it does not fit."""
        from saerch_desktop.workflow.build import configured

        return configured(self.wishes(), documents, dim)


class AfterTraining(BaseModel):
    """What follows each training; whatever is left out can be done later. Names and families need codes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    encode: bool = True
    label: bool = True
    families: bool = True
    open: bool = True  # show the first SAE's features when all is done

    @property
    def steps(self) -> tuple[AfterStep, ...]:
        """The steps in order, without those that another one's absence makes impossible."""
        if not self.encode:
            return ()
        return ("encode", *(("label",) if self.label else ()), *(("families",) if self.families else ()))


AfterStep = Literal["encode", "label", "families"]


class TrainingPlan(BaseModel):
    """The whole wish, as it is kept in the journal and read by the command line (`train --plan`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["saerch-training"] = "saerch-training"
    version: Literal[1] = VERSION
    saes: Annotated[tuple[PlannedSae, ...], Field(min_length=1, max_length=MOST_SAES)]
    after: AfterTraining = AfterTraining()

    @model_validator(mode="after")
    def _names_differ(self) -> TrainingPlan:
        names = [run.name.casefold() for run in self.runs()]
        if len(set(names)) != len(names):
            raise ValueError("two SAEs of the plan have the same name")
        return self

    def runs(self) -> tuple[Run, ...]:
        """Every training, in order."""
        return tuple(run for sae in self.saes for run in sae.runs())

    def to_json(self) -> dict[str, Any]:
        """JSON values only, without what is as by default."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, value: Any) -> TrainingPlan:
        """UserError where `value` is no plan, or one of a newer version."""
        if isinstance(value, dict) and isinstance(value.get("version"), int) and value["version"] > VERSION:
            raise UserError(
                "This training plan was written by a newer version of SAErch Desktop.",
                _UNCHANGED,
                "Update SAErch Desktop, or make the plan again.",
            )
        try:
            return cls.model_validate(value)
        except (ValidationError, RecursionError) as error:
            raise UserError(
                f"This is no training plan: {_first(error)}.",
                _UNCHANGED,
                "Correct it, or make the plan again.",
            ) from error

    @classmethod
    def of_goal(cls, goal: Goal, name: str = FIRST_NAME) -> TrainingPlan:
        """One SAE by this goal, with all that follows."""
        return cls(saes=(sae_of_goal(goal, name),))


@dataclass(frozen=True, slots=True)
class GoalWords:
    """title: a few words. text: one line to choose by. short: follows “Train features: ”."""

    title: str
    text: str
    short: str


GOALS: Final = MappingProxyType(
    {
        "balanced": GoalWords("Balanced", "As many features as the texts can teach", "balanced"),
        "broad": GoalWords("Broad topics", "Fewer features, a handful for each text", "broad topics"),
        "fine": GoalWords("Fine detail", "More features for each text; takes longer", "fine detail"),
        "expert": GoalWords(
            "Expert",
            "Every setting in your own hands: size, variant, passes, seeds, held-out share",
            "expert",
        ),
        "paper": GoalWords(
            "The paper’s recipe",
            "To compare with: a small constant learning rate and 50 passes; slower, and less exact",
            "the paper’s recipe",
        ),
    }
)


def sae_of_goal(goal: Goal, name: str = FIRST_NAME) -> PlannedSae:
    """The row that a goal begins with."""
    if goal == "paper":
        return PlannedSae(name=name, preset="balanced", recipe="paper", keep="last")
    return PlannedSae(name=name, preset="balanced" if goal == "expert" else goal)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a plan is made for. documents: those with vectors. taken: names of SAEs that are there or begun;
    begun: of these, the ones whose training was interrupted and can go on.
    """

    library: Path
    documents: int
    dim: int
    taken: tuple[str, ...] = ()
    begun: tuple[str, ...] = ()

    def free_name(self, wanted: str = FIRST_NAME, also: tuple[str, ...] = ()) -> str:
        """`wanted`, or the first free one with a number behind it; neither taken nor among `also`."""
        used = {name.casefold() for name in (*self.taken, *also)}
        name, number = wanted, 1
        while name.casefold() in used:
            number += 1
            name = f"{wanted} {number}"
        return name


def look(path: Path) -> Ground:
    """Look at the library that is to be trained on. UserError when it has no vectors or is damaged."""
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.manifest import SAES_FOLDER
    from saerch_desktop.workflow.build import resumable, usable_vectors

    with Library.open(path) as library:
        documents, dim = usable_vectors(library)
        listed = library.sae_names()
        folder = library.path / SAES_FOLDER
        there = sorted(one.name for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []
        begun = [name for name in there if name not in listed and resumable(folder / name) is not None]
        return Ground(library.path, documents, dim, tuple(dict.fromkeys((*listed, *there))), tuple(begun))


def read_plan(file: Path) -> TrainingPlan:
    """The plan in a JSON file. UserError when it cannot be read or is none."""
    try:
        value = json.loads(files.read_small(file, _LARGEST))
    except FileNotFoundError as error:
        raise UserError(f"There is no file {file}.", _UNCHANGED, "Check the path.") from error
    except OSError as error:
        raise files.explain_os_error(error, file) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{file.name} is no JSON.", _UNCHANGED, "Choose a training plan.") from error
    return TrainingPlan.from_json(value)


def problems(plan: TrainingPlan, ground: Ground) -> tuple[str, ...]:
    """Why the plan cannot be carried out on this library, in sentences; () when it can."""
    taken = {name.casefold() for name in ground.taken} - {name.casefold() for name in ground.begun}
    found = []
    for run in plan.runs():
        if run.name.casefold() in taken:
            found.append(f"There already is an SAE called “{run.name}”: choose another name.")
        try:
            run.config(ground.documents, ground.dim)
        except UserError as error:
            found.append(f"“{run.name}”: {error.happened} {error.remedy}")
    return tuple(dict.fromkeys(found))


def _first(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "it is nested too deeply"
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place + ': ' if place else ''}{first['msg'].removeprefix('Value error, ')}"
