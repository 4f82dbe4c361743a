"""Twelve tasks of an analyst, done with the keyboard alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from keyboard import command, focused, press, tab_to, write
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs
from window_support import OpenWindow

from saerch_desktop.ui.window import MainWindow


@pytest.fixture
def window(open_window: OpenWindow, library: Path, fake_dialogs: FakeDialogs, qtbot: QtBot) -> MainWindow:
    """The first task, opening a library: the system's own dialog for folders is answered for the user."""
    made = open_window()
    made.activateWindow()
    fake_dialogs.answers = [library]
    press("Ctrl+O")
    qtbot.waitUntil(lambda: made.store.library is not None)
    return made


def search(window: MainWindow) -> None:
    press("Ctrl+L")
    write("random numbers from a distribution")
    press("Return")
    if not window.store.library.semantic:  # no model here: the first document found is the query
        tab_to("Search results")
        press("Down", "Return", "Ctrl+D")
    assert window.store.ranking is not None


def test_search_steer_and_take_it_back(window: MainWindow) -> None:
    search(window)
    plain = window.store.ranking.ranking.rows.tolist()
    tab_to("Activation of")
    press("Shift+Right", "Shift+Right", "Shift+Right")
    assert len(window.store.edits) == 1
    assert window.store.ranking.ranking.rows.tolist() != plain
    press("Ctrl+Z", "Ctrl+Z", "Ctrl+Z")
    assert window.store.edits == ()
    assert window.store.ranking.ranking.rows.tolist() == plain


def test_read_a_document_and_why_it_is_there(window: MainWindow) -> None:
    search(window)
    tab_to("Search results")
    press("Down", "Return")
    assert window.store.document is not None
    press("Ctrl+9")
    assert not window.docks[0].isHidden()


def test_find_a_feature_name_it_and_tag_it(window: MainWindow) -> None:
    search(window)
    press("Ctrl+K", "Return")
    assert window.store.feature is not None
    press("F2")
    press("Ctrl+A")
    write("A name of mine")
    press("Return")
    assert window.store.card.mark.text == "A name of mine"
    press("Ctrl+Z")
    assert window.store.card.mark.text is None


def test_filter(window: MainWindow) -> None:
    search(window)
    everything = window.store.ranking.ranking.total
    press("Ctrl+Shift+L")
    write("-number")
    press("Return")
    assert len(window.store.filters.chips) == 1
    assert window.store.ranking.ranking.total < everything
    press("Esc", "Esc")


def test_keep_a_recipe_and_use_it(window: MainWindow, library: Path) -> None:
    search(window)
    tab_to("Activation of")
    press("Shift+Right")
    press("Ctrl+S")
    write("More of it")
    press("Return")
    assert (library / "recipes" / "more of it.json").is_file()
    window.activateWindow()
    press("Ctrl+R")
    assert window.store.edits == ()
    press("Ctrl+0")
    tab_to("Recipes")
    press("Down", "Return")
    assert len(window.store.edits) == 1


def test_group_features_and_steer_by_a_family(window: MainWindow) -> None:
    search(window)
    press("Ctrl+Shift+B")
    tab_to("Build")
    press("Space")
    assert window.store.book is not None
    window.activateWindow()
    press("Ctrl+7", "G, A", "Down", "Down", "Return")
    assert window.store.family is not None
    press("G, S")
    assert len(window.store.blends) == 1


def test_select_on_the_map_and_ask_what_is_special(window: MainWindow) -> None:
    search(window)
    press("Ctrl+8")
    tab_to("Map")
    press("+", "+", "+")
    command("Select what")
    assert len(window.store.selected)
    press("Ctrl+Shift+D")


def test_focus_is_never_lost_on_the_way_round(window: MainWindow) -> None:
    search(window)
    first = focused()
    seen = []
    for _ in range(150):
        press("Tab")
        assert focused().isVisible()
        assert not focused().visibleRegion().isEmpty() or focused().width() == 0
        seen.append(focused())
        if focused() is first:
            break
    assert focused() is first
    assert len(seen) > 10


def test_bring_in_a_table(
    open_window: OpenWindow, fake_dialogs: FakeDialogs, tmp_path: Path, qtbot: QtBot
) -> None:
    table = tmp_path / "papers.csv"
    rows = "".join(f"Paper {number},All about the number {number}\n" for number in range(40))
    table.write_text("title,abstract\n" + rows, encoding="utf-8")
    made = open_window()
    made.activateWindow()
    press("Ctrl+N")
    fake_dialogs.answers = [table]
    tab_to("Choose file")
    press("Space")
    tab_to("Next")
    press("Space")
    tab_to("Next")
    press("Space")
    tab_to("Compute them on this computer")
    press("Down", "Down", "Down")  # to the last of the group: none for now
    tab_to("Next")
    press("Space")
    tab_to("Import")
    press("Space")
    qtbot.waitUntil(lambda: made.store.library is not None)
    assert made.store.library.documents == 40


def test_plan_and_train(window: MainWindow) -> None:
    before = window.store.library.sae_names
    press("Ctrl+T")
    tab_to("Balanced")
    press("Down")
    tab_to("Next")
    press("Space")
    tab_to("Start training")
    press("Space")
    assert len(window.store.library.sae_names) == len(before) + 1


def test_take_the_results_along(window: MainWindow, fake_dialogs: FakeDialogs, tmp_path: Path) -> None:
    search(window)
    press("Ctrl+E")
    tab_to("File")
    press("Ctrl+A")
    write(str(tmp_path / "found.csv"))
    tab_to("Export")
    press("Space")
    assert (tmp_path / "found.csv").read_text(encoding="utf-8-sig").count("\n") > 100
