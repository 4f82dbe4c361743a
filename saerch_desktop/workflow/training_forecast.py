"""What trainings will cost, found out by a second of trying each; nothing is written."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from saerch_desktop.progress import Progress
from saerch_desktop.sae.alarms import small_corpus
from saerch_desktop.workflow.build import Wishes, configuration, required_vectors, usable_vectors
from saerch_desktop.workflow.training_plan import Ground, Run, TrainingPlan

if TYPE_CHECKING:
    from saerch_desktop.sae.config import TrainConfig
    from saerch_desktop.sae.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training would do: its configuration, how many documents it would train on, and of how many."""

    config: TrainConfig
    documents: int
    corpus: int  # documents with vectors, those held out included


@dataclass(frozen=True, slots=True)
class Forecast:
    """A plan with what it will cost, measured on this computer; `resumed` when it is begun already."""

    name: str
    plan: Plan
    estimate: Estimate
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class PlanForecast:
    """What a whole plan will cost. rows: one for each of its SAEs, by its first seed. seconds: of training
    and encoding all of them. memory_bytes: the most at one time. disk_bytes: all together. refusal: why the
    plan must not be begun, "" when it may.
    """

    plan: TrainingPlan
    rows: tuple[Forecast, ...]
    seconds: float
    memory_bytes: int
    disk_bytes: int
    warnings: tuple[str, ...]
    refusal: str


def forecast(
    ground: Ground, plan: TrainingPlan, progress: Progress, known: Known | None = None
) -> PlanForecast:
    """Try each SAE of the plan for about a second, those of the same shape once. Writes nothing.

    known: what was found out before, by shape; is added to. Raises the UserErrors that a training would begin
    with, Cancelled.
    """
    known = {} if known is None else known
    rows = []
    for sae in plan.saes:
        run = next(iter(sae.runs()))
        begun = run.name in ground.begun
        key = run.name if begun else _shape(run, ground)
        if key not in known:
            wishes = Wishes(device=sae.device) if begun else run.wishes()
            known[key] = estimated(ground.library, run.name, wishes, progress, resume=begun)
        rows.append(replace(known[key], name=run.name))
    costs = [(row.estimate, len(sae.seeds)) for row, sae in zip(rows, plan.saes, strict=True)]
    disk = sum(cost.disk_bytes * times for cost, times in costs)
    free = shutil.disk_usage(ground.library).free
    refusal = next((cost.refusal for cost, _ in costs if cost.refusal), "")
    if disk > free:
        refusal = refusal or (
            f"The disk has {disk_words(free)} left and about {disk_words(disk)} are needed. Free some space, "
            "or plan fewer SAEs or features."
        )
    return PlanForecast(
        plan=plan,
        rows=tuple(rows),
        seconds=sum((cost.seconds + cost.encoding_seconds) * times for cost, times in costs),
        memory_bytes=max(cost.memory_bytes for cost, _ in costs),
        disk_bytes=disk,
        warnings=tuple(
            dict.fromkeys(said for row in rows for said in row.estimate.warnings if said != _few(row))
        ),
        refusal=refusal,
    )


def _few(row: Forecast) -> str:
    """What is said of a small corpus, which the flow says already (`TrainingFlow.remarks`)."""
    alarm = small_corpus(row.plan.config.sae.features, row.plan.documents)
    return alarm.sentence if alarm is not None else ""


Known = dict[str, Forecast]


def _shape(run: Run, ground: Ground) -> str:
    """What a training's cost depends on."""
    config = run.config(ground.documents, ground.dim)
    return config.model_copy(update={"seed": 0}).model_dump_json()


def disk_words(amount: int) -> str:
    return f"{amount / 1e9:.1f} GB"


def planned(path: Path, name: str, wishes: Wishes, *, resume: bool = False) -> Plan:
    """What `train_sae` would train, without training it. Raises the UserErrors that it would begin with."""
    from saerch_desktop.library.library import Library
    from saerch_desktop.sae.split import training_rows

    with Library.open(path) as library:
        config = configuration(library, name, wishes, resume=resume)
        vectors = required_vectors(library)
        return Plan(config, len(training_rows(vectors, config)), usable_vectors(library)[0])


def estimated(path: Path, name: str, wishes: Wishes, progress: Progress, *, resume: bool = False) -> Forecast:
    """What `train_sae` would train and what it would cost: about a second of trying it out; writes nothing.

    Raises the UserErrors that the training would begin with, and Cancelled.
    """
    from saerch_desktop.library.library import Library
    from saerch_desktop.sae.estimate import estimate
    from saerch_desktop.sae.split import training_rows

    with Library.open(path) as library:
        config = configuration(library, name, wishes, resume=resume)
        vectors = required_vectors(library)
        plan = Plan(config, len(training_rows(vectors, config)), usable_vectors(library)[0])
        return Forecast(name, plan, estimate(vectors, config, progress=progress, folder=library.path), resume)
