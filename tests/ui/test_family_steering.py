"""Steering by families in the real window: what the desk does, undo, other features, and coming back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from window_support import OpenWindow

from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.family import Families, Family, FamilyName
from saerch_desktop.search.blends import Blend, BlendEdit
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.controller_search import SearchDesk
from saerch_desktop.ui.window import MainWindow

HALOS = Blend("halos", "Halos", (1, 4, 7, 9), (0.5, 0.3, 0.2, 0.1))
LANES = Blend("lanes", "Lanes", (2, 4), (0.4, 0.4))
FAR = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=25,
)


def book_of(**members: tuple[int, ...]) -> FamilyBook:
    made = tuple(
        Family(key=key.lower(), members=ids, name=FamilyName(text=key, source="human"))
        for key, ids in members.items()
    )
    return FamilyBook.of(Families(method="own", families=made))


@pytest.fixture
def opened(window: MainWindow, steerable: Path) -> MainWindow:
    """The window with a query and two families."""
    window.controller.library.open(steerable)
    window.controller.search.like_document(9)
    window.store.book = book_of(Halos=HALOS.features, Lanes=LANES.features)
    return window


def desk(window: MainWindow) -> SearchDesk:
    return window.controller.search


def seen(window: MainWindow) -> tuple[Any, ...]:
    """Everything about the ranking, to be compared bit for bit."""
    ranking = window.store.ranking.ranking
    return ranking.rows.tolist(), ranking.scores.tolist(), ranking.contributions.sum(axis=1).tolist()


def test_one_step_adds_the_slider_and_one_step_takes_both_back(opened: MainWindow) -> None:
    plain = seen(opened)
    desk(opened).add_blend(HALOS, 1.0)
    assert opened.store.blends == (BlendEdit(HALOS, 1.0),)
    row = opened.search_pane.mixer.rows.family_row("halos")
    assert row is not None
    assert row.delta() == 1.0
    assert seen(opened) != plain
    ranking = opened.store.ranking.ranking
    np.testing.assert_allclose(
        ranking.contributions.sum(axis=1), ranking.scores - ranking.scores_before, atol=1e-5
    )
    assert ranking.contribution_features == (HALOS,)
    opened.controller.undo.undo()
    assert seen(opened) == plain
    assert opened.store.blends == ()
    assert opened.search_pane.mixer.rows.family_row("halos") is None
    opened.controller.undo.redo()
    assert opened.store.blends == (BlendEdit(HALOS, 1.0),)
    assert opened.search_pane.mixer.rows.family_row("halos") is not None


def test_what_steers_is_shown_among_the_reasons(opened: MainWindow) -> None:
    desk(opened).add_blend(HALOS, 1.0)
    model = opened.search_pane.results.table.results
    assert model.steered
    assert model.bars(0)[0].label == "Halos"
    assert "moved in" in opened.search_pane.results.footer.text()
    assert opened.actions_table["reset"].isEnabled()


def test_the_same_scores_as_its_features_moved_one_by_one(opened: MainWindow) -> None:
    search = desk(opened)
    search.add_blend(HALOS, 0.7)
    rows, scores, _ = seen(opened)
    opened.controller.undo.undo()
    search.edit([Edit(f, 0.7 * w) for f, w in zip(HALOS.features, HALOS.weights, strict=True)])
    apart = dict(zip(*seen(opened)[:2], strict=True))
    np.testing.assert_allclose([apart[row] for row in rows], scores, atol=1e-5)


STEP = st.one_of(
    st.tuples(st.just("edit"), st.integers(0, 31), st.floats(-2, 2, allow_nan=False)),
    st.tuples(st.just("add"), st.sampled_from([HALOS, LANES]), st.floats(-2, 2, allow_nan=False)),
    st.tuples(st.just("set"), st.sampled_from(["halos", "lanes"]), st.floats(-2, 2, allow_nan=False)),
    st.tuples(st.just("remove"), st.sampled_from(["halos", "lanes"]), st.none()),
    st.tuples(st.just("reset"), st.none(), st.none()),
)


@FAR
@given(steps=st.lists(STEP, min_size=1, max_size=8))
def test_undo_gives_the_identical_rankings_back(opened: MainWindow, steps: list[tuple[Any, ...]]) -> None:
    search = desk(opened)
    while search.undo_stack.canUndo():
        search.undo_stack.undo()
    search.undo_stack.clear()
    story = [(search.mix, seen(opened))]
    for name, what, value in steps:
        search._edited_at = 0.0  # each is a gesture of its own
        before = search.undo_stack.index()
        if name == "edit":
            others = [edit for edit in search.mix.edits if edit.feature != what]
            search.edit([*others, Edit(what, value)] if value else others)
        elif name == "add":
            search.add_blend(what, value)
        elif name == "set":
            search.set_blend(what, value)
        elif name == "remove":
            search.remove_blend(what)
        else:
            search.reset()
        if search.undo_stack.index() > before:
            story.append((search.mix, seen(opened)))
    assert search.undo_stack.index() == len(story) - 1
    for mix, ranking in reversed(story[:-1]):
        search.undo_stack.undo()
        assert (search.mix, seen(opened)) == (mix, ranking)
        assert opened.store.blends == mix.moved
        shown = [(entry.key, entry.amount) for entry in opened.search_pane.mixer.rows.blends()]
        assert shown == [(edit.blend.key, edit.amount) for edit in mix.blends]
    for mix, ranking in story[1:]:
        search.undo_stack.redo()
        assert (search.mix, seen(opened)) == (mix, ranking)


def test_a_drag_is_one_step(opened: MainWindow) -> None:
    search = desk(opened)
    search.add_blend(HALOS, 1.0)
    one = seen(opened)
    steps = search.undo_stack.index()
    for amount in (1.1, 1.2, 1.5, 2.0):
        search.set_blend("halos", amount)
    assert search.undo_stack.index() == steps + 1
    search.set_blend("halos", 0.0)  # the same gesture still: it comes to rest at natural
    assert opened.store.blends == ()
    assert [entry.key for entry in search.blends()] == ["halos"], "its slider stays"
    opened.controller.undo.undo()
    while opened.store.blends != (BlendEdit(HALOS, 1.0),):
        opened.controller.undo.undo()
    assert seen(opened) == one


def test_adding_it_again_moves_it_further(opened: MainWindow) -> None:
    search = desk(opened)
    search.add_blend(HALOS, 1.0)
    search.add_blend(LANES, 1.0)
    search.add_blend(HALOS, 0.5)
    assert {edit.blend.key: edit.amount for edit in opened.store.blends} == {"halos": 1.5, "lanes": 1.0}
    assert [entry.key for entry in search.blends()] == ["halos", "lanes"]
    steps = search.undo_stack.index()
    search.set_blend("halos", 1.75)
    search.add_blend(HALOS, 1.0)
    assert search.undo_stack.index() == steps + 2, "in a hurry too they are two steps"


def test_a_family_is_weighed_on_a_worker(opened: MainWindow) -> None:
    desk(opened).add_family("halos", -1.0)
    (moved,) = opened.store.blends
    assert (moved.blend.key, moved.blend.name, moved.amount) == ("halos", "Halos", -1.0)
    assert moved.blend.features == HALOS.features
    desk(opened).add_family("nowhere")
    assert opened.store.notices
    assert len(opened.store.blends) == 1


def test_families_are_found_where_features_are(opened: MainWindow, qtbot: QtBot) -> None:
    search = desk(opened)
    with qtbot.waitSignal(search.matches_found) as found:
        search.find_features("lan")
    assert found.args[0][0] == ("lanes", "Lanes (family of 2)")
    assert all(isinstance(feature, int) for feature, _ in found.args[0][1:])
    opened.search_pane.blend_wanted.emit("lanes")
    assert [(entry.key, entry.amount) for entry in search.blends()] == [("lanes", 0.0)]
    assert opened.store.blends == ()
    assert not opened.store.ranking.ranking.steered
    search.set_blend("lanes", 0.5)
    opened.search_pane.blend_wanted.emit("lanes")
    assert opened.store.blends[0].amount == 0.5, "one that is there stays as it is"
    opened.store.book = None
    with qtbot.waitSignal(search.matches_found) as found:
        search.find_features("lan")
    assert all(isinstance(feature, int) for feature, _ in found.args[0])


def test_reset_is_one_step_and_keeps_the_slider(opened: MainWindow) -> None:
    search = desk(opened)
    plain = seen(opened)
    search.edit([Edit(3, 0.5)])
    search.add_blend(HALOS, 1.0)
    steered = seen(opened)
    opened.search_pane.mixer.reset()
    assert (opened.store.edits, opened.store.blends) == ((), ())
    assert seen(opened) == plain
    assert [entry.key for entry in search.blends()] == ["halos"]
    opened.controller.undo.undo()
    assert seen(opened) == steered


def test_without_a_query_the_family_is_searched_for(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    desk(window).add_blend(HALOS, 1.0)
    assert window.store.query is not None
    assert window.store.query.text == "Halos"
    features = window.controller.library.session.features
    direction = np.asarray(HALOS.weights) @ features.sae.decoder[list(HALOS.features)]
    np.testing.assert_allclose(window.store.query.vector, direction / np.linalg.norm(direction), atol=1e-6)
    assert window.store.blends == ()


def test_another_query_starts_unsteered(opened: MainWindow) -> None:
    desk(opened).add_blend(HALOS, 1.0)
    desk(opened).like_document(3)
    assert opened.store.blends == ()
    assert opened.search_pane.mixer.rows.blends() == []
    assert not opened.store.ranking.ranking.steered


def test_its_name_leads_to_the_family(opened: MainWindow) -> None:
    desk(opened).add_blend(HALOS, 1.0)
    row = opened.search_pane.mixer.rows.family_row("halos")
    QTest.mouseClick(row.label, Qt.MouseButton.LeftButton)
    assert opened.store.family == "halos"
    opened.store.book = book_of(Other=(1, 4, 7, 9, 11))
    QTest.mouseClick(row.label, Qt.MouseButton.LeftButton)
    assert opened.store.family == "other", "what it has become"
    opened.store.book = book_of(Lanes=LANES.features)
    QTest.mouseClick(row.label, Qt.MouseButton.LeftButton)
    assert "no longer" in opened.statusBar().currentMessage()


# Families change -----------------------------------------------------------------------------------------


def test_a_renamed_family_is_shown_under_its_new_name(opened: MainWindow) -> None:
    search = desk(opened)
    search.add_blend(HALOS, 1.0)
    before = seen(opened)
    made = Families(
        method="own",
        families=(
            Family(key="halos", members=HALOS.features, name=FamilyName(text="Haloes", source="human")),
        ),
    )
    opened.store.book = FamilyBook.of(made)
    assert [entry.label for entry in search.blends()] == ["Haloes"]
    assert opened.search_pane.mixer.rows.family_row("halos").label.text() == "Haloes"
    assert opened.search_pane.results.table.results.bars(0)[0].label == "Haloes"
    assert seen(opened) == before
    opened.controller.undo.undo()
    opened.controller.undo.redo()
    assert [entry.label for entry in search.blends()] == ["Haloes"], "a step from before knows the new name"
    assert seen(opened) == before


@pytest.mark.parametrize(
    ("book", "told"),
    [
        (book_of(Halos=(1, 4)), "has 2 features now"),
        (book_of(Other=(1, 4, 7, 9, 11)), "nearest is “Other”"),
        (book_of(Other=(20, 21)), "no longer among"),
    ],
)
def test_a_family_built_anew_stays_usable_and_says_so(
    opened: MainWindow, book: FamilyBook, told: str
) -> None:
    search = desk(opened)
    search.add_blend(HALOS, 1.0)
    before = seen(opened)
    opened.store.book = book
    (entry,) = search.blends()
    assert told in entry.note
    assert told in opened.search_pane.mixer.rows.family_row("halos").toolTip()
    assert seen(opened) == before
    search.set_blend("halos", 0.5)
    assert opened.store.blends == (BlendEdit(HALOS, 0.5),)
    opened.store.book = book_of(Halos=HALOS.features)
    assert search.blends()[0].note == ""


def test_other_features_know_nothing_of_it(opened: MainWindow, steerable: Path) -> None:
    from saerch_desktop.progress import Progress
    from saerch_desktop.workflow.build import Wishes, train_sae

    desk(opened).add_blend(HALOS, 1.0)
    train_sae(steerable, "others", Wishes(features=32, k=4, epochs=2, seed=5), Progress())
    opened.controller.library.use_sae("others")
    assert opened.store.library.sae == "others"
    assert opened.store.blends == ()
    assert desk(opened).mix.blends == ()
    assert not desk(opened).undo_stack.canUndo()
    assert opened.search_pane.mixer.rows.blends() == []


def test_the_same_features_read_anew_keep_it(opened: MainWindow, steerable: Path) -> None:
    desk(opened).add_blend(HALOS, 1.0)
    before = seen(opened)
    opened.controller.library.refresh(steerable)
    assert opened.store.blends == (BlendEdit(HALOS, 1.0),)
    assert seen(opened) == before


# Threads -------------------------------------------------------------------------------------------------


@pytest.mark.threaded
def test_while_its_column_is_made_the_slider_waits(
    open_window: OpenWindow, steerable: Path, qtbot: QtBot
) -> None:
    window = open_window()
    window.controller.library.open(steerable)
    qtbot.waitUntil(lambda: window.store.library is not None)
    desk(window).like_document(9)
    qtbot.waitUntil(lambda: window.store.ranking is not None)
    waiting: list[frozenset[Any]] = []
    desk(window).pending_changed.connect(waiting.append)
    desk(window).add_blend(HALOS, 1.0)
    assert waiting[-1] == frozenset({"halos"})
    assert window.search_pane.mixer.rows.family_row("halos")._pending
    qtbot.waitUntil(lambda: window.store.ranking.ranking.steered)
    assert waiting[-1] == frozenset()
    slider = window.search_pane.mixer.rows.family_row("halos").slider
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert window.store.ranking.ranking.blends[0].amount > 1.0, "from now on at once"
