"""The dock of jobs: what it lists, what can be done there, what an earlier run left, and leaving."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs, words_library

from saerch_desktop import settings
from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.ui import controller_library
from saerch_desktop.ui.decide_dialog import Answer, DecideDialog
from saerch_desktop.ui.job import Job, State
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.jobs_entries import JobEntry
from saerch_desktop.ui.jobs_leaving import question
from saerch_desktop.ui.jobs_part import JobsPart
from saerch_desktop.ui.window import MainWindow
from saerch_desktop.workflow import job_journal
from saerch_desktop.workflow.job_journal import Journal, Kept

pytestmark = pytest.mark.threaded


class Slow:
    """Work that goes on until it is released."""

    def __init__(self) -> None:
        self.inside, self.end = threading.Event(), threading.Event()

    def __call__(self, progress: Progress) -> None:
        progress.plan(["Counting", "Writing"], [30.0, 10.0])
        progress.begin("Counting", 1000, "texts")
        self.inside.set()
        done = 0
        while not self.end.wait(0.002):
            done = min(500, done + 1)
            progress.advance(done)


def until(qtbot: QtBot, true: Callable[[], object]) -> None:
    """Patient: the first long job of a process loads the heavy libraries."""
    qtbot.waitUntil(lambda: bool(true()), timeout=30_000)


def part_of(window: MainWindow) -> JobsPart:
    return next(part for part in window.parts if isinstance(part, JobsPart))


def titles(part: JobsPart) -> list[str]:
    return [entry.title for entry in part.jobs.model.entries]


@pytest.fixture
def slow() -> Iterator[Slow]:
    work = Slow()
    yield work
    work.end.set()


@pytest.fixture
def part(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> JobsPart:
    """The dock, shown; long jobs do not load the heavy libraries first."""
    monkeypatch.setattr(controller_library, "load_ahead", lambda **how: None)
    window.actions_table["show-jobs"].trigger()
    return part_of(window)


def begin(window: MainWindow, work: Callable[[Progress], object], title: str = "Training features") -> Job:
    return window.controller.runner.submit(title, work, lane=Lane.TRAIN)


def wait_for(part: JobsPart, qtbot: QtBot, state: State, row: int = 0) -> JobEntry:
    until(qtbot, lambda: len(part.jobs.model.entries) > row and part.jobs.model.entries[row].state is state)
    return part.jobs.model.entries[row]


def test_a_job_is_listed_paused_stopped_and_cleared(
    window: MainWindow, part: JobsPart, slow: Slow, qtbot: QtBot
) -> None:
    pane, table = part.jobs, window.actions_table
    assert not pane.empty.isHidden()
    assert pane.splitter.isHidden()
    assert not table["clear-jobs"].isEnabled()
    job = begin(window, slow)
    until(qtbot, lambda: pane.chosen and "texts" in pane.chosen.second_line)
    entry = pane.chosen
    assert entry is not None
    assert entry.first_line.startswith("Counting (step 1 of 2) · ")
    assert "left" in entry.second_line
    told = pane.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert told.startswith("Training features. Running. Counting")
    assert "Counting" in pane.log.toPlainText()
    pane.list.setFocus()
    QTest.keyClick(pane.list, Qt.Key.Key_Space)
    assert job.state is State.PAUSED
    assert pane.pause.text() == window.job_bar.rows[0].pause.text() == "Go on"
    assert window.job_bar.rows[0].text.text().startswith("Paused")
    table["pause-job"].trigger()
    assert job.state is State.RUNNING
    assert pane.pause.text() == "Pause"
    part.battery._on_battery = lambda: True
    part.battery._tell(True)
    until(qtbot, lambda: job.state is State.PAUSED)
    assert entry.state_words == "Paused: on battery"
    part.battery._on_battery = lambda: False
    part.battery.look()
    until(qtbot, lambda: job.state is State.RUNNING)
    part.battery._tell(False)
    QTest.keyClick(pane.list, Qt.Key.Key_Delete)
    wait_for(part, qtbot, State.CANCELLED)
    assert "Stopped" in pane.log.toPlainText()
    pane.copy.click()
    assert QGuiApplication.clipboard().text().startswith("Training features\n")
    assert table["clear-jobs"].isEnabled()
    table["clear-jobs"].trigger()
    assert titles(part) == []


def test_those_that_wait_change_places_by_keys_and_by_dragging(
    window: MainWindow, part: JobsPart, slow: Slow, qtbot: QtBot
) -> None:
    first = begin(window, slow, "first")
    until(qtbot, lambda: first.state is State.RUNNING)
    for name in ("a", "b", "c"):
        begin(window, slow, name)
    until(qtbot, lambda: titles(part) == ["first", "a", "b", "c"])
    part.jobs.choose(part.jobs.model.entries[3])
    QTest.keyClick(part.jobs.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert titles(part) == ["first", "a", "c", "b"]
    assert part.jobs.chosen is not None
    assert part.jobs.chosen.title == "c"
    part.jobs.down.click()
    assert titles(part) == ["first", "a", "b", "c"]
    model = part.jobs.model
    data = model.mimeData([model.index(3)])
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, 1, 0, QModelIndex())
    assert titles(part) == ["first", "c", "a", "b"]
    model.dropMimeData(model.mimeData([model.index(1)]), Qt.DropAction.MoveAction, -1, -1, QModelIndex())
    assert titles(part) == ["first", "a", "b", "c"]
    assert not model.flags(model.index(0)) & Qt.ItemFlag.ItemIsDragEnabled
    assert model.flags(model.index(1)) & Qt.ItemFlag.ItemIsDragEnabled


def test_what_is_over_stays_listed_to_be_started_again_or_opened(
    window: MainWindow, part: JobsPart, tmp_path: Path, qtbot: QtBot
) -> None:
    tries: list[int] = []

    def work(progress: Progress) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise UserError("The disk is full.", "Nothing is lost.", "Free some space.")

    library = words_library(tmp_path / "Words.saerch")
    kept = Kept("embed", library, {"embedder": "minilm"})
    window.controller.library.long_job("Computing vectors", library, work, kept=kept)
    entry = wait_for(part, qtbot, State.FAILED)
    assert entry.first_line == "The disk is full."
    assert "Failed: The disk is full." in part.jobs.log.toPlainText()
    part.jobs.again.click()
    wait_for(part, qtbot, State.DONE)
    assert len(tries) == 2
    assert len(titles(part)) == 1
    window.controller.library.close()
    part.jobs.choose(part.jobs.model.entries[0])
    QTest.keyClick(part.jobs.list, Qt.Key.Key_Return)
    until(qtbot, lambda: window.store.library is not None)
    assert window.store.library is not None
    assert window.store.library.path == library


# What an earlier run left --------------------------------------------------------------------------------


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """A kind of job that only notes that it ran."""
    calls: list[dict[str, object]] = []

    def run(library: Path, wishes: Mapping[str, object], progress: Progress) -> None:
        calls.append(dict(wishes))

    monkeypatch.setattr(job_journal, "KINDS", {**job_journal.KINDS, "noted": run})
    return calls


def leave(library: Path, number: int, *, parked: bool = False) -> None:
    record = Journal().keep(f"Training {number}", Kept("noted", library, {"k": number}))
    record.write()
    if parked:
        record.park()


def test_interrupted_jobs_are_offered_and_gone_on_with_or_left(
    window: MainWindow, part: JobsPart, tmp_path: Path, qtbot: QtBot, ran: list[dict[str, object]]
) -> None:
    library = words_library(tmp_path / "Words.saerch")
    for number in (1, 2):
        leave(library, number)
    leave(tmp_path / "Gone.saerch", 3, parked=True)
    part.begin(go_on=True)
    until(qtbot, lambda: len(titles(part)) == 3)
    assert {entry.state_words for entry in part.jobs.model.entries} == {"Interrupted"}
    assert ran == []
    rows = {row.left.title: row for row in window.job_bar.left_rows}
    assert not rows["Training 3"].again.isEnabled()
    part.jobs.choose(next(one for one in part.jobs.model.entries if one.title == "Training 3"))
    assert not part.jobs.go_on.isEnabled()
    assert "no longer there" in part.jobs.model.entries[titles(part).index("Training 3")].first_line
    part.jobs.forget.click()
    rows["Training 2"].drop.click()
    assert [left.title for left in Journal().left()] == ["Training 1"]
    QTest.mouseClick(rows["Training 1"].again, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    until(qtbot, lambda: ran == [{"k": 1}])
    wait_for(part, qtbot, State.DONE)
    assert window.job_bar.left_rows == []
    until(qtbot, lambda: not window.controller.runner.jobs(quiet=True))
    assert Journal().left() == []


def test_what_was_put_off_goes_on_by_itself_but_not_in_safe_mode(
    window: MainWindow, part: JobsPart, tmp_path: Path, qtbot: QtBot, ran: list[dict[str, object]]
) -> None:
    leave(words_library(tmp_path / "Words.saerch"), 8, parked=True)
    part.begin(go_on=False)
    until(qtbot, lambda: bool(titles(part)))
    assert ran == []
    part.begin(go_on=True)
    until(qtbot, lambda: ran == [{"k": 8}])
    wait_for(part, qtbot, State.DONE)


# Leaving -------------------------------------------------------------------------------------------------


def test_closing_with_a_job_asks_and_staying_changes_nothing(
    window: MainWindow, part: JobsPart, slow: Slow, fake_dialogs: FakeDialogs
) -> None:
    job = begin(window, slow)
    assert slow.inside.wait(10)
    fake_dialogs.answers = [None]
    assert not window.close()
    assert window.isVisible()
    assert not job.state.over
    assert [kind for kind, _ in fake_dialogs.asked] == ["decide"]
    fake_dialogs.answers = ["stop"]
    assert window.close()
    assert not window.isVisible()


def test_a_job_is_in_the_journal_while_it_runs_and_goes_on_at_the_next_start(
    window: MainWindow, part: JobsPart, slow: Slow, tmp_path: Path, fake_dialogs: FakeDialogs, qtbot: QtBot
) -> None:
    library = words_library(tmp_path / "Words.saerch")
    folder = Journal()._folder
    first = Slow()
    window.controller.library.long_job("First", library, first, kept=Kept("sample", library))
    until(qtbot, lambda: len(list(folder.glob("*.json"))) == 1)
    assert Journal().left() == [], "it is this run's"
    first.end.set()
    until(qtbot, lambda: list(folder.glob("*.json")) == [])
    window.controller.library.long_job("Slow", library, slow, kept=Kept("sample", library))
    assert slow.inside.wait(10)
    fake_dialogs.answers = [Answer("later", always=True)]
    assert window.close()
    assert [choice[0] for choice in fake_dialogs.decisions[0].choices] == ["wait", "later", "stop"]
    assert settings.load_settings().close_with_jobs == "later"
    assert [(left.title, left.parked) for left in Journal().left()] == [("Slow", True)]


def test_what_cannot_go_on_is_not_promised() -> None:
    entries = [JobEntry(1, "Exporting"), JobEntry(2, "Training")]
    said = {key: meaning for key, _, meaning in question(entries, [False, True]).choices}
    assert "“Exporting”" in said["later"]
    assert [key for key, _, _ in question(entries[:1], [False]).choices] == ["wait", "stop"]


def test_wait_comes_back_when_a_job_fails_and_leaves_when_all_is_done(
    window: MainWindow, part: JobsPart, slow: Slow, fake_dialogs: FakeDialogs, qtbot: QtBot
) -> None:
    inside, end = threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        inside.set()
        end.wait(10)
        raise UserError("The disk is full.", "Nothing is lost.", "Free some space.")

    gone: list[bool] = []
    window.finished.connect(gone.append)
    begin(window, work)
    assert inside.wait(10)
    fake_dialogs.answers = ["wait"]
    assert not window.close()
    assert part.leaving.waiting
    assert window.isMinimized() or not window.isVisible()
    end.set()
    until(qtbot, lambda: not part.leaving.waiting)
    assert window.isVisible()
    assert not window.isMinimized()
    part.desk.clear()
    settings.change_settings(close_with_jobs="wait")
    begin(window, slow)
    assert slow.inside.wait(10)
    assert not window.close()
    slow.end.set()
    until(qtbot, lambda: gone)
    assert QApplication.quitOnLastWindowClosed()
    assert len(fake_dialogs.asked) == 1, "the setting answers by itself"


def test_the_question_is_answered_by_its_buttons(qtbot: QtBot) -> None:
    dialog = DecideDialog(question([JobEntry(1, "Training")], [True]))
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.always.setChecked(True)
    QTest.mouseClick(dialog.buttons["later"], Qt.MouseButton.LeftButton)
    assert dialog.answer == Answer("later", always=True)
