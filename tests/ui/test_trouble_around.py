"""What a computer may do to the window: a clock that goes back, a disk without room, a second window."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from window_support import OpenWindow

from saerch_desktop import files, paths
from saerch_desktop.library.library import Library
from saerch_desktop.library.writer_lock import WriterLock
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui import search_log, view_state
from saerch_desktop.ui.recipes_part import RecipesPart
from saerch_desktop.ui.window import MainWindow


def queries(window: MainWindow) -> list[str]:
    return [saved.query.text for saved in window.controller.searches.entries() if saved.query is not None]


def test_a_clock_that_goes_back_leaves_searches_in_their_order(
    open_window: OpenWindow, steerable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = [datetime(2026, 5, 1, tzinfo=UTC) - timedelta(days=30 * step) for step in range(100)]
    monkeypatch.setattr(search_log, "_now", lambda: times.pop(0).isoformat(timespec="milliseconds"))
    window = open_window()
    window.controller.library.open(steerable)
    for row in (9, 10, 11):
        window.controller.search.like_document(row)
    texts = [f"On {topic}, part {row}" for row, topic in ((11, "dust"), (10, "galaxies"), (9, "planets"))]
    assert queries(window) == texts
    window.actions_table["back"].trigger()
    assert queries(window) == [texts[1], texts[0], texts[2]], "the one used last comes first"
    window.close()
    again = open_window()
    again.controller.library.open(steerable)
    assert queries(again) == [texts[1], texts[0], texts[2]]


def test_without_room_on_the_disk_the_window_goes_on(
    window: MainWindow, steerable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.controller.library.open(steerable)
    window.controller.search.like_document(9)
    feature = window.controller.search.entries()[0].feature
    window.controller.search.edit((Edit(feature, 0.4),))
    before = {path: path.read_bytes() for path in steerable.rglob("*") if path.is_file()}

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    desk = next(part for part in window.parts if isinstance(part, RecipesPart)).desk
    desk.save("One")
    assert "disk is full" in window.store.notices[-1].happened
    window.controller.marks.rename(feature, "a name")
    window.controller.marks.flush()
    assert window.controller.marks.mark(feature).text == "a name", "what was decided is still shown"
    window.actions_table["workspace-5"].trigger()
    window.view.save()
    assert not view_state.place().exists()
    assert not list(paths.config_dir().rglob("*.tmp"))
    monkeypatch.undo()
    after = {path: path.read_bytes() for path in steerable.rglob("*") if path.is_file()}
    assert {path: after[path] for path in before} == before, "nothing that was there is touched"
    window.controller.marks.flush()


def test_a_folder_without_leave_to_write_is_read(
    window: MainWindow, steerable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(WriterLock, "take", classmethod(lambda kind, folder: refused(folder)))
    window.controller.library.open(steerable)
    window.controller.search.like_document(9)
    assert window.store.ranking is not None
    assert window.store.notices == ()


def test_two_windows_on_one_library(open_window: OpenWindow, steerable: Path) -> None:
    one, two = open_window(), open_window()
    for window in (one, two):
        window.controller.library.open(steerable)
        window.controller.search.like_document(9)
    feature, other = (entry.feature for entry in one.controller.search.entries()[:2])
    one.controller.marks.rename(feature, "of the first")
    one.controller.marks.flush()
    two.controller.marks.rename(other, "of the second")
    two.controller.marks.flush()
    one.controller.marks.pin([feature])
    one.controller.marks.flush()
    session = two.controller.library.session
    assert session is not None
    for window in (one, two):
        window.controller.library.refresh(steerable)
        marks = window.controller.marks
        assert (marks.mark(feature).text, marks.mark(other).text) == ("of the first", "of the second")
    with Library.open(steerable, write=True):
        two.actions_table["pack-library"].trigger()  # nobody named a file
        two.controller.search.like_document(10)
    assert two.store.ranking is not None
