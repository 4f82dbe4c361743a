"""Edits beside the mixer can be taken back too: filters, and what happens to recipes."""

from __future__ import annotations

from pathlib import Path

from ui.search_support import embedder, searching, semantic, semantic_original

from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.search.recipe_files import folder_of, shelf_of
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.recipes_part import RecipesPart
from saerch_desktop.ui.window import MainWindow

__all__ = ["embedder", "searching", "semantic", "semantic_original"]

STARS, DUST = Chip("topic:stars"), Chip("topic:dust")


def names(library: Path) -> list[str]:
    return [recipe.name for recipe in shelf_of(folder_of(library)).recipes]


def undo(window: MainWindow) -> None:
    window.actions_table["undo"].trigger()


def redo(window: MainWindow) -> None:
    window.actions_table["redo"].trigger()


def test_filters_are_taken_back_one_by_one_in_turn_with_sliders(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    search.submit("planets")
    feature = search.entries()[0].feature
    search.add_filter(STARS)
    search.edit((Edit(feature, 0.4),))
    search.add_filter(DUST)
    assert searching.actions_table["undo"].text() == "Undo adding a filter"
    undo(searching)
    assert store.filters.chips == (STARS,)
    undo(searching)
    assert store.edits == ()
    undo(searching)
    assert store.filters == Filters()
    for _ in range(3):
        redo(searching)
    assert store.filters.chips == (STARS, DUST)
    assert store.edits == (Edit(feature, 0.4),)
    searching.actions_table["clear-filters"].trigger()
    assert searching.actions_table["undo"].text() == "Undo removing filters"
    undo(searching)
    assert store.filters.chips == (STARS, DUST)
    search.like_document(9)
    search.like_document(10)
    undo(searching)
    assert store.filters.chips == (STARS,), "filters stay from search to search, and so do their steps"


def test_steps_of_another_search_do_not_come_into_one_that_is_shown_again(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    search.submit("planets")
    search.add_filter(STARS)
    search.submit("dust")
    search.set_filters(Filters((DUST,)))
    searching.actions_table["back"].trigger()
    assert store.filters.chips == (STARS,)
    assert not searching.actions_table["undo"].isEnabled()


def test_recipes_are_saved_renamed_deleted_and_back(searching: MainWindow, semantic: Path) -> None:
    search = searching.controller.search
    part = next(part for part in searching.parts if isinstance(part, RecipesPart))
    search.submit("planets")
    search.edit((Edit(search.entries()[0].feature, 0.4),))
    part.desk.save("One")
    part.desk.rename(part.desk.shelf.named("One"), "Two")
    part.desk.delete(part.desk.shelf.named("Two"))
    assert names(semantic) == []
    undo(searching)
    assert names(semantic) == ["Two"]
    undo(searching)
    assert names(semantic) == ["One"]
    undo(searching)
    assert names(semantic) == []
    for wanted in (["One"], ["Two"], []):
        redo(searching)
        assert names(semantic) == wanted


def test_what_was_replaced_comes_back(searching: MainWindow, semantic: Path) -> None:
    search = searching.controller.search
    desk = next(part for part in searching.parts if isinstance(part, RecipesPart)).desk
    search.submit("planets")
    search.edit((Edit(search.entries()[0].feature, 0.4),))
    desk.save("One", "the first")
    desk.save("One", "the second", replace=True)
    assert desk.shelf.named("One").note == "the second"
    undo(searching)
    assert desk.shelf.named("One").note == "the first"


def test_a_save_that_failed_is_never_taken_back(searching: MainWindow, semantic: Path) -> None:
    search = searching.controller.search
    desk = next(part for part in searching.parts if isinstance(part, RecipesPart)).desk
    search.submit("planets")
    search.edit((Edit(search.entries()[0].feature, 0.4),))
    desk.save("One", "the first")
    desk.undo_stack.clear()
    desk.save("One", "the second")
    assert "already" in searching.store.notices[-1].happened
    assert not desk.undo_stack.canUndo()
    assert desk.shelf.named("One").note == "the first"


def test_one_that_was_changed_elsewhere_is_not_deleted_by_undo(searching: MainWindow, semantic: Path) -> None:
    from saerch_desktop.search.recipe_files import save_recipe

    search = searching.controller.search
    desk = next(part for part in searching.parts if isinstance(part, RecipesPart)).desk
    search.submit("planets")
    search.edit((Edit(search.entries()[0].feature, 0.4),))
    desk.save("One", "mine")
    other = desk.shelf.named("One").model_copy(update={"note": "of another window"})
    save_recipe(folder_of(semantic), other, replace=True)
    undo(searching)
    assert names(semantic) == ["One"]
    assert "another one by now" in searching.store.notices[-1].happened
