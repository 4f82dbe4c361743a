"""The first page: doors, recent libraries that are gone, this computer, the network; and the tour."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from ui.fakes import words_library

from saerch_desktop import settings
from saerch_desktop.embedding import devices
from saerch_desktop.embedding.devices import Computer, Device
from saerch_desktop.ui import welcome_part
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.tour_steps import STEPS
from saerch_desktop.ui.welcome_part import WelcomePart, computer_words
from saerch_desktop.ui.window import MainWindow
from saerch_desktop.workflow.recent import look_at_recent

LEFT = Qt.MouseButton.LeftButton


def part_of(window: MainWindow) -> WelcomePart:
    return next(part for part in window.parts if isinstance(part, WelcomePart))


def test_libraries_that_are_gone_are_marked_and_can_be_taken_off_the_list(
    window: MainWindow, tmp_path: Path
) -> None:
    here, gone = str(words_library(tmp_path / "Here.saerch")), str(tmp_path / "Gone.saerch")
    settings.change_settings(recent_libraries=(gone, here))
    window.store.recent = (gone, here)
    names = window.start_page.recent.names
    assert [name.text() for name in names] == ["Gone", "Here"]
    assert [name.isEnabled() for name in names] == [False, True]
    texts = [label.text() for label in window.start_page.recent.findChildren(type(window.start_page._title))]
    assert "not found there any more" in texts
    assert "24 documents" in texts
    window.start_page.recent_removed.emit(gone)
    assert window.store.recent == (here,)
    assert settings.load_settings().recent_libraries == (here,)
    QTest.mouseClick(window.start_page.recent.names[0], LEFT)
    assert window.store.library is not None
    assert window.store.library.name == "Here"


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"documents": "many"}'])
def test_a_damaged_manifest_is_no_reason_to_hide_a_library(tmp_path: Path, content: bytes) -> None:
    path = words_library(tmp_path / "Here.saerch")
    (path / "library.json").write_bytes(content)
    found = look_at_recent([str(path), str(tmp_path / "no\0path")])
    assert [one.there for one in found] == [True, False]
    assert found[0].documents == 0


def test_the_computer_is_told_with_its_card_or_why_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "computer", lambda: Computer("A processor", 8, 16 << 30, 0))
    card = Device("cuda", 0, "Some card", 24 << 30, True)
    monkeypatch.setattr(devices, "card_at_a_glance", lambda: card)
    assert computer_words() == "8 processor cores · 16 GB memory · Some card with 24 GB"
    missing = Device("cuda", 0, "Card", 0, False, "no driver", "Its driver does not run.")
    monkeypatch.setattr(devices, "card_at_a_glance", lambda: missing)
    assert "Its driver does not run. The processor does the work." in computer_words()


def test_the_start_page_says_that_the_network_is_off(window: MainWindow) -> None:
    page = window.start_page
    assert "The network is off" in page._network.text()
    assert "processor core" in page._computer.text()
    assert page.tour.isVisible()


def test_declining_the_tour_is_remembered(window: MainWindow) -> None:
    QTest.mouseClick(window.start_page.no_tour, LEFT)
    assert not window.start_page.tour.isVisible()
    assert not settings.load_settings().show_tour


def test_the_tour_points_at_real_panes_and_is_led_by_keys(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.search_pane.query.setFocus()
    window.actions_table["tour"].trigger()
    tour = part_of(window).tour
    assert tour is not None
    assert "With Ctrl+L you come back" in tour.text.text()
    seen = set()
    for number, step in enumerate(STEPS, 1):
        assert tour.count.text() == f"Step {number} of {len(STEPS)}"
        target = step.target(window)
        assert target.isVisible()
        seen.add(target)
        assert window.rect().contains(tour.card.geometry())
        assert step.title in tour.next_button.accessibleName()
        QTest.keyClick(tour, Qt.Key.Key_Right)
    assert len(seen) == len(STEPS)
    assert part_of(window).tour is None
    assert not tour.isVisible()
    assert not settings.load_settings().show_tour


def test_tab_stays_on_the_card_and_esc_gives_the_focus_back(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.search_pane.query.setFocus()
    former = window.focusWidget()
    window.actions_table["tour"].trigger()
    tour = part_of(window).tour
    assert tour is not None
    QTest.keyClick(tour, Qt.Key.Key_Right)
    for _ in range(4):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        assert tour.card.isAncestorOf(window.focusWidget())
    QTest.keyClick(tour, Qt.Key.Key_Left)
    assert tour.count.text().startswith("Step 1")
    QTest.keyClick(tour, Qt.Key.Key_Escape)
    assert part_of(window).tour is None
    assert window.focusWidget() is former


def test_without_a_library_the_tour_begins_once_the_sample_is_open(
    window: MainWindow, steerable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = window.controller.library
    monkeypatch.setattr(library, "sample", lambda: library.open(steerable))
    assert welcome_part.Tour is not None
    QTest.mouseClick(window.start_page.tour, LEFT)
    assert part_of(window).tour is not None


def test_empty_panes_offer_the_action_that_fills_them(window: MainWindow, tmp_path: Path) -> None:
    window.controller.library.open(words_library(tmp_path / "Here.saerch"))
    offered = {}
    for state in window.findChildren(EmptyState):
        if state._does:
            state._follow()  # as when its pane is shown
            assert state._action is window.actions_table[state._does]
            assert state._button.isEnabled() == window.actions_table[state._does].isEnabled()
            offered.setdefault(state._does, state)
    assert {"find", "train", "embed", "go-feature"} <= set(offered)
    assert not offered["train"]._button.isEnabled()
    assert "no vectors yet" in offered["train"]._button.toolTip()
    QTest.mouseClick(window.search_pane.empty._button, LEFT)
    assert window.focusWidget() is window.search_pane.query


def test_an_empty_state_without_an_action_of_the_window_asks_its_pane(window: MainWindow) -> None:
    state = EmptyState("search", "Nothing", "Nothing is here", "Do it", parent=window)
    pressed = []
    state.acted.connect(lambda: pressed.append(True))
    state.show()
    state._button.click()
    assert pressed
    state.set_texts("Nothing", "Nothing is here", "Find", does="find")
    window.actions_table["find"].setEnabled(False)
    assert not state._button.isEnabled()
    state.set_texts("Nothing", "Nothing is here", "Do it")
    assert state._button.isEnabled()
