"""Families as one looks them up: by key, by feature, by what they are part of, with the analyst's changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from saerch_desktop.features.families.edits import Conflict, Edit, load_edits
from saerch_desktop.features.families.family import Families, Family, FamilyName, Link, Method
from saerch_desktop.features.families.family_files import load_families, methods_there
from saerch_desktop.features.families.overlay import apply

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet

_WORDS: Final = 3  # names of members that stand in for a family's own
_FIRST: Final[tuple[Method, ...]] = ("default", "own", "paper", "imported")


@dataclass(frozen=True, slots=True, eq=False)
class FamilyBook:
    """The families of one method as they are shown. Read-only; may be used from several threads.

    families: by key, broad before narrow, large before small. links: which feature is the more general.
    hidden: keys of families the analyst does not want to see; they are in `families` too. built: the families
    without the analyst's changes; edits: those changes, of all methods; conflicts: those that could not be
    made to these families.
    """

    method: Method
    families: Mapping[str, Family]
    links: tuple[Link, ...] = ()
    hidden: frozenset[str] = frozenset()
    conflicts: tuple[Conflict, ...] = ()
    edits: tuple[Edit, ...] = ()
    built: Families = field(default_factory=lambda: Families(method="own"))
    _of: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    _parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _above: Mapping[int, tuple[Link, ...]] = field(default_factory=dict)
    _below: Mapping[int, tuple[Link, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        found: Families,
        hidden: frozenset[str] = frozenset(),
        conflicts: tuple[Conflict, ...] = (),
        edits: tuple[Edit, ...] = (),
        built: Families | None = None,
    ) -> FamilyBook:
        ordered = sorted(found.families, key=lambda f: (f.level, -len(f.members), f.key))
        of: dict[int, list[str]] = {}
        parts: dict[str, list[str]] = {}
        # The narrowest family is what a feature is first said to belong to.
        for family in sorted(ordered, key=lambda f: (len(f.members), f.key)):
            for member in family.members:
                of.setdefault(member, []).append(family.key)
        for family in ordered:
            for parent in family.parents:
                parts.setdefault(parent, []).append(family.key)
        above: dict[int, list[Link]] = {}
        below: dict[int, list[Link]] = {}
        for link in found.links:
            above.setdefault(link.child, []).append(link)
            below.setdefault(link.parent, []).append(link)
        return cls(
            found.method,
            {family.key: family for family in ordered},
            found.links,
            hidden,
            conflicts,
            edits,
            found if built is None else built,
            {feature: tuple(keys) for feature, keys in of.items()},
            {key: tuple(keys) for key, keys in parts.items()},
            {feature: tuple(links) for feature, links in above.items()},
            {feature: tuple(links) for feature, links in below.items()},
        )

    @classmethod
    def with_edits(cls, built: Families, edits: Sequence[Edit]) -> FamilyBook:
        """Families as they were built, with changes laid over them."""
        families, hidden, conflicts = apply(built, edits)
        return cls.of(families, hidden, conflicts, tuple(edits), built)

    def edited(self, edits: Sequence[Edit]) -> FamilyBook:
        """The same families with these changes instead of the present ones; nothing is written."""
        return FamilyBook.with_edits(self.built, edits)

    def __iter__(self) -> Iterator[Family]:
        """The families that are not hidden."""
        return (family for key, family in self.families.items() if key not in self.hidden)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def get(self, key: str) -> Family | None:
        return self.families.get(key)

    def of_feature(self, feature: int) -> tuple[Family, ...]:
        """The families it belongs to, the narrowest first; hidden ones are left out."""
        return tuple(self.families[key] for key in self._of.get(feature, ()) if key not in self.hidden)

    def parts(self, key: str) -> tuple[Family, ...]:
        """The families that are part of this one; hidden ones are left out."""
        return tuple(self.families[part] for part in self._parts.get(key, ()) if part not in self.hidden)

    def tops(self) -> tuple[Family, ...]:
        """The families that are part of no other, or of hidden ones only."""
        there = self.families.keys() - self.hidden
        return tuple(family for family in self if there.isdisjoint(family.parents))

    def more_general(self, feature: int) -> tuple[Link, ...]:
        """Its parents among the features."""
        return self._above.get(feature, ())

    def more_special(self, feature: int) -> tuple[Link, ...]:
        """Its children among the features."""
        return self._below.get(feature, ())

    def name(self, key: str) -> FamilyName | None:
        family = self.families.get(key)
        return family.name if family is not None else None

    def text(self, key: str, feature_text: Callable[[int], str]) -> str:
        """What the family is called: its name, else its root's, else its first members'."""
        family = self.families.get(key)
        if family is None:
            return ""
        if family.name is not None and family.name.text.strip():
            return family.name.text
        if family.root is not None:
            return feature_text(family.root)
        return " · ".join(feature_text(member) for member in family.members[:_WORDS])


def open_book(features: FeatureSet, method: Method | None = None) -> FamilyBook | None:
    """The families of a method, with the analyst's changes; None when there are none.

    Without a method those that are likely to be of most use. Families that the analyst made are there even
    where none were built. UserError when a file is damaged.
    """
    folder, count = features.folder, features.sae.config.features
    edits = load_edits(folder, count)
    there = methods_there(folder)
    best: Method = next((first for first in _FIRST if first in there), "own")
    wanted = method or best
    built = load_families(folder, wanted, count)
    if built is None and (wanted != "own" or not any(edit.kind == "create" for edit in edits)):
        return None
    return FamilyBook.with_edits(built or Families(method="own"), edits)
