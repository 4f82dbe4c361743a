"""What can be done to families from the pane: asks what has to be asked, and makes the change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QWidget

from saerch_desktop.errors import UserError
from saerch_desktop.ui import wording
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.families_changes import FamilyChanges
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_names import Names, features_of, size_words

if TYPE_CHECKING:
    from saerch_desktop.features.families.edits import Edit

_MOST_NAMED: Final = 3  # families in a question
NEEDS: Final = (
    "families",
    "family",
    "one-family",
    "mergeable",
    "chosen-nodes",
    "nodes-to-move",
    "nodes-to-split",
    "hidden-families",
    "lost-changes",
)
"""Of the actions about families."""
_NOWHERE: Final = "No family: only leave the one it is in"


class FamilyActs:
    """Acts on the family `current()` and the things `chosen()`, else on the features chosen `elsewhere()`;
    shows trouble through `refuse`, and goes to what came of an act through `go`.
    """

    def __init__(
        self,
        window: QWidget,
        changes: FamilyChanges,
        names: Callable[[], Names | None],
        current: Callable[[], str | None],
        chosen: Callable[[], Sequence[Focus]],
        elsewhere: Callable[[], Sequence[int]],
        go: Callable[[Focus], None],
        refuse: Callable[[UserError], None],
    ) -> None:
        self._window = window
        self._changes = changes
        self._names = names
        self._current = current
        self._chosen = chosen
        self._elsewhere = elsewhere
        self._go = go
        self._refuse = refuse

    def conditions(self) -> dict[str, bool]:
        """What there is to act on, by the needs of the actions."""
        names, key = self._names(), self._current()
        if names is None:
            return dict.fromkeys(NEEDS, False)
        family = names.book.get(key) if key is not None else None
        inside = self._inside(names, key) if key is not None and family is not None else []
        return {
            "families": True,
            "family": family is not None,
            "one-family": family is not None and len(self._chosen()) < 2,
            "mergeable": family is not None or len(self._families()) > 1,
            "chosen-nodes": bool(self._features(names)),
            "nodes-to-move": bool(self._movable()),
            "nodes-to-split": family is not None and 0 < len(inside) < len(family.members),
            "hidden-families": any(one in names.book.families for one in names.book.hidden),
            "lost-changes": bool(names.book.conflicts),
        }

    # Acts ------------------------------------------------------------------------------------------------

    def rename(self) -> None:
        """A name of one's own; an empty one gives the computed name back."""
        from saerch_desktop.features.families import edits

        names, key = self._names(), self._current()
        if names is None or key is None:
            return
        former = names.text(Focus(key))
        text = dialogs().text(self._window, "Rename the family", "What it is called:", former, "Rename")
        if text is not None and text != former:
            self._make("renaming a family", lambda: [edits.rename(names.book, key, text)])

    def merge(self) -> None:
        """The chosen families; when fewer than two are chosen, the current one and another."""
        from saerch_desktop.features.families import edits

        names, key = self._names(), self._current()
        if names is None:
            return
        keys = self._families()
        if len(keys) < 2 and key is not None:
            question = f"“{names.text(Focus(key))}” and which other become one?"
            other = self._ask_family(names, "Merge families", question, without={key})
            keys = [key, other] if other is not None else []
        if len(keys) < 2:
            return
        first = max(keys, key=lambda one: len(names.book.families[one].members))
        suggested = names.text(Focus(first))
        question = f"{_together(names, keys)} become one family. What it is called:"
        text = dialogs().text(self._window, "Merge families", question, suggested, "Merge")
        if text is not None:
            self._make("merging families", lambda: [edits.merge(names.book, keys, text)], goes=True)

    def split(self) -> None:
        """The chosen members of the current family leave it."""
        from saerch_desktop.features.families import edits

        names, key = self._names(), self._current()
        if names is None or key is None:
            return
        inside = self._inside(names, key)
        question = f"What the {_counted(len(inside))} split off from “{names.text(Focus(key))}” are called:"
        suggested = names.features.labels.text(inside[0]) if inside else ""
        if not inside:
            self._make("splitting a family", lambda: [edits.split(names.book, key, inside)])
            return
        text = dialogs().text(self._window, "Split the family", question, suggested, "Split")
        if text is not None:
            self._make("splitting a family", lambda: [edits.split(names.book, key, inside, text)], goes=True)

    def move(self) -> None:
        """The chosen features go from the current family (else from their narrowest) into another."""
        from saerch_desktop.features.families import edits

        names = self._names()
        if names is None:
            return
        members, current = self._movable(), self._current()
        if not members:
            return
        question = f"Where {_counted(len(members))} should go:"
        offered = {current} if current is not None else set()
        goal = self._ask_family(names, "Move to another family", question, offered, nowhere=True)
        if goal is None:
            return

        def moved() -> list[Edit]:
            found: list[Edit] = []
            for member in members:
                source = _home(names, member, current)
                found.append(edits.move(names.book, member, source, goal or None))
            return found

        self._make("moving features", moved)

    def create(self) -> None:
        """A family of the chosen features."""
        from saerch_desktop.features.families import edits

        names = self._names()
        if names is None:
            return
        members = self._features(names)
        suggested = names.features.labels.text(members[0]) if members else ""
        question = f"What the {_counted(len(members))} are called together:"
        if len(members) < 2:
            self._make("making a family", lambda: [edits.create(names.book, members)])
            return
        text = dialogs().text(self._window, "Make a family", question, suggested, "Make")
        if text is not None:
            self._make("making a family", lambda: [edits.create(names.book, members, text)], goes=True)

    def hide(self) -> None:
        from saerch_desktop.features.families import edits

        names, key = self._names(), self._current()
        if names is not None and key is not None:
            self._make("hiding a family", lambda: [edits.hide(names.book, key)])

    def bring_back(self) -> None:
        """One of the hidden families."""
        from saerch_desktop.features.families import edits

        names = self._names()
        if names is None:
            return
        hidden = [key for key in names.book.families if key in names.book.hidden]
        if not hidden:
            dialogs().tell(self._window, "Bring back a family", "You have hidden no family.")
            return
        key = self._ask(names, "Bring back a family", "Which one is shown again:", hidden)
        if key is not None:
            self._make("showing a family", lambda: [edits.hide(names.book, key, False)])
            self._go(Focus(key))

    # Inside ----------------------------------------------------------------------------------------------

    def _make(self, words: str, made: Callable[[], Sequence[Edit]], goes: bool = False) -> None:
        try:
            edits = made()
        except UserError as error:
            self._refuse(error)
            return
        self._changes.put(words, edits)
        if goes:
            self._go(Focus(edits[-1].key))

    def _features(self, names: Names) -> list[int]:
        """The chosen features, and the members of the chosen families; without those that are chosen
        elsewhere. The current family alone is no choice of features.
        """
        chosen = self._chosen()
        if not chosen:
            return list(self._elsewhere())
        alone = len(chosen) == 1 and chosen[0].family is not None and chosen[0].family == self._current()
        return [] if alone else list(features_of(names, chosen))

    def _inside(self, names: Names, key: str) -> list[int]:
        """Of what is chosen besides this family itself, the features that are in it."""
        chosen = [what for what in self._chosen() if what.family != key]
        members = set(names.book.families[key].members)
        features = features_of(names, chosen) if self._chosen() else self._elsewhere()
        return [feature for feature in features if feature in members]

    def _families(self) -> list[str]:
        return [what.family for what in self._chosen() if what.family is not None]

    def _movable(self) -> list[int]:
        """The features that were chosen as such."""
        chosen = self._chosen()
        return [what.feature for what in chosen if what.feature is not None] or (
            [] if chosen else list(self._elsewhere())
        )

    def _ask_family(
        self, names: Names, title: str, question: str, without: set[str], nowhere: bool = False
    ) -> str | None:
        """A key, "" for no family, None when nothing was chosen."""
        keys = [family.key for family in names.book if family.key not in without]
        return self._ask(names, title, question, keys, nowhere)

    def _ask(
        self, names: Names, title: str, question: str, keys: Sequence[str], nowhere: bool = False
    ) -> str | None:
        offered: dict[str, str] = {}
        told = sorted(keys, key=lambda key: names.text(Focus(key)).casefold())
        for key in told:
            text = f"{names.text(Focus(key))} ({size_words(names.book.families[key])})"
            while text in offered:
                text += " "
            offered[text] = key
        if nowhere:
            offered[_NOWHERE] = ""  # last, so that nobody comes upon it by the way
        if not offered:
            return None
        answer = dialogs().pick(self._window, title, question, list(offered))
        return None if answer is None else offered.get(answer)


def _home(names: Names, feature: int, current: str | None) -> str | None:
    """The family that a feature leaves."""
    if current is not None and feature in names.book.families[current].members:
        return current
    of = names.book.of_feature(feature)
    return of[0].key if of else None


def _together(names: Names, keys: Sequence[str]) -> str:
    """Families by their names, so that one sees what is about to happen."""
    told = [f"“{names.text(Focus(key))}” ({size_words(names.book.families[key])})" for key in keys]
    if len(told) > _MOST_NAMED:
        return f"{', '.join(told[:_MOST_NAMED])} and {wording.count(len(told) - _MOST_NAMED)} more"
    return f"{', '.join(told[:-1])} and {told[-1]}"


def _counted(count: int) -> str:
    return "1 feature" if count == 1 else f"{wording.count(count)} features"
