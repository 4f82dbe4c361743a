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

from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe as named
from saerch_desktop.ui.jobs import Job, State
from saerch_desktop.ui.jobs_entries import interrupted
from saerch_desktop.ui.jobs_words import describe, share_done
from saerch_desktop.ui.map_line import ShortLine
from saerch_desktop.workflow.job_journal import Left

_STEPS = 1000
_MOST_LEFT = 3  # the dock has all of them


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
        self.text = ShortLine()
        theme.set_role(self.text, "figure")
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(theme.UNIT)
        self.bar.setAccessibleName(f"Progress of: {job.title}")
        self.pause = QPushButton()
        self.pause.clicked.connect(self._pause)
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
        layout.addWidget(self.pause, alignment=Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.stop, alignment=Qt.AlignmentFlag.AlignVCenter)
        self.refresh()

    def refresh(self) -> None:
        update = self.job.update_now
        self.text.set_text(describe(update, self.job.state))
        self.bar.setValue(round(share_done(update) * _STEPS))
        paused = self.job.state is State.PAUSED
        self.pause.setText("Go on" if paused else "Pause")
        theme.set_icon(self.pause, "go-on" if paused else "pause")
        tip = "Let this job go on" if paused else "Let this job rest; nothing is lost, and it keeps its place"
        named(self.pause, f"Go on: {self.job.title}" if paused else f"Pause: {self.job.title}", tip)
        self.pause.setEnabled(paused or self.job.pausable)
        self.stop.setEnabled(self.job.state is not State.STOPPING)

    def _pause(self) -> None:
        if self.job.state is State.PAUSED:
            self.job.resume()
        else:
            self.job.pause()


class LeftRow(QWidget):
    """A job that an earlier run of the program left: `go_on(left)`, `leave(left)`."""

    go_on = Signal(object)
    leave = Signal(object)

    def __init__(self, left: Left, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.left = left
        title = QLabel(left.title)
        font = title.font()
        font.setWeight(font.Weight.DemiBold)
        title.setFont(font)
        text = QLabel(interrupted(left))
        for label in (title, text):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.again = QPushButton("Go on")
        theme.set_icon(self.again, "go-on")
        named(self.again, f"Go on: {left.title}", "Go on where it stopped")
        self.again.setEnabled(left.kept.library.exists())
        self.drop = QPushButton("Leave it")
        named(self.drop, f"Leave it: {left.title}", "Do not go on; what was finished stays in the library")
        self.again.clicked.connect(lambda: self.go_on.emit(self.left))
        self.drop.clicked.connect(lambda: self.leave.emit(self.left))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3 * theme.UNIT)
        layout.addWidget(title)
        layout.addWidget(text, 1)
        layout.addWidget(self.again)
        layout.addWidget(self.drop)


class JobBar(QWidget):
    """Shows the oldest running job, and all of them on demand; `shown` says whether any is there. Above it
    stands what an earlier run of the program left: `go_on(left)`, `leave(left)`.
    """

    shown = Signal(bool)
    go_on = Signal(object)
    leave = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("job-bar")
        self.setAccessibleName("Running jobs")
        self.rows: list[JobRow] = []
        self.left_rows: list[LeftRow] = []
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

    def set_left(self, left: Sequence[Left]) -> None:
        """Take what could be gone on with."""
        for row in self.left_rows:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.left_rows = [LeftRow(one, self) for one in left[:_MOST_LEFT]]
        for place, made in enumerate(self.left_rows):
            made.go_on.connect(self.go_on)
            made.leave.connect(self.leave)
            self._list.insertWidget(place, made)
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
        some = bool(self.rows or self.left_rows)
        if self._shown != some:
            self._shown = some
            self.shown.emit(self._shown)
