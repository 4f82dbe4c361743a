"""Files of families that are damaged or made to do harm: refused in words, or taken with what is sound."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.edits import load_edits
from saerch_desktop.features.families.family import Families, Family, FamilyName, key_of
from saerch_desktop.features.families.family_files import load_families, save_families

FEATURES = 12
MEMBERS = ((0, 1, 2), (0, 1), (5, 6, 7))


def written(folder: Path, number: int = 0, whole: dict[str, Any] | None = None, **changes: Any) -> Path:
    """The folder with three families of which one was changed by hand."""
    made = tuple(Family(key=key_of("default", members), members=members) for members in MEMBERS)
    save_families(folder, Families(method="default", families=made, live=10))
    path = folder / "families_default.json"
    held = json.loads(path.read_text())
    held["families"][number].update(changes)
    held.update(whole or {})
    path.write_text(json.dumps(held))
    return folder


def refused(folder: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        load_families(folder, "default", FEATURES)
    return caught.value


@pytest.mark.parametrize(
    "changes",
    [
        {"members": [1, 1, 2]},
        {"key": ""},
        {"key": "f3"},
        {"key": "k" * 2_000},
        {"parents": [key_of("default", MEMBERS[0])]},
        {"level": 10**30},
    ],
)
def test_a_family_that_makes_no_sense_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert "Build the families again" in refused(written(tmp_path, **changes)).remedy


@pytest.mark.parametrize(
    "whole",
    [
        {"seed": 1 << 40},
        {"seed": -1},
        {"live": 10**400},
        {"seconds": float("inf")},
        {"links": [{"parent": 1, "child": 1, "containment": 1.0}]},
    ],
)
def test_figures_beyond_all_measure_are_refused(tmp_path: Path, whole: dict[str, Any]) -> None:
    assert "cannot be read" in refused(written(tmp_path, whole=whole)).happened


def test_families_in_a_circle_are_refused_and_a_long_line_of_them_is_read_fast(tmp_path: Path) -> None:
    keys = [f"k{number}" for number in range(20_000)]
    chain = [Family(key=key, members=(0, 1), parents=(above,)) for key, above in pairwise(keys)]
    save_families(tmp_path, Families(method="default", families=tuple(chain)))
    began = time.monotonic()
    assert load_families(tmp_path, "default", FEATURES) is not None
    assert time.monotonic() - began < 5
    chain.append(Family(key=keys[-1], members=(0, 1), parents=(keys[0],)))
    save_families(tmp_path, Families(method="default", families=tuple(chain)))
    refused(tmp_path)


def test_a_newer_version_s_families_are_not_called_damaged(tmp_path: Path) -> None:
    folder = written(tmp_path, whole={"schema_version": 2, "method": "of the future", "families": {}})
    assert "newer version" in refused(folder).happened


def test_a_name_of_many_megabytes_is_cut(tmp_path: Path) -> None:
    name = {"text": "x" * 3_000_000, "source": "human", "alternatives": ["y" * 3_000_000]}
    found = load_families(written(tmp_path, name=name), "default", FEATURES)
    assert found is not None
    kept = found.families[0].name
    assert kept is not None
    assert kept.text == "x" * 1_000
    assert kept.alternatives == ("y" * 1_000,)


def test_a_name_without_a_letter_to_show_is_none() -> None:
    family = Family(key="k", members=(3, 4), root=3, name=FamilyName(text="\u202e", source="human"))
    book = FamilyBook.of(Families(method="default", families=(family,)))
    assert book.text("k", lambda feature: f"feature {feature}") == "feature 3"


def test_a_change_that_names_a_feature_twice_makes_a_family_that_has_it_once(tmp_path: Path) -> None:
    edit = {"kind": "create", "id": "one", "method": "own", "members": [4, 4, 5], "text": "Twice"}
    content = {"format": "saerch-family-edits", "schema_version": 1, "edits": [edit]}
    (tmp_path / "families_edits.json").write_text(json.dumps(content))
    book = FamilyBook.with_edits(Families(method="own"), load_edits(tmp_path, FEATURES))
    assert [family.members for family in book] == [(4, 5)]
