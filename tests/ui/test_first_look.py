"""What a first look at the window comes upon: lists shown whole, files where one finds them, honest bars."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from saerch_desktop import paths
from saerch_desktop.progress import Update
from saerch_desktop.ui import jobs_words, theme
from saerch_desktop.ui.dialogs import usual_folder
from saerch_desktop.ui.jobs_entries import JobEntry
from saerch_desktop.ui.jobs_pane import JobsPane
from saerch_desktop.ui.on_screen import fit


@pytest.mark.parametrize("chosen", [0, 3])
def test_a_list_that_opens_shows_all_of_its_entries(qtbot: QtBot, qapp: QApplication, chosen: int) -> None:
    theme.apply(qapp, "light", 200)
    combo = QComboBox()
    qtbot.addWidget(combo)
    combo.addItems(["System", "Light", "Dark", "High contrast"])
    combo.setCurrentIndex(chosen)
    combo.show()
    combo.showPopup()
    view = combo.view()
    qtbot.waitUntil(view.isVisible)
    for row in range(combo.count()):
        place = view.visualRect(combo.model().index(row, 0))
        assert place.top() >= 0, combo.itemText(row)
        assert place.bottom() < view.viewport().height(), combo.itemText(row)
    combo.hidePopup()
    theme.apply(qapp, "light", 100)


def test_a_stage_of_unknown_weight_does_not_count_as_half() -> None:
    update = Update("vectors", 1, 2, 9, 1500, "documents", "", 1.0, None)
    assert jobs_words.share_done(update) == pytest.approx(9 / 1500)
    weighed = replace(update, done=750, share=(0.2, 1.0))
    assert jobs_words.share_done(weighed) == pytest.approx(0.6)


def test_files_are_suggested_where_one_finds_them(tmp_path: Path) -> None:
    assert usual_folder(tmp_path / "papers.saerch") == tmp_path
    hidden = usual_folder(paths.sample_library())
    assert paths.data_dir() not in (hidden, *hidden.parents)


def test_a_window_is_no_larger_than_its_screen(qtbot: QtBot) -> None:
    pane = JobsPane()
    qtbot.addWidget(pane)
    fit(pane, 9000, 9000)
    room = pane.screen().availableSize()
    assert pane.width() < room.width()
    assert pane.height() < room.height()


def test_the_job_that_was_chosen_stays_chosen_when_another_comes(qtbot: QtBot) -> None:
    pane = JobsPane()
    qtbot.addWidget(pane)
    first, second, third = (JobEntry(number, f"job {number}") for number in (1, 2, 3))
    pane.set_entries([second, first])
    pane.choose(first)
    pane.set_entries([third, second, first])
    assert pane.chosen is first
    pane.set_entries([third, first])
    assert pane.chosen is first
