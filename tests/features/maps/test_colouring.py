"""What points are coloured by."""

from __future__ import annotations

import numpy as np
import pytest

from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.family import Families, Family
from saerch_desktop.features.maps.colouring import (
    MOST,
    STEPS,
    by_amount,
    by_facet,
    by_names,
    largest_families,
    plain,
)
from saerch_desktop.library.facet_column import FacetColumn


def column(documents: list[list[str]]) -> FacetColumn:
    """As it is read from a database: values by how common they are."""
    flat = [value for values in documents for value in values]
    values = sorted(set(flat), key=lambda value: (-flat.count(value), value))
    codes = np.array([values.index(value) for value in flat], np.int32)
    starts = np.concatenate(([0], np.cumsum([len(held) for held in documents])))
    counts = np.array([flat.count(value) for value in values])
    return FacetColumn("subject", tuple(values), starts, codes, counts)


def test_a_document_has_the_colour_of_its_rarest_value() -> None:
    made = by_facet(column([["physics", "stars"], ["physics"], [], ["physics", "stars"], ["maths"]]))
    assert made.names == ("physics", "stars", "maths")
    assert [made.text(row) for row in range(5)] == ["stars", "physics", "", "stars", "maths"]
    assert made.counts == (3, 2, 1)  # documents that have the value, whatever their colour
    assert sorted(made.order.tolist()) == list(range(5))
    assert made.order[0] == 2  # what has no value is drawn first
    assert "rarest" in made.tip
    assert "counts for each" in made.tip
    assert not made.rest


def test_values_beyond_the_colours_share_one() -> None:
    documents = [[f"v{number}"] * 1 for number in range(MOST + 5) for _ in range(20 - number)]
    made = by_facet(column(documents))
    assert len(made.names) == MOST
    assert made.names[-1] == "6 others"
    assert made.rest
    assert sum(made.counts) == len(documents)
    assert made.tip == ""
    last = [row for row, values in enumerate(documents) if values == [f"v{MOST + 4}"]]
    assert {made.text(row) for row in last} == {"6 others"}


def test_amounts_become_steps_with_the_highest_on_top() -> None:
    amounts = np.array([np.nan, 0.0, 1.0, 0.5, np.nan, 0.25])
    made = by_amount("x", amounts, whole=True)
    assert made.codes.tolist()[:1] == [0]
    assert made.codes[4] == 0
    assert made.codes[1] == 1
    assert made.codes[2] == STEPS
    ranks = [made.order.tolist().index(row) for row in (1, 5, 3, 2)]
    assert ranks == sorted(ranks)
    assert set(made.order[:2].tolist()) == {0, 4}
    assert made.text(0) == ""
    assert made.text(2) == f"{made.high:.0f}"


def test_others_are_counted_once_each() -> None:
    documents = [[f"v{number:02}"] for number in range(MOST - 1) for _ in range(9)]
    documents += [["x", "y"], ["x"], ["v00", "y"]]
    made = by_facet(column(documents))
    assert made.names[-1] == "2 others"
    assert made.counts == (10, *[9] * (MOST - 2), 3)


def test_a_few_old_years_do_not_take_the_colours_of_all_others() -> None:
    years = np.array([1890.0] + [2015.0 + n % 10 for n in range(200)])
    made = by_amount("Year", years, whole=True, on_top=False)
    assert (made.low, made.high, made.below, made.above) == (2015.0, 2024.0, True, False)
    assert made.text(0) == "2015 or less"
    assert made.text(10) == "2024"
    assert len(set(made.codes[1:].tolist())) == 10
    assert made.codes[10] == STEPS


def test_powers_are_read_as_numbers() -> None:
    made = by_amount("documents", np.log10(np.array([10.0, 1000.0])), powers=True)
    assert made.figure(made.low) in ("10", "11")
    assert made.text(1).startswith("about 9")


def test_nothing_to_show_and_plain() -> None:
    made = by_amount("x", np.full(3, np.nan))
    assert made.codes.tolist() == [0, 0, 0]
    flat = plain(50, "Documents")
    assert sorted(flat.order.tolist()) == list(range(50))
    assert flat.order.tolist() != list(range(50))
    np.testing.assert_array_equal(flat.order, plain(50, "Documents").order)
    assert flat.text(3) == ""


def test_names_by_code() -> None:
    made = by_names("grade", np.array([1, -1, 0, 1]), ("good", "bad"))
    assert made.counts == (1, 2)
    assert [made.text(row) for row in range(4)] == ["bad", "", "good", "bad"]


def test_the_largest_families_with_the_smallest_on_top() -> None:
    families = [
        Family(key=f"k{size}", members=tuple(range(size)), parents=())
        for size in (3, 5, 9, 12, 2, 4, 6, 7, 8, 10)
    ]
    part = Family(key="part", members=(0, 1), parents=("k12",), level=1)
    book = FamilyBook.of(Families(method="default", families=(*families, part)))
    codes, names = largest_families(book, 14, {family.key: family.key.upper() for family in families})
    assert names == ("K12", "K10", "K9", "K8", "K7", "K6", "K5", "K4")
    assert [names[code] if code >= 0 else "" for code in codes.tolist()] == (
        ["K4"] * 4 + ["K5", "K6", "K7", "K8", "K9", "K10", "K12", "K12", "", ""]
    )


@pytest.mark.parametrize("rows", [0, 1])
def test_few_rows(rows: int) -> None:
    assert len(plain(rows, "").codes) == rows
    assert len(by_amount("x", np.zeros(rows)).codes) == rows
