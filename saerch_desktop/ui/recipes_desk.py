"""The recipes' desk: what the library's shelf holds, what is put there, and what is applied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from saerch_desktop.errors import UserError
from saerch_desktop.search.filters import Filters
from saerch_desktop.search.recipe_files import (
    Shelf,
    delete_recipe,
    folder_of,
    load_recipe,
    place_of,
    rename_recipe,
    save_recipe,
    shelf_of,
    write_recipe,
)
from saerch_desktop.search.recipe_fit import Fitted, fit
from saerch_desktop.search.recipes import Recipe, laid_over, recipe_of
from saerch_desktop.ui.controller_steering import mode_of
from saerch_desktop.ui.recipe_steps import RecipeStep
from saerch_desktop.ui.recipe_words import counted

if TYPE_CHECKING:
    from saerch_desktop.library.manifest import EmbedderIdentity
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.workflow.session import Session


class RecipesDesk(QObject):
    """Files are read and written on a worker; of several wishes each is done."""

    shelf_changed = Signal(object)  # Shelf
    told = Signal(str)  # what was done, in a sentence
    fitted = Signal(object, object, object)  # Recipe; Fitted; Fitted along lost features' own directions

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._session: Session | None = None
        self.shelf = Shelf(())
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(100)
        controller.undo.take_in(self.undo_stack)
        controller.library.opened.connect(lambda session, again: self.use(session))
        controller.library.closed.connect(lambda: self.use(None))

    @property
    def weights(self) -> str:
        """Hash of the SAE's in use."""
        return self._controller.search.weights

    def use(self, session: Session | None) -> None:
        former, self._session = self._session, session
        if session is None or former is None or former.library.path != session.library.path:
            self.undo_stack.clear()
        self._show(Shelf(()))
        if session is not None:
            self.read()

    def read(self) -> None:
        """Look at what the library holds."""
        session = self._session
        if session is None:
            return
        folder = folder_of(session.library.path)

        def done(shelf: Shelf) -> None:
            if self._session is session:
                self._show(shelf)

        self._run("Reading recipes", lambda: shelf_of(folder), done, key="recipes")

    def there(self, name: str) -> bool:
        """Whether a recipe of that name is on the shelf."""
        return self._called(name) is not None

    def _called(self, name: str) -> Recipe | None:
        wanted = name.strip().casefold()
        return next((one for one in self.shelf.recipes if one.name.casefold() == wanted), None)

    # Putting on the shelf --------------------------------------------------------------------------------

    def save(self, name: str, note: str = "", *, filters: bool = True, replace: bool = False) -> None:
        """Keep what the mixer says, and with `filters` what the search is kept to."""
        session, store = self._session, self._controller.store
        if session is None or session.features is None:
            return
        recipe = recipe_of(
            store.mix,
            session.features,
            name,
            note=note,
            library=session.library.manifest.name,
            embedder=self._embedder(session),
            mode=mode_of(store.mode),
            filters=store.filters if filters else None,
        )
        self.put(recipe, replace=replace)

    def put(self, recipe: Recipe, *, replace: bool = False) -> None:
        """Put a recipe among the library's; undo takes it away, or brings back what it replaced."""
        folder = self._folder()
        if folder is None:
            return
        former = self._called(recipe.name) if replace else None

        def back() -> None:
            if former is None:
                self._take_away(folder, recipe)
            else:
                self._bring_back(folder, former)

        self._change(
            "Saving the recipe",
            lambda: save_recipe(folder, recipe, replace=replace),
            f"The recipe “{recipe.name}” is saved",
            RecipeStep(f"saving “{recipe.name}”", lambda: self._bring_back(folder, recipe), back),
        )

    def rename(self, recipe: Recipe, name: str) -> None:
        folder = self._folder()
        if folder is None or name == recipe.name:
            return
        renamed = Recipe.model_validate({**recipe.model_dump(), "name": name})

        def put(old: Recipe, new: Recipe, step: RecipeStep | None = None) -> None:
            self._change(
                "Renaming the recipe",
                lambda: rename_recipe(folder, old.name, new),
                f"“{old.name}” is called “{new.name}” now",
                step,
            )

        words = f"renaming “{recipe.name}”"
        put(recipe, renamed, RecipeStep(words, lambda: put(recipe, renamed), lambda: put(renamed, recipe)))

    def delete(self, recipe: Recipe) -> None:
        """Undo brings it back."""
        folder = self._folder()
        if folder is None:
            return
        step = RecipeStep(
            f"deleting “{recipe.name}”",
            lambda: self._take_away(folder, recipe),
            lambda: self._bring_back(folder, recipe),
        )
        self._take_away(folder, recipe, step)

    def _take_away(self, folder: Path, recipe: Recipe, step: RecipeStep | None = None) -> None:
        def work() -> None:
            there = next((one for one in shelf_of(folder).recipes if one.name == recipe.name), None)
            if there is not None and there != recipe:
                raise UserError(
                    f"The recipe “{recipe.name}” is another one by now.",
                    "It stays as it is.",
                    "Look at the list again, and delete it there if it shall go.",
                )
            delete_recipe(folder, recipe.name)

        said = f"The recipe “{recipe.name}” is deleted. Undo brings it back"
        self._change("Deleting the recipe", work, said, step)

    def _bring_back(self, folder: Path, recipe: Recipe) -> None:
        self._change(
            "Bringing the recipe back",
            lambda: save_recipe(folder, recipe, replace=True),
            f"The recipe “{recipe.name}” is there again",
        )

    def export(self, recipe: Recipe, path: Path) -> None:
        """Write a recipe to a file that can be handed on."""
        self._run(
            "Exporting the recipe",
            lambda: write_recipe(path, recipe),
            lambda _: self.told.emit(f"{path.name} is saved"),
        )

    def bring(self, path: Path, arrived: Callable[[Recipe], None]) -> None:
        """Read a file; `arrived` decides what becomes of it."""
        self._run("Reading the recipe", lambda: load_recipe(path), arrived)

    # Applying --------------------------------------------------------------------------------------------

    def want(self, recipe: Recipe) -> None:
        """See what the recipe comes to with the SAE in use: `fitted` tells."""
        session = self._session
        if session is None or session.features is None:
            return
        features, embedder = session.features, self._embedder(session)

        def work() -> tuple[Fitted, Fitted]:
            plain = fit(recipe, features, embedder)
            return plain, fit(recipe, features, embedder, along=True) if plain.lost else plain

        def done(found: tuple[Fitted, Fitted]) -> None:
            if self._session is session:
                self.fitted.emit(recipe, *found)

        self._run("Fitting the recipe", work, done, key="fit recipe", doing="Applying the recipe")

    def apply(self, recipe: Recipe, fitted: Fitted) -> None:
        """Put it into the mixer, as one step of undo; filters are added to those there are."""
        search, store = self._controller.search, self._controller.store
        if store.query is None:
            return
        present = store.mix
        filtered = bool(fitted.filters.chips)
        if filtered:  # first, so that undo begins with the sliders
            search.set_filters(_joined(store.filters, fitted.filters))
        search.change(laid_over(fitted.mix, present))
        if fitted.mode != store.mode:
            search.set_mode(fitted.mode)
        held = present.locked & {
            *(edit.feature for edit in fitted.mix.edits),
            *(edit.blend.key for edit in fitted.mix.blends),
        }
        stay = f"; {counted(len(held), 'locked slider')} stay{'s' if len(held) == 1 else ''}" if held else ""
        back = "Undo takes the sliders back, and after them the filters" if filtered else "Undo takes it back"
        self.told.emit(f"“{recipe.name}” is applied{stay}. {back}")

    # ------------------------------------------------------------------------------------------------------

    def _folder(self) -> Path | None:
        return folder_of(self._session.library.path) if self._session is not None else None

    @staticmethod
    def _embedder(session: Session) -> EmbedderIdentity | None:
        made = session.library.manifest.vectors
        return None if made is None else made.embedder

    def _show(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.shelf_changed.emit(shelf)

    def _change(
        self, title: str, work: Callable[[], object], said: str, step: RecipeStep | None = None
    ) -> None:
        """step: how it is taken back, once it has succeeded."""
        session = self._session

        def done(_: object) -> None:
            if step is not None and self._session is session:
                self.undo_stack.push(step)
            self.told.emit(said)
            self.read()

        self._run(title, work, done)

    def _run(
        self,
        title: str,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        key: str | None = None,
        doing: str = "",
    ) -> None:
        self._controller.runner.look_up(
            title,
            lambda progress: work(),
            key=key,
            done=done,
            fail=self._controller.fail,
            doing=doing or title,
        )


def file_name(recipe: Recipe) -> str:
    """What its file is called when it is handed on."""
    return place_of(Path(), recipe.name).name


def _joined(filters: Filters, more: Filters) -> Filters:
    joined = filters if filters.chips else Filters(either=more.either)
    for chip in more.chips:
        joined = joined.with_chip(chip)
    return joined
