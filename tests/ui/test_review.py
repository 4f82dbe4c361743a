"""The review by keys alone: verdicts, the way back, names in place, tests in the background, and speed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from saerch_desktop.features.label import Alternative, Detection, Label
from saerch_desktop.features.labels import LLM_FILE, load_labels, save_labels
from saerch_desktop.features.marks import load_marks
from saerch_desktop.features.review import review_order
from saerch_desktop.ui.review_part import ReviewPart
from saerch_desktop.ui.review_window import ReviewWindow
from saerch_desktop.ui.window import MainWindow

FEATURES = 32
LOW = Detection(auroc=0.52, low=0.4, high=0.6, positives=9, negatives=9)


def sae_folder(library: Path) -> Path:
    return library / "saes" / "features"


@pytest.fixture
def rivals(steerable: Path) -> Path:
    """A library whose features have a second source with an alternative, tested worse than the phrases."""
    named = [label.feature for label in load_labels(sae_folder(steerable), FEATURES)]
    claims = [
        Label(
            feature=feature,
            text=f"Rival {feature}",
            source="llm: local",
            detection=LOW,
            alternatives=(Alternative(text=f"Third {feature}"),),
        )
        for feature in named
    ]
    save_labels(sae_folder(steerable), FEATURES, claims, LLM_FILE)
    return steerable


def part_of(window: MainWindow) -> ReviewPart:
    return next(part for part in window.parts if isinstance(part, ReviewPart))


def opened(window: MainWindow, library: Path, qtbot: QtBot) -> ReviewWindow:
    """The review of this library, opened with its key."""
    window.controller.library.open(library)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    review = part_of(window).review
    assert review is not None
    qtbot.waitExposed(review)
    review.activateWindow()
    qtbot.waitUntil(review.isActiveWindow)
    return review


@pytest.fixture
def review(window: MainWindow, rivals: Path, qtbot: QtBot) -> ReviewWindow:
    return opened(window, rivals, qtbot)


def press(review: ReviewWindow, *keys: Qt.Key) -> None:
    """Keys go to whatever has the focus, as a person's do."""
    for key in keys:
        target: QWidget = review.focusWidget() or review
        QTest.keyClick(target, key)


def kept(window: MainWindow) -> dict[int, tuple[str | None, bool]]:
    session = window.controller.library.session
    assert session is not None
    marks = load_marks(session.required_features().folder, FEATURES)
    return {feature: (mark.text, mark.verified) for feature, mark in marks.items()}


def shown(review: ReviewWindow) -> int:
    feature = review.desk.feature
    assert feature is not None
    return feature


Key = Qt.Key


def test_it_begins_with_what_matters_and_shows_the_grounds(window: MainWindow, review: ReviewWindow) -> None:
    session = window.controller.library.session
    assert session is not None
    features = session.required_features()
    order = review_order(features.labels, features.statistics)
    assert shown(review) == order[0]
    assert review.progress.text() == f"0 of {len(order):,}"
    assert review.name.text() == features.labels.text(order[0])
    texts = [line.text for line in review.candidates.lines]
    assert texts[:2] == [review.name.text(), f"Rival {order[0]}"]
    assert f"Third {order[0]}" in texts
    assert review.candidates.lines[0].cap == "1"
    top = review.evidence.lists["top"]
    assert top.isVisible()
    rows = features.inverted.of(order[0])[0]
    assert [entry.key for entry in top.entries.entries] == [int(row) for row in rows[:4]]
    assert all(entry.text for entry in top.entries.entries), "with what the documents say"
    near = [entry.key for entry in review.evidence.lists["near"].entries.entries]
    assert near
    assert not set(near) & {int(row) for row in rows}


def test_fifteen_decisions_by_keys_alone(window: MainWindow, review: ReviewWindow) -> None:
    session = window.controller.library.session
    assert session is not None
    labels = session.required_features().labels
    began = time.monotonic()
    expected: dict[int, tuple[str | None, bool]] = {}
    for _ in range(3):
        feature = shown(review)  # accept
        expected[feature] = (labels.text(feature), True)
        press(review, Key.Key_A)
        feature = shown(review)  # choose the second
        expected[feature] = (f"Rival {feature}", True)
        press(review, Key.Key_2)
        feature = shown(review)  # turn down
        expected[feature] = (None, False)
        press(review, Key.Key_X)
        feature = shown(review)  # name
        expected[feature] = (f"typed {feature}", True)
        press(review, Key.Key_E)
        line = review.focusWidget()
        assert isinstance(line, QLineEdit)
        QTest.keyClicks(line, f"typed {feature}")  # over the former name, which is selected
        press(review, Key.Key_Return)
        press(review, Key.Key_Space)  # pass over
    assert kept(window) == expected
    assert time.monotonic() - began < 60, "twelve verdicts in far less than a minute"
    done, total, pace = review.desk.progress
    assert done == 12
    assert pace is not None
    assert pace > 12
    assert review.progress.text().startswith(f"12 of {total:,} · ")
    assert [line.aside.split(" ")[0] for line in review.latest.lines[:5]] == [
        "passed",
        "named",
        "rejected",
        "chosen",
        "accepted",
    ]
    while review.desk.feature is not None and review.desk.progress[0] < total:
        press(review, Key.Key_X if review.desk.label is not None else Key.Key_E)
        if isinstance(review.focusWidget(), QLineEdit):
            QTest.keyClicks(review.focusWidget(), "anything")
            press(review, Key.Key_Return)
    assert review.desk.feature is None, "those passed over came again, and then it ended"


def test_the_way_back_restores_everything(window: MainWindow, review: ReviewWindow) -> None:
    first = shown(review)
    press(review, Key.Key_A)
    second = shown(review)
    press(review, Key.Key_F, Key.Key_X)
    third = shown(review)
    press(review, Key.Key_Space, Key.Key_2)
    assert len(kept(window)) == 3
    press(review, Key.Key_Backspace)
    press(review, Key.Key_Backspace)
    assert shown(review) == third
    press(review, Key.Key_Backspace)
    assert shown(review) == second
    assert review.buttons["flag"].isChecked()
    press(review, Key.Key_Backspace)
    assert not review.buttons["flag"].isChecked()
    press(review, Key.Key_Backspace)
    assert shown(review) == first
    assert kept(window) == {}
    assert review.desk.progress[0] == 0
    press(review, Key.Key_Backspace)
    assert review.hint.text() == "There is no decision to take back."


def test_backspace_takes_back_its_own_decision_also_after_others(
    window: MainWindow, review: ReviewWindow
) -> None:
    first = shown(review)
    press(review, Key.Key_A)
    window.controller.marks.pin([31])
    press(review, Key.Key_Backspace)
    assert shown(review) == first
    assert not window.controller.marks.mark(first).verified
    assert window.controller.marks.mark(31).pinned


def test_undo_in_the_main_window_brings_the_feature_back(window: MainWindow, review: ReviewWindow) -> None:
    first = shown(review)
    press(review, Key.Key_2)
    assert shown(review) != first
    window.actions_table["undo"].trigger()
    assert shown(review) == first
    assert review.desk.latest == []
    elsewhere = review.desk._queue.upcoming(1)[0]  # type: ignore[union-attr]
    window.controller.marks.verify([elsewhere])
    assert review.desk.progress[0] == 1
    press(review, Key.Key_A)
    assert shown(review) != elsewhere


def test_esc_leaves_the_line_and_then_the_window(window: MainWindow, review: ReviewWindow) -> None:
    former = review.name.text()
    press(review, Key.Key_E)
    QTest.keyClicks(review.focusWidget(), "axf 123 ")
    assert isinstance(review.focusWidget(), QLineEdit), "letters are letters while one types"
    press(review, Key.Key_Escape)
    assert review.isVisible()
    assert review.name.text() == former
    assert kept(window) == {}
    press(review, Key.Key_E)
    review.line.clear()
    press(review, Key.Key_Return)
    assert "at least one letter" in review.hint.text()
    assert kept(window) == {}
    press(review, Key.Key_Escape, Key.Key_Escape)
    assert not review.isVisible()


def test_where_one_left_off_is_where_one_goes_on(window: MainWindow, review: ReviewWindow) -> None:
    press(review, Key.Key_A)
    feature = shown(review)
    review.close()
    window.actions_table["review"].trigger()
    assert review.isVisible()
    assert shown(review) == feature


def test_a_typed_name_is_tested_and_the_test_is_no_step(window: MainWindow, review: ReviewWindow) -> None:
    """The library's vectors are given: its documents' own words judge."""
    feature, marks = shown(review), window.controller.marks
    press(review, Key.Key_E)
    QTest.keyClicks(review.focusWidget(), "planets and dust")
    press(review, Key.Key_Return)
    assert marks.mark(feature).text == "planets and dust"
    detection = marks.mark(feature).detection
    assert detection is not None
    assert detection.positives > 0
    assert marks.undo_stack.count() == 1
    press(review, Key.Key_Backspace)
    assert marks.mark(feature).empty


def test_a_name_like_a_candidate_is_that_candidate(window: MainWindow, review: ReviewWindow) -> None:
    feature = shown(review)
    press(review, Key.Key_E)
    QTest.keyClicks(review.focusWidget(), f"  Rival   {feature} ")
    press(review, Key.Key_Return)
    mark = window.controller.marks.mark(feature)
    assert (mark.text, mark.origin, mark.detection) == (f"Rival {feature}", "llm: local", LOW)


def test_a_number_without_a_name_says_so(review: ReviewWindow) -> None:
    feature = shown(review)
    press(review, Key.Key_9)
    assert review.hint.text() == "There is no name number 9."
    assert shown(review) == feature


def test_the_mouse_can_do_it_too(window: MainWindow, review: ReviewWindow, qtbot: QtBot) -> None:
    first = shown(review)
    qtbot.mouseClick(review.buttons["accept"], Qt.MouseButton.LeftButton)
    assert kept(window)[first][1]
    review.latest.clicked.emit(review.latest.model().index(0, 0))
    assert shown(review) == first
    review.candidates.clicked.emit(review.candidates.model().index(1, 0))
    assert kept(window)[first] == (f"Rival {first}", True)
    assert review.desk.progress[0] == 1


def test_space_presses_the_button_that_has_the_focus(window: MainWindow, review: ReviewWindow) -> None:
    first = shown(review)
    review.buttons["accept"].setFocus()
    press(review, Key.Key_Space)
    assert kept(window)[first][1]


def test_another_order_keeps_the_decisions(review: ReviewWindow) -> None:
    press(review, Key.Key_A)
    review.order.setCurrentIndex(review.order.findData("number"))
    review.order.activated.emit(review.order.currentIndex())
    session = review.desk._controller.library.session
    assert session is not None
    features = session.required_features()
    assert shown(review) == review_order(features.labels, features.statistics, "number")[0]
    assert review.desk.progress[0] == 1
    press(review, Key.Key_Backspace)
    assert review.desk.progress[0] == 0


def test_only_some_features(window: MainWindow, review: ReviewWindow) -> None:
    press(review, Key.Key_A)
    part_of(window).ask(only=[3, 5])
    assert review.desk.progress[:2] == (0, 2)
    assert {shown(review), *review.desk._queue.upcoming(9)} == {3, 5}  # type: ignore[union-attr]


def test_naming_anew_keeps_the_place_and_the_verdicts(
    window: MainWindow, review: ReviewWindow, rivals: Path
) -> None:
    first, text = shown(review), review.name.text()
    press(review, Key.Key_A)
    feature = shown(review)
    save_labels(sae_folder(rivals), FEATURES, [Label(feature=first, text="Anew", source="llm: x")], LLM_FILE)
    window.controller.library.refresh(rivals)
    assert shown(review) == feature
    assert window.controller.search.label(first) == text
    press(review, Key.Key_Backspace)
    assert shown(review) == first


def test_closing_the_library_closes_the_review(
    window: MainWindow, review: ReviewWindow, rivals: Path
) -> None:
    window.controller.library.close()
    assert not review.isVisible()
    assert review.desk.feature is None
    assert not window.actions_table["review"].isEnabled()
    window.controller.library.open(rivals)
    window.actions_table["review"].trigger()
    assert review.isVisible()
    assert review.desk.feature is not None


def test_everything_has_a_name_for_assistive_technology(review: ReviewWindow) -> None:
    for widget in (review.candidates, review.latest, review.evidence, review.order, review.line):
        assert widget.accessibleName()
    for button in review.buttons.values():
        assert button.accessibleName()
        assert button.toolTip()
    spoken = review.candidates.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith(f"1: {review.name.text()}, by ")


@pytest.mark.threaded
def test_the_next_feature_is_there_at_once(window: MainWindow, rivals: Path, qtbot: QtBot) -> None:
    window.controller.library.open(rivals)
    qtbot.waitUntil(lambda: window.store.library is not None, timeout=20_000)
    window.actions_table["review"].trigger()
    review = part_of(window).review
    assert review is not None
    slowest = 0.0
    for _ in range(6):
        ahead = review.desk._queue.upcoming(1)[0]  # type: ignore[union-attr]
        qtbot.waitUntil(lambda a=ahead: a in review.desk._known, timeout=20_000)
        began = time.perf_counter()
        QTest.keyClick(review, Qt.Key.Key_A)
        slowest = max(slowest, time.perf_counter() - began)
        assert shown(review) == ahead
        assert review.desk.evidence is not None, "read ahead"
        assert review.evidence.lists["top"].isVisible()
    assert slowest < 0.5, "generous: other programs run beside a test"
