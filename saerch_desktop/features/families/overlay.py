"""The analyst's edits laid over families: each is made if what it is about can be found again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from saerch_desktop.features.families.edits import (
    Conflict,
    Create,
    Edit,
    Hide,
    Merge,
    Move,
    Place,
    Rename,
    Split,
    Target,
    ancestors,
)
from saerch_desktop.features.families.family import Families, Family, FamilyName, Figures

_ALIKE: Final = 0.5  # Jaccard similarity from which a family is taken for the one that was edited


def apply(found: Families, edits: Sequence[Edit]) -> tuple[Families, frozenset[str], tuple[Conflict, ...]]:
    """Make the edits that concern these families, in order.

    A target is found by its key, else as the family most like it if at least half of their members together
    are shared (Jaccard). Returns the families, keys of the hidden ones, and the edits that could not be made.
    What is measured of a family, and the test of its name, go when its members change.
    """
    state = _State(found)
    for edit in edits:
        if edit.method in ("own", found.method):
            state.make(edit)
    hidden = frozenset(state.hidden.intersection(state.families))
    families = found.model_copy(update={"families": tuple(state.families.values())})
    return families, hidden, tuple(state.conflicts)


def likeness(left: Iterable[int], right: Iterable[int]) -> float:
    """Jaccard similarity of two sets of features, 0 to 1."""
    ours, theirs = set(left), set(right)
    return len(ours & theirs) / max(1, len(ours | theirs))


class _Impossible(Exception):
    """The message says why, as a sentence."""


class _State:
    """The families as they are after the edits so far."""

    def __init__(self, found: Families) -> None:
        self.families = {family.key: family for family in found.families}
        self.hidden: set[str] = set()
        self.conflicts: list[Conflict] = []
        self._computed = {family.key: family.name for family in found.families}
        self._renamed: dict[str, Target] = {}
        self._having: dict[int, set[str]] | None = None  # families by member, once one was looked for

    def make(self, edit: Edit) -> None:
        try:
            match edit:
                case Rename():
                    self._rename(edit)
                case Merge():
                    self._merge(edit)
                case Split():
                    self._split(edit)
                case Move():
                    self._move(edit)
                case Place():
                    self._place(edit)
                case Create():
                    self._put(Family(key=edit.key, members=edit.members, name=_name(edit, edit.text)))
                case Hide(hidden=True):
                    self.hidden.add(self._find(edit.target).key)
                case Hide():
                    self.hidden.discard(self._find(edit.target).key)
        except _Impossible as why:
            self.conflicts.append(Conflict(edit=edit, why=str(why)))

    def _rename(self, edit: Rename) -> None:
        family = self._find(edit.target)
        other = self._renamed.get(family.key)
        # A later name of the same family just counts; here two families of old have become one.
        if other is not None and not _same(other, edit.target):
            raise _Impossible(
                f"{_said(edit.target)} is now the same family as {_said(other)}, which you named too."
            )
        self._renamed[family.key] = edit.target
        name = _name(edit, edit.text) if edit.text else self._computed.get(family.key)
        self._put(family.model_copy(update={"name": name}))

    def _merge(self, edit: Merge) -> None:
        joined = {family.key: family for family in map(self._find, edit.targets)}
        first = next(iter(joined.values()))
        members = tuple(dict.fromkeys(member for family in joined.values() for member in family.members))
        parents = dict.fromkeys(parent for family in joined.values() for parent in family.parents)
        above = tuple(
            # A part of one of them cannot hold the whole.
            parent
            for parent in parents
            if parent not in joined and not ancestors(self.families, parent).intersection(joined)
        )
        merged = _changed(first, members).model_copy(
            update={
                "key": edit.key,
                "parents": above,
                "level": min(family.level for family in joined.values()),
                **({"name": _name(edit, edit.text)} if edit.text else {}),
            }
        )
        if self.hidden.issuperset(joined):
            self.hidden.add(edit.key)
        for family in joined.values():
            self._drop(family)
        self._reparent(dict.fromkeys(joined, edit.key))
        self._put(merged)

    def _split(self, edit: Split) -> None:
        family = self._find(edit.target)
        leaving = set(family.members).intersection(edit.members)
        if 2 * len(leaving) < len(edit.members):
            raise _Impossible(f"Most of what was to be split off is not in {_said(edit.target)} any more.")
        if len(leaving) == len(family.members):
            raise _Impossible(f"{_said(edit.target)} holds nothing but what was to be split off.")
        rest = _changed(family, tuple(member for member in family.members if member not in leaving))
        name = _name(edit, edit.text)
        root = family.root if family.root in edit.members else None
        off = Family(
            key=edit.key,
            members=edit.members,
            root=root,
            parents=family.parents,
            level=family.level,
            name=name,
        )
        self._put(rest)
        for part in list(self.families.values()):
            if family.key in part.parents:
                gone = len(leaving.intersection(part.members))
                if gone > len(set(rest.members).intersection(part.members)):
                    self._put(part.model_copy(update={"parents": _replaced(part, {family.key: off.key})}))
        self._put(off)

    def _move(self, edit: Move) -> None:
        source = self._find(edit.source) if edit.source is not None else None
        goal = self._find(edit.goal) if edit.goal is not None else None
        if source is not None and goal is not None and source.key == goal.key:
            raise _Impossible(f"{_said(edit.source)} and {_said(edit.goal)} are one family now.")
        there = goal is not None and edit.feature in goal.members
        if source is not None and edit.feature not in source.members and goal is not None and not there:
            raise _Impossible(f"Feature {edit.feature} is not in {_said(edit.source)} any more.")
        if source is not None and source.members == (edit.feature,):
            raise _Impossible(f"Feature {edit.feature} is the last member of {_said(edit.source)}.")
        if source is not None and edit.feature in source.members:
            left = tuple(member for member in source.members if member != edit.feature)
            self._put(_changed(source, left))
        if goal is not None and not there:
            self._put(_changed(goal, (*goal.members, edit.feature)))

    def _place(self, edit: Place) -> None:
        family = self._find(edit.target)
        above = self._find(edit.under) if edit.under is not None else None
        if above is not None and family.key in {above.key, *ancestors(self.families, above.key)}:
            raise _Impossible(f"{_said(edit.under)} is now a part of {_said(edit.target)} itself.")
        parents = () if above is None else (above.key,)
        self._put(family.model_copy(update={"parents": parents}))

    def _find(self, target: Target) -> Family:
        found = self.families.get(target.key)
        if found is not None:
            return found
        if self._having is None:
            self._having = {}
            for family in self.families.values():
                self._note(family)
        wanted = set(target.members)
        shared = Counter(key for member in wanted for key in self._having.get(member, ()))
        alike = [
            (both / (len(wanted) + len(self.families[key].members) - both), key)
            for key, both in shared.items()
        ]
        best, key = max(alike, default=(0.0, ""))
        if best < _ALIKE:
            raise _Impossible(f"{_said(target)} is no more: no family shares half of its members with it.")
        return self.families[key]

    def _put(self, family: Family) -> None:
        former = self.families.get(family.key)
        if former is not None:
            self._note(former, gone=True)
        self.families[family.key] = family
        self._note(family)

    def _drop(self, family: Family) -> None:
        del self.families[family.key]
        self._note(family, gone=True)

    def _note(self, family: Family, gone: bool = False) -> None:
        if self._having is None:
            return
        for member in family.members:
            keys = self._having.setdefault(member, set())
            if gone:
                keys.discard(family.key)
            else:
                keys.add(family.key)

    def _reparent(self, keys: dict[str, str]) -> None:
        for part in list(self.families.values()):
            if not keys.keys().isdisjoint(part.parents):
                self._put(part.model_copy(update={"parents": _replaced(part, keys)}))


def _same(left: Target, right: Target) -> bool:
    return left.key == right.key or likeness(left.members, right.members) >= _ALIKE


def _replaced(part: Family, keys: dict[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(keys.get(parent, parent) for parent in part.parents))


def _changed(family: Family, members: tuple[int, ...]) -> Family:
    """The family with other members: nothing that was measured of the former ones holds any more."""
    name = family.name
    if name is not None:
        name = name.model_copy(update={"detection": None, "pearson": None, "f1": None, "tests": 0})
    root = family.root if family.root in members else None
    return family.model_copy(update={"members": members, "root": root, "name": name, "figures": Figures()})


def _name(edit: Edit, text: str) -> FamilyName | None:
    return FamilyName(text=text, source="human", made=edit.made) if text.strip() else None


def _said(target: Target | None) -> str:
    if target is None:
        return "It"
    if target.text:
        return f"“{target.text}”"
    first = ", ".join(f"#{member}" for member in target.members[:3])
    return f"The family of {first}{' and others' if len(target.members) > 3 else ''}"
