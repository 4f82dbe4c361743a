"""Recipes on disk: those of a library in a folder of its own, each a file that can be handed on."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import filelock
from pydantic import BaseModel, ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.versions import NewerFileError, require_known
from saerch_desktop.search.recipe_format import SCHEMA, Recipe

FOLDER: Final = "recipes"
SUFFIX: Final = ".json"
_LOCK_FILE: Final = ".recipes.lock"
_LOCK_SECONDS: Final = 10.0
_LARGEST_FILE: Final = 64 << 20
_MOST: Final = 2000
_LONGEST_STEM: Final = 60
_UNFIT: Final = re.compile(r"[^\w .,+=()-]+")
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a folder holds: recipes by name, and the files that cannot be read, each with what is wrong."""

    recipes: tuple[Recipe, ...]
    unreadable: tuple[tuple[Path, UserError], ...] = ()

    def named(self, name: str) -> Recipe:
        """The recipe of that name, whatever its capitals. UserError when there is none."""
        for recipe in self.recipes:
            if recipe.name.casefold() == name.strip().casefold():
                return recipe
        known = ", ".join(f"“{recipe.name}”" for recipe in self.recipes[:8]) or "none yet"
        raise UserError(
            f"There is no recipe “{name}” in this library.",
            f"Its recipes: {known}.",
            "Give the name of one of these, or the path of a recipe's file.",
        )


def folder_of(library: Path) -> Path:
    """Where a library keeps its recipes; it need not be there."""
    return library / FOLDER


def place_of(folder: Path, name: str) -> Path:
    """The file of the recipe of that name. Names that differ in capitals only are one and the same."""
    plain = name.strip().casefold()
    stem = _UNFIT.sub("_", plain).strip(" .")[:_LONGEST_STEM].rstrip(" .")
    if stem != plain or not stem or _RESERVED.fullmatch(stem):
        stem = f"{stem}-{hashlib.sha256(plain.encode()).hexdigest()[:8]}".lstrip("-")
    return folder / f"{stem}{SUFFIX}"


def write_recipe(path: Path, recipe: Recipe) -> None:
    """Write the file alone, wherever it is. UserError when the disk is full or read-only."""
    files.write_bytes(path, (recipe.model_dump_json(indent=1) + "\n").encode())


def save_recipe(folder: Path, recipe: Recipe, *, replace: bool = False) -> Path:
    """Put it among the library's recipes and return its file.

    UserError: one of that name is there (without `replace`), full disk, another program writes for long.
    """
    with _writing(folder):
        path = place_of(folder, recipe.name)
        others = [other for other in _called(folder, recipe.name) if other != path]
        if (path.exists() or others) and not replace:
            raise UserError(
                f"There is a recipe “{recipe.name}” already.",
                "Nothing was saved.",
                "Choose another name, or replace it.",
            )
        write_recipe(path, recipe)
        for other in others:
            _remove(other)
    return path


def delete_recipe(folder: Path, name: str) -> None:
    """Take it away; nothing happens when it is gone already. UserError as `save_recipe`."""
    with _writing(folder):
        for path in (place_of(folder, name), *_called(folder, name)):
            _remove(path)


def rename_recipe(folder: Path, old: str, recipe: Recipe) -> None:
    """Put `recipe`, with its new name and note, in place of the one called `old`.

    UserError when another has that name already, and as `save_recipe`.
    """
    with _writing(folder):
        before, after = {place_of(folder, old), *_called(folder, old)}, place_of(folder, recipe.name)
        if {path for path in (after, *_called(folder, recipe.name)) if path.exists()} - before:
            raise UserError(
                f"There is a recipe “{recipe.name}” already.", "Nothing was changed.", "Choose another name."
            )
        write_recipe(after, recipe)
        for path in before - {after}:
            _remove(path)


def load_recipe(path: Path) -> Recipe:
    """Read a recipe's file. UserError when it is none, damaged, too large, or of a newer version."""
    try:
        data = files.read_small(path, _LARGEST_FILE)
    except FileNotFoundError as error:
        raise UserError(
            f"There is no file {path.name}.", "Nothing was changed.", "Check where the recipe is."
        ) from error
    except (OSError, ValueError) as error:
        raise _unusable(path.name, error) from error
    return read_recipe(data, path.name)


def read_recipe(data: bytes, name: str) -> Recipe:
    """The recipe that a file called `name` holds. UserError as of `load_recipe`."""
    try:
        # First: what a newer version adds is no damage.
        require_known(_Version.model_validate_json(data).schema_version, SCHEMA, name)
        return Recipe.model_validate_json(data)
    except NewerFileError as error:
        raise UserError(error.happened, "Nothing was changed.", error.remedy) from error
    except (ValueError, ValidationError) as error:
        raise _unusable(name, error) from error


def _unusable(name: str, error: OSError | ValueError | ValidationError) -> UserError:
    return UserError(
        f"{name} is no recipe that can be read{_where(error)}.",
        "Nothing was changed.",
        "Choose a file that was saved as a recipe, or save the recipe again.",
    )


def shelf_of(folder: Path) -> Shelf:
    """All recipes of a folder, by name. Files that cannot be read are named, never in the way of the others.

    UserError when the folder itself cannot be read.
    """
    try:
        paths = sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))
    except OSError as error:
        raise files.explain_os_error(error, folder) from error
    found, unreadable = [], []
    for path in paths[:_MOST]:
        try:
            found.append(load_recipe(path))
        except UserError as error:
            unreadable.append((path, error))
    found.sort(key=lambda recipe: (recipe.name.casefold(), recipe.name))
    return Shelf(tuple(found), tuple(unreadable))


def _called(folder: Path, name: str) -> list[Path]:
    """The files that hold a recipe of that name, as those that were put there by hand may under any other."""
    wanted = name.strip().casefold()
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}"))[:_MOST]:
        with contextlib.suppress(UserError):
            if not path.name.startswith(".") and load_recipe(path).name.casefold() == wanted:
                found.append(path)
    return found


class _Version(BaseModel):
    schema_version: int = SCHEMA


def _where(error: Exception) -> str:
    if isinstance(error, ValidationError) and error.errors():
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return f": {place}: {first['msg']}" if place else f": {first['msg']}"
    return f": {error}" if isinstance(error, ValueError) else ""


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise files.explain_os_error(error, path) from error


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Hold the folder's own lock for a moment: recipes can be saved while a training holds the library."""
    lock = filelock.FileLock(folder / _LOCK_FILE, timeout=_LOCK_SECONDS)
    try:
        folder.mkdir(exist_ok=True)
        lock.acquire()
    except filelock.Timeout as error:
        raise UserError(
            "Another program is writing recipes into this library.",
            "Your recipe is not saved.",
            "Close the other program and save it again.",
        ) from error
    except OSError as error:
        raise files.explain_os_error(error, folder) from error
    try:
        yield
    finally:
        lock.release()
