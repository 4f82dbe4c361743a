"""The kinds of features that the window offers to train: one list for the menu and the new library's form."""

from __future__ import annotations

from dataclasses import dataclass

from saerch_desktop.sae.presets import PRESET_WORDS, RecipeChoice, describe

_PAPERS = (
    "As many features as Balanced has, trained as published with the method: a small constant learning rate "
    "and 50 passes. For comparison; slower, and less exact."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One kind. preset, recipe: as the command line calls them; `short` follows “Train features: ”; `text`:
    one line to choose by.
    """

    preset: str
    short: str
    text: str
    recipe: RecipeChoice | None = None

    def words(self, documents: int | None = None, dim: int | None = None) -> str:
        """What it is for, in a few sentences; for so many vectors also what a small corpus changes."""
        if self.recipe == "paper":
            return _PAPERS
        return describe(self.preset, documents, dim) if documents else PRESET_WORDS[self.preset]


CHOICES: tuple[Choice, ...] = (
    Choice("balanced", "balanced", "Balanced: as many features as the texts can teach"),
    Choice("broad", "broad topics", "Broad topics: fewer features, a handful for each text"),
    Choice("fine", "fine detail", "Fine detail: more features for each text; takes longer"),
    Choice(
        "balanced",
        "the paper’s recipe",
        "For experts: the paper’s own recipe, to compare with; 50 passes",
        recipe="paper",
    ),
)
