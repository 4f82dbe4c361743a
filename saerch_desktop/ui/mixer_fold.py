"""Which features of a query have a strip of their own, and which are only summed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from saerch_desktop.ui.mixer_row import MixerFeature

_STRIPS = 20  # so many of the strongest have one
_FEWEST = 4  # fewer than that are not worth a line for their sum


@dataclass(frozen=True, slots=True)
class Fold:
    """shown: in the order given; summed: the weaker ones of the query."""

    shown: tuple[MixerFeature, ...]
    summed: tuple[MixerFeature, ...]
    share: float  # of the query's summed activation that `summed` comes to, 0 to 1


def fold(features: Sequence[MixerFeature], kept: Collection[int], open_: bool = False) -> Fold:
    """kept: features that are shown however weak they are; open_: show all, but tell which are weak."""
    active = [feature for feature in features if feature.natural > 0]
    weak = [f for f in sorted(active, key=lambda f: -f.natural)[_STRIPS:] if f.feature not in kept]
    if len(weak) < _FEWEST:
        return Fold(tuple(features), (), 0.0)
    apart = {feature.feature for feature in weak}
    whole = sum(feature.natural for feature in active)
    summed = tuple(feature for feature in features if feature.feature in apart)
    shown = tuple(f for f in features if open_ or f.feature not in apart)
    return Fold(shown, summed, sum(feature.natural for feature in weak) / whole)
