"""The kinds of features that the window offers to train: one list for the menu and the new library's form."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """One kind. preset, recipe: as the command line calls them; `short` follows “Train features: ”."""

    preset: str
    short: str
    text: str
    recipe: str | None = None


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
