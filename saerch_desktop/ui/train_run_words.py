"""How a training that runs is put into words. Knows no widget."""

from __future__ import annotations

from saerch_desktop.progress import Update
from saerch_desktop.sae.watching import Moment
from saerch_desktop.ui import wording
from saerch_desktop.workflow.training_standing import AFTER, RunState, RunStep, Standing

STEP_NAMES: dict[RunStep, str] = {
    "train": "Training",
    "encode": "Encoding",
    "label": "Names",
    "families": "Families",
}


def cells(standing: Standing, run: RunState) -> tuple[str, ...]:
    """How far one SAE is: its name, and a word for each of the four steps."""
    now = standing.step if standing.current == run.name and not standing.over and not run.is_over else None
    trained = {"waiting": "–", "training": "stopped", "discarded": "thrown away", "failed": "failed"}
    first = "now" if now == "train" else trained.get(run.status, "done")
    wanted = standing.state.plan.after.steps
    words = [run.name, first]
    for step in AFTER:
        if step in run.done:
            words.append("done")
        elif step in run.skipped:
            words.append("left out")
        elif now == step:
            words.append("now")
        elif step not in wanted or run.status in ("discarded", "failed"):
            words.append("not wanted" if step not in wanted else "–")
        else:
            words.append("–")
    return tuple(words)


def title(standing: Standing | None) -> str:
    """What goes on, in a line."""
    if standing is None:
        return "Nothing is being trained"
    names = [run.name for run in standing.state.runs]
    if standing.over:
        return (
            "All is done" if all(run.is_over for run in standing.state.runs) else "The training was stopped"
        )
    doing = {
        "train": "Training",
        "encode": "Encoding the texts with",
        "label": "Naming the features of",
        "families": "Building the families of",
    }[standing.step]
    if not standing.current:
        return "Getting ready"
    place = f" ({names.index(standing.current) + 1} of {len(names)})" if len(names) > 1 else ""
    return f"{doing} “{standing.current}”{place}"


def figures(moment: Moment | None) -> str:
    """The training's figures in a line."""
    if moment is None:
        return "The first figures come within seconds."
    done = moment.documents / max(1, moment.total) * moment.passes
    last = moment.record.epochs[-1] if moment.record.epochs else None
    held = (
        f"{wording.share(last.fvu)} of held-out texts unexplained after pass {last.epoch}"
        if last is not None and last.fvu is not None
        else f"{wording.share(moment.unexplained)} of the texts unexplained so far"
    )
    return f"Pass {done:.1f} of {moment.passes} · {held} · {wording.share(moment.dead)} of the features dead"


def stage(update: Update | None, paused: bool) -> str:
    """What the job does now, and how long it will take."""
    if update is None:
        return "Waiting for its turn"
    left = update.whole_eta_s if update.whole_eta_s is not None else update.eta_s
    parts = [update.stage]
    if update.total:
        parts.append(f"{min(1.0, update.done / update.total):.0%}")
    if paused:
        parts.append("paused")
    elif left is not None and left >= 1:
        parts.append(f"{wording.duration(left)} left")
    return " · ".join(parts)


def looked(moment: Moment | None, *, alive: bool = True) -> str:
    """What the example features are, in a sentence. alive: whether they still change."""
    if moment is None or not moment.examples:
        return "As soon as features are active, five of them are shown here at random." if alive else ""
    sample = f"with the texts of a sample of {moment.examples[0].sample:,} in which they are strongest"
    if not alive:
        return f"Five features at random as they were at the end of the training, {sample}."
    return f"Five features at random as they are now, {sample}. Others are shown every few seconds."
