"""What comes late: filters, sliders, kinds and SAEs changed while a search is still being answered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from ui.search_support import (
    BRIGHT,
    STARS,
    TopicEmbedder,
    best,
    embedder,
    first_edit,
    open_and_wait,
    scores,
    searching,
    semantic,
    semantic_original,
    shown_rows,
)
from window_support import OpenWindow

from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.search.mix import Mix
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.window import MainWindow

__all__ = ["embedder", "searching", "semantic", "semantic_original"]


@pytest.mark.threaded
def test_a_filter_during_a_search_asks_what_is_being_asked(
    open_window: OpenWindow, semantic: Path, embedder: TopicEmbedder, qtbot: QtBot
) -> None:
    window = open_window()
    open_and_wait(window, semantic, qtbot)
    search, store = window.controller.search, window.store
    embedder.gate.clear()
    search.submit("planets")
    qtbot.waitUntil(lambda: embedder.asked == ["planets"], timeout=10_000)
    search.add_filter("topic:stars")
    search.set_kind("both")
    embedder.gate.set()
    qtbot.waitUntil(lambda: store.ranking is not None, timeout=10_000)
    assert store.query.text == "planets"
    assert store.ranking.ranking.fused is not None
    assert all(STARS[row] for row in shown_rows(window))


@pytest.mark.threaded
def test_a_slider_moved_while_a_filter_is_worked_out_is_not_lost(
    open_window: OpenWindow,
    semantic: Path,
    embedder: TopicEmbedder,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import threading

    from saerch_desktop.workflow.session import Session

    window = open_window()
    open_and_wait(window, semantic, qtbot)
    search, store = window.controller.search, window.store
    search.submit("planets")
    qtbot.waitUntil(lambda: store.ranking is not None, timeout=10_000)
    gate, original = threading.Event(), Session.mask

    def slow(self: Session, *arguments: object) -> object:
        assert gate.wait(20)
        return original(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "mask", slow)
    search.add_filter("topic:stars")
    edit = first_edit(window, -0.9)
    search.edit((edit,))
    gate.set()
    qtbot.waitUntil(lambda: store.query.found == STARS.sum(), timeout=10_000)
    qtbot.waitUntil(lambda: not window.controller.runner.jobs(quiet=True), timeout=10_000)
    assert store.ranking.ranking.edits == (edit,)
    assert shown_rows(window) == best(scores(window, (edit,)), STARS)


@pytest.mark.threaded
def test_the_newest_question_wins_whatever_the_kind(
    open_window: OpenWindow, semantic: Path, embedder: TopicEmbedder, qtbot: QtBot
) -> None:
    window = open_window()
    open_and_wait(window, semantic, qtbot)
    search, store = window.controller.search, window.store
    embedder.gate.clear()
    search.submit("planets")
    qtbot.waitUntil(lambda: embedder.asked == ["planets"], timeout=10_000)
    search.set_kind("words")
    search.submit("bright")
    qtbot.waitUntil(lambda: store.keyword_hits is not None, timeout=10_000)
    embedder.gate.set()
    qtbot.waitUntil(lambda: not window.controller.runner.jobs(quiet=True), timeout=10_000)
    assert store.query is None
    assert store.query_text == "bright"
    assert store.searching == ""
    assert {hit.row for hit in store.keyword_hits} == set(np.flatnonzero(BRIGHT).tolist())


@pytest.mark.threaded
def test_an_sae_switched_during_a_search_answers_with_the_new_one(
    open_window: OpenWindow, semantic: Path, embedder: TopicEmbedder, qtbot: QtBot
) -> None:
    window = open_window()
    open_and_wait(window, semantic, qtbot)
    search, store = window.controller.search, window.store
    embedder.gate.clear()
    search.submit("planets")
    qtbot.waitUntil(lambda: embedder.asked == ["planets"], timeout=10_000)
    window.controller.library.use_sae("others")
    qtbot.waitUntil(lambda: store.library.sae == "others", timeout=10_000)
    embedder.gate.set()
    qtbot.waitUntil(lambda: store.ranking is not None, timeout=10_000)
    assert store.query.text == "planets"
    assert store.query.indices.max() < 24


@pytest.mark.threaded
def test_sliders_moved_while_a_library_is_read_anew_are_ranked_there(
    open_window: OpenWindow,
    semantic: Path,
    embedder: TopicEmbedder,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import threading

    from saerch_desktop.search.engine import SearchEngine

    window = open_window()
    open_and_wait(window, semantic, qtbot)
    search, store = window.controller.search, window.store
    search.submit("planets")
    qtbot.waitUntil(lambda: store.ranking is not None, timeout=10_000)
    first, query = first_edit(window), store.query
    search.edit((first,))
    gate, original = threading.Event(), SearchEngine.query_from_vector

    def slow(self: SearchEngine, *arguments: object) -> object:
        assert gate.wait(20)
        return original(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(SearchEngine, "query_from_vector", slow)
    session = window.controller.library.session
    window.controller.library.refresh(store.library.path, "features")
    qtbot.waitUntil(lambda: window.controller.library.session is not session, timeout=10_000)
    moved = Edit(first.feature, -0.7)
    search.edit((moved,))
    gate.set()
    qtbot.waitUntil(lambda: store.query is not query, timeout=10_000)
    qtbot.waitUntil(lambda: not window.controller.runner.jobs(quiet=True), timeout=10_000)
    assert store.mix.edits == (moved,)
    assert shown_rows(window) == best(scores(window, (moved,)))
    search.undo_stack.undo()
    assert store.mix.edits in ((first,), ()), "what could be undone before still can"


@pytest.mark.threaded
def test_nothing_of_another_sae_can_be_moved_while_it_is_switched(
    open_window: OpenWindow,
    semantic: Path,
    embedder: TopicEmbedder,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import threading

    from saerch_desktop.search.engine import SearchEngine

    window = open_window()
    open_and_wait(window, semantic, qtbot)
    search, store = window.controller.search, window.store
    search.submit("planets")
    qtbot.waitUntil(lambda: store.ranking is not None, timeout=10_000)
    gate, original = threading.Event(), SearchEngine.query_from_vector

    def slow(self: SearchEngine, *arguments: object) -> object:
        assert gate.wait(20)
        return original(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(SearchEngine, "query_from_vector", slow)
    window.controller.library.use_sae("others")
    qtbot.waitUntil(lambda: store.library.sae == "others", timeout=10_000)
    assert store.query is None
    assert search.entries() == ()
    search.edit((Edit(31, 0.5),))  # the other SAE has 24 features
    search.more_like(3)
    gate.set()
    qtbot.waitUntil(lambda: store.ranking is not None, timeout=10_000)
    assert store.mix == Mix()
    assert shown_rows(window) == best(scores(window))
    assert not store.notices


def test_vectors_that_fit_no_longer_leave_no_answer_of_before(
    searching: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from saerch_desktop.errors import UserError
    from saerch_desktop.search.engine import SearchEngine

    def refuse(*_: object) -> None:
        raise UserError("The vector does not fit.", "Nothing was searched.", "Search again.")

    search, store = searching.controller.search, searching.store
    search.submit("planets")
    monkeypatch.setattr(SearchEngine, "query_from_vector", refuse)
    searching.controller.library.refresh(store.library.path, "features")
    assert store.query is None
    assert store.ranking is None
    assert search.asked() is None
    assert store.searching == ""
    search.set_filters(Filters((Chip("topic:stars"),)))
    assert store.query is None
