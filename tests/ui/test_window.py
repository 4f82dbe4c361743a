"""The window with a real library: start page, search, steering, inspection, jobs, and coming back as left."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs, words_library
from window_support import OpenWindow, drag_to, press, release, slider_of

from saerch_desktop import settings
from saerch_desktop.progress import Progress
from saerch_desktop.sae.record import load_run
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui import theme, view_state
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


def test_reopened_as_left(open_window: OpenWindow, steerable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window = open_window()
    window.controller.library.open(steerable)
    window.controller.search.like_document(9)
    first = window.controller.search.entries()[0]
    window.controller.search.edit((Edit(first.feature, 0.4),))
    window.controller.inspect.feature(first.feature)
    window.controller.inspect.document(11)
    rows, text = shown_rows(window), window.search_pane.query.text()
    window.document_dock.hide()
    window.close()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("nothing may be embedded to show what was shown")

    monkeypatch.setattr("saerch_desktop.embedding.registry.embedder_for", refuse)
    again = open_window()
    again.restore()
    assert again.store.library.path == steerable
    assert shown_rows(again) == rows
    assert again.search_pane.query.text() == text
    assert again.store.edits == (Edit(first.feature, 0.4),)
    assert slider_of(again, first.feature).change() == pytest.approx(0.4)
    assert again.store.card.feature == first.feature
    assert again.store.row == 11
    assert again.document_dock.isHidden()
    assert not again.feature_dock.isHidden()


@pytest.fixture
def sample(steerable: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small library in the place of the built-in sample."""
    monkeypatch.setattr("saerch_desktop.workflow.sample.sample_is_complete", lambda path: path == steerable)
    monkeypatch.setattr("saerch_desktop.paths.sample_library", lambda: steerable)
    return steerable


def test_the_sample_asked_for_comes_back_as_left(open_window: OpenWindow, sample: Path) -> None:
    window = open_window()
    window.controller.library.open(sample)
    window.controller.search.like_document(9)
    feature = window.controller.search.entries()[0].feature
    window.controller.search.edit((Edit(feature, 0.4),))
    window.controller.inspect.document(11)
    rows, text = shown_rows(window), window.search_pane.query.text()
    window.feature_dock.hide()
    window.close()
    again = open_window()
    again.restore(sample=True)
    assert again.store.library.path == sample
    assert shown_rows(again) == rows
    assert again.search_pane.query.text() == text
    assert again.store.edits == (Edit(feature, 0.4),)
    assert again.store.row == 11
    assert again.feature_dock.isHidden()


def test_the_sample_after_another_library_keeps_only_the_layout(
    open_window: OpenWindow, sample: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(sample, tmp_path / "Other.saerch"))
    window = open_window()
    window.controller.library.open(other)
    window.controller.search.like_document(9)
    window.controller.inspect.document(11)
    window.feature_dock.hide()
    window.resize(1100, 700)
    window.close()
    again = open_window()
    again.restore(sample=True)
    assert again.store.library.path == sample
    assert again.store.query is None
    assert again.store.row is None
    assert again.height() == 700
    assert again.feature_dock.isHidden()
    assert not again.document_dock.isHidden()
    again.controller.library.open(other)
    assert again.store.query is None, "what was left there is not put back later"


def test_the_sample_opens_where_the_features_left_are_gone(open_window: OpenWindow, sample: Path) -> None:
    window = open_window()
    window.controller.library.open(sample)
    window.close()
    view_state.save(view_state.load().model_copy(update={"sae": "gone"}))
    again = open_window()
    again.restore(sample=True)
    assert again.store.library.sae == "features"


@pytest.mark.parametrize("trouble", ["gone", "garbage", "other vectors"])
def test_a_state_that_no_longer_fits_is_ignored(
    open_window: OpenWindow, steerable: Path, trouble: str
) -> None:
    window = open_window()
    window.controller.library.open(steerable)
    window.controller.search.like_document(9)
    window.close()
    state = view_state.load()
    if trouble == "gone":
        state = state.model_copy(update={"library": str(steerable / "not here")})
    elif trouble == "garbage":
        state = state.model_copy(
            update={"geometry": "????", "layout": "AAAA", "extra": {"x": "AAAA"}, "feature": 10**9}
        )
    else:
        query = state.query.model_copy(update={"vectors_fingerprint": "another"})
        state = state.model_copy(update={"query": query})
    view_state.save(state)
    again = open_window()
    again.restore()
    assert again.store.notices == ()
    assert (again.store.library is None) == (trouble == "gone")
    assert (again.store.ranking is None) == (trouble != "garbage")


def test_closing_the_library_leaves_an_empty_window(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.controller.search.like_document(0)
    window.actions_table["close"].trigger()
    assert window.stack.currentWidget() is window.start_page
    assert window.store.query is None
    assert window.store.edits == ()
    assert window.search_pane.query.text() == ""
    assert not window.actions_table["go-feature"].isEnabled()


def test_f6_goes_round_the_panes(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.controller.search.like_document(0)
    window.controller.inspect.feature(window.controller.search.entries()[0].feature)
    window.controller.inspect.document(0)
    window.activateWindow()
    window.search_pane.focus_query()
    seen = []
    for _ in range(3):
        window.actions_table["next-pane"].trigger()
        focus = window.focusWidget()
        panes = {
            "search": window.search_pane,
            "feature": window.feature_pane,
            "document": window.document_pane,
        }
        seen.append(next(name for name, pane in panes.items() if pane.isAncestorOf(focus) or pane is focus))
    assert seen == ["feature", "document", "search"]


@pytest.mark.parametrize("width", [1600, 1000])
def test_a_dock_shown_by_its_action_has_the_focus(window: MainWindow, steerable: Path, width: int) -> None:
    window.resize(width, 800)
    window.controller.library.open(steerable)
    window.controller.search.like_document(0)
    window.controller.inspect.document(0)
    window.activateWindow()
    toggles = {part.dock_action: part.dock for part in window.parts if part.dock is not None}
    toggles |= {"show-feature": window.feature_dock, "show-document": window.document_dock}
    for name, dock in toggles.items():
        for other in window.docks:
            other.hide()
        window.search_pane.focus_query()
        window.actions_table[name].trigger()
        QApplication.processEvents()
        focus = window.focusWidget()
        empty = name == "show-feature"  # none is chosen: there is no control in it
        assert focus is dock.widget() or dock.widget().isAncestorOf(focus) or empty, name
        if name == "show-features":
            assert focus.accessibleName() == "Filter the features"
        if name == "show-document":
            assert focus is window.document_pane.text
        window.actions_table[name].trigger()
        assert dock.isHidden()


def test_a_dock_behind_a_tab_comes_to_the_front_with_the_focus(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.controller.inspect.document(0)
    window.reveal("feature")
    QApplication.processEvents()
    assert window.document_dock in window.tabifiedDockWidgets(window.feature_dock)
    window.search_pane.focus_query()
    window.actions_table["show-document"].trigger()
    QApplication.processEvents()
    assert window.focusWidget() is window.document_pane.text
    assert window.document_pane.text.isVisible()
    assert not window.document_dock.visibleRegion().isEmpty()


def test_docks_are_tabs_in_a_low_window_and_stacked_in_a_tall_one(
    window: MainWindow, steerable: Path
) -> None:
    window.controller.library.open(steerable)
    window.resize(1024, 640)
    window.actions_table["reset-layout"].trigger()
    assert window.tabifiedDockWidgets(window.feature_dock) == [window.document_dock]
    window.resize(1600, 1200)
    window.actions_table["reset-layout"].trigger()
    assert window.tabifiedDockWidgets(window.feature_dock) == []


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
    assert not window.actions_table["new"].isEnabled()
    waiting.cancel()
    qtbot.mouseClick(window.job_bar.rows[0].stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: job.state is State.CANCELLED)
    qtbot.waitUntil(lambda: not window.job_bar.isVisible())
    assert window.actions_table["new"].isEnabled()
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
    fake_dialogs.answers = [0, True]
    window.actions_table["train"].trigger()
    qtbot.waitUntil(lambda: window.store.library.sae_names == ("features", "features 2"), timeout=60_000)
    qtbot.waitUntil(lambda: not window.controller.runner.jobs(quiet=True), timeout=20_000)
    record = load_run(steerable / "saes" / "features 2")
    assert record is not None
    assert window.store.library.sae == "features", "the features in use stay in use"
    (notice,) = window.store.notices
    assert notice.happened == "“features 2” is ready."
    assert notice.meaning == " ".join(("What you see is still “features”.", *record.alarms))
    assert notice.remedy == "Choose it under Features ▸ Features in use."
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


@pytest.mark.threaded
def test_a_whole_sample_is_opened_and_looked_at_beside_the_window(
    open_window: OpenWindow, steerable: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[threading.Thread] = []

    def complete(path: Path) -> bool:
        looked.append(threading.current_thread())
        return path == steerable

    monkeypatch.setattr("saerch_desktop.workflow.sample.sample_is_complete", complete)
    monkeypatch.setattr("saerch_desktop.paths.sample_library", lambda: steerable)
    window = open_window()
    window.controller.library.sample()
    qtbot.waitUntil(lambda: window.store.library is not None, timeout=60_000)
    assert looked
    assert looked[0] is not threading.main_thread()


def test_a_sample_that_is_not_there_is_built(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "Sample.saerch"
    monkeypatch.setattr("saerch_desktop.paths.sample_library", lambda: path)
    monkeypatch.setattr(
        "saerch_desktop.workflow.sample.build_sample", lambda path, progress: words_library(path)
    )
    window.controller.library.sample()
    assert window.store.library is not None
    assert window.store.library.path == path
