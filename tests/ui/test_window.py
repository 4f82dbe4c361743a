"""The window with a real library: start page, search, steering, inspection and jobs."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs, words_library
from window_support import OpenWindow, drag_to, press, release, slider_of, start_training

from saerch_desktop import settings
from saerch_desktop.progress import Progress
from saerch_desktop.sae.record import load_run
from saerch_desktop.ui import theme
from saerch_desktop.ui.jobs import Lane, State
from saerch_desktop.ui.window import MainWindow


def shown_rows(window: MainWindow) -> list[int]:
    return window.store.ranking.ranking.rows.tolist()


def test_nothing_open_shows_the_start_page(window: MainWindow) -> None:
    assert window.stack.currentWidget() is window.start_page
    assert window.feature_dock.isHidden()
    assert window.document_dock.isHidden()
    assert not window.actions_table["close"].isEnabled()


def test_opening_shows_counts_and_remembers_the_library(
    window: MainWindow, steerable: Path, fake_dialogs: FakeDialogs
) -> None:
    fake_dialogs.answers = [steerable]
    window.actions_table["open"].trigger()
    assert window.stack.currentWidget() is window.search_pane
    assert "240 documents" in window.status.counts.text()
    assert "32 features" in window.status.counts.text()
    assert window.windowTitle().startswith("Small")
    assert settings.load_settings().recent_libraries == (str(steerable.resolve()),)
    assert [a.text() for a in window.recent_menu.actions()] == ["Small"]


def test_what_is_no_library_is_said_in_place(window: MainWindow, tmp_path: Path) -> None:
    window.controller.library.open(tmp_path / "nothing.saerch")
    assert len(window.notices.cards) == 1
    assert window.stack.currentWidget() is window.start_page
    assert window.store.searching == ""


def test_a_library_without_vectors_is_searched_by_words(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window.controller.library.open(words_library(tmp_path / "Words.saerch"))
    assert "Compute vectors" in window.search_pane.notice.text()
    qtbot.keyClicks(window.search_pane.query, "planets")
    qtbot.keyClick(window.search_pane.query, Qt.Key.Key_Return)
    hits = window.store.keyword_hits
    assert len(hits) == 6
    assert all("planets" in hit.snippet.casefold() for hit in hits)
    assert window.actions_table["embed"].isEnabled()
    assert not window.actions_table["train"].isEnabled()


def test_a_document_as_query_then_steer_then_plain_again(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.controller.search.like_document(5)
    plain, scores = shown_rows(window), window.store.ranking.ranking.scores.copy()
    assert plain[0] == 5
    entry = window.controller.search.entries()[0]
    slider = slider_of(window, entry.feature)
    press(slider)
    drag_to(slider, round(slider.x_of(-entry.scale)))
    assert window.store.edits
    assert shown_rows(window) != plain, "the ranking follows before the button is let go"
    release(slider, round(slider.x_of(-entry.scale)))
    steered = shown_rows(window)
    window.actions_table["undo"].trigger()
    assert shown_rows(window) == plain
    assert window.store.edits == ()
    window.actions_table["redo"].trigger()
    assert shown_rows(window) == steered
    window.actions_table["reset"].trigger()
    assert shown_rows(window) == plain
    np.testing.assert_array_equal(window.store.ranking.ranking.scores, scores)
    assert slider.activation() == pytest.approx(entry.natural)


def test_a_drag_is_one_step_of_undo(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.controller.search.like_document(5)
    first, second = (entry.feature for entry in window.controller.search.entries()[:2])
    for feature in (first, second):
        slider = slider_of(window, feature)
        press(slider)
        for share in (0.1, 0.2, 0.3):
            drag_to(slider, round(slider.x_of(slider.natural() + share)))
        release(slider, round(slider.x_of(slider.natural() + 0.3)))
    assert window.controller.search.undo_stack.count() == 2
    window.actions_table["undo"].trigger()
    assert {edit.feature for edit in window.store.edits} == {first}


def test_paper_mode_is_a_comparison_that_can_be_left(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.controller.search.like_document(5)
    plain = shown_rows(window)
    window.actions_table["mode-paper"].trigger()
    assert window.store.ranking.ranking.mode == "paper"
    window.actions_table["mode-residual"].trigger()
    assert shown_rows(window) == plain


def test_inspecting_fills_the_panes_and_goes_back(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    inspect, store = window.controller.inspect, window.store
    window.controller.search.like_document(0)
    features = [entry.feature for entry in window.controller.search.entries()]
    inspect.feature(features[0])
    assert store.card.feature == features[0]
    inspect.document(7)
    assert store.document.document.row == 7
    assert store.document.features
    activations = [activation for *_, activation in store.document.features]
    assert activations == sorted(activations, reverse=True)
    inspect.feature(features[1])
    window.actions_table["back"].trigger()
    window.actions_table["back"].trigger()
    assert store.card.feature == features[0]
    window.actions_table["forward"].trigger()
    assert store.row == 7


def test_a_feature_found_by_label_joins_the_mixer(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.controller.search.like_document(0)
    active = {entry.feature for entry in window.controller.search.entries()}
    session = window.controller.library.session
    other = next(int(f) for f in np.flatnonzero(session.features.statistics.live) if int(f) not in active)
    window.controller.inspect.feature(other)
    window.actions_table["feature-to-mixer"].trigger()
    entries = window.controller.search.entries()
    assert entries[0].feature == other
    assert entries[0].natural == 0
    assert entries[0].scale > 0
    assert slider_of(window, other).activation() == 0
    assert window.controller.search.features_called(f"#{other}")[0][0] == other


def test_a_feature_in_the_mixer_is_not_added_again(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.controller.search.like_document(0)
    active = [entry.feature for entry in window.controller.search.entries()]
    statistics = window.controller.library.session.features.statistics
    other = next(int(f) for f in np.flatnonzero(statistics.live) if int(f) not in active)
    add, action = window.feature_pane.head.add, window.actions_table["feature-to-mixer"]
    window.controller.inspect.feature(active[0])
    assert (add.text(), add.isEnabled(), action.isEnabled()) == ("In the mixer", False, False)
    assert "already" in action.toolTip()
    window.controller.inspect.feature(other)
    assert (add.text(), add.isEnabled(), action.isEnabled()) == ("Add to mixer", True, True)
    action.trigger()
    assert (add.text(), add.isEnabled(), action.isEnabled()) == ("In the mixer", False, False)
    next(row for row in range(1, 240) if other not in _features_of(window, row))
    assert (add.text(), add.isEnabled(), action.isEnabled()) == ("Add to mixer", True, True)


def _features_of(window: MainWindow, row: int) -> set[int]:
    window.controller.search.like_document(row)
    return set(window.store.query.indices.tolist())


def test_searching_by_a_feature_finds_where_it_is_strong(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.controller.search.like_document(0)
    feature = window.controller.search.entries()[0].feature
    window.controller.search.like_feature(feature)
    strong = window.controller.library.session.features.inverted.of(feature)[0][:60].tolist()
    assert len(set(shown_rows(window)[:10]) & set(strong)) >= 5


def test_closing_the_library_leaves_an_empty_window(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.controller.search.like_document(0)
    window.actions_table["close"].trigger()
    assert window.stack.currentWidget() is window.start_page
    assert window.store.query is None
    assert window.store.edits == ()
    assert window.search_pane.query.text() == ""
    assert not window.actions_table["go-feature"].isEnabled()


def test_themes_switch_live_and_are_remembered(window: MainWindow) -> None:
    window.actions_table["theme-dark"].trigger()
    assert theme.tokens() == theme.DARK
    assert settings.load_settings().theme == "dark"
    window.actions_table["theme-light"].trigger()
    assert theme.tokens() == theme.LIGHT


@pytest.mark.threaded
def test_a_job_is_shown_and_can_be_stopped(window: MainWindow, qtbot: QtBot) -> None:
    inside = threading.Event()

    def work(progress: Progress) -> None:
        progress.plan(["counting"])
        progress.begin("counting", 10**9, "steps")
        done = 0
        while True:
            done += 1
            progress.advance(done)
            inside.set()

    job = window.controller.runner.submit("A long count", work, lane=Lane.TRAIN)
    waiting = window.controller.runner.submit("Another one", work, lane=Lane.TRAIN)
    assert inside.wait(10)
    qtbot.waitUntil(lambda: bool(window.job_bar.rows) and "Counting" in window.job_bar.rows[0].text.text())
    assert window.job_bar.isVisible()
    assert window.job_bar.more.text() == "1 more"
    assert window.actions_table["new"].isEnabled()  # another import waits its turn
    assert not window.actions_table["unpack-library"].isEnabled()
    waiting.cancel()
    qtbot.mouseClick(window.job_bar.rows[0].stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: job.state is State.CANCELLED)
    qtbot.waitUntil(lambda: not window.job_bar.isVisible())
    assert window.actions_table["unpack-library"].isEnabled()
    assert window.store.notices == ()


@pytest.mark.threaded
def test_training_from_the_window(
    window: MainWindow, steerable: Path, fake_dialogs: FakeDialogs, qtbot: QtBot
) -> None:
    window.controller.library.open(steerable)
    qtbot.waitUntil(lambda: window.store.library is not None)
    window.controller.search.like_document(3)
    qtbot.waitUntil(lambda: window.store.ranking is not None)
    rows = shown_rows(window)
    start_training(window, qtbot)
    qtbot.waitUntil(lambda: window.store.library.sae_names == ("features", "features 2"), timeout=60_000)
    qtbot.waitUntil(lambda: not window.controller.runner.jobs(quiet=True), timeout=20_000)
    record = load_run(steerable / "saes" / "features 2")
    assert record is not None
    assert window.store.library.sae == "features", "the features in use stay in use"
    (notice,) = window.store.notices
    assert notice.happened == "“features 2” is ready."
    assert notice.meaning == " ".join(("What you see is still “features”.", *record.alarms))
    assert notice.remedy == "Choose it under Train ▸ Features in use."
    assert shown_rows(window) == rows, "what was searched stays on the screen"


@pytest.mark.threaded
def test_closing_while_a_job_runs_stops_it(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window()
    inside = threading.Event()

    def work(progress: Progress) -> None:
        progress.begin("spinning")
        inside.set()
        while True:
            progress.advance(1)

    window.controller.runner.submit("Spin", work, lane=Lane.TRAIN)
    assert inside.wait(10)
    with qtbot.waitSignal(window.finished) as closed:
        window.close()
    assert closed.args == [True]
