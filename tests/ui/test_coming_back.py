"""The window opens what was open last, or the sample, and shows again what was shown."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from ui.fakes import words_library
from window_support import OpenWindow, slider_of

from saerch_desktop.search.steering import Edit
from saerch_desktop.ui import view_state
from saerch_desktop.ui.window import MainWindow


def shown_rows(window: MainWindow) -> list[int]:
    return window.store.ranking.ranking.rows.tolist()


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
