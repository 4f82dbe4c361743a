"""All that is shown about one family, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from saerch_desktop.errors import UserError
from saerch_desktop.features.card import TopDocument
from saerch_desktop.features.families.strength import strength_of
from saerch_desktop.features.occurrence import Activity, counted

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.families.family import Family, FamilyName, Figures
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.label import Grade
    from saerch_desktop.library.columns import Columns
    from saerch_desktop.library.documents import Documents

TOP: Final = 20


@dataclass(frozen=True, slots=True)
class Member:
    """A feature of the family. density: share of documents where it is active. root: whether it is the most
    general one. share: of the family's summed activation that is its own, 0 to 1.
    """

    feature: int
    text: str
    grade: Grade
    density: float
    root: bool
    share: float


@dataclass(frozen=True, slots=True)
class Relative:
    """A family that this one is part of, or that is part of it. size: its members."""

    key: str
    text: str
    grade: Grade
    size: int


@dataclass(frozen=True, slots=True)
class FamilyProfile:
    """members: in the family's order, the root first. count: documents where any of them is active; density:
    their share; together: documents where two or more are. top: the documents with the largest summed
    activation (`activation` is that sum). activity: those documents by year and facet; None where the columns
    were not given. alternatives: what else the family could be called.
    """

    key: str
    text: str
    name: FamilyName | None
    grade: Grade
    level: int
    figures: Figures
    members: tuple[Member, ...]
    parents: tuple[Relative, ...]
    parts: tuple[Relative, ...]
    count: int
    density: float
    together: int
    top: tuple[TopDocument, ...]
    activity: Activity | None

    @property
    def alternatives(self) -> tuple[str, ...]:
        return () if self.name is None else self.name.alternatives


def profile(
    features: FeatureSet,
    book: FamilyBook,
    key: str,
    documents: Documents | None = None,
    columns: Columns | None = None,
    top: int = TOP,
) -> FamilyProfile:
    """Look a family up. documents: for the titles ("" without); columns: for years and facets.

    UserError when there is no such family, or the index is damaged.
    """
    family = book.get(key)
    if family is None:
        raise UserError(
            "This family is not among those shown.",
            "Nothing was changed.",
            "Choose another: families get new keys when their members change.",
        )
    for member in family.members:
        features.require(member)
    found = strength_of(features.inverted, family.members, features.codes.rows)
    statistics = features.statistics
    chosen = list(family.members)
    whole = statistics.count[chosen] * statistics.mean[chosen].astype(np.float64)
    weight = whole / max(float(whole.sum()), 1e-30)
    best = [int(row) for row in found.rows[:top]]
    titles = documents.titles(best) if documents is not None else [""] * len(best)
    return FamilyProfile(
        key=key,
        text=book.text(key, features.labels.text),
        name=family.name,
        grade=_grade(family),
        level=family.level,
        figures=family.figures,
        members=tuple(
            _member(features, member, member == family.root, float(share))
            for member, share in zip(family.members, weight, strict=True)
        ),
        parents=tuple(
            _relative(features, book, parent)
            for parent in (book.get(other) for other in family.parents)
            if parent is not None and parent.key not in book.hidden
        ),
        parts=tuple(_relative(features, book, part) for part in book.parts(key)),
        count=int(found.rows.size),
        density=found.rows.size / max(1, features.documents),
        together=int(np.count_nonzero(found.meeting > 1)),
        top=tuple(
            TopDocument(row, float(value), title)
            for row, value, title in zip(best, found.sums[:top], titles, strict=True)
        ),
        activity=None if columns is None else counted(features, columns, np.sort(found.rows)),
    )


def _member(features: FeatureSet, feature: int, root: bool, share: float) -> Member:
    label = features.labels.get(feature)
    return Member(
        feature,
        features.labels.text(feature),
        "?" if label is None else label.grade,
        float(features.statistics.density[feature]),
        root,
        share,
    )


def _relative(features: FeatureSet, book: FamilyBook, family: Family) -> Relative:
    text = book.text(family.key, features.labels.text)
    return Relative(family.key, text, _grade(family), len(family.members))


def _grade(family: Family) -> Grade:
    return "?" if family.name is None else family.name.grade
