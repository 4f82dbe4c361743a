"""What a row of the action table says, and what actions may need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MENUS = ("File", "Edit", "Search", "Features", "Families", "Train", "View", "Tools", "Help")

# What an action may need, and what its tooltip says while that is missing.
REASONS: Mapping[str, str] = {
    "library": "Open a library first.",
    "vectors": "This library has no vectors yet.",
    "no-vectors": "This library has its vectors already.",
    "steering": "No features are trained for this library yet.",
    "semantic": "Queries cannot be searched by meaning here yet.",
    "filters": "There are no filters.",
    "searched": "There are no results to steer.",
    "edits": "No feature is changed.",
    "mixer": "There is nothing in the mixer yet.",
    "silent": "Nothing is muted or solo.",
    "undo": "There is no change to take back.",
    "redo": "There is no change to repeat.",
    "feature": "No feature is shown.",
    "unmixed": "This feature is in the mixer already.",
    "document": "No document is shown.",
    "reencodable": "Search by meaning first.",
    "recipe": "Move, mute or filter something first.",
    "recipes": "This library has no recipes yet.",
    "steered-search": "Search by meaning first.",
    "past-searches": "Nothing was searched in this library yet.",
    "selected": "No result is selected.",
    "results": "No results are listed.",
    "steered-list": "The list is not steered.",
    "explainable": "No result is chosen.",
    "two-results": "Select two results first, with Ctrl and the mouse or with Shift and the arrow keys.",
    "chosen-features": "No feature is chosen in the feature browser.",
    "families": "No families were built yet.",
    "family": "No family is shown.",
    "one-family": "No family is shown, or several things are chosen.",
    "mergeable": "No family is shown or chosen.",
    "chosen-nodes": "No features are chosen in the families pane or the feature browser.",
    "nodes-to-move": "No features are chosen in the families pane or the feature browser.",
    "nodes-to-split": "Choose some features of the family shown, but not all.",
    "hidden-families": "You have hidden no family.",
    "lost-changes": "All of your changes fit these families.",
    "map": "There is no map yet.",
    "map-selection": "Nothing is selected on the map.",
    "back": "There is nowhere to go back to.",
    "forward": "There is nowhere to go forward to.",
    "done-something": "Nothing was searched, written or made yet.",
    "job": "No job is running.",
    "finished-jobs": "No job is over.",
    "idle": "Another long job is running. Wait until it is over, or stop it in the jobs pane.",
    "text-can-grow": "The texts are as large as they get.",
    "text-can-shrink": "The texts are as small as they get.",
    "unlocked": "The network is locked already.",
}


@dataclass(frozen=True, slots=True)
class Spec:
    """One row of the table. `needs` are keys of REASONS; a leading empty `keys` means no shortcut."""

    id: str
    text: str  # sentence case; … when it asks something first
    menu: str
    tip: str
    keys: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    icon: str = ""
    toolbar: bool = False
    group: str = ""  # checkable, one of a group
    toggle: bool = False  # checkable on its own
    section: bool = False  # a line above it in its menu
    submenu: str = ""  # of its menu, in which it stands

    @property
    def name(self) -> str:
        """What assistive technology reads."""
        return self.text.rstrip("…")
