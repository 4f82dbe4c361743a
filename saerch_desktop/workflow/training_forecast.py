"""What trainings will cost, found out by a second of trying each; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from saerch_desktop.progress import Progress
from saerch_desktop.workflow.build import Wishes, configuration, required_vectors, usable_vectors

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
