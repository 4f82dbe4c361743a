"""Keeps the journal of long jobs up to date from the window's side, without waiting for the disk there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from saerch_desktop.progress import Progress, Update
from saerch_desktop.ui.job import Job
from saerch_desktop.ui.jobs import JobRunner
from saerch_desktop.workflow.job_journal import Journal, Kept, Record


class KeptJobs(QObject):
    """The entries of the jobs of this window."""

    noted = Signal(object)  # Kept: a job that can be gone on with was begun

    def __init__(self, journal: Journal, runner: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self.journal = journal
        self._runner = runner
        self._records: dict[int, Record] = {}
        self._kept: dict[int, Kept] = {}

    def keep(self, job: Job, kept: Kept) -> None:
        """Note the job, how far it comes, and that it is over."""
        if job.state.over:
            return
        number = job.number
        self._kept[number] = kept
        self.noted.emit(kept)
        record = self.journal.keep(job.title, kept)
        self._records[number] = record

        def begin(progress: Progress) -> None:
            self.journal.alive()
            record.write()

        def moved(update: Update) -> None:
            if record.note(update):
                self._runner.submit("Noting a job", lambda progress: record.write(), quiet=True)

        def over() -> None:
            record.drop()
            self._records.pop(number, None)
            self._kept.pop(number, None)

        self._runner.submit("Noting a job", begin, quiet=True)
        job.progressed.connect(moved)
        job.finished.connect(over)

    def __contains__(self, job: Job) -> bool:
        return job.number in self._records

    def makes_vectors(self, library: Path) -> bool:
        """Whether a job that waits or runs gives that library the vectors of its texts."""
        return any(
            kept.library == library
            and (kept.kind in ("embed", "sample") or kept.wishes.get("vectors", "none") != "none")
            for kept in self._kept.values()
        )

    def park(self) -> None:
        """Let every job of the journal be gone on with at the next start. Waits for the disk."""
        for record in self._records.values():
            record.park()

    def close(self) -> None:
        """The program ends."""
        self.journal.close()
