"""Recipes in the window: saved, applied as one step, checked against another SAE, handed on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from ui.fakes import FakeDialogs
from window_support import OpenWindow

from saerch_desktop.progress import Progress
from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.search.mix import Mix
from saerch_desktop.search.recipe_files import folder_of, shelf_of
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.recipes_part import RecipesPart
from saerch_desktop.ui.window import MainWindow


def part_of(window: MainWindow) -> RecipesPart:
    return next(part for part in window.parts if isinstance(part, RecipesPart))


@pytest.fixture
def searching(open_window: OpenWindow, steerable: Path) -> MainWindow:
    window = open_window()
    window.controller.library.open(steerable)
    window.controller.search.like_document(9)
    return window


def two_features(window: MainWindow) -> tuple[int, int]:
    """One that is active in the query, and one that is not."""
    active = [entry.feature for entry in window.controller.search.entries()]
    return active[0], next(feature for feature in range(32) if feature not in active)


def save(window: MainWindow, name: str, note: str = "") -> None:
    window.actions_table["recipe-save"].trigger()
    form = part_of(window).form
    assert form is not None
    QTest.keyClicks(form.name, name)
    form.note.setPlainText(note)
    QTest.mouseClick(form.yes, Qt.MouseButton.LeftButton)
    assert part_of(window).form is None


def test_there_must_be_something_to_keep(searching: MainWindow) -> None:
    action = searching.actions_table["recipe-save"]
    assert not action.isEnabled()
    assert "first" in action.toolTip()
    first, _ = two_features(searching)
    searching.controller.search.edit((Edit(first, 0.5),))
    assert action.isEnabled()
    searching.controller.search.reset()
    assert not action.isEnabled()
    searching.controller.search.set_budget(0.9)
    assert action.isEnabled()


def test_what_is_saved_comes_back_as_one_step(searching: MainWindow, steerable: Path) -> None:
    search, store = searching.controller.search, searching.store
    first, other = two_features(searching)
    mix = Mix((Edit(first, -0.25), Edit(other, 0.5)), muted=frozenset({first}), budget=0.8)
    search.change(mix)
    save(searching, "Warm dust", "for the survey")
    (kept,) = shelf_of(folder_of(steerable)).recipes
    assert (kept.name, kept.note) == ("Warm dust", "for the survey")
    steered = store.ranking.ranking.rows.tolist()

    search.like_document(9)
    search.change(Mix())
    plain = store.ranking.ranking.rows.tolist()
    part = part_of(searching)
    part.recipes.table.setCurrentCell(0, 0)
    QTest.mouseClick(part.recipes.apply, Qt.MouseButton.LeftButton)
    assert part.check is None, "the same SAE: there is nothing to ask"
    assert store.mix == mix
    assert other in [entry.feature for entry in search.entries()]
    assert store.ranking.ranking.rows.tolist() == steered
    searching.actions_table["undo"].trigger()
    assert store.mix == Mix()
    assert store.ranking.ranking.rows.tolist() == plain
    searching.actions_table["redo"].trigger()
    assert store.mix == mix


def test_locked_sliders_stay(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    first, other = two_features(searching)
    search.change(Mix((Edit(first, -0.25), Edit(other, 0.5))))
    save(searching, "Both")
    search.change(Mix((Edit(first, 0.75),), locked=frozenset({first})))
    part = part_of(searching)
    part.recipes.table.setCurrentCell(0, 0)
    QTest.keyClick(part.recipes.table, Qt.Key.Key_Return)
    assert {edit.feature: edit.delta for edit in store.mix.edits} == {first: 0.75, other: 0.5}
    assert store.mix.locked == {first}
    assert "1 locked slider stays" in searching.statusBar().currentMessage()


def test_filters_come_along_when_wanted(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    first, _ = two_features(searching)
    search.edit((Edit(first, 0.5),))
    search.set_filters(Filters((Chip("topic:stars"),)))
    save(searching, "With")
    searching.actions_table["recipe-save"].trigger()
    form = part_of(searching).form
    assert form is not None
    QTest.keyClicks(form.name, "Without")
    form.filters.setChecked(False)
    form.accept()
    search.set_filters(Filters())
    part = part_of(searching)
    recipes = {recipe.name: recipe for recipe in part.desk.shelf.recipes}
    part.desk.want(recipes["Without"])
    assert not store.filters.chips
    part.desk.want(recipes["With"])
    assert store.filters == Filters((Chip("topic:stars"),))
    topics = {store.ranking.ranking.rows[i] % 4 for i in range(20)}
    assert len(topics) == 1, "the results are kept to one topic"


def test_saving_twice_replaces_and_says_so(searching: MainWindow, steerable: Path) -> None:
    first, _ = two_features(searching)
    searching.controller.search.edit((Edit(first, 0.5),))
    save(searching, "Mine")
    searching.controller.search.edit((Edit(first, -0.5),))
    searching.actions_table["recipe-save"].trigger()
    form = part_of(searching).form
    assert form is not None
    assert form.yes.text() == "Save"
    assert not form.yes.isEnabled()
    QTest.keyClicks(form.name, "MINE")
    assert form.yes.text() == "Replace"
    form.accept()
    (kept,) = shelf_of(folder_of(steerable)).recipes
    assert (kept.name, kept.sliders[0].change) == ("MINE", -0.5)


def test_renaming_deleting_and_handing_on(
    searching: MainWindow, steerable: Path, tmp_path: Path, fake_dialogs: FakeDialogs
) -> None:
    first, _ = two_features(searching)
    searching.controller.search.edit((Edit(first, 0.5),))
    save(searching, "Mine")
    part, table = part_of(searching), part_of(searching).recipes.table
    fake_dialogs.answers = ["Yours"]
    QTest.keyClick(table, Qt.Key.Key_F2)
    assert [recipe.name for recipe in part.desk.shelf.recipes] == ["Yours"]
    file = tmp_path / "handed on.json"
    fake_dialogs.answers = [file]
    QTest.mouseClick(part.recipes.export, Qt.MouseButton.LeftButton)
    assert json.loads(file.read_text(encoding="utf-8"))["name"] == "Yours"
    QTest.keyClick(table, Qt.Key.Key_Delete)
    assert not part.desk.shelf.recipes
    searching.actions_table["undo"].trigger()
    assert part.desk.shelf.recipes, "it was not wanted after all"
    searching.actions_table["redo"].trigger()
    assert not part.desk.shelf.recipes
    assert part.recipes.empty.isVisibleTo(part.recipes)
    fake_dialogs.answers = [file]
    searching.actions_table["recipe-bring"].trigger()
    assert [recipe.name for recipe in part.desk.shelf.recipes] == ["Yours"]
    fake_dialogs.answers = [file, False]
    searching.actions_table["recipe-bring"].trigger()
    assert fake_dialogs.asked[-1] == ("ask", "Bring in a recipe")


def test_a_file_that_is_no_recipe_is_refused_in_words(
    searching: MainWindow, tmp_path: Path, fake_dialogs: FakeDialogs
) -> None:
    file = tmp_path / "none.json"
    file.write_text('{"format": "saerch-recipe", "name": " "}', encoding="utf-8")
    fake_dialogs.answers = [file]
    searching.actions_table["recipe-bring"].trigger()
    assert "none.json is no recipe" in searching.store.notices[-1].happened


def test_another_sae_is_asked_about_first(open_window: OpenWindow, steerable: Path) -> None:
    from saerch_desktop.workflow.build import Wishes, train_sae

    window = open_window()
    window.controller.library.open(steerable)
    window.controller.search.like_document(9)
    active = [entry.feature for entry in window.controller.search.entries()]
    window.controller.search.change(Mix(tuple(Edit(feature, 0.4) for feature in active)))
    save(window, "Old")
    window.controller.library.close()
    train_sae(steerable, "other", Wishes(features=24, k=4, epochs=20, seed=5), Progress())
    window.controller.library.open(steerable)
    window.controller.library.use_sae("other")
    window.controller.search.like_document(9)
    part = part_of(window)
    part.recipes.table.setCurrentCell(0, 0)
    assert part.recipes.table.item(0, 2).text() == "≠ features"
    QTest.mouseClick(part.recipes.apply, Qt.MouseButton.LeftButton)
    check = part.check
    assert check is not None
    assert window.store.mix == Mix(), "nothing happens before it is agreed to"
    assert check.table.rowCount() == len(active)
    words = [check.table.item(row, 3).text() for row in range(check.table.rowCount())]
    assert set(words) <= {"the same", "very likely", "likely", "unsure", "left out"}
    agreed = check.chosen
    QTest.mouseClick(check.yes, Qt.MouseButton.LeftButton)
    assert part.check is None
    assert window.store.mix == agreed.mix
    assert not agreed.same


def test_a_recipe_is_found_by_typing(searching: MainWindow) -> None:
    first, _ = two_features(searching)
    searching.controller.search.edit((Edit(first, 0.5),))
    save(searching, "Colder gas")
    searching.controller.search.reset()
    searching.actions_table["recipe-apply"].trigger()
    palette = searching.palette_popup
    QTest.keyClicks(palette.line, "gas")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert searching.store.mix.edits == (Edit(first, 0.5),)
