"""A copied link brings back the same view, in this window or another, and a hostile one brings nothing."""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from ui.fakes import FakeDialogs
from window_support import OpenWindow

from saerch_desktop.errors import UserError
from saerch_desktop.search.filters import Chip
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.link_part import LinkPart
from saerch_desktop.ui.saved_search import SavedQuery, SavedSearch
from saerch_desktop.ui.starting import begin
from saerch_desktop.ui.view_link import LONGEST, ViewLink, holds_link, link_text, read_link
from saerch_desktop.ui.window import MainWindow

IDENTITY = "0123456789abcdef" * 2


def shown_rows(window: MainWindow) -> list[int]:
    return window.store.ranking.ranking.rows.tolist()


def steered(window: MainWindow, library: Path) -> int:
    """Something to link to; the feature that was moved."""
    window.controller.library.open(library)
    window.controller.search.like_document(9)
    feature = window.controller.search.entries()[0].feature
    window.controller.search.edit((Edit(feature, 0.4),))
    window.controller.search.set_filters(window.store.filters.with_chip(Chip("topic:stars", out=True)))
    window.controller.inspect.feature(feature)
    window.controller.inspect.document(11)
    return feature


def copied(window: MainWindow) -> str:
    window.actions_table["copy-link"].trigger()
    return QApplication.clipboard().text()


def test_a_copied_link_brings_the_view_back(open_window: OpenWindow, steerable: Path) -> None:
    window = open_window()
    feature = steered(window, steerable)
    rows, text = shown_rows(window), copied(window)
    assert holds_link(text)
    assert str(steerable.parent) not in text, "a link names no place on this computer"
    window.close()
    again = open_window()
    again.store.recent = (str(steerable.parent / "gone.saerch"), str(steerable))
    QApplication.clipboard().setText(f"Look at this: {text} , said Anna")
    again.actions_table["open-link"].trigger()
    assert again.store.library is not None
    assert again.store.library.path == steerable
    assert shown_rows(again) == rows
    assert again.store.edits == (Edit(feature, 0.4),)
    assert again.store.filters.chips == (Chip("topic:stars", out=True),)
    assert (again.store.feature, again.store.row) == (feature, 11)
    assert again.store.notices == ()


def test_a_link_named_at_the_start_is_opened(open_window: OpenWindow, steerable: Path) -> None:
    window = open_window()
    steered(window, steerable)
    rows, text = shown_rows(window), copied(window)
    window.controller.library.close()
    window.close()
    again = open_window()
    again.store.recent = (str(steerable),)
    begin(again, argparse.Namespace(open=text, library=None, sample=False, safe_mode=False), ())
    assert shown_rows(again) == rows


def test_a_copy_of_the_library_will_do_and_another_will_not(
    open_window: OpenWindow, steerable: Path, tmp_path: Path, fake_dialogs: FakeDialogs
) -> None:
    window = open_window()
    steered(window, steerable)
    rows, text = shown_rows(window), copied(window)
    window.controller.library.close()
    window.store.recent = ()
    other = Path(shutil.copytree(steerable, tmp_path / "Other.saerch"))
    raw = json.loads((other / "library.json").read_bytes()) | {"id": IDENTITY}
    (other / "library.json").write_text(json.dumps(raw), encoding="utf-8")
    part = next(part for part in window.parts if isinstance(part, LinkPart))
    fake_dialogs.answers = [other]
    part.open_text(text)
    assert fake_dialogs.asked[-1] == ("open_folder", "Where is the library “Small”?")
    assert window.store.library is None
    assert "not the library" in window.store.notices[-1].happened
    moved = Path(shutil.copytree(steerable, tmp_path / "Moved.saerch"))
    fake_dialogs.answers = [moved]
    part.open_text(text)
    assert window.store.library is not None
    assert window.store.library.path == moved
    assert shown_rows(window) == rows


def test_features_that_are_not_there_are_left_out_and_said(open_window: OpenWindow, steerable: Path) -> None:
    window = open_window()
    steered(window, steerable)
    link = read_link(copied(window))
    assert link.search is not None
    changed = link.model_copy(
        update={"weights": "0" * 64, "sae": "gone", "search": link.search.model_copy(update={"weights": "0"})}
    )
    part = next(part for part in window.parts if isinstance(part, LinkPart))
    window.controller.search.reset()
    part.open_text(link_text(changed))
    assert window.store.edits == ()
    assert window.store.query is not None
    assert "features of the link" in window.store.notices[-1].happened


def packed(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(zlib.compress(data)).decode().rstrip("=")


GOOD = {"library": "x", "identity": IDENTITY}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.org/view?v=1",
        "saerch://open?library=x&v=1&see=" + packed(GOOD),
        "saerch://view?library=x&v=1",
        "saerch://view?library=x&v=x&see=" + packed(b"{"),
        "saerch://view?v=1&see=%%%",
        "saerch://view?v=1&see=" + base64.urlsafe_b64encode(b"\x80\x04cos\nsystem\n").decode(),
        "saerch://view?v=1&see=" + packed(b"[" * 100_000),
        "saerch://view?v=1&see=" + packed([]),
        "saerch://view?v=1&see=" + packed({"library": "x"}),
        "saerch://view?v=1&see=" + packed({**GOOD, "identity": "../../etc"}),
        "saerch://view?v=1&see=" + packed({**GOOD, "feature": -1}),
        "saerch://view?v=1&see=" + packed({**GOOD, "search": {"edits": "all"}}),
        "saerch://view?v=1&see=" + packed(b" " * (2 << 20)),
        "saerch://view?v=1&see=" + packed(GOOD)[:-6],
        "saerch://view?v=1&see=" + "A" * (LONGEST + 1),
        "saerch://view?" + "a=1&" * 50,
    ],
)
def test_a_hostile_link_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        read_link(text)


def test_a_link_of_a_newer_version_says_so() -> None:
    with pytest.raises(UserError, match="newer version"):
        read_link("saerch://view?v=2&see=" + packed(GOOD))


def test_what_is_too_much_for_a_link_is_said() -> None:
    wild = "".join(chr(0x4E00 + (place * 7919) % 20000) for place in range(4000))
    link = ViewLink(library="x", identity=IDENTITY, document=wild)
    assert read_link(link_text(link)) == link
    long = base64.b64encode(np.random.default_rng(0).bytes(100_000)).decode()
    with pytest.raises(UserError, match="too much"):
        link_text(link.model_copy(update={"search": SavedSearch(query=SavedQuery(text=long))}))
