"""Actions about recipes and the history of searches."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

RECIPE_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "recipe-save",
        "Save as recipe…",
        "Search",
        "Keep what the mixer and the filters say under a name, for other searches",
        ("Ctrl+S",),
        ("recipe",),
        icon="add",
        section=True,
    ),
    Spec(
        "recipe-apply",
        "Apply recipe…",
        "Search",
        "Find a recipe by its name and put it into the mixer",
        ("Ctrl+Shift+S",),
        ("recipes", "steered-search"),
    ),
    Spec(
        "recipe-bring",
        "Bring in a recipe…",
        "Search",
        "Add a recipe from a file to this library",
        needs=("library",),
        icon="open",
    ),
    Spec(
        "past-searches",
        "Go to an earlier search…",
        "Search",
        "Find a search of this library by its words and show it again as it was left",
        ("Ctrl+H",),
        ("past-searches",),
        section=True,
    ),
    Spec(
        "forget-searches",
        "Forget earlier searches…",
        "Search",
        "Remember no search of this library but the one in force",
        needs=("past-searches",),
    ),
    Spec(
        "show-recipes",
        "Recipes and searches",
        "View",
        "Show or hide the recipes and the searches of earlier days",
        ("Ctrl+0",),
        toggle=True,
    ),
)
