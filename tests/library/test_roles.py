"""Column roles: guessed from names and values, overridden by the user, refused when a column is missing."""

from __future__ import annotations

from typing import Any

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.library.roles import Roles, checked, guess_roles, with_overrides

ARXIV = {
    "id": "0801.3551",
    "submitter": "X Y",
    "title": "A",
    "abstract": "  We show.\n",
    "categories": "math.AG cs.LG",
    "update_date": "2009-11-13",
    "doi": None,
    "versions": [{"version": "v1"}],
}
NEWS = {"Headline": "h", "Body": "b", "Published": "2020-01-01"}
CONCEPT = {"uat_id": "0", "name": "DC stars", "definition": "A white dwarf"}
NOTE = {"path": "a.md", "title": "t", "text": "x", "folder": "f"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([ARXIV], Roles("id", "title", ("abstract",), "update_date", ("categories",))),
        ([{"_id": "4", "title": "T", "text": "words", "metadata": {}}], Roles("_id", "title", ("text",))),
        ([{"text": "only text"}], Roles(text=("text",))),
        ([NEWS], Roles(None, "Headline", ("Body",), "Published")),
        ([{"title": "just a title"}], Roles(text=("title",))),
        ([{"a": "x" * 200, "b": "y"}], Roles(text=("a",))),
        ([CONCEPT], Roles("uat_id", "name", ("definition",))),
        ([NOTE], Roles("path", "title", ("text",), None, ("folder",))),
        ([], Roles()),
    ],
)
def test_guesses(rows: list[dict[str, Any]], expected: Roles) -> None:
    assert guess_roles(rows) == expected


def test_guesses_from_values() -> None:
    rows = [
        {"nr": n, "words": f"text number {n} " * 9, "kind of": "ab"[n % 2], "noise": f"v{n}", "score": n / 3}
        for n in range(40)
    ]
    assert guess_roles(rows) == Roles(text=("words",), facets=("kind of",))


def test_an_id_must_tell_records_apart() -> None:
    rows = [{"id": "same", "text": f"text {n}"} for n in range(40)]
    assert guess_roles(rows).id is None


def test_overrides_take_the_column_from_its_guessed_part() -> None:
    guessed = Roles("id", "title", ("abstract",), "date", ("categories",))
    found = with_overrides(guessed, text=["title", "abstract"], facets=["id"])
    assert found == Roles(None, None, ("title", "abstract"), "date", ("id",))
    assert with_overrides(guessed) == guessed


def test_a_missing_column_is_refused_with_those_there_are() -> None:
    with pytest.raises(UserError, match="no column named 'body' or 'tag'") as caught:
        checked(Roles(text=("body",), facets=("tag",)), ["id", "text"], "a.csv")
    assert "id, text" in caught.value.remedy
    with pytest.raises(UserError, match="None of the columns"):
        checked(Roles(), ["a", "b"], "a.csv")
