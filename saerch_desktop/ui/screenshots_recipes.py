"""Pictures of recipes and earlier searches. Nothing is saved in the library for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from saerch_desktop.search.recipe_files import Shelf
from saerch_desktop.search.recipes import recipe_of
from saerch_desktop.ui.recipes_part import RecipesPart

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


def recipes(window: MainWindow, shoot: Callable[[str, QWidget], None]) -> None:
    """The mixer as it is as a recipe, the question for its name, and the list of searches."""
    part = next(part for part in window.parts if isinstance(part, RecipesPart))
    session, store = window.controller.library.session, window.store
    if part.dock is None or session is None or session.features is None or store.query is None:
        return
    mine = recipe_of(store.mix, session.features, "As it is now", library=session.library.manifest.name)
    part.recipes.set_shelf(Shelf((mine,)))
    part.dock.show()
    part.dock.raise_()
    shoot("window-recipes", window)
    part.tabs.setCurrentIndex(1)
    shoot("searches", part.tabs)
    part.tabs.setCurrentIndex(0)
    part.save()
    if part.form is not None:
        shoot("recipe-form", part.form)
        part.form.close()
    part.recipes.set_shelf(part.desk.shelf)
    part.dock.hide()
