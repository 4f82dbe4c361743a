"""From records to documents: odd values, dates, facets, arXiv's peculiarities."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saerch_desktop.library.composition import as_text, compose, iso_date
from saerch_desktop.library.roles import Roles


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (3, "3"),
        (3.0, "3"),
        (2.5, "2.5"),
        (["a", None, 2], "a\n\n2"),
        ({"a": ["ü"]}, '{"a": ["ü"]}'),
        ("a\x00b\x02c\td", "a b c\td"),
        (float("nan"), "nan"),
    ],
)
def test_mixed_types_become_text(value: Any, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2017-03-01", "2017-03-01"),
        ("2017-03-01T10:00:00Z", "2017-03-01"),
        ("2017-03", "2017-03"),
        ("2017", "2017"),
        (2017, "2017"),
        (2017.0, "2017"),
        ("2017/3/1", "2017-03-01"),
        ("20170301", "2017-03-01"),
        ("Mon, 2 Apr 2007 19:18:42 GMT", "2007-04-02"),
        (1488326400, "2017-03-01"),
        ("1488326400000", "2017-03-01"),
        ("spring 1998", "1998"),
        ("soon", "soon"),
        ("2017-13-45", "2017-13-45"),
        ("", None),
        (None, None),
        (float("inf"), None),
        (7, None),
    ],
)
def test_dates(value: Any, date: str | None) -> None:
    assert iso_date(value) == date


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text() | st.integers() | st.floats() | st.none() | st.lists(st.integers()))
def test_dates_never_raise(value: Any) -> None:
    found = iso_date(value)
    assert found is None or found


def test_several_texts_are_joined() -> None:
    roles = Roles(text=("a", "b", "c"))
    assert compose({"a": " one ", "b": "", "c": "two"}, roles, 0).text == "one\n\ntwo"


def test_ids() -> None:
    assert compose({"text": "x"}, Roles(text=("text",)), 5).id == "5"
    roles = Roles(id="id", text=("text",))
    assert compose({"id": 7, "text": "x"}, roles, 5).id == "7"
    # Record 5 lacks its id; another record may well be called "5".
    assert compose({"id": " ", "text": "x"}, roles, 5).id == "record 5"


def test_arxiv_records() -> None:
    fields = {
        "id": "0704.0001",
        "title": "Calculation of prompt\n  diphoton production",
        "abstract": "  A fully differential calculation\nis presented.\n  A second paragraph.\n",
        "categories": "hep-ph astro-ph.CO cs.LG",
        "update_date": "2008-11-26",
    }
    document = compose(fields, Roles("id", "title", ("abstract",), "update_date", ("categories",)), 0)
    assert document.title == "Calculation of prompt diphoton production"
    assert document.text == "A fully differential calculation is presented.\n  A second paragraph."
    assert document.facets == (
        ("categories", "hep-ph"),
        ("categories", "astro-ph.CO"),
        ("categories", "cs.LG"),
        ("year", "2008"),
    )
    listed = compose(
        {**fields, "categories": ["cs.LG", "stat.ML"]}, Roles(text=("abstract",), facets=("categories",)), 0
    )
    assert listed.facets == (("categories", "cs.LG"), ("categories", "stat.ML"))


def test_facets() -> None:
    fields = {
        "tags": "b; a|b",
        "n": 3.0,
        "flag": False,
        "none": None,
        "deep": [{"x": 1}, "y"],
        "name": "a b; c",
        "text": "t",
    }
    roles = Roles(text=("text",), facets=("tags", "n", "flag", "none", "deep", "name"))
    assert compose(fields, roles, 0).facets == (
        ("tags", "b"), ("tags", "a"), ("n", "3"), ("flag", "false"), ("deep", "y"), ("name", "a b; c"),
    )  # fmt: skip


def test_a_year_column_comes_before_the_derived_year() -> None:
    roles = Roles(text=("text",), date="date", facets=("Year",))
    assert compose({"text": "t", "date": "2020-01-01", "Year": 2019}, roles, 0).facets == (("Year", "2019"),)
    assert compose({"text": "t", "date": "2020-01-01"}, roles, 0).facets == (("year", "2020"),)


def test_long_titles_are_cut_but_kept_in_the_metadata() -> None:
    document = compose({"title": "x" * 5000, "text": "t"}, Roles(title="title", text=("text",)), 0)
    assert len(document.title) == 1000
    assert document.metadata["title"] == "x" * 5000


@pytest.mark.parametrize(
    ("column", "value", "wanted"),
    [
        ("categories", "astro-ph.CO, astro-ph.GA", ["astro-ph.CO", "astro-ph.GA"]),
        ("tags", "red,green , blue", ["red", "green", "blue"]),
        ("topic", "food; drink, hot", ["food", "drink, hot"]),
        ("authors", "Doe, Jane", ["Doe, Jane"]),
        ("authors", "Doe, Jane; Roe, Max", ["Doe, Jane", "Roe, Max"]),
        ("city", "Paris, Texas", ["Paris, Texas"]),
        ("subject", f"short, {'and very long ' * 5}", [f"short, {'and very long ' * 5}".strip()]),
    ],
)
def test_several_values_in_one_cell(column: str, value: str, wanted: list[str]) -> None:
    made = compose({"text": "a", column: value}, Roles(text=("text",), facets=(column,)), 0)
    assert [found for _, found in made.facets] == wanted
