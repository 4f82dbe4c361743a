"""Families as they are typed after --steer-family, turned into what the search engine takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from saerch_desktop.errors import UserError
from saerch_desktop.search.blends import BlendEdit, blend_of

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet


def blends_called(features: FeatureSet, wanted: Sequence[tuple[str, float]]) -> tuple[BlendEdit, ...]:
    """A blend for each (key or words of a name, amount), of the families in use.

    UserError when there are no families, none or several are meant, or one is meant twice.
    """
    from saerch_desktop.features.families.book import open_book
    from saerch_desktop.features.families.lookup import family_called

    if not wanted:
        return ()
    book = open_book(features)
    if book is None:
        raise UserError(
            f"“{features.sae.name}” has no families yet.",
            "Nothing was searched.",
            "Build them with the command families, then search again.",
        )
    edits: dict[str, BlendEdit] = {}
    for typed, amount in wanted:
        family = family_called(book, typed, features.labels.text)
        if family.key in edits:
            raise UserError(
                f"The family {family.key} is steered twice.",
                "Nothing was searched.",
                "Give each family once.",
            )
        edits[family.key] = BlendEdit(blend_of(features, book, family.key), amount)
    return tuple(edits.values())
