"""Figures of families that have none: those the analyst changed or made, and imported ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.family import Families, Figures

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.progress import Progress


def with_figures(features: FeatureSet, book: FamilyBook, progress: Progress) -> FamilyBook:
    """The same book with the families measured that are not yet; the others keep their figures.

    One pass over the codes if there are any such. Nothing is written. Raises Cancelled.
    """
    from saerch_desktop.features.families.figures import measure

    blank = tuple(family for family in book.families.values() if family.figures == Figures())
    if not blank:
        return book
    measured = measure(features, Families(method=book.method, families=blank), progress)
    families = {**book.families, **{family.key: family for family in measured.families}}
    found = book.built.model_copy(update={"families": tuple(families.values())})
    return FamilyBook.of(found, book.hidden, book.conflicts, book.edits, book.built)
