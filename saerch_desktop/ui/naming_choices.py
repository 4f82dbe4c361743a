"""Which features are to be named, as the user says it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from saerch_desktop.errors import UserError

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet

ALL: Final = "all"
NAMELESS: Final = "nameless"
WEAK: Final = "weak"
CHOSEN: Final = "chosen"
TYPED: Final = "typed"
CHOICES: Final = (
    (ALL, "All features", "Every feature that is active in any document; names you gave stay"),
    (NAMELESS, "Those without a name", "Features that no source has named, or whose names you turned down"),
    (WEAK, "Grade C and worse", "Features whose name did not reach grade B in its test, or was not tested"),
    (CHOSEN, "The chosen ones", "The features chosen in the feature browser, else the one that is shown"),
    (TYPED, "These numbers", "Numbers and ranges, such as 12, 40-60"),
)
_GOOD: Final = frozenset({"A", "B"})
_PART: Final = re.compile(r"#?(\d{1,9})(?:-#?(\d{1,9}))?")
_DASH: Final = re.compile(r"\s*[-–]\s*")


def features_to_name(
    features: FeatureSet, which: str, chosen: Sequence[int] = (), typed: str = ""
) -> list[int]:
    """The live features meant, ascending; names of the analyst's own are left alone except where features
    were chosen or typed. UserError when the typed numbers cannot be read, or name no feature.
    """
    live = features.statistics.live
    if which == TYPED:
        wanted = numbers(typed, features.labels.features)
    elif which == CHOSEN:
        wanted = sorted(set(chosen))
    else:
        wanted = [feature for feature in range(live.size) if _meant(features, which, feature)]
    return [feature for feature in wanted if live[feature]]


def _meant(features: FeatureSet, which: str, feature: int) -> bool:
    label = features.labels.get(feature)
    if which == ALL:
        return True
    if which == NAMELESS:
        return label is None
    return label is None or (label.kind != "human" and label.grade not in _GOOD)


def numbers(typed: str, features: int) -> list[int]:
    """ "12, 40-60" as numbers. UserError when it cannot be read or goes beyond the features."""
    found: set[int] = set()
    for part in re.split(r"[,;\s]+", _DASH.sub("-", typed.strip())):
        if not part:
            continue
        match = _PART.fullmatch(part)
        first = int(match[1]) if match else features
        last = int(match[2] or match[1]) if match else features
        if match is None or first > last or last >= features:
            raise UserError(
                f"“{part[:40]}” names no features of this SAE.",
                "Nothing was changed.",
                f"Write numbers from 0 to {features - 1:,} and ranges of them, such as 12, 40-60.",
            )
        found.update(range(first, last + 1))
    return sorted(found)
