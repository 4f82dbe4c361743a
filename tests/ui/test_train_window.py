"""The training window by real events: a plan is made, started, followed, stopped and gone on with."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs
from window_support import OpenWindow

from saerch_desktop.sae import loop
from saerch_desktop.ui import theme
from saerch_desktop.ui.screenshots_training import moment, standing
from saerch_desktop.ui.train_part import TrainPart
from saerch_desktop.ui.train_run_words import cells, figures, stage
from saerch_desktop.ui.train_window import TrainWindow
from saerch_desktop.ui.window import MainWindow
from saerch_desktop.workflow.training_plan import PlannedSae
from saerch_desktop.workflow.training_standing import PlanState, load_state, save_state


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "EVERY_SECONDS", 0.0)


def part_of(window: MainWindow) -> TrainPart:
    return next(part for part in window.parts if isinstance(part, TrainPart))


def shown(window: MainWindow, library: Path, qtbot: QtBot) -> TrainWindow:
    window.controller.library.open(library)
    qtbot.waitUntil(lambda: window.store.library is not None, timeout=60_000)
    window.actions_table["train"].trigger()
    part = part_of(window)
    qtbot.waitUntil(lambda: part.desk.flow is not None, timeout=60_000)
    assert part.training is not None
    return part.training


def test_a_plan_is_made_by_mouse_and_keyboard_and_kept(
    open_window: OpenWindow, steerable: Path, qtbot: QtBot
) -> None:
    window = open_window()
    training = shown(window, steerable, qtbot)
    desk = part_of(window).desk
    qtbot.mouseClick(training.goal_page.choices["fine"], Qt.MouseButton.LeftButton)
    assert desk.flow is not None
    assert desk.flow.saes[0].preset == "fine"
    assert "features," in training.goal_page.words.text()
    qtbot.mouseClick(training.next, Qt.MouseButton.LeftButton)
    assert training.page == "plan"
    desk.estimate_now()
    page = training.plan_page
    assert page.table.item(0, 5).text() not in ("", "…")
    assert "1 SAE: " in page.total.text()
    page.form.seeds.setValue(3)
    assert desk.flow.saes[0].seeds == (0, 1, 2)
    page.form.name.setFocus()
    page.form.name.selectAll()
    qtbot.keyClicks(page.form.name, "../up")
    qtbot.keyClick(page.form.name, Qt.Key.Key_Return)
    assert training.page == "plan", "Enter in a field starts nothing"
    assert "cannot be the name" in page.refused.text()
    assert desk.flow.saes[0].name == "features 2"
    page.form.name.selectAll()
    qtbot.keyClicks(page.form.name, "mine")
    qtbot.keyClick(page.form.name, Qt.Key.Key_Return)
    page.add.menu().actions()[2].trigger()
    assert [sae.name for sae in desk.flow.saes] == ["mine", "features 2"]
    page.form.every.setChecked(True)
    page.form.k.setValue(3)
    assert desk.flow.saes[1].k == 3
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    assert [sae.name for sae in desk.flow.saes] == ["mine"]
    page.after["encode"].click()
    assert not page.after["label"].isEnabled()
    training.close()
    window.controller.library.close()
    again = shown(window, steerable, qtbot)
    assert again.page == "plan"
    assert desk.flow.saes[0].name == "mine"
    assert desk.flow.saes[0].seeds == (0, 1, 2)


@pytest.mark.threaded
def test_a_training_is_followed_paused_stopped_and_opened(
    open_window: OpenWindow, steerable: Path, qtbot: QtBot
) -> None:
    window = open_window()
    training = shown(window, steerable, qtbot)
    desk = part_of(window).desk
    assert desk.flow is not None
    training.next.click()
    assert desk.flow.change(0, features=32, k=4, epochs=100_000) == ""
    desk.flow.follow(label=False, families=False, open=True)
    qtbot.mouseClick(training.go, Qt.MouseButton.LeftButton)
    page = training.run_page
    assert training.page == "run"
    qtbot.waitUntil(lambda: page.examples.rowCount() > 0 and page.curve.table.rowCount() > 1, timeout=60_000)
    assert page.examples.item(0, 0).text()
    qtbot.mouseClick(page.pause, Qt.MouseButton.LeftButton)
    job = desk.job
    assert job is not None
    qtbot.waitUntil(lambda: job.progress.resting, timeout=20_000)
    assert page.pause.text() == "Go on"
    training.close()  # what runs goes on without it
    window.actions_table["train"].trigger()
    assert training.page == "run"
    qtbot.mouseClick(page.stop, Qt.MouseButton.LeftButton)  # wakes it
    qtbot.waitUntil(lambda: desk.standing is not None and desk.standing.over, timeout=60_000)
    assert training.page == "after"
    assert page.steps.item(0, 2).text() == "done"
    assert page.steps.item(0, 3).text() == "not wanted"
    qtbot.waitUntil(lambda: window.store.library.sae == "features 2", timeout=60_000)
    assert not window.store.notices, "whoever asked to see the features sees them"


def test_a_plan_that_was_left_is_offered_and_let_go(
    open_window: OpenWindow, steerable: Path, qtbot: QtBot
) -> None:
    window = open_window()
    plan = standing(steerable, "train").state.plan.model_copy(
        update={"saes": (PlannedSae(name="left", features=16, k=2, epochs=2),)}
    )
    save_state(steerable, PlanState.fresh(plan))
    training = shown(window, steerable, qtbot)
    assert training.goal_page.left.isVisible()
    assert "“left”" in training.goal_page.left_words.text()
    qtbot.mouseClick(training.goal_page.let_go, Qt.MouseButton.LeftButton)
    assert not training.goal_page.left.isVisible()
    assert load_state(steerable) is None
    save_state(steerable, PlanState.fresh(plan))
    part_of(window).desk.look()
    qtbot.mouseClick(training.goal_page.go_on, Qt.MouseButton.LeftButton)
    assert "left" in window.store.library.sae_names
    assert load_state(steerable) is None


def test_alarms_offer_what_helps_and_throwing_away_asks(
    open_window: OpenWindow,
    steerable: Path,
    qtbot: QtBot,
    fake_dialogs: FakeDialogs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = open_window()
    training = shown(window, steerable, qtbot)
    desk, page = part_of(window).desk, training.run_page
    done: list[object] = []
    monkeypatch.setattr(type(desk), "live", property(lambda self: None))
    desk.pose(standing(steerable, "train"))
    training.turn_to("run")
    assert page.trouble.isVisible()
    assert [button.text() for button in page.remedies] == [one.words for one in moment().remedies]
    monkeypatch.setattr(desk, "discard", lambda: done.append("discard"))
    fake_dialogs.answers = [False, True]
    page.discard.click()
    assert done == []
    page.discard.click()
    assert done == ["discard"]
    desk.pose(standing(steerable, "families"))
    assert training.page == "after"
    assert not page.trouble.isVisible()
    assert page.skip.isVisible()


def test_words_of_a_training() -> None:
    now = standing(Path("a"), "train")
    assert cells(now, now.state.runs[0]) == ("balanced", "now", "–", "–", "–")
    later = standing(Path("a"), "families")
    assert cells(later, later.state.runs[1]) == ("broad topics", "done", "done", "done", "now")
    assert figures(moment()).startswith("Pass 12.0 of 20 · 17.2 % of held-out")
    assert figures(None)
    assert stage(None, False) == "Waiting for its turn"


def test_the_window_fits_narrow_screens_and_large_texts(
    open_window: OpenWindow, steerable: Path, qtbot: QtBot, qapp: QApplication
) -> None:
    theme.apply(qapp, "light", 200)
    try:
        window = open_window()
        theme.apply(qapp, "light", 200)
        training = shown(window, steerable, qtbot)
        part_of(window).desk.pose(standing(steerable, "train"))
        training.resize(900, 560)
        for step in ("goal", "plan", "run"):
            training.turn_to(step)
            area = training.stack.currentWidget()
            assert area.widget().minimumSizeHint().width() <= area.viewport().width(), step
    finally:
        theme.apply(qapp, "light", 100)
