"""A tiny library with families made by hand, and the window open on them."""

from __future__ import annotations

from pathlib import Path

from saerch_desktop.features.families.family import Families, Family, FamilyName, Figures, Link, key_of
from saerch_desktop.features.families.family_files import save_families
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.label import Detection
from saerch_desktop.library.library import Library
from saerch_desktop.ui.families_part import FamiliesPart
from saerch_desktop.ui.window import MainWindow

_TEST = Detection(auroc=0.98, low=0.96, high=0.99, positives=40, negatives=40)


def features_there(path: Path) -> list[int]:
    """The features of the library's SAE that are active anywhere, the commonest first."""
    with Library.open(path) as library:
        counts = FeatureSet.open(library, "features").statistics.count
    return [int(feature) for feature in (-counts).argsort(kind="stable") if counts[feature] > 0]


def put_families(path: Path, names: tuple[str, ...] = ("Broad", "Part", "Other")) -> dict[str, str]:
    """Write three families, the second a part of the first; their keys by name.

    They hold the commonest features: Broad 0 to 5, Part 3 to 5, Other 6 to 8, each by its first as the root.
    """
    live = features_there(path)
    broad, part, other = live[:6], live[3:6], live[6:9]
    keys = {
        name: key_of("default", members) for name, members in zip(names, (broad, part, other), strict=True)
    }

    def made(name: str, members: list[int], level: int, parents: tuple[str, ...] = ()) -> Family:
        return Family(
            key=keys[name],
            members=tuple(members),
            root=members[0],
            parents=parents,
            level=level,
            name=FamilyName(text=name, source="members", detection=_TEST, tests=5),
            figures=Figures(density=0.5 / (level + 1), r=1.5, inside=0.4, block_ratio=3.0, stability=0.8),
        )

    families = (
        made(names[0], broad, 0),
        made(names[1], part, 1, (keys[names[0]],)),
        made(names[2], other, 0),
    )
    links = tuple(Link(parent=broad[0], child=child, containment=0.6) for child in broad[1:])
    with Library.open(path) as library:
        features = FeatureSet.open(library, "features")
        found = Families(
            method="default",
            sae_sha256=features.sae.sha256,
            live=len(live),
            families=families,
            links=links,
        )
        save_families(features.folder, found)
    return keys


def part_of(window: MainWindow) -> FamiliesPart:
    return next(part for part in window.parts if isinstance(part, FamiliesPart))


def opened(window: MainWindow, path: Path) -> FamiliesPart:
    """The pane of families, seen, on this library."""
    window.controller.library.open(path)
    part = part_of(window)
    assert part.dock is not None
    window.actions_table["show-families"].trigger()
    return part
