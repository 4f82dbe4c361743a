"""Pictures of the training window, with a training that is made up."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from saerch_desktop.sae.alarms import Alarm
from saerch_desktop.sae.record import EpochRecord, RunRecord
from saerch_desktop.sae.remedies import Remedy
from saerch_desktop.sae.watching import Example, Moment
from saerch_desktop.ui.train_part import TrainPart
from saerch_desktop.ui.window import MainWindow
from saerch_desktop.workflow.training_plan import PlannedSae, TrainingPlan
from saerch_desktop.workflow.training_standing import PlanState, RunState, Standing

_TOPICS = (
    (
        "Winds of young stars",
        "Discs around forty young stars",
        "Jets from protostars in Orion",
        "How discs lose their gas",
    ),
    ("A quiet black hole", "X-ray flares of the galactic centre", "Accretion at low rates"),
    ("Dust and its colour", "Grain sizes in the interstellar medium", "Extinction towards the bulge"),
    ("Rings without moons", "Shepherds of narrow rings", "The age of Saturn’s rings", "Chariklo’s two rings"),
    ("The first stars", "Metal-poor stars in the halo", "Supernovae without metals"),
)


def training(window: MainWindow, shoot: Callable[[str, QWidget], None]) -> None:
    """Goal, plan, a training with an alarm, and what follows; shoot: writes a picture under a name."""
    part = next(part for part in window.parts if isinstance(part, TrainPart))
    if window.store.library is None or not window.store.library.vectors:
        return
    part.ask()
    shown = part.training
    if shown is None or part.desk.flow is None:
        return
    shoot("train-goal", shown)
    shown.next.click()
    part.desk.estimate_now()
    shoot("train-plan", shown)
    shown.plan_page.form.every.setChecked(True)
    shoot("train-plan-every", shown)
    for step, name in (("train", "train-run"), ("families", "train-after")):
        part.desk.pose(standing(window.store.library.path, step))
        shown.turn_to("run" if step == "train" else "after")
        shoot(name, shown)
    shown.run_page.curve.toggle.setChecked(True)
    shoot("train-table", shown)
    shown.run_page.curve.toggle.setChecked(False)
    part.desk.pose(None)
    part.desk.flow.let_go()
    shown.close()


def standing(library: Path, step: str) -> Standing:
    """A plan of two SAEs in the middle of the first one's training, or at the second one's families."""
    plan = TrainingPlan(saes=(PlannedSae(name="balanced"), PlannedSae(name="broad topics", preset="broad")))
    if step == "train":
        runs = (RunState(name="balanced", status="training"), RunState(name="broad topics"))
        return Standing(
            library, PlanState(plan=plan, runs=runs), "balanced", "train", (("balanced", moment()),)
        )
    runs = (
        RunState(name="balanced", status="done", done=("encode", "label", "families")),
        RunState(name="broad topics", status="trained", done=("encode", "label")),
    )
    state = PlanState(plan=plan, runs=runs)
    return Standing(library, state, "broad topics", "families", (("broad topics", moment(alarmed=False)),))


def moment(*, alarmed: bool = True) -> Moment:
    """The end of the twelfth of twenty passes, with a few features too many dead."""
    epochs = tuple(_epoch(number) for number in range(1, 13))
    examples = tuple(
        Example(
            feature=97 * (number + 1),
            rows=tuple(range(len(texts))),
            values=tuple(1.0 - place / 10 for place in range(len(texts))),
            active=17 + 23 * number,
            sample=4096,
            texts=texts,
        )
        for number, texts in enumerate(_TOPICS)
    )
    sentence = (
        "8 % of the features (246) were active for no document of the last pass and stay unused. Choose "
        "fewer features, or a learning rate below 0.002."
    )
    alarms = (Alarm("dead features", "8 % of the features are dead", sentence),) if alarmed else ()
    remedies = (
        Remedy("more auxiliary", "Call back more dead features", "Up to 128 instead of 64."),
        Remedy("slower", "Halve the learning rate", "From 0.002 to 0.001."),
        Remedy("fewer features", "Begin again with 2,048 features", "What was trained is thrown away.", 2048),
    )
    return Moment(
        record=RunRecord(epochs=epochs),
        documents=12 * 28_500,
        total=20 * 28_500,
        passes=20,
        features=3072,
        dead=0.08 if alarmed else 0.004,
        unexplained=epochs[-1].unexplained,
        seconds=84.0,
        alarms=alarms,
        remedies=remedies if alarmed else (),
        examples=examples,
        looked=9,
    )


def _epoch(number: int) -> EpochRecord:
    fvu = 0.17 + 0.25 * math.exp(-number / 2.5)
    return EpochRecord(
        epoch=number,
        step=56 * number,
        documents=28_500 * number,
        seconds=7.0 * number,
        documents_per_second=4070.0,
        learning_rate=0.002,
        unexplained=fvu - 0.015,
        fvu=fvu,
        l0=32.0,
        dead=400 - 14 * number,
        rare=700 - 20 * number,
        cosine_encoder_decoder=0.9,
        overlap=0.6 + number / 60,
        density=(),
    )
