"""Decisions about features: undone in order, on disk at once, there after reopening, in two windows."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoCommand, QUndoStack
from pytestqt.qtbot import QtBot
from window_support import OpenWindow

from saerch_desktop.errors import UserError
from saerch_desktop.features.label import Detection
from saerch_desktop.features.marks import MARKS_FILE, Mark, load_marks, save_marks
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui import marks_keeper
from saerch_desktop.ui.undo import UndoDesk
from saerch_desktop.ui.window import MainWindow

TEST = Detection(auroc=0.9, low=0.8, high=0.95, positives=9, negatives=9)

BEST = Detection(auroc=1, low=1, high=1, positives=9, negatives=9)


@pytest.fixture
def opened(window: MainWindow, steerable: Path) -> MainWindow:
    window.controller.library.open(steerable)
    return window


def folder_of(window: MainWindow) -> Path:
    session = window.controller.library.session
    assert session is not None
    return session.required_features().folder


def on_disk(window: MainWindow) -> dict[int, Mark]:
    return load_marks(folder_of(window), 32)


def named(window: MainWindow) -> list[int]:
    """Features that have a name made by a machine."""
    session = window.controller.library.session
    assert session is not None
    return [label.feature for label in session.required_features().labels]


def text_of(window: MainWindow, feature: int) -> str:
    session = window.controller.library.session
    assert session is not None
    return session.required_features().labels.text(feature)


# What a decision does --------------------------------------------------------------------------------------


def test_a_name_is_shown_and_on_disk_at_once(opened: MainWindow) -> None:
    marks = opened.controller.marks
    told: list[frozenset[int]] = []
    marks.changed.connect(told.append)
    marks.rename(3, "  My   name ")
    assert text_of(opened, 3) == "My name"
    assert on_disk(opened)[3].text == "My name"
    assert on_disk(opened)[3].verified
    assert on_disk(opened)[3].changed
    assert told[0] == frozenset({3})


def test_an_accepted_name_survives_naming_anew(opened: MainWindow, steerable: Path) -> None:
    """Its text and its source are kept with the verdict: another name of a machine does not replace it."""
    from saerch_desktop.features.label import Label
    from saerch_desktop.features.labels import LLM_FILE, save_labels

    feature = named(opened)[0]
    accepted = text_of(opened, feature)
    opened.controller.marks.verify([feature])
    mark = on_disk(opened)[feature]
    assert (mark.text, mark.origin, mark.verified) == (accepted, "phrases", True)
    better = Label(feature=feature, text="A name made later", source="llm: m", detection=BEST)
    save_labels(folder_of(opened), 32, [better], LLM_FILE)
    opened.controller.library.refresh(steerable)
    assert text_of(opened, feature) == accepted
    opened.controller.marks.verify([feature], on=False)
    assert text_of(opened, feature) == "A name made later"
    assert on_disk(opened) == {}


def test_own_names_stay_when_a_verdict_is_taken_back(opened: MainWindow) -> None:
    marks = opened.controller.marks
    marks.rename(3, "Mine")
    marks.verify([3], on=False)
    assert (marks.mark(3).text, marks.mark(3).verified) == ("Mine", False)
    marks.verify([3])
    assert (marks.mark(3).text, marks.mark(3).origin, marks.mark(3).verified) == ("Mine", "", True)
    marks.rename(3, "  ")
    assert marks.mark(3).text is None


def test_features_without_a_name_cannot_be_verified(opened: MainWindow) -> None:
    without = next(f for f in range(32) if f not in named(opened))
    opened.controller.marks.verify([without])
    assert opened.controller.marks.mark(without).empty
    assert opened.controller.marks.undo_stack.count() == 0


def test_a_name_turned_down_is_gone_also_when_it_is_the_analysts(opened: MainWindow) -> None:
    marks, feature = opened.controller.marks, named(opened)[0]
    machine = text_of(opened, feature)
    marks.rename(feature, "Mine")
    marks.reject(feature, "Mine")
    assert text_of(opened, feature) == machine
    marks.reject(feature, machine)
    assert text_of(opened, feature) == f"#{feature}"
    assert marks.mark(feature).rejected == ("Mine", machine)
    marks.rename(feature, machine)
    assert marks.mark(feature).rejected == ("Mine",), "who gives a name does not turn it down"


def test_tags_are_compared_without_case(opened: MainWindow) -> None:
    marks = opened.controller.marks
    marks.tag([1, 2], add=["Sky", " two  words ", "", "sky"])
    marks.tag([2], add=["SKY"], remove=["TWO words"])
    assert marks.mark(1).tags == ("Sky", "two words")
    assert marks.mark(2).tags == ("Sky",)
    assert marks.undo_stack.count() == 2


def test_what_changes_nothing_is_no_step(opened: MainWindow) -> None:
    marks = opened.controller.marks
    marks.flag([1], on=False)
    marks.note(1, "   ")
    marks.put("nothing", [])
    assert marks.undo_stack.count() == 0
    assert not (folder_of(opened) / MARKS_FILE).exists()


def test_without_a_library_nothing_happens(window: MainWindow) -> None:
    marks = window.controller.marks
    marks.rename(3, "x")
    marks.verify([3])
    assert marks.mark(3).empty
    assert marks.undo_stack.count() == 0
    assert marks.last_step == 0


# Undo ------------------------------------------------------------------------------------------------------


class _Step(QUndoCommand):
    def __init__(self, log: list[str], name: str) -> None:
        super().__init__(name)
        self._log = log

    def redo(self) -> None:
        self._log.append(f"+{self.text()}")

    def undo(self) -> None:
        self._log.append(f"-{self.text()}")


def test_one_undo_for_two_histories_goes_back_in_the_order_of_time(qtbot: QtBot) -> None:
    owner = QObject()
    first, second = QUndoStack(owner), QUndoStack(owner)
    desk = UndoDesk((first, second), owner)
    log: list[str] = []
    assert (desk.can_undo, desk.can_redo) == (False, False)
    assert (desk.undo_words, desk.redo_words) == ("", "")
    desk.undo()
    for stack, name in ((first, "a"), (second, "b"), (first, "c")):
        stack.push(_Step(log, name))
    log.clear()
    assert (desk.undo_words, desk.redo_words) == ("c", "")
    with qtbot.waitSignal(desk.changed):
        desk.undo()
    assert log == ["-c"]
    assert (desk.undo_words, desk.redo_words) == ("b", "c")
    desk.undo()
    desk.undo()
    assert log == ["-c", "-b", "-a"]
    for _ in range(3):
        desk.redo()
    assert log[3:] == ["+a", "+b", "+c"]
    del log[1:]
    desk.undo()
    assert log == ["-c", "-c"]
    log.pop()
    desk.redo()
    assert log == ["-c", "+c"]
    first.clear()
    desk.undo()
    assert log[-1] == "-b"
    assert (desk.can_undo, desk.can_redo) == (False, True)
    desk.redo()
    assert log[-1] == "+b"
    desk.shutdown()


def test_a_new_step_ends_what_could_be_redone_in_its_history_alone(qtbot: QtBot) -> None:
    owner = QObject()
    first, second = QUndoStack(owner), QUndoStack(owner)
    second.setUndoLimit(2)
    desk = UndoDesk((first, second), owner)
    log: list[str] = []
    for stack, name in ((first, "a"), (second, "b")):
        stack.push(_Step(log, name))
    desk.undo()
    desk.undo()
    first.push(_Step(log, "c"))
    assert (desk.undo_words, desk.redo_words) == ("c", "b")
    for name in "defg":
        second.push(_Step(log, name))
    first.push(_Step(log, "h"))
    log.clear()
    while desk.can_undo:
        desk.undo()
    assert log == ["-h", "-g", "-f", "-c"]
    desk.shutdown()


def test_undo_takes_back_steering_and_decisions_as_they_were_made(opened: MainWindow) -> None:
    c = opened.controller
    c.search.like_document(0)
    entry = c.search.entries()[0]
    c.marks.flag([7])
    c.search.edit((Edit(entry.feature, entry.scale),))
    c.marks.rename(7, "Seven")
    undo, redo = opened.actions_table["undo"], opened.actions_table["redo"]
    assert (undo.text(), redo.text()) == ("Undo renaming", "Redo")
    undo.trigger()
    assert (undo.text(), redo.text()) == ("Undo steering", "Redo renaming")
    assert (c.marks.mark(7).text, c.marks.mark(7).flagged) == (None, True)
    assert opened.store.edits
    redo.trigger()
    assert c.marks.mark(7).text == "Seven"
    undo.trigger()
    undo.trigger()
    undo.trigger()
    assert c.marks.mark(7).empty
    assert not opened.store.edits
    assert on_disk(opened) == {}


def test_two_hundred_steps_back_and_forth_end_where_they_began(opened: MainWindow) -> None:
    marks = opened.controller.marks
    before = on_disk(opened)
    for number in range(200):
        marks.rename(number % 20, f"name {number}")
    after = on_disk(opened)
    while marks.undo_stack.canUndo():
        marks.undo_stack.undo()
    assert on_disk(opened) == before
    while marks.undo_stack.canRedo():
        marks.undo_stack.redo()
    assert on_disk(opened) == after


def test_a_test_of_a_name_is_no_step_and_survives_undo_and_redo(opened: MainWindow) -> None:
    marks, feature = opened.controller.marks, 3
    marks.rename(feature, "Mine")
    marks.update("forgetting the test", [feature], detection=None)
    marks.undo_stack.clear()
    marks.rename(feature, "Other")
    marks.update("forgetting the test", [feature], detection=None)
    marks.note(feature, "a note")
    steps, step = marks.undo_stack.count(), marks.last_step
    marks.learn(feature, "Other", TEST)
    assert marks.mark(feature).detection == TEST
    assert on_disk(opened)[feature].detection == TEST
    assert (marks.undo_stack.count(), marks.last_step) == (steps, step)
    marks.undo_stack.undo()
    assert (marks.mark(feature).note, marks.mark(feature).detection) == ("", TEST)
    marks.learn(feature, "Another text", TEST.model_copy(update={"auroc": 0.5}))
    assert marks.mark(feature).detection == TEST, "of a text that it has no longer"


def test_the_last_step_has_a_number_of_its_own(opened: MainWindow) -> None:
    marks = opened.controller.marks
    marks.flag([1])
    first = marks.last_step
    marks.flag([2])
    assert marks.last_step != first
    marks.undo_stack.undo()
    assert marks.last_step == first
    marks.undo_stack.undo()
    assert marks.last_step == 0


# Disk ------------------------------------------------------------------------------------------------------


def test_decisions_are_there_in_another_window_and_after_reopening(
    open_window: OpenWindow, steerable: Path
) -> None:
    first, second = open_window(), open_window()
    first.controller.library.open(steerable)
    second.controller.library.open(steerable)
    first.controller.marks.rename(1, "From the first")
    second.controller.marks.rename(2, "From the second")
    second.controller.marks.flag([1])  # knows nothing of the first one's name, and leaves it alone
    assert {f: (m.text, m.flagged) for f, m in on_disk(first).items()} == {
        1: ("From the first", True),
        2: ("From the second", False),
    }
    assert text_of(second, 1) == "From the first", "shown as soon as it is known"
    third = open_window()
    third.controller.library.open(steerable)
    assert text_of(third, 2) == "From the second"
    assert third.controller.marks.mark(1).flagged


def test_refreshing_keeps_the_history_and_what_was_decided_meanwhile(
    opened: MainWindow, steerable: Path
) -> None:
    marks = opened.controller.marks
    marks.rename(1, "One")
    save_marks(folder_of(opened), 32, [Mark(feature=1), Mark(feature=2, text="Elsewhere")])
    opened.controller.library.refresh(steerable)
    assert text_of(opened, 1) == "One", "as if it had been given while the features were read"
    assert text_of(opened, 2) == "Elsewhere"
    marks.undo_stack.undo()
    assert marks.mark(1).text is None
    opened.controller.library.close()
    assert marks.undo_stack.count() == 0


def test_a_failure_to_save_is_told_and_made_up_for(
    opened: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise UserError("The disk is full: marks.json could not be written.", "…", "…")

    monkeypatch.setattr(marks_keeper, "save_marks", full)
    opened.controller.marks.rename(1, "One")
    assert [notice.happened for notice in opened.store.notices] == [
        "The disk is full: marks.json could not be written."
    ]
    assert text_of(opened, 1) == "One", "it is shown all the same"
    assert on_disk(opened) == {}
    monkeypatch.undo()
    opened.controller.marks.flag([2])
    assert on_disk(opened)[1].text == "One"
    assert on_disk(opened)[2].flagged


def test_a_folder_that_cannot_be_written_to_is_told(
    opened: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    import filelock

    def refused(self: object, *_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "not yours")

    monkeypatch.setattr(filelock.FileLock, "acquire", refused)
    opened.controller.marks.flag([2])
    assert "cannot be written to" in opened.store.notices[-1].happened


@pytest.mark.threaded
def test_many_decisions_in_a_row_end_on_disk_as_they_were_made_last(
    opened: MainWindow, qtbot: QtBot, steerable: Path
) -> None:
    qtbot.waitUntil(lambda: opened.store.library is not None, timeout=20_000)
    marks = opened.controller.marks
    for number in range(60):
        marks.rename(number % 3, f"name {number}")
    wanted = {0: "name 57", 1: "name 58", 2: "name 59"}
    qtbot.waitUntil(lambda: {f: m.text for f, m in on_disk(opened).items()} == wanted, timeout=20_000)


@pytest.mark.threaded
def test_closing_the_window_loses_no_decision(
    opened: MainWindow, qtbot: QtBot, steerable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(lambda: opened.store.library is not None, timeout=20_000)
    folder = folder_of(opened)
    for number in range(40):
        opened.controller.marks.rename(number % 2, f"name {number}")
    opened.close()
    assert {f: m.text for f, m in load_marks(folder, 32).items()} == {0: "name 38", 1: "name 39"}
