"""Recipes, and searches of earlier days, in plain words."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from saerch_desktop.errors import UserError
from saerch_desktop.search.filters import Filters
from saerch_desktop.search.mix import Mix
from saerch_desktop.search.recipe_fit import Confidence
from saerch_desktop.search.recipe_format import Recipe, RecipeFamily, RecipeSlider
from saerch_desktop.ui.saved_search import SavedSearch

SURE: Final[dict[Confidence, str]] = {
    "same": "the same",
    "high": "very likely",
    "fair": "likely",
    "low": "unsure",
}
SURE_TIP: Final = (
    "How surely it means the same: from a cosine of 0.9 the same feature, from 0.7 very likely\n"
    "(such features come again when an SAE is trained anew), from 0.6 likely, below that unsure;\n"
    "below 0.5 it is left out"
)
_KINDS: Final = {"words": "by words", "both": "by meaning and words"}


def counted(many: int, one: str, several: str = "") -> str:
    """ "1 slider", "3 sliders"."""
    return f"{many:,} {one if many == 1 else several or one + 's'}"


def says(recipe: Recipe) -> str:
    """What it does, in a line: "3 raised, 1 lowered, 1 muted, within 0.90"."""
    changes = [*(s.change for s in recipe.sliders), *(f.amount for f in recipe.families)]
    things: tuple[RecipeSlider | RecipeFamily, ...] = (*recipe.sliders, *recipe.families)
    parts = [
        f"{many:,} {word}"
        for many, word in (
            (sum(change > 0 for change in changes), "raised"),
            (sum(change < 0 for change in changes), "lowered"),
            (sum(thing.muted for thing in things), "muted"),
            (sum(thing.alone for thing in things), "alone"),
        )
        if many
    ]
    if recipe.budget is not None:
        parts.append(f"within {recipe.budget:.2f}")
    if recipe.filters:
        parts.append(counted(len(recipe.filters), "filter"))
    return ", ".join(parts) or "nothing"


def at_length(recipe: Recipe) -> str:
    """All that it says, a line each."""
    lines = [recipe.note, ""] if recipe.note else []
    for slider in recipe.sliders:
        what = _states(slider.change, slider.muted, slider.alone)
        if what:
            lines.append(f"{what}  {slider.label or 'feature'} (#{slider.feature})")
    for family in recipe.families:
        what = _states(family.amount, family.muted, family.alone)
        size = f" ({counted(len(family.features), 'feature')})" if family.features else " (direction)"
        lines.append(f"{what}  {family.name or family.key}{size}")
    if recipe.budget is not None:
        lines.append(f"Stays within a cosine of {recipe.budget:.2f} of the query")
    if recipe.mode == "paper":
        lines.append("Rebuilds the query from its features")
    lines += [f"Filter: {words}" for words in chip_words(recipe.kept_filters())]
    source = recipe.source
    made = when(recipe.made)
    lines += ["", f"Made {made + ' ' if made else ''}with “{source.sae}” in {source.library or 'a library'}"]
    return "\n".join(lines)


def chip_words(filters: Filters) -> list[str]:
    """What each condition says; those that are off say so."""
    found = []
    for chip in filters.chips:
        try:
            words = chip.words()
        except UserError:
            words = chip.text
        found.append(words if chip.on else f"{words} (off)")
    return found


def kept_to(search: SavedSearch) -> str:
    """How a search was narrowed, in a line; "" when it was not."""
    parts = [_KINDS[search.kind]] if search.kind in _KINDS else []
    active = Filters(search.kept_to().active, search.either)
    joined = (" or " if search.either else ", ").join(chip_words(active))
    return "; ".join([*parts, *([joined] if joined else [])])


def kept_briefly(search: SavedSearch) -> str:
    """The same where there is little room: "words, 2 filters"."""
    active = sum(chip.on for chip in search.filters)
    parts = ["words"] if search.kind != "meaning" else []
    return ", ".join([*parts, *([counted(active, "filter")] if active else [])])


def moved(search: SavedSearch) -> str:
    """How its sliders stood, in a line; "" when all were at natural."""
    many = len(search.edits) + sum(bool(blend.amount) for blend in search.blends)
    parts = [f"{many:,} moved"] if many else []
    parts += [
        f"{len(sliders):,} {word}"
        for sliders, word in ((search.muted, "muted"), (search.soloed, "alone"))
        if sliders
    ]
    return ", ".join(parts)


def when(made: str, now: datetime | None = None) -> str:
    """ "14:03" today, "21 Nov, 14:03" else, with the year where it is another; "" when it is not known."""
    try:
        then = datetime.fromisoformat(made).astimezone()
    except ValueError:
        return ""
    today = (now or datetime.now()).astimezone()
    if then.date() == today.date():
        return f"{then:%H:%M}"
    year = f" {then.year}" if then.year != today.year else ""
    return f"{then.day} {then:%b}{year}, {then:%H:%M}"


def summary(mix: Mix, filters: Filters) -> str:
    """What would be kept as a recipe now."""
    parts = []
    many = len(mix.edits) + len(mix.moved)
    if many:
        parts.append(counted(many, "moved slider"))
    if mix.muted:
        parts.append(f"{len(mix.muted):,} muted")
    if mix.soloed:
        parts.append(f"{len(mix.soloed):,} alone")
    if mix.budget is not None:
        parts.append(f"a budget of {mix.budget:.2f}")
    if filters.chips:
        parts.append(counted(len(filters.chips), "filter"))
    return ", ".join(parts)


def _states(change: float, muted: bool, alone: bool) -> str:
    sign = "▲" if change > 0 else "▼"
    parts = [f"{sign} {change:+.2f}".replace("-", "−")] if change else []
    parts += [word for word, on in (("muted", muted), ("alone", alone)) if on]
    return ", ".join(parts)
