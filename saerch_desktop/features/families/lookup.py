"""Families by what one types: words of a name, or the beginning of a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from saerch_desktop.errors import UserError
from saerch_desktop.features.label_search import fold

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.families.family import Family

_SHOWN: Final = 5
_LONGEST: Final = 60


def fits(key: str, name: str, wanted: str) -> bool:
    """Whether a family is meant. name, wanted: folded; all words of `wanted` must be in the name, in any
    order, or the key begin so.
    """
    return (bool(wanted) and key.startswith(wanted)) or all(word in name for word in wanted.split())


def families_called(
    book: FamilyBook, typed: str, feature_text: Callable[[int], str], most: int
) -> list[tuple[Family, str]]:
    """The shown families that fit, with what they are called: names that begin so first, then by size."""
    wanted = fold(typed).strip()
    if not wanted:
        return []
    named = ((family, book.text(family.key, feature_text)) for family in book)
    found = [(family, name) for family, name in named if fits(family.key, fold(name), wanted)]
    found.sort(key=lambda one: (not fold(one[1]).startswith(wanted), -len(one[0].members), one[0].key))
    return found[:most]


def family_called(book: FamilyBook, typed: str, feature_text: Callable[[int], str]) -> Family:
    """The one shown family that is meant: by its key, its whole name, or words that no other name has.

    UserError when there is none, or several; it then names some.
    """
    wanted = fold(typed).strip()
    if (exact := book.get(typed.strip())) is not None:
        return exact
    named = {family.key: fold(book.text(family.key, feature_text)) for family in book}
    found = [family for family in book if wanted and fits(family.key, named[family.key], wanted)]
    whole = [family for family in found if named[family.key] == wanted]
    if len(whole or found) == 1:
        return (whole or found)[0]
    if not found:
        raise UserError(
            f"There is no family “{typed}”.",
            "Nothing was steered.",
            "Give a family's key, or words of its name.",
        )
    some = "; ".join(f"{f.key} ({book.text(f.key, feature_text)[:_LONGEST]})" for f in found[:_SHOWN])
    raise UserError(
        f"“{typed}” fits {len(found):,} families.",
        "Nothing was steered.",
        f"Give the key of one: {some}{' …' if len(found) > _SHOWN else ''}",
    )
