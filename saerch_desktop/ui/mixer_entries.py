"""What the mixer offers: features of the query and those added by hand, and blends of families."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from saerch_desktop.search.blends import Blend, BlendEdit, Standing, standing

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.families.family import FamilyName
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.label import Label
    from saerch_desktop.search.steering import Query


Kind = Literal["family", "together", "direction"]
"""Of a slider for several features: a family, features moved as one, or a direction without features."""

TOGETHER: Final = "carriers:"
"""How the key of a slider begins that moves the features which carry one concept."""


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
    """Several features that the mixer offers as one slider, most often a family.

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
    kind: Kind = "family"


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
        stands = standing_of(blend, book, features.labels.text)
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
                kind_of(blend),
            )
        )
    return tuple(found)


def named_anew(
    offered: Sequence[BlendEdit], features: FeatureSet, book: FamilyBook | None
) -> tuple[BlendEdit, ...]:
    """The same blends under the names that their families have now."""
    text = features.labels.text
    return tuple(
        replace(edit, blend=replace(edit.blend, name=standing_of(edit.blend, book, text).name))
        for edit in offered
    )


def kind_of(blend: Blend) -> Kind:
    """What a slider stands for."""
    if blend.direction:
        return "direction"
    return "together" if blend.key.startswith(TOGETHER) else "family"


def standing_of(blend: Blend, book: FamilyBook | None, feature_text: Callable[[int], str]) -> Standing:
    """How a slider stands to the families of today; what is no family stands for itself."""
    if kind_of(blend) == "family":
        return standing(blend, book, feature_text)
    return Standing(blend.name, "", None, None)
