"""What is written on a map: names of dense places, and near by what single points are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.maps.regions import (
    LEAST,
    Region,
    dense_places,
    level_of,
    name_by_documents,
    name_by_members,
)
from saerch_desktop.ui.map_drawing import Box, Chart
from saerch_desktop.ui.map_names import Name

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.documents import Documents

_SINGLE: Final = 120  # points in view at which each one is named
_GOOD: Final = frozenset("ABC")


def names_for(
    chart: Chart,
    features: FeatureSet | None,
    documents: Documents,
    book: FamilyBook | None,
    liked: NDArray[np.bool_] | None,
    box: Box,
) -> tuple[Name, ...]:
    """Names for the part of a map in view, the most important first; on a worker.

    liked (n,) bool: features whose names may be shown. Seen from afar a place has the name of the broadest
    family that its feature is in, where that has a name that passed its test.
    """
    rows = chart.index.in_box(*box)
    xy = chart.points.xy
    if rows.size <= _SINGLE:
        texts = (
            [features.labels.text(int(row)) for row in rows]
            if chart.points.record.of == "features" and features is not None
            else documents.titles(rows.tolist())
        )
        known = zip(xy[rows].tolist(), texts, strict=True)
        return tuple(Name(x, y, text, large=False) for (x, y), text in known if text)
    if features is None or liked is None:
        return ()
    # A map is wider than high on most screens: what counts is how much of it one sees.
    whole = float(max(chart.index.high - chart.index.low))
    level = level_of(min(box[2] - box[0], 2 * (box[3] - box[1])), whole)
    of_features = chart.points.record.of == "features"
    # A feature has a name of its own; what documents have in common shows in several only.
    places = dense_places(chart.index, box, level, 1 if of_features else LEAST)
    if of_features:
        regions = name_by_members(places, features.statistics.count, liked)
    else:
        regions = name_by_documents(features, places, liked)
    found: dict[str, Name] = {}
    for region in regions:
        text = _text(region, features, book if level == 0 else None)
        found.setdefault(text, Name(region.x, region.y, text))
    return tuple(found.values())


def liked_features(features: FeatureSet) -> NDArray[np.bool_]:
    """(n,) bool: features with a name that did not fail its test, and documents that are alike."""
    found = np.zeros(features.sae.config.features, bool)
    for label in features.labels:
        found[label.feature] = label.grade != "F"
    found &= ~features.junk
    return found


def _text(region: Region, features: FeatureSet, book: FamilyBook | None) -> str:
    if book is not None:
        for family in reversed(book.of_feature(region.feature)):
            if family.name is not None and family.name.grade in _GOOD:
                return family.name.text
    return features.labels.text(region.feature)
