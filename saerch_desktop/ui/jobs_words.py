"""What is said about a job: how far it is, how fast, how long still, what it costs."""

from __future__ import annotations

from saerch_desktop.progress import Update
from saerch_desktop.ui import wording
from saerch_desktop.ui.job import State

STATES: dict[State, str] = {
    State.WAITING: "Waiting",
    State.RUNNING: "Running",
    State.PAUSED: "Paused",
    State.STOPPING: "Stopping…",
    State.DONE: "Finished",
    State.FAILED: "Failed",
    State.CANCELLED: "Stopped",
}
_SLOW = 1.0  # units a second, below which a rate is said by the minute


def time_left(seconds: float) -> str:
    """An estimate as people say it; never more exact than it is."""
    return f"{wording.duration(seconds)} left"


def rate(update: Update) -> str:
    """How fast it goes; "" until that is known."""
    value = update.rate
    if value is None or not update.unit:
        return ""
    if value < _SLOW:
        return f"{value * 60:.1f} {update.unit} a minute"
    return f"{value:,.0f} {update.unit} a second" if value >= 10 else f"{value:.1f} {update.unit} a second"


def remaining(update: Update) -> str:
    """How long still: of the whole job where that is known, else of this stage; "" without an estimate."""
    if update.eta_s is None or not update.total or update.done >= update.total:
        return ""
    if update.stage_index + 1 == update.stage_count:
        return time_left(update.eta_s)
    if update.whole_eta_s is not None:
        return time_left(update.whole_eta_s)
    # The estimate is the stage's own: later stages have not shown their pace yet.
    return f"{time_left(update.eta_s)} in this step"


def place(update: Update) -> str:
    """Which stage, and how much of it is done."""
    stage = update.stage[:1].upper() + update.stage[1:]
    if update.stage_count > 1:
        stage += f" (step {update.stage_index + 1} of {update.stage_count})"
    if update.total:
        return f"{stage} · {update.done:,} of {update.total:,} {update.unit}".rstrip()
    if update.done:
        return f"{stage} · {update.done:,} {update.unit}".rstrip()
    return stage


def pace(update: Update) -> str:
    """How fast, how long still, and what it cost."""
    said = (remaining(update), rate(update), update.detail, update.cost)
    return " · ".join(part for part in said if part)


def before_it_runs(state: State) -> str:
    """What is said of a job that has told nothing yet."""
    if state is State.STOPPING:
        return "Stopping…"
    if state is State.PAUSED:
        return "Paused before it began"
    return "Waiting for another job to finish" if state is State.WAITING else "Starting…"


def describe(update: Update | None, state: State) -> str:
    """One line: stage, counts, estimate."""
    if state is State.STOPPING or update is None:
        return before_it_runs(state)
    if state is State.PAUSED:
        return f"Paused · {place(update)}"
    said = (place(update), update.detail, remaining(update))
    return " · ".join(part for part in said if part)


def share_done(update: Update | None) -> float:
    """How much of the bar is full, 0 to 1: of the whole where that is known, else of the stage."""
    if update is None:
        return 0.0
    fraction = update.fraction
    if update.share is None and update.stage_count > 1 and update.total:
        # How long the stages are is not known: as equal parts they would tell of work that nobody did.
        return min(1.0, update.done / update.total)
    if fraction is None:
        return update.stage_index / update.stage_count if update.stage_count > 1 else 0.0
    return fraction
