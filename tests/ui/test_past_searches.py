"""Back and forward over searches, and the list of those of earlier days."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs, words_library
from window_support import OpenWindow

from saerch_desktop.search.blends import BlendEdit, direction_blend
from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.search.mix import Mix
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui import search_log
from saerch_desktop.ui.recipes_part import RecipesPart
from saerch_desktop.ui.saved_search import SavedSearch
from saerch_desktop.ui.window import MainWindow


@pytest.fixture
def open_library(open_window: OpenWindow, steerable: Path) -> MainWindow:
    window = open_window()
    window.controller.library.open(steerable)
    return window


def rows(window: MainWindow) -> list[int]:
    return window.store.ranking.ranking.rows.tolist()


def back(window: MainWindow) -> None:
    window.actions_table["back"].trigger()


def forward(window: MainWindow) -> None:
    window.actions_table["forward"].trigger()


def test_back_shows_the_search_as_it_was_left(open_library: MainWindow) -> None:
    window, search, store = open_library, open_library.controller.search, open_library.store
    search.like_document(9)
    feature = search.entries()[0].feature
    search.change(
        Mix((Edit(feature, -0.4),), muted=frozenset({feature}), locked=frozenset({feature}), budget=0.9)
    )
    left, mix, text = rows(window), store.mix, store.query_text
    search.like_document(14)
    assert store.mix == Mix(budget=0.9), "only the budget stays for another question"
    second = rows(window)
    back(window)
    assert (rows(window), store.mix, store.query_text) == (left, mix, text)
    assert window.search_pane.query.text() == text
    forward(window)
    assert rows(window) == second
    assert store.mix == Mix(budget=0.9)
    assert not window.actions_table["forward"].isEnabled()
    back(window)
    assert store.mix == mix, "the sliders are as they were left, however often one comes back"


def test_a_filter_is_a_place_of_its_own(open_library: MainWindow) -> None:
    search, store = open_library.controller.search, open_library.store
    search.like_document(9)
    everything = rows(open_library)
    search.set_filters(Filters((Chip("topic:stars"),)))
    kept = rows(open_library)
    assert kept != everything
    back(open_library)
    assert not store.filters.chips
    assert rows(open_library) == everything
    forward(open_library)
    assert store.filters == Filters((Chip("topic:stars"),))
    assert rows(open_library) == kept


def test_documents_are_come_back_to_with_the_search_they_were_found_in(open_library: MainWindow) -> None:
    window, search, inspect, store = (
        open_library,
        open_library.controller.search,
        open_library.controller.inspect,
        open_library.store,
    )
    search.like_document(9)
    first = rows(window)
    inspect.document(5)
    search.like_document(14)
    inspect.document(7)
    second = rows(window)
    back(window)  # from the document to the results it was opened from
    assert store.row == 7
    assert rows(window) == second
    back(window)
    assert store.row == 5
    assert rows(window) == first
    forward(window)
    assert rows(window) == second
    forward(window)
    assert store.row == 7
    assert not window.actions_table["forward"].isEnabled()


def test_a_tick_of_a_slider_is_no_place(open_library: MainWindow) -> None:
    search = open_library.controller.search
    search.like_document(9)
    feature = search.entries()[0].feature
    for step in range(5):
        search.edit((Edit(feature, 0.1 * (step + 1)),))
    assert not open_library.actions_table["back"].isEnabled()
    assert len(open_library.controller.searches.entries()) == 1


def test_words_are_searches_too(open_window: OpenWindow, tmp_path: Path) -> None:
    window = open_window()
    window.controller.library.open(words_library(tmp_path / "words.saerch"))
    window.controller.search.submit("stars")
    first = [hit.row for hit in window.store.keyword_hits]
    window.controller.search.submit("dust")
    assert [hit.row for hit in window.store.keyword_hits] != first
    back(window)
    assert [hit.row for hit in window.store.keyword_hits] == first
    assert window.store.query_text == "stars"
    texts = [saved.query.text for saved in window.controller.searches.entries() if saved.query]
    assert sorted(texts) == ["dust", "stars"]


def test_searches_of_earlier_days(open_window: OpenWindow, steerable: Path) -> None:
    window = open_window()
    window.controller.library.open(steerable)
    search = window.controller.search
    search.like_document(9)
    feature = search.entries()[0].feature
    search.edit((Edit(feature, 0.4),))
    wanted = rows(window)
    search.like_document(14)
    window.close()
    again = open_window()
    again.controller.library.open(steerable)
    assert again.store.query is None
    part = next(part for part in again.parts if isinstance(part, RecipesPart))
    part.tabs.setCurrentIndex(1)
    table = part.searches.table
    assert table.rowCount() == 2
    assert table.item(1, 1).text() == "1 moved"
    table.setCurrentCell(1, 0)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert rows(again) == wanted
    assert again.store.mix.edits == (Edit(feature, 0.4),)
    assert table.rowCount() == 2, "the same search is listed once"


def test_they_are_the_users_and_not_the_librarys(open_library: MainWindow, steerable: Path) -> None:
    before = {path.name for path in steerable.rglob("*")}
    open_library.controller.search.like_document(9)
    open_library.close()
    assert {path.name for path in steerable.rglob("*")} <= before | {"library.json"}
    assert search_log.place_of(steerable).is_file()


def test_forgetting(open_library: MainWindow, steerable: Path, fake_dialogs: FakeDialogs) -> None:
    search, log = open_library.controller.search, open_library.controller.searches
    search.like_document(9)
    search.like_document(14)
    fake_dialogs.answers = [False, True]
    open_library.actions_table["forget-searches"].trigger()
    assert len(log.entries()) == 2
    open_library.actions_table["forget-searches"].trigger()
    assert [saved.query.text for saved in log.entries() if saved.query] == [open_library.store.query.text]
    assert len(search_log.read_log(steerable)) == 1
    assert not open_library.actions_table["back"].isEnabled()
    search.like_document(20)
    back(open_library)


def test_an_earlier_search_is_found_by_typing(open_library: MainWindow) -> None:
    search = open_library.controller.search
    search.like_document(9)
    wanted, text = rows(open_library), open_library.store.query_text
    search.like_document(14)
    open_library.actions_table["past-searches"].trigger()
    palette = open_library.palette_popup
    QTest.keyClicks(palette.line, text)
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert rows(open_library) == wanted


def test_everything_comes_back_at_the_next_start(open_window: OpenWindow, steerable: Path) -> None:
    window = open_window()
    window.controller.library.open(steerable)
    search = window.controller.search
    search.like_document(9)
    feature = search.entries()[0].feature
    blend = direction_blend("difference", "A − B", np.arange(1, 17, dtype=np.float32))
    mix = Mix(
        (Edit(feature, 0.4),),
        (BlendEdit(blend, -0.2),),
        frozenset({feature, "difference"}),
        frozenset({feature}),
        frozenset({"difference"}),
        0.85,
    )
    search.change(mix)
    search.set_filters(Filters((Chip("topic:stars"), Chip("#3>0.1", on=False, out=True)), either=True))
    search.set_weight(0.25)
    wanted = rows(window)
    window.close()
    again = open_window()
    again.restore()
    store = again.store
    assert (store.mix, store.filters, store.weight) == (mix, window.store.filters, 0.25)
    assert rows(again) == wanted


@pytest.mark.threaded
def test_back_before_the_answer_is_there(open_library: MainWindow, qtbot: QtBot) -> None:
    window, search, store = open_library, open_library.controller.search, open_library.store
    qtbot.waitUntil(lambda: store.library is not None, timeout=60_000)

    def settled() -> bool:
        return store.ranking is not None and not store.searching

    rows_of = {}
    for document in (9, 14, 22):
        search.like_document(document)
        qtbot.waitUntil(settled, timeout=60_000)
        rows_of[document] = rows(window)
    back(window)
    back(window)  # at once: the one between was never shown
    qtbot.waitUntil(lambda: settled() and rows(window) == rows_of[9], timeout=60_000)
    assert window.actions_table["forward"].isEnabled()
    assert not window.actions_table["back"].isEnabled()
    forward(window)
    qtbot.waitUntil(lambda: settled() and rows(window) == rows_of[14], timeout=60_000)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b'{"searches": [1]}', b'{"searches": [{"muted": [[1]]}]}', b"\xff"],
)
def test_a_damaged_list_is_ignored(steerable: Path, content: bytes) -> None:
    path = search_log.place_of(steerable)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    assert search_log.read_log(steerable) == ()


def test_hostile_numbers_are_left_out() -> None:
    content = {
        "query": {"text": "x", "vector": "AADAfw=="},
        "edits": [[3, 1e400], [99, 1.0], [-1, 1.0], [4, 0.5]],
        "blends": [
            {"key": "a", "name": "a", "features": [1, 1], "weights": [1, 1], "amount": 1},
            {"key": "b", "name": "b", "features": [], "weights": [], "amount": 1, "direction": "AAAA"},
            {"key": "c", "name": "c", "features": [], "weights": [], "amount": 1, "direction": "AACAPw=="},
        ],
        "muted": [4, 99, "a", "b"],
        "budget": 0.5,
    }
    saved = SavedSearch.model_validate_json(json.dumps(content).replace("Infinity", "1e400"))
    mix = saved.mix(features=32, dim=16)
    assert mix == Mix((Edit(4, 0.5),), muted=frozenset({4}), budget=0.5)
    assert saved.asked(32, 16).vector is None
