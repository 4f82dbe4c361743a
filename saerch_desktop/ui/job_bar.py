"""Running jobs at the window's foot: stage, how far, how long still, and a button that stops them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.progress import Update
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.jobs import Job, State

_STEPS = 1000


def time_left(seconds: float) -> str:
    """An estimate as people say it; never more exact than it is."""
    return f"{wording.duration(seconds)} left"


def describe(update: Update | None, state: State) -> str:
    """One line: stage, counts, estimate."""
    if state is State.STOPPING:
        return "Stopping…"
    if update is None:
        return "Waiting for another job to finish" if state is State.WAITING else "Starting…"
    parts = [update.stage[:1].upper() + update.stage[1:]]
    if update.stage_count > 1:
        parts[0] += f" (step {update.stage_index + 1} of {update.stage_count})"
    if update.total:
        parts.append(f"{update.done:,} of {update.total:,} {update.unit}".rstrip())
    elif update.done:
        parts.append(f"{update.done:,} {update.unit}".rstrip())
    if update.detail:
        parts.append(update.detail)
    if update.eta_s is not None and update.total and update.done < update.total:
        left = time_left(update.eta_s)
        # The estimate is the stage's own: later stages have not shown their pace yet.
        parts.append(left if update.stage_index + 1 == update.stage_count else f"{left} in this step")
    return " · ".join(parts)


class JobRow(QWidget):
    """One job."""

    def __init__(self, job: Job, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.job = job
        self.title = QLabel(job.title)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        font = self.title.font()
        font.setWeight(font.Weight.DemiBold)
        self.title.setFont(font)
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_role(self.text, "figure")
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(theme.UNIT)
        self.bar.setAccessibleName(f"Progress of: {job.title}")
        self.stop = QPushButton("Stop")
        theme.set_icon(self.stop, "stop")
        self.stop.setToolTip("Stop this job; what is finished stays, and it can go on later")
        self.stop.setAccessibleName(f"Stop: {job.title}")
        self.stop.clicked.connect(job.cancel)
        lines = QHBoxLayout()
        lines.setSpacing(3 * theme.UNIT)
        lines.addWidget(self.title)
        lines.addWidget(self.text, 1)
        left = QVBoxLayout()
        left.setSpacing(theme.UNIT)
        left.addLayout(lines)
        left.addWidget(self.bar)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3 * theme.UNIT)
        layout.addLayout(left, 1)
        layout.addWidget(self.stop, alignment=Qt.AlignmentFlag.AlignVCenter)
        self.refresh()

    def refresh(self) -> None:
        update = self.job.update_now
        self.text.setText(describe(update, self.job.state))
        fraction = update.fraction if update is not None else None
        if fraction is None:
            known = update is not None and update.stage_count > 1
            fraction = update.stage_index / update.stage_count if known and update is not None else 0.0
        self.bar.setValue(round(fraction * _STEPS))
        self.stop.setEnabled(self.job.state is not State.STOPPING)


class JobBar(QWidget):
    """Shows the oldest running job, and all of them on demand; `shown` says whether any is there."""

    shown = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("job-bar")
        self.setAccessibleName("Running jobs")
        self.rows: list[JobRow] = []
        self._all = False
        self._shown = False
        self.more = QToolButton()
        self.more.setCheckable(True)
        self.more.toggled.connect(self._show_all)
        self._list = QVBoxLayout()
        self._list.setSpacing(2 * theme.UNIT)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * theme.UNIT, 2 * theme.UNIT, 3 * theme.UNIT, 2 * theme.UNIT)
        layout.setSpacing(2 * theme.UNIT)
        layout.addLayout(self._list, 1)
        layout.addWidget(self.more, alignment=Qt.AlignmentFlag.AlignBottom)
        self.set_jobs(())

    def set_jobs(self, jobs: Sequence[Job]) -> None:
        """Take the jobs that are not over; call again whenever one of them moved."""
        wanted = [job.number for job in jobs]
        if wanted != [row.job.number for row in self.rows]:
            for row in self.rows:
                self._list.removeWidget(row)
                row.hide()
                row.deleteLater()
            self.rows = [JobRow(job, self) for job in jobs]
            for row in self.rows:
                self._list.addWidget(row)
        for row in self.rows:
            row.refresh()
        self._arrange()

    def _show_all(self, everything: bool) -> None:
        self._all = everything
        self._arrange()

    def _arrange(self) -> None:
        for number, row in enumerate(self.rows):
            row.setVisible(self._all or number == 0)
        others = len(self.rows) - 1
        self.more.setVisible(others > 0)
        self.more.setText("Fewer" if self._all else f"{others} more")
        self.more.setToolTip("Show every running job, or only the first")
        self.more.setAccessibleName(self.more.text())
        # The toolbar around it is shown and hidden: a widget hidden inside a toolbar does not come back.
        if self._shown != bool(self.rows):
            self._shown = bool(self.rows)
            self.shown.emit(self._shown)
