"""The dock of jobs: what it lists, what can be done there, what an earlier run left, and leaving."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
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
def part(window: MainWindow) -> JobsPart:
    found = part_of(window)
    window.actions_table["show-jobs"].trigger()
    return found


def begin(window: MainWindow, work: Callable[[Progress], object], title: str = "Training features") -> Job:
    return window.controller.runner.submit(title, work, lane=Lane.TRAIN)


def wait_for(part: JobsPart, qtbot: QtBot, state: State, row: int = 0) -> JobEntry:
    until(qtbot, lambda: len(part.jobs.model.entries) > row and part.jobs.model.entries[row].state is state)
    return part.jobs.model.entries[row]


def test_an_empty_list_says_what_will_be_there(part: JobsPart) -> None:
    assert not part.jobs.empty.isHidden()
    assert part.jobs.splitter.isHidden()


def test_a_job_is_listed_with_where_it_is_and_its_log(
    window: MainWindow, part: JobsPart, slow: Slow, qtbot: QtBot
) -> None:
    begin(window, slow)
    until(qtbot, lambda: bool(part.jobs.chosen and part.jobs.chosen.update))
    entry = part.jobs.chosen
    assert entry is not None
    until(qtbot, lambda: "texts" in entry.second_line)
    assert entry.first_line.startswith("Counting (step 1 of 2) · ")
    assert "left" in entry.second_line
    assert "Training features. Running. Counting" in part.jobs.model.index(0).data(
        Qt.ItemDataRole.AccessibleTextRole
    )
    assert "Counting" in part.jobs.log.toPlainText()
    slow.end.set()
    wait_for(part, qtbot, State.DONE)
    assert "Finished" in part.jobs.log.toPlainText()
    part.jobs.copy.click()
    assert QGuiApplication.clipboard().text().startswith("Training features\n")


def test_keys_pause_resume_and_stop(window: MainWindow, part: JobsPart, slow: Slow, qtbot: QtBot) -> None:
    job = begin(window, slow)
    assert slow.inside.wait(10)
    part.jobs.list.setFocus()
    until(qtbot, lambda: job.state is State.RUNNING)
    QTest.keyClick(part.jobs.list, Qt.Key.Key_Space)
    assert job.state is State.PAUSED
    assert part.jobs.pause.text() == "Go on"
    assert window.job_bar.rows[0].pause.text() == "Go on"
    assert window.job_bar.rows[0].text.text().startswith("Paused")
    QTest.keyClick(part.jobs.list, Qt.Key.Key_Space)
    assert job.state is State.RUNNING
    QTest.keyClick(part.jobs.list, Qt.Key.Key_Delete)
    wait_for(part, qtbot, State.CANCELLED)
    QTest.keyClick(part.jobs.list, Qt.Key.Key_Delete)
    assert titles(part) == []


def test_the_actions_pause_and_stop_the_first_job(
    window: MainWindow, part: JobsPart, slow: Slow, qtbot: QtBot
) -> None:
    job = begin(window, slow)
    until(qtbot, lambda: job.state is State.RUNNING)
    window.actions_table["pause-job"].trigger()
    assert job.state is State.PAUSED
    window.actions_table["pause-job"].trigger()
    assert job.state is State.RUNNING
    window.actions_table["stop-job"].trigger()
    wait_for(part, qtbot, State.CANCELLED)
    assert window.actions_table["clear-jobs"].isEnabled()
    window.actions_table["clear-jobs"].trigger()
    assert titles(part) == []
    assert not window.actions_table["clear-jobs"].isEnabled()


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


def test_a_failure_stays_listed_with_its_reason_and_can_be_started_again(
    window: MainWindow, part: JobsPart, tmp_path: Path, qtbot: QtBot
) -> None:
    tries: list[int] = []

    def work(progress: Progress) -> None:
        tries.append(1)
        raise UserError("The disk is full.", "Nothing is lost.", "Free some space.")

    library = words_library(tmp_path / "Words.saerch")
    kept = Kept("embed", library, {"embedder": "minilm"})
    window.controller.library.long_job("Computing vectors", library, work, kept=kept)
    entry = wait_for(part, qtbot, State.FAILED)
    assert entry.first_line == "The disk is full."
    assert "Failed: The disk is full." in part.jobs.log.toPlainText()
    assert not part.jobs.again.isHidden()
    part.jobs.again.click()
    until(qtbot, lambda: len(tries) == 2)
    wait_for(part, qtbot, State.FAILED)
    assert len(titles(part)) == 1


def test_a_finished_job_opens_its_library(
    window: MainWindow, part: JobsPart, tmp_path: Path, qtbot: QtBot
) -> None:
    library = words_library(tmp_path / "Words.saerch")
    window.controller.runner.submit("Making Words", lambda progress: None, lane=Lane.TRAIN, opens=library)
    wait_for(part, qtbot, State.DONE)
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

    def run(library: Path, wishes: object, progress: Progress) -> None:
        calls.append(dict(wishes))  # type: ignore[call-overload]

    monkeypatch.setattr(job_journal, "KINDS", {**job_journal.KINDS, "noted": run})
    return calls


def leave(library: Path, parked: bool) -> None:
    record = Journal().keep("Training features", Kept("noted", library, {"k": 8}))
    record.write()
    if parked:
        record.park()


def test_an_interrupted_job_is_offered_and_gone_on_with(
    window: MainWindow, part: JobsPart, tmp_path: Path, qtbot: QtBot, ran: list[dict[str, object]]
) -> None:
    leave(words_library(tmp_path / "Words.saerch"), parked=False)
    part.begin(go_on=True)
    until(qtbot, lambda: titles(part) == ["Training features"])
    assert part.jobs.model.entries[0].state_words == "Interrupted"
    assert ran == []
    row = window.job_bar.left_rows[0]
    QTest.mouseClick(row.again, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    until(qtbot, lambda: ran == [{"k": 8}])
    assert window.job_bar.left_rows == []
    wait_for(part, qtbot, State.DONE)
    until(qtbot, lambda: Journal().left() == [] and not window.controller.runner.jobs(quiet=True))


def test_an_interrupted_job_can_be_left(
    window: MainWindow, part: JobsPart, tmp_path: Path, qtbot: QtBot, ran: list[dict[str, object]]
) -> None:
    leave(words_library(tmp_path / "Words.saerch"), parked=False)
    part.begin(go_on=True)
    until(qtbot, lambda: bool(titles(part)))
    part.jobs.forget.click()
    assert titles(part) == []
    assert Journal().left() == []
    assert ran == []


def test_what_was_put_off_goes_on_by_itself_but_not_in_safe_mode(
    window: MainWindow, part: JobsPart, tmp_path: Path, qtbot: QtBot, ran: list[dict[str, object]]
) -> None:
    leave(words_library(tmp_path / "Words.saerch"), parked=True)
    part.begin(go_on=False)
    until(qtbot, lambda: bool(titles(part)))
    assert ran == []
    part.begin(go_on=True)
    until(qtbot, lambda: ran == [{"k": 8}])
    wait_for(part, qtbot, State.DONE)


def test_a_job_whose_library_is_gone_cannot_go_on(
    window: MainWindow, part: JobsPart, tmp_path: Path, qtbot: QtBot, ran: list[dict[str, object]]
) -> None:
    leave(tmp_path / "Gone.saerch", parked=True)
    part.begin(go_on=True)
    until(qtbot, lambda: bool(titles(part)))
    assert not part.jobs.go_on.isEnabled()
    assert not window.job_bar.left_rows[0].again.isEnabled()
    assert "no longer there" in part.jobs.model.entries[0].first_line
    assert ran == []


def test_a_long_job_is_in_the_journal_while_it_runs(
    window: MainWindow, part: JobsPart, slow: Slow, tmp_path: Path, qtbot: QtBot
) -> None:
    library = words_library(tmp_path / "Words.saerch")
    folder = Journal()._folder
    window.controller.library.long_job("Slow", library, slow, kept=Kept("sample", library))
    until(qtbot, lambda: len(list(folder.glob("*.json"))) == 1)
    assert Journal().left() == [], "it is this run's"
    slow.end.set()
    until(qtbot, lambda: list(folder.glob("*.json")) == [])


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


def test_closing_without_a_job_asks_nothing(window: MainWindow, fake_dialogs: FakeDialogs) -> None:
    assert window.close()
    assert fake_dialogs.asked == []


def test_stop_and_close(window: MainWindow, slow: Slow, fake_dialogs: FakeDialogs) -> None:
    begin(window, slow)
    assert slow.inside.wait(10)
    fake_dialogs.answers = ["stop"]
    assert window.close()
    assert not window.isVisible()
    assert Journal().left() == []


def test_go_on_at_the_next_start(
    window: MainWindow, slow: Slow, tmp_path: Path, fake_dialogs: FakeDialogs, qtbot: QtBot
) -> None:
    library = words_library(tmp_path / "Words.saerch")
    window.controller.library.long_job("Slow", library, slow, kept=Kept("sample", library))
    assert slow.inside.wait(10)
    fake_dialogs.answers = [Answer("later", always=True)]
    assert window.close()
    assert [choice[0] for choice in fake_dialogs.decisions[0].choices] == ["wait", "later", "stop"]
    assert settings.load_settings().close_with_jobs == "later"
    found = Journal().left()
    assert [(left.title, left.parked) for left in found] == [("Slow", True)]


def test_what_cannot_go_on_is_not_promised(slow: Slow) -> None:
    entries = [JobEntry(1, "Exporting"), JobEntry(2, "Training")]
    said = {key: meaning for key, _, meaning in question(entries, [False, True]).choices}
    assert "“Exporting”" in said["later"]
    assert [key for key, _, _ in question(entries[:1], [False]).choices] == ["wait", "stop"]


def test_wait_hides_the_window_and_leaves_when_all_is_done(
    window: MainWindow, part: JobsPart, slow: Slow, fake_dialogs: FakeDialogs, qtbot: QtBot
) -> None:
    gone: list[bool] = []
    window.finished.connect(gone.append)
    begin(window, slow)
    assert slow.inside.wait(10)
    settings.change_settings(close_with_jobs="wait")
    assert not window.close()
    assert part.leaving.waiting
    assert window.isMinimized() or not window.isVisible()
    assert fake_dialogs.asked == []
    slow.end.set()
    until(qtbot, lambda: bool(gone))
    assert QApplication.quitOnLastWindowClosed()


def test_wait_comes_back_when_a_job_fails(
    window: MainWindow, part: JobsPart, fake_dialogs: FakeDialogs, qtbot: QtBot
) -> None:
    inside, end = threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        inside.set()
        end.wait(10)
        raise UserError("The disk is full.", "Nothing is lost.", "Free some space.")

    begin(window, work)
    assert inside.wait(10)
    fake_dialogs.answers = ["wait"]
    assert not window.close()
    end.set()
    until(qtbot, lambda: not part.leaving.waiting)
    assert window.isVisible()
    assert not window.isMinimized()


def test_the_question_is_answered_by_its_buttons(qtbot: QtBot) -> None:
    dialog = DecideDialog(question([JobEntry(1, "Training")], [True]))
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.always.setChecked(True)
    QTest.mouseClick(dialog.buttons["later"], Qt.MouseButton.LeftButton)
    assert dialog.answer == Answer("later", always=True)


# The computer's sleep ------------------------------------------------------------------------------------


def test_jobs_rest_on_battery_where_that_is_wanted(
    window: MainWindow, part: JobsPart, slow: Slow, qtbot: QtBot
) -> None:
    powered = [False]
    part.battery._on_battery = lambda: not powered[0]
    job = begin(window, slow)
    assert slow.inside.wait(10)
    until(qtbot, lambda: job.state is State.RUNNING)
    part.battery.watch(True)
    until(qtbot, lambda: job.state is State.PAUSED)
    assert part.jobs.model.entries[0].state_words == "Paused: on battery"
    powered[0] = True
    part.battery.look()
    until(qtbot, lambda: job.state is State.RUNNING)
    part.battery.watch(False)
