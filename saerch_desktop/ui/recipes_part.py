"""The dock of recipes and earlier searches, and the actions about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabWidget, QWidget

from saerch_desktop.search.recipe_fit import Fitted
from saerch_desktop.search.recipes import Recipe
from saerch_desktop.ui.command_palette import Entry, narrowed
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.recipe_words import kept_to, says, when
from saerch_desktop.ui.recipes_check import RecipeCheck
from saerch_desktop.ui.recipes_desk import RecipesDesk, file_name
from saerch_desktop.ui.recipes_form import RecipeForm
from saerch_desktop.ui.recipes_list import RecipesList
from saerch_desktop.ui.searches_list import SearchesList

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

FILES = "Recipes (*.json);;All files (*)"
_SAID_MS = 6000


class RecipesPart(Part):
    """Connects the lists with their desk, the log of searches, and the window."""

    dock_name = "recipes-dock"
    dock_title = "Recipes and searches"
    dock_area = Qt.DockWidgetArea.RightDockWidgetArea
    dock_action = "show-recipes"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.desk = RecipesDesk(self.controller, self)
        self.recipes = RecipesList(lambda: self.desk.weights)
        self.searches = SearchesList()
        self.form: RecipeForm | None = None
        self.check: RecipeCheck | None = None
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("Recipes and searches")
        self.tabs.addTab(self.recipes, "Recipes")
        self.tabs.addTab(self.searches, "Searches")
        self.tabs.setTabToolTip(0, "What the mixer said, kept under names")
        self.tabs.setTabToolTip(1, "What was searched for in this library")
        self._met: Mapping[str, bool] = {}
        self._connect()

    def _connect(self) -> None:
        desk, store, controller = self.desk, self.store, self.controller
        desk.shelf_changed.connect(self.recipes.set_shelf)
        desk.shelf_changed.connect(lambda _: self._look())
        desk.told.connect(self._say)
        desk.fitted.connect(self._fitted)
        self.recipes.save_wanted.connect(self.save)
        self.recipes.bring_wanted.connect(self.bring)
        self.recipes.apply_wanted.connect(desk.want)
        self.recipes.rename_wanted.connect(self._rename)
        self.recipes.export_wanted.connect(self._export)
        self.recipes.delete_wanted.connect(desk.delete)
        self.searches.chosen.connect(controller.searches.show_again)
        self.searches.forget_wanted.connect(self.forget)
        controller.searches.changed.connect(self._list)
        controller.inspect.returned.connect(self._returned)
        self.tabs.currentChanged.connect(lambda _: self._list())
        for changed in (store.mix_changed, store.filters_changed, store.query_changed):
            changed.connect(lambda _: self._look())
        store.library_changed.connect(lambda _: self._look(anew=True))
        controller.library.closed.connect(self._put_away)
        self._look()

    def pane(self) -> QWidget:
        return self.tabs

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {
            "recipe-save": self.save,
            "recipe-apply": self.ask_recipe,
            "recipe-bring": self.bring,
            "past-searches": self.ask_search,
            "forget-searches": self.forget,
        }

    def conditions(self) -> Mapping[str, bool]:
        store, view = self.store, self.store.library
        able = view is not None and view.steering
        mix = store.mix
        something = not mix.plain or mix.budget is not None or bool(store.filters.chips)
        return {
            "recipe": able and something,
            "recipes": bool(self.desk.shelf.recipes),
            "steered-search": able and store.query is not None,
            "past-searches": self.controller.searches.some,
        }

    # Recipes ---------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Ask for a name and keep what the mixer says."""
        if not self.conditions()["recipe"]:
            return
        self._put_away()
        store = self.store
        self.form = RecipeForm(store.mix, store.filters, self.desk.there, self.window)
        self.form.wanted.connect(
            lambda name, note, filters, replace: self.desk.save(name, note, filters=filters, replace=replace)
        )
        self.form.finished.connect(lambda: setattr(self, "form", None))
        self.form.open()

    def ask_recipe(self) -> None:
        """Apply a recipe that is found by typing."""
        entries = [
            Entry(recipe.name, says(recipe), partial(self.desk.want, recipe))
            for recipe in self.desk.shelf.recipes
        ]
        self.window.palette_popup.ask("Type a recipe’s name…", lambda typed: narrowed(entries, typed))

    def bring(self) -> None:
        """Add a recipe from a file."""
        path = dialogs().open_file(self.window, "Bring in a recipe", Path.home(), FILES)
        if path is not None:
            self.desk.bring(path, self._arrived)

    def _arrived(self, recipe: Recipe) -> None:
        there = self.desk.there(recipe.name)
        question = f"There is a recipe “{recipe.name}” already. Put the one from the file in its place?"
        if not there or dialogs().ask(self.window, "Bring in a recipe", question, "Replace", "Keep mine"):
            self.desk.put(recipe, replace=there)

    def _rename(self, recipe: Recipe) -> None:
        name = dialogs().text(
            self.window, "Rename the recipe", f"Name of “{recipe.name}”:", recipe.name, "Rename"
        )
        if name:
            self.desk.rename(recipe, name)

    def _export(self, recipe: Recipe) -> None:
        suggested = Path.home() / file_name(recipe)
        path = dialogs().save_file(self.window, "Export the recipe", suggested, FILES)
        if path is not None:
            self.desk.export(recipe, path)

    def _fitted(self, recipe: Recipe, plain: Fitted, along: Fitted) -> None:
        """The very same SAE: apply it. Else show first what it comes to."""
        if plain.same and not plain.lost:
            self.desk.apply(recipe, plain)
            return
        self._put_away()
        self.check = RecipeCheck(recipe, plain, along, self.window)
        self.check.agreed.connect(lambda fitted: self.desk.apply(recipe, fitted))
        self.check.finished.connect(lambda: setattr(self, "check", None))
        self.check.open()

    # Searches --------------------------------------------------------------------------------------------

    def ask_search(self) -> None:
        """Go to an earlier search that is found by typing."""
        log = self.controller.searches
        entries = [
            Entry(
                saved.query.text if saved.query is not None else "",
                ", ".join(part for part in (kept_to(saved), when(saved.made)) if part),
                partial(log.show_again, saved),
            )
            for saved in log.entries()
        ]
        self.window.palette_popup.ask("Type a word of an earlier search…", lambda t: narrowed(entries, t))

    def forget(self) -> None:
        question = "Forget all searches of this library but the one in force?"
        if dialogs().ask(self.window, "Forget searches", question, "Forget", "Keep them"):
            self.controller.searches.forget()
            self.controller.inspect.forget()

    def _returned(self) -> None:
        """Back at the results of a search: go on in their table."""
        table = self.window.search_pane.results.table
        # Without a current row the focus would make the first one current, and so open it.
        if table.currentIndex().isValid():
            table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # ------------------------------------------------------------------------------------------------------

    def _list(self) -> None:
        """The list is made when it is seen: it may be long."""
        if self.tabs.currentWidget() is self.searches:
            self.searches.set_searches(self.controller.searches.entries())
        self._look()

    def _look(self, anew: bool = False) -> None:
        """At every tick of a slider: cheap, and only a change is passed on."""
        met = self.conditions()
        if met == self._met and not anew:
            return
        self._met = met
        self.recipes.set_able(met["recipe"], met["steered-search"], anew)
        if hasattr(self.window, "wiring"):
            self.window.refresh_actions()

    def _put_away(self) -> None:
        for dialog in (self.form, self.check):
            if dialog is not None:
                dialog.close()

    def _say(self, text: str) -> None:
        self.window.statusBar().showMessage(text, _SAID_MS)
