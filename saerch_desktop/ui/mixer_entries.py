"""What the mixer offers: features of the query and those added by hand, and blends of families."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from saerch_desktop.search.blends import BlendEdit, standing

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.families.family import FamilyName
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.label import Label
    from saerch_desktop.search.steering import Query


@dataclass(frozen=True, slots=True)
class MixerEntry:
    """A feature the mixer offers.

    natural: its activation in the query; scale: its strength anywhere; claim: what its label rests on;
    verified: by the analyst.
    """

    feature: int
    label: str
    natural: float
    scale: float
    claim: Label | None
    verified: bool


@dataclass(frozen=True, slots=True)
class BlendEntry:
    """A family the mixer offers as one slider.

    label: what it is called now; natural: how much of it the query holds, 1 being a document full of it;
    amount: how far the slider was moved; size: its features; note: in what it differs from the family shown
    today, "" in nothing; claim: what its name rests on, None where there is none.
    """

    key: str
    label: str
    natural: float
    amount: float
    size: int
    note: str
    claim: FamilyName | None


def feature_entries(query: Query, features: FeatureSet, added: Sequence[int]) -> tuple[MixerEntry, ...]:
    """Those added by hand first, then the query's own, strongest first."""
    natural = dict(zip(query.indices.tolist(), query.values.tolist(), strict=True))
    order = [*added, *(f for f in natural if f not in added)]
    reach, labels = features.statistics.p95, features.labels
    return tuple(
        MixerEntry(
            f,
            labels.text(f),
            float(natural.get(f, 0.0)),
            max(float(reach[f]), 1e-3),
            labels.get(f),
            labels.mark(f).verified,
        )
        for f in order
    )


def blend_entries(
    query: Query, features: FeatureSet, offered: Iterable[BlendEdit], book: FamilyBook | None
) -> tuple[BlendEntry, ...]:
    """In the order given."""
    found = []
    for edit in offered:
        blend = edit.blend
        stands = standing(blend, book, features.labels.text)
        natural = blend.amount_in(query.indices, query.values)
        found.append(
            BlendEntry(
                blend.key,
                stands.name,
                natural,
                edit.amount,
                len(blend.features),
                stands.note,
                stands.claim,
            )
        )
    return tuple(found)


def named_anew(
    offered: Sequence[BlendEdit], features: FeatureSet, book: FamilyBook | None
) -> tuple[BlendEdit, ...]:
    """The same blends under the names that their families have now."""
    text = features.labels.text
    return tuple(
        replace(edit, blend=replace(edit.blend, name=standing(edit.blend, book, text).name))
        for edit in offered
    )
