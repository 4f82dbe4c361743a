"""Families without figures get them; those that have some keep them."""

from __future__ import annotations

import pytest

from saerch_desktop.features.families import edits as made
from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.cooccurrence import exact_block
from saerch_desktop.features.families.family import Families, Family, Figures
from saerch_desktop.features.families.remeasuring import with_figures
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.progress import Progress

KNOWN = Figures(r=7.0)


def test_only_what_has_no_figures_is_measured(features: FeatureSet) -> None:
    groups = {"a": (3, 8, 9), "b": (4, 10), "c": (5, 11, 12, 13)}
    built = Families(
        method="paper",
        families=tuple(Family(key=key, members=m, root=m[0], figures=KNOWN) for key, m in groups.items()),
    )
    plain = FamilyBook.with_edits(built, ())
    assert with_figures(features, plain, Progress()) is plain
    edit = made.merge(plain, ["a", "b"])
    book = with_figures(features, plain.edited([edit, made.hide(plain, "c")]), Progress())
    merged, other = book.get(edit.key), book.get("c")
    assert merged is not None
    assert other is not None
    assert other.figures == KNOWN
    counts = exact_block(features, [3, 8, 9, 4, 10])
    smaller = counts.diagonal()[:, None].clip(max=counts.diagonal()[None, :])
    overlap = counts / smaller
    row = overlap[0, 1:].mean()
    children = overlap[1:, 1:]
    block = (children.sum() - 4) / 12
    assert merged.figures.r == pytest.approx(row / block)
    assert merged.figures.density is not None
    assert (book.hidden, book.edits, book.built) == ({"c"}, plain.edited(book.edits).edits, built)
    assert [family.key for family in book] == [edit.key]
