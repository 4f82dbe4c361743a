"""Families by what one types."""

from __future__ import annotations

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.family import Families, Family, FamilyName
from saerch_desktop.features.families.lookup import families_called, family_called

NAMES = {
    "ab12": "Dark matter halos",
    "ab99": "Dark energy",
    "cd34": "Dark",
    "ee55": "Höhere Töne",
    "ff66": None,
}


@pytest.fixture
def book() -> FamilyBook:
    made = tuple(
        Family(key=key, members=(n, n + 1), root=n, name=name and FamilyName(text=name, source="human"))
        for n, (key, name) in enumerate(NAMES.items())
    )
    return FamilyBook.of(Families(method="own", families=made), frozenset({"ab99"}))


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("ab12", "ab12"),
        ("ab1", "ab12"),
        ("ab", "ab12"),
        ("ab99", "ab99"),
        ("halos matter", "ab12"),
        ("dark", "cd34"),
        (" DARK ", "cd34"),
        ("hohere", "ee55"),
        ("feature 4", "ff66"),
    ],
)
def test_the_one_that_is_meant(book: FamilyBook, typed: str, key: str) -> None:
    assert family_called(book, typed, lambda feature: f"feature {feature}").key == key


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("dark", ["ab12", "cd34"]),
        ("matter dark", ["ab12"]),
        ("halo", ["ab12"]),
        ("f", ["ff66"]),
        ("", []),
        ("energy", []),
    ],
)
def test_those_that_fit(book: FamilyBook, typed: str, keys: list[str]) -> None:
    found = families_called(book, typed, lambda feature: f"feature {feature}", 2)
    assert [family.key for family, _ in found] == keys
    assert all(name == (NAMES[family.key] or "feature 4") for family, name in found)


@pytest.mark.parametrize(
    ("typed", "told"), [("energy", "no family"), ("", "no family"), ("zz", "no family"), ("da", "2 families")]
)
def test_none_or_several(book: FamilyBook, typed: str, told: str) -> None:
    with pytest.raises(UserError) as caught:
        family_called(book, typed, str)
    assert told in str(caught.value)
    if "2" in told:
        assert "ab12" in caught.value.remedy
        assert "ab99" not in caught.value.remedy, "hidden ones are not offered"
