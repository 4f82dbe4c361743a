"""The commands about recipes: keep what steers a search under a name, and say it with another SAE."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saerch_desktop import cli_report_search as report
from saerch_desktop.cli_options import (
    Json,
    LibraryDir,
    Mode,
    ModeName,
    SaeName,
    Steer,
    SteerFamily,
    parse_families,
)
from saerch_desktop.cli_report import emit
from saerch_desktop.cli_say import say
from saerch_desktop.cli_search import Along, Budget, Either, Hide, Mute, Solo, Where, filters_of, mix_of
from saerch_desktop.errors import UserError

if TYPE_CHECKING:
    from saerch_desktop.search.recipe_format import Recipe

recipe_app = typer.Typer(help="Keep what steers a search under a name, and use it elsewhere.")

NewName = Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")]
Called = Annotated[str, typer.Argument(metavar="NAME", help="A recipe of the library, or a recipe's file.")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="What it is for.")]
Replace = Annotated[bool, typer.Option("--replace", help="Take the place of a recipe of that name.")]
ToFile = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Write it to this file instead of into the library."),
]
MappedName = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="What to call it here; as before when left out.")
]


@recipe_app.command("save")
def save(
    name: NewName,
    library: LibraryDir,
    sae: SaeName = None,
    steer: Steer = None,
    steer_family: SteerFamily = None,
    mute: Mute = None,
    solo: Solo = None,
    budget: Budget = None,
    mode: ModeName = Mode.residual,
    where: Where = None,
    hide: Hide = None,
    either: Either = False,
    note: Note = "",
    replace: Replace = False,
    out: ToFile = None,
    as_json: Json = False,
) -> None:
    """Keep changes of features and families, and filters, as a recipe."""
    import dataclasses

    from saerch_desktop.search.recipes import recipe_of
    from saerch_desktop.workflow.family_steering import blends_called
    from saerch_desktop.workflow.session import open_session

    mix = mix_of(steer, mute, solo, budget)
    filters, families = filters_of(where, hide, either), parse_families(steer_family or [])
    with open_session(library, sae) as session:
        features = session.required_features()
        for feature in (*(edit.feature for edit in mix.edits), *(mute or ()), *(solo or ())):
            features.require(feature)
        made = session.library.manifest.vectors
        kept = recipe_of(
            dataclasses.replace(mix, blends=blends_called(features, families) if families else ()),
            features,
            name,
            note=note,
            library=session.library.manifest.name,
            embedder=None if made is None else made.embedder,
            mode=mode.value,
            filters=filters,
        )
    if kept.empty:
        raise UserError(
            "There is nothing to keep.", "Nothing was saved.", "Give --steer, --mute, --budget or --where."
        )
    _put(library, kept, out, replace=replace, as_json=as_json)


@recipe_app.command("list")
def list_(library: LibraryDir, as_json: Json = False) -> None:
    """All recipes of a library."""
    from saerch_desktop.library.library import Library
    from saerch_desktop.search.recipe_files import folder_of, shelf_of

    with Library.open(library):
        shelf = shelf_of(folder_of(library))
    unreadable = [(str(path), error.happened) for path, error in shelf.unreadable]
    report.shelf(shelf.recipes, unreadable, as_json=as_json)


@recipe_app.command("show")
def show(recipe: Called, library: LibraryDir, as_json: Json = False) -> None:
    """What a recipe says."""
    from saerch_desktop.workflow.searching import recipe_called

    report.recipe(recipe_called(library, recipe), as_json=as_json)


@recipe_app.command("check")
def check(
    recipe: Called, library: LibraryDir, sae: SaeName = None, along: Along = False, as_json: Json = False
) -> None:
    """What a recipe comes to with an SAE: which features stand for its own, how surely, and what is lost."""
    from saerch_desktop.workflow.searching import fitted_to, recipe_called
    from saerch_desktop.workflow.session import open_session

    wanted = recipe_called(library, recipe)
    with open_session(library, sae) as session:
        report.fit(wanted, fitted_to(session, wanted, along=along), as_json=as_json)


@recipe_app.command("map")
def map_(
    recipe: Called,
    library: LibraryDir,
    sae: SaeName = None,
    name: MappedName = None,
    along: Along = False,
    replace: Replace = False,
    out: ToFile = None,
    as_json: Json = False,
) -> None:
    """Say a recipe with another SAE and keep that as a recipe of its own."""
    from saerch_desktop.search.recipes import recipe_of
    from saerch_desktop.workflow.searching import fitted_to, recipe_called
    from saerch_desktop.workflow.session import open_session

    wanted = recipe_called(library, recipe)
    with open_session(library, sae) as session:
        fitted = fitted_to(session, wanted, along=along)
        features = session.required_features()
        made = session.library.manifest.vectors
        mapped = recipe_of(
            fitted.mix,
            features,
            name or wanted.name,
            note=wanted.note,
            library=session.library.manifest.name,
            embedder=None if made is None else made.embedder,
            mode=fitted.mode,
            filters=fitted.filters,
        )
    if mapped.empty:
        raise UserError(
            f"Nothing of “{wanted.name}” was found in “{features.sae.name}”.",
            "Nothing was saved.",
            "Look with the command recipe check, or add --along.",
        )
    if not as_json:
        report.fit(wanted, fitted, as_json=False)
    _put(library, mapped, out, replace=replace, as_json=as_json)


@recipe_app.command("delete")
def delete(recipe: Called, library: LibraryDir, as_json: Json = False) -> None:
    """Take a recipe out of the library."""
    from saerch_desktop.search.recipe_files import delete_recipe, folder_of, shelf_of

    folder = folder_of(library)
    found = shelf_of(folder).named(recipe)
    delete_recipe(folder, found.name)
    if as_json:
        emit({"deleted": found.name})
    else:
        say(f"The recipe “{found.name}” was deleted.")


def _put(library: Path, recipe: Recipe, out: Path | None, *, replace: bool, as_json: bool) -> None:
    from saerch_desktop.search.recipe_files import folder_of, save_recipe, write_recipe

    if out is None:
        path = save_recipe(folder_of(library), recipe, replace=replace)
    elif out.exists() and not replace:
        raise UserError(
            f"There is a file {out} already.", "Nothing was saved.", "Choose another, or add --replace."
        )
    else:
        path = out
        write_recipe(path, recipe)
    if as_json:
        return emit({**report.recipe_values(recipe), "file": str(path)})
    say(f"The recipe “{recipe.name}” is in {path}.")
    return None
