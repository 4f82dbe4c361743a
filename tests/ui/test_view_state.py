"""What was shown is kept, and a damaged file never keeps the window from opening."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from saerch_desktop.search.steering import Edit
from saerch_desktop.ui import view_state
from saerch_desktop.ui.history import History, Place
from saerch_desktop.ui.view_state import SavedQuery, ViewState


def test_round_trip() -> None:
    vector = np.linspace(-1, 1, 5, dtype=np.float32)
    state = ViewState(
        library="/somewhere/Ünïcode.saerch",
        query=SavedQuery.of("stars", vector, "abc"),
        edits=((3, 0.5), (9, -1.25)),
        feature=3,
        row=0,
        extra={"splitter": "AAAA"},
    )
    view_state.save(state)
    back = view_state.load()
    assert back == state
    assert back.query is not None
    np.testing.assert_array_equal(back.query.array(), vector)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"version": 2}',
        b'{"edits": "no"}',
        b'{"feature": -1}',
        b'{"row": "x"}',
    ],
)
def test_a_damaged_file_is_ignored(content: bytes) -> None:
    view_state.place().parent.mkdir(parents=True, exist_ok=True)
    view_state.place().write_bytes(content)
    assert view_state.load() == ViewState()


def test_unknown_fields_are_ignored() -> None:
    view_state.place().parent.mkdir(parents=True, exist_ok=True)
    view_state.place().write_text('{"library": "/a", "from the future": 1}', encoding="utf-8")
    assert view_state.load().library == "/a"


@pytest.mark.parametrize("vector", ["", "!!!", "AAA=", "AADAfw=="])
def test_a_damaged_vector_is_no_vector(vector: str) -> None:
    assert SavedQuery(text="x", vector=vector).array() is None


@pytest.mark.parametrize("change", ["1e300", "-1e300", "NaN"])
def test_changes_that_nothing_can_be_steered_by_are_left_out(change: str) -> None:
    state = ViewState.model_validate_json(f'{{"edits": [[1, {change}], [2, 0.5]]}}')
    assert state.mix(features=8).edits == (Edit(2, 0.5),)


def test_failing_to_save_is_not_fatal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setattr(view_state, "place", lambda: blocked / "view.json")
    view_state.save(ViewState())


def test_history_goes_back_and_forward() -> None:
    history = History()
    assert history.back() is None
    assert history.forward() is None
    one, two, three = Place("feature", 1), Place("document", 2), Place("feature", 3)
    for place in (one, two, two, three):
        history.visit(place)
    assert history.back() == two
    assert history.back() == one
    assert not history.can_back
    assert history.forward() == two
    history.visit(one)
    assert not history.can_forward
    assert history.back() == two
    history.clear()
    assert not history.can_back
