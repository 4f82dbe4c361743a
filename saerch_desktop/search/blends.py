"""Blends: several features moved as one, such as all of a family."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.families.family import Family, FamilyName
    from saerch_desktop.features.feature_set import FeatureSet

Mixture = tuple[tuple[int, ...], tuple[float, ...], bytes]
"""Features, their weights, and a direction of its own: all that the direction of a blend depends on."""

MOST_FEATURES: Final = 1 << 14
_LARGEST: Final = 1e6
_SAME: Final = 0.5
_FULL: Final = 0.95  # the share of a family's documents that are less full of it than amount 1


@dataclass(frozen=True, slots=True)
class Blend:
    """What one slider moves together: features, along Σ w_f d_f, or a plain direction.

    key, name: of the family it was made from; it does not need that family any longer. features: each once;
    weights: activation of each at amount 1. direction: (d,) float32, little-endian; "" for features, and a
    blend that has one has no features.
    """

    key: str
    name: str
    features: tuple[int, ...]
    weights: tuple[float, ...]
    direction: bytes = b""

    @property
    def mixture(self) -> Mixture:
        return self.features, self.weights, self.direction

    @property
    def size(self) -> float:
        """Summed activation at amount 1; its direction is no longer than that."""
        return math.fsum(map(abs, self.weights)) + float(np.linalg.norm(self.array()))

    def array(self) -> NDArray[np.float32]:
        """(d,) float32: the direction of its own; empty where it has none."""
        return np.frombuffer(self.direction, "<f4").astype(np.float32)

    def amount_in(self, indices: NDArray[np.int32], values: NDArray[np.float32]) -> float:
        """How much of it a code holds: the members' summed activation, 1 being that of amount 1.

        indices, values (a,): the active features of a query or document.
        """
        size = math.fsum(self.weights)
        here = np.isin(indices, self.features)
        return float(np.asarray(values, np.float64)[here].sum()) / size if size > 0 else 0.0


@dataclass(frozen=True, slots=True)
class BlendEdit:
    """A blend's moved slider: `amount` times its weights is added to the activations of its features."""

    blend: Blend
    amount: float


def direction_blend(key: str, name: str, vector: NDArray[np.floating]) -> Blend:
    """A slider along `vector` (d,), scaled to unit length. UserError when it is zero or not finite."""
    given = np.asarray(vector, np.float64).reshape(-1)
    size = float(np.linalg.norm(given))
    if not np.isfinite(size) or size < 1e-9:
        raise UserError(
            f"“{name}” points nowhere: there is no difference to follow.",
            "Nothing was steered.",
            "Choose documents that differ.",
        )
    return Blend(key, name, (), (), (given / size).astype("<f4").tobytes())


def blend_of(features: FeatureSet, book: FamilyBook, key: str) -> Blend:
    """The family's typical code: each member's mean activation over the documents where any member is active,
    scaled so that they add up to the summed activation of a document full of the family (95th percentile).

    Members that are active nowhere weigh 0; where none is active, all weigh the same and add up to 1. Reads
    the members' postings alone: milliseconds. UserError when there is no such family, or for damage.
    """
    from saerch_desktop.features.families.strength import strength_of

    family = book.get(key)
    if family is None:
        raise UserError(
            "This family is not among those shown.", "Nothing was steered.", "Choose another family."
        )
    for member in family.members:
        features.require(member)
    members = np.asarray(list(dict.fromkeys(family.members)), np.int64)
    statistics = features.statistics
    whole = statistics.count[members] * statistics.mean[members].astype(np.float64)
    found = strength_of(features.inverted, family.members, features.codes.rows)
    if found.rows.size and whole.sum() > 0:
        weights = whole / whole.sum() * float(np.quantile(found.sums, _FULL))
    else:
        weights = np.full(members.size, 1 / members.size)
    name = book.text(key, features.labels.text)
    return Blend(key, name, tuple(members.tolist()), tuple(weights.tolist()))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a blend stands to the families shown today.

    name: its family's name of today, its own where the family is gone. note: in what they differ, sentences,
    "" in nothing. claim: what the family's name rests on. key: of the family itself or of one so near that
    families were but built anew; None where there is none.
    """

    name: str
    note: str
    claim: FamilyName | None
    key: str | None


def standing(blend: Blend, book: FamilyBook | None, feature_text: Callable[[int], str]) -> Standing:
    """A blend keeps its features when its family is renamed, edited, built anew or no longer there.

    book: the families shown, None when there are none to compare with. A family that was built anew is taken
    for the same from half its features on (Jaccard).
    """
    if book is None or blend.direction:
        return Standing(blend.name, "", None, None)
    many = len(blend.features)
    made_of = "the one feature" if many == 1 else f"the {many:,} features"
    family = book.get(blend.key)
    if family is not None:
        name, members = book.text(blend.key, feature_text), set(family.members)
        note = ""
        if members != set(blend.features):
            note = f"The family has {len(members):,} features now; the slider moves {made_of} it was made of."
        return Standing(name, note, family.name, family.key)
    near = _nearest(blend, book)
    if near is None:
        note = f"This family is no longer among those shown; the slider moves {made_of} it was made of."
        return Standing(blend.name, note, None, None)
    now = book.text(near.key, feature_text)
    note = f"Families were built anew; the nearest is “{now}” now. The slider moves {made_of} it was made of."
    return Standing(blend.name, note, None, near.key)


def _nearest(blend: Blend, book: FamilyBook) -> Family | None:
    """The shown family that shares the most features, if these are half of both; by key among equals."""
    own = set(blend.features)
    candidates = {f.key: f for member in blend.features for f in book.of_feature(member)}
    alike = {
        key: len(own.intersection(family.members)) / len(own.union(family.members))
        for key, family in candidates.items()
    }
    best = min(alike, key=lambda key: (-alike[key], key), default=None)
    return candidates[best] if best is not None and alike[best] >= _SAME else None


def tidy_blends(blends: Sequence[BlendEdit], features: int, dim: int | None = None) -> dict[Blend, float]:
    """Blend → amount, in the order given; amounts of one blend are added, those that come to zero dropped.

    features: how many there are; dim: of the vectors. UserError for a blend of other features or vectors, or
    numbers that are not usable.
    """
    total: dict[Blend, float] = {}
    for edit in blends:
        require_sound(edit.blend, features, dim)
        if not math.isfinite(edit.amount) or abs(edit.amount) > _LARGEST:
            raise UserError(
                f"The amount of “{edit.blend.name}” is not a usable number.",
                "Nothing was steered.",
                f"Give a number such as +1, at most {_LARGEST:,.0f} either way.",
            )
        total[edit.blend] = total.get(edit.blend, 0.0) + edit.amount
    return {blend: amount for blend, amount in total.items() if amount != 0.0}


def require_sound(blend: Blend, features: int, dim: int | None = None) -> None:
    """UserError when it names features that are not there, one twice, weights that are no numbers, or has a
    direction that is none, is far too long or, where `dim` is known, one of other vectors.
    """
    ids, weights = blend.features, blend.weights
    if blend.direction and not ids and not weights:
        size, rest = divmod(len(blend.direction), 4)
        # Infinite where a number of it is none; what is far too long would make scores that are none.
        length = float(np.linalg.norm(blend.array().astype(np.float64))) if rest == 0 else math.inf
        if dim in (None, size) and length <= _LARGEST:
            return
        raise UserError(
            f"“{blend.name}” is not a direction among this library's vectors.",
            "Nothing was steered.",
            "Make it again from documents of this library.",
        )
    sound = (
        not blend.direction
        and 0 < len(ids) == len(weights) == len(set(ids))
        and len(ids) <= MOST_FEATURES
        and 0 <= min(ids) <= max(ids) < features
        and all(math.isfinite(weight) and abs(weight) <= _LARGEST for weight in weights)
    )
    if not sound:
        raise UserError(
            f"“{blend.name}” is not made of the features there are.",
            "Nothing was steered.",
            "Make it again from a family of the SAE in use.",
        )
