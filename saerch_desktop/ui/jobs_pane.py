"""The pane of jobs: a list of all, and what can be done with the chosen one, with its log."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.feature_sections import Flow
from saerch_desktop.ui.form_parts import describe, heading, icon_button
from saerch_desktop.ui.job import State
from saerch_desktop.ui.jobs_entries import JobEntry
from saerch_desktop.ui.jobs_model import JobsModel
from saerch_desktop.ui.jobs_painter import JobsPainter
from saerch_desktop.ui.theme import UNIT


class JobsList(QListView):
    """`acted(name)`: Space pauses or goes on, Del stops or takes off the list, Alt with an arrow moves."""

    acted = Signal(str)

    def __init__(self, model: JobsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(JobsPainter(self))
        self.setUniformItemSizes(False)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setMinimumHeight(theme.row_height(self.font(), 3))
        describe(
            self,
            "Jobs",
            "Space pauses a job or lets it go on, Del stops it, Alt+Up and Alt+Down move one that waits",
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        name = {
            (Qt.Key.Key_Space, False): "pause",
            (Qt.Key.Key_Delete, False): "stop",
            (Qt.Key.Key_Return, False): "open",
            (Qt.Key.Key_Enter, False): "open",
            (Qt.Key.Key_Up, True): "up",
            (Qt.Key.Key_Down, True): "down",
        }.get((Qt.Key(event.key()), alt))
        if name is None:
            super().keyPressEvent(event)
        else:
            self.acted.emit(name)


class JobsPane(QWidget):
    """`wanted(name, entry)`: one of pause, stop, open, again, go_on, forget, up, down for the chosen job;
    `dropped(entry, before)`: a waiting one was dragged; `clear_wanted`.
    """

    wanted = Signal(str, object)
    dropped = Signal(object, object)
    clear_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("jobs-pane")
        self.model = JobsModel(self)
        self.model.dropped.connect(self.dropped)
        self._shown: JobEntry | None = None
        self._by_hand = False  # whether the user chose it
        self._filling = False
        self.power = QLabel()
        self.power.setWordWrap(True)
        theme.set_role(self.power, "muted")
        self.list = JobsList(self.model)
        self.empty = EmptyState(
            "jobs",
            "No jobs yet",
            "Long work is listed here while it waits, runs and afterwards: imports, vectors, training, names,"
            " families and maps, with how far it is and a log.",
            "New library from a file…",
            "Make a library from a table or a folder of texts",
            does="new",
        )
        self.log_title = heading("Log")
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.log.setTabChangesFocus(True)
        self.log.setMinimumHeight(theme.row_height(self.log.font(), 2))
        describe(self.log, "Log of the chosen job", "The last lines; they can be selected and copied")
        self._make_buttons()
        self.detail = QWidget()
        below = QVBoxLayout(self.detail)
        below.setContentsMargins(0, UNIT, 0, 0)
        below.setSpacing(2 * UNIT)
        for widget in (self.buttons, self.log_title):
            below.addWidget(widget)
        below.addWidget(self.log, 1)
        below.addWidget(self.foot)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setObjectName("jobs-splitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.list)
        self.splitter.addWidget(self.detail)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        layout.setSpacing(2 * UNIT)
        layout.addWidget(self.power)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.splitter, 1)
        self.setFocusProxy(self.list)
        self.list.acted.connect(self._act)
        self.list.doubleClicked.connect(lambda _: self._act("open"))
        self.list.selectionModel().currentChanged.connect(lambda *_: self._moved())
        theme.notifier.changed.connect(self.list.viewport().update)
        self.set_power("")
        self.set_entries([])

    def _make_buttons(self) -> None:
        self.pause = icon_button("Pause", "Let the job rest; nothing is lost (Space)", "pause")
        self.stop = icon_button("Stop", "Stop the job; what is finished stays (Del)", "stop")
        self.open = icon_button("Open the library", "Show what came of the job (Enter)", "open")
        self.again = icon_button(
            "Start again", "Start the job once more; it goes on where it stopped", "go-on"
        )
        self.go_on = icon_button("Go on", "Go on where it was interrupted", "go-on")
        self.forget = QPushButton("Leave it")
        describe(self.forget, "Leave it", "Do not go on; what was finished stays in the library")
        self.up = icon_button("Earlier", "Let it begin before the one above it (Alt+Up)", "up")
        self.down = icon_button("Later", "Let it begin after the one below it (Alt+Down)", "down")
        self.copy = icon_button("Copy the log", "Copy the whole log of this job", "copy")
        self.clear = QPushButton("Clear finished")
        describe(self.clear, "Clear finished", "Take all jobs that are over off the list")
        acts: tuple[tuple[QPushButton, str], ...] = (
            (self.pause, "pause"),
            (self.stop, "stop"),
            (self.open, "open"),
            (self.again, "again"),
            (self.go_on, "go_on"),
            (self.forget, "forget"),
            (self.up, "up"),
            (self.down, "down"),
        )
        for button, name in acts:
            button.clicked.connect(self._acting(name))
        self.copy.clicked.connect(self._copy)
        self.clear.clicked.connect(self.clear_wanted)
        self.buttons = Flow([button for button, _ in acts], 2 * UNIT)
        self.foot = Flow([self.copy, self.clear], 2 * UNIT)

    def _acting(self, name: str) -> Callable[[], None]:
        return lambda: self._act(name)

    # Shown -----------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> JobEntry | None:
        row = self.list.currentIndex().row()
        return self.model.entries[row] if 0 <= row < len(self.model.entries) else None

    def choose(self, entry: JobEntry) -> None:
        if entry in self.model.entries:
            self.list.setCurrentIndex(self.model.index(self.model.entries.index(entry)))

    def set_entries(self, entries: list[JobEntry]) -> None:
        """Show others. The one that the user chose stays chosen as long as it is listed; that which was
        shown by itself gives way to one that runs, once it is over.
        """
        row = max(0, self.list.currentIndex().row())
        shown, self._filling = self._shown, True
        self.model.set_entries(entries)
        self.empty.setVisible(not entries)
        self.splitter.setVisible(bool(entries))
        if entries:
            numbers = [entry.number for entry in entries]
            at = row if entries[0].over else 0
            if (
                shown is not None
                and shown.number in numbers
                and (self._by_hand or self._is_used() or not shown.over or entries[0].over)
            ):
                at = numbers.index(shown.number)
            else:
                self._by_hand = False
            self.list.setCurrentIndex(self.model.index(min(at, len(entries) - 1)))
        self._filling = False
        self._choose()

    def _is_used(self) -> bool:
        focus = self.focusWidget()
        return focus is not None and focus.hasFocus()

    def touch(self, entry: JobEntry) -> None:
        """An entry has changed."""
        self.model.touch(entry)
        if entry is self._shown:
            self._fill()

    def set_power(self, words: str, explained: str = "") -> None:
        """What is done about the computer's sleep; "" for nothing to say."""
        self.power.setText(words)
        self.power.setToolTip(wording.tip(explained))
        self.power.setAccessibleDescription(explained)
        self.power.setVisible(bool(words))

    def _moved(self) -> None:
        if not self._filling:
            self._by_hand = True
            self._choose()

    def _choose(self) -> None:
        if self.chosen is not self._shown:
            self._shown = self.chosen
            self.log.clear()
        self._fill()

    def _fill(self) -> None:
        entry = self._shown
        live = entry is not None and entry.job is not None and not entry.over
        paused = entry is not None and entry.state is State.PAUSED
        self.pause.setText("Go on" if paused else "Pause")
        theme.set_icon(self.pause, "go-on" if paused else "pause")
        describe(
            self.pause,
            "Go on with the job" if paused else "Pause the job",
            "Let the job go on (Space)" if paused else "Let the job rest; nothing is lost (Space)",
        )
        self.pause.setEnabled(live and entry is not None and entry.state is not State.STOPPING)
        self.stop.setEnabled(live and entry is not None and entry.state is not State.STOPPING)
        left = entry is not None and entry.left is not None
        over = entry is not None and entry.over
        for button, shown in (
            (self.pause, live),
            (self.stop, live),
            (self.open, over and entry is not None and entry.opens is not None),
            (self.again, over and self._can_start_again(entry)),
            (self.go_on, left),
            (self.forget, left),
            (self.up, live and entry is not None and entry.waiting),
            (self.down, live and entry is not None and entry.waiting),
        ):
            button.setVisible(bool(shown))
        self.go_on.setEnabled(
            left and entry is not None and entry.left is not None and entry.left.kept.library.exists()
        )
        self.buttons.flow.invalidate()
        self.buttons.updateGeometry()
        self.clear.setEnabled(any(one.over for one in self.model.entries))
        self._fill_log(entry)

    @staticmethod
    def _can_start_again(entry: JobEntry | None) -> bool:
        return entry is not None and entry.again is not None and entry.state is not State.DONE

    def _fill_log(self, entry: JobEntry | None) -> None:
        lines = list(entry.log) if entry is not None else []
        text = "\n".join(lines)
        for widget in (self.log_title, self.log, self.copy):
            widget.setVisible(bool(lines))
        if text != self.log.toPlainText():
            self.log.setPlainText(text)
            self.log.verticalScrollBar().setValue(self.log.verticalScrollBar().maximum())

    # Done ------------------------------------------------------------------------------------------------

    def _act(self, name: str) -> None:
        entry = self.chosen
        if entry is None:
            return
        if name == "stop" and (entry.over or entry.left is not None):
            name = "forget"
        if name == "open" and entry.opens is None:
            return
        self.wanted.emit(name, entry)

    def _copy(self) -> None:
        if self._shown is not None:
            QGuiApplication.clipboard().setText("\n".join((self._shown.title, *self._shown.log)))
