"""Whole columns equal what the documents say one by one."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library.columns import Columns, FacetColumn, TextColumn
from saerch_desktop.library.importing import import_records
from saerch_desktop.library.library import Library
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress

DATES = ("2020-03-01", "1999", "2021-05", None, "", "long ago", "March 2004", "2020-12-31")


def records(count: int, seed: int = 0) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    made = []
    for number in range(count):
        made.append(
            {
                "id": f"d{number}",
                "text": f"text {number}",
                "when": chance.choice(DATES),
                "tags": chance.sample(["a", "b", 'c "d"', "é", "x:y"], chance.randint(0, 3)),
                "cited": chance.choice(
                    [None, 0, 3, 2.5, "7", "many"] if number % 40 == 0 else [0, 3, 2.5, "7"]
                ),
                "site": chance.choice(["north", "south ", None]),
                "notes": f"note {number}",
                "deep": {"a": 1},
            }
        )
    return made


def make(
    path: Path, made: list[dict[str, Any]], facets: tuple[str, ...] = ("tags",), date: str | None = "when"
) -> Path:
    roles = Roles(id="id", title=None, text=("text",), date=date, facets=facets)
    import_records(made, path, roles=roles, source="made", progress=Progress())
    return path


def test_columns_say_what_the_documents_say(tmp_path: Path) -> None:
    made = records(600)
    with Library.open(make(tmp_path / "x", made)) as library:
        columns = Columns.load(library.documents, Progress())
        documents = library.documents.many(range(600))
        assert columns.rows == 600
        years = [int(d.date[:4]) if d.date and d.date[:4].isdigit() else 0 for d in documents]
        assert columns.years.dtype == np.int16
        assert columns.years.tolist() == years
        assert 2004 in years
        tags = columns.facets["tags"]
        for row, document in enumerate(documents):
            own = tags.codes[tags.starts[row] : tags.starts[row + 1]]
            assert own.tolist() == sorted(own)
            assert {tags.values[c] for c in own} == {v for name, v in document.facets if name == "tags"}
        counts = [sum(v in d["tags"] for d in made) for v in tags.values]
        assert tags.counts.tolist() == counts == sorted(counts, reverse=True)
        dates = columns.dates()
        for row, document in enumerate(documents):
            text = document.date or ""
            if text[:4].isdigit():
                assert f"{dates[row]:08d}" == (text.replace("-", "") + "0000")[:8]
            else:
                assert dates[row] == 0


def test_fields_have_their_kind_and_values(tmp_path: Path) -> None:
    made = records(600)
    with Library.open(make(tmp_path / "x", made)) as library:
        columns = Columns.load(library.documents, Progress())
        kinds = {field.name: field.kind for field in columns.fields}
        assert kinds["cited"] == "numeric"
        assert kinds["site"] == "categorical"
        assert kinds["notes"] == "text"
        assert "deep" not in kinds
        assert "tags" not in kinds
        numbers = columns.numbers("cited")
        assert numbers is columns.column("CITED")
        wanted = [float(r["cited"]) if r["cited"] not in (None, "many") else np.nan for r in made]
        np.testing.assert_array_equal(numbers, wanted)
        sites = columns.column("site")
        assert isinstance(sites, TextColumn)
        found = [sites.values[c] if c >= 0 else None for c in sites.codes]
        assert found == [r["site"].strip() if r["site"] else None for r in made]
        assert isinstance(columns.column("tags"), FacetColumn)
        with pytest.raises(UserError, match="no column") as caught:
            columns.column("nowhere")
        assert caught.value.remedy == "Choose one of these: year, tags, cited, site, notes."


def test_what_is_a_facet_and_a_field_is_offered_once(tmp_path: Path) -> None:
    made = [{"id": str(n), "text": f"x {n}", "Kind": "ab"[n % 2], "same": 1} for n in range(20)]
    with Library.open(make(tmp_path / "x", made, facets=("Kind",), date=None)) as library:
        columns = Columns.load(library.documents, Progress())
        assert "Kind" in {field.name for field in columns.fields}
        with pytest.raises(UserError, match="no column “year”") as caught:
            columns.column("year")
    assert caught.value.remedy == "Choose one of these: Kind."


def test_having_is_membership(tmp_path: Path) -> None:
    made = records(200)
    with Library.open(make(tmp_path / "x", made)) as library:
        tags = Columns.load(library.documents, Progress()).facets["tags"]
    wanted = [tags.values.index("a"), tags.values.index("é")]
    expected = [bool({"a", "é"} & set(r["tags"])) for r in made]
    assert tags.having(np.array(wanted)).tolist() == expected
    assert not tags.having(np.empty(0, np.int64)).any()


@pytest.mark.parametrize("facets", [("year",), ()])
def test_years_of_a_column_of_the_source(tmp_path: Path, facets: tuple[str, ...]) -> None:
    """A year facet, or the records' own field, where there is no date."""
    made = [
        {"id": f"d{n}", "text": f"t {n}", "year": year}
        for n, year in enumerate([1987, "2003", None, "soon"] * 9)
    ]
    with Library.open(make(tmp_path / "x", made, facets, date=None)) as library:
        columns = Columns.load(library.documents, Progress())
    assert columns.years.tolist() == [1987, 2003, 0, 0] * 9


def test_a_year_facet_without_a_year_leaves_the_date_to_say_it(tmp_path: Path) -> None:
    made = [
        {"id": "a", "text": "one", "when": "2011-02-03", "year": "n/a"},
        {"id": "b", "text": "two", "year": "2012"},
    ]
    with Library.open(make(tmp_path / "x", made, ("year",))) as library:
        columns = Columns.load(library.documents, Progress())
    assert columns.years.tolist() == [2011, 2012]


def test_a_library_of_texts_only(tmp_path: Path) -> None:
    with Library.open(make(tmp_path / "x", [{"id": "a", "text": "one"}], (), None)) as library:
        columns = Columns.load(library.documents, Progress())
        assert not columns.facets
        assert columns.years.tolist() == [0]
        assert columns.dates().tolist() == [0]


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    progress = Progress()
    progress.cancel()
    with Library.open(make(tmp_path / "x", records(50))) as library:
        with pytest.raises(Cancelled):
            Columns.load(library.documents, progress)
        columns = Columns.load(library.documents, Progress())
        with pytest.raises(Cancelled):
            columns.numbers("cited", progress)
        assert np.isfinite(columns.numbers("cited")).any()
