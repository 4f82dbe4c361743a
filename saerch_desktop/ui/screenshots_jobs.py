"""Pictures of the jobs dock with made-up jobs, and of the question before leaving them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from saerch_desktop.progress import Update
from saerch_desktop.ui import theme
from saerch_desktop.ui.decide_dialog import DecideDialog
from saerch_desktop.ui.job import Job, Lane, State
from saerch_desktop.ui.jobs_entries import JobEntry
from saerch_desktop.ui.jobs_leaving import question
from saerch_desktop.ui.jobs_pane import JobsPane
from saerch_desktop.workflow.job_journal import Kept, Left

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_SIZE = (110, 170)  # in units of the grid


def jobs(window: MainWindow, shoot: Callable[[str, QWidget], None]) -> None:
    """The list empty and full, and the question; nothing runs."""
    pane = JobsPane(window)
    pane.setWindowFlag(pane.windowFlags().Window)
    pane.resize(theme.units(_SIZE[0]), theme.units(_SIZE[1]))
    pane.show()
    shoot("jobs-none", pane)
    entries = _entries()
    pane.set_power("The computer is kept awake.")
    pane.set_entries(entries)
    shoot("jobs", pane)
    pane.choose(entries[3])
    shoot("jobs-interrupted", pane)
    pane.close()
    pane.deleteLater()
    dialog = DecideDialog(question(entries[:3], [True, True, False]), window)
    dialog.show()
    shoot("leaving-jobs", dialog)
    dialog.close()


def _entries() -> list[JobEntry]:
    training = _entry(1, "Training features", State.RUNNING)
    training.update = Update(
        "Training", 0, 3, 252_000, 600_000, "documents", "epoch 9 of 20", 61.0, 84.0, 310.0, (0.0, 0.3)
    )
    for line in ("Began", "Training", "Device: processor, 2 threads"):
        training.log.append(f"10:04:31  {line}")
    asking = _entry(2, "Asking a language model for names", State.PAUSED)
    asking.update = Update(
        "Naming features", 0, 1, 412, 1200, "features", "", 300.0, 180.0, cost="$0.31 of $2.00"
    )
    waiting = _entry(3, "Laying out the documents by UMAP", State.WAITING)
    kept = Kept("embed", Path.home(), {"embedder": "minilm"})
    left = Left(Path("left.json"), "Computing vectors", kept, "Embedding", 0.43, 0.0, parked=False)
    interrupted = JobEntry(-1, left.title, left=left)
    failed = _entry(4, "Building families", State.FAILED)
    failed.job, failed.trouble = None, "The disk is full: families_default.json could not be written."
    done = _entry(5, "Making Abstracts", State.DONE)
    done.job, done.seconds, done.opens = None, 340.0, Path.home()
    return [training, asking, waiting, interrupted, failed, done]


def _entry(number: int, title: str, state: State) -> JobEntry:
    job = Job(number, title, Lane.TRAIN, None, False, theme.notifier)
    job.begun = state is not State.WAITING
    return JobEntry(number, title, job, state=state)
