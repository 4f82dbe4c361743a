"""Filters mean what plain Python says they mean, and say where they cannot be read."""

from __future__ import annotations

import contextlib
import datetime
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import planted_library
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saerch_desktop.errors import UserError
from saerch_desktop.features.feature_set import FeatureSet, build_features
from saerch_desktop.library.columns import Columns
from saerch_desktop.library.importing import import_records
from saerch_desktop.library.library import Library
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress
from saerch_desktop.search.where import facet_term, parse

COUNT = 300
WORDS = ("star", "planet", "dark matter", "dust", "ring")
Test = Callable[[dict[str, Any]], bool]


def records() -> list[dict[str, Any]]:
    chance = random.Random(4)
    made = []
    for number in range(COUNT):
        words = chance.sample(WORDS, 2)
        made.append(
            {
                "id": f"d{number}",
                "title": f"About {words[0]}",
                "text": f"{words[1]} number {number}",
                "words": words,
                "date": (datetime.date(2015, 1, 1) + datetime.timedelta(chance.randrange(2900))).isoformat(),
                "tags": chance.sample(["astro-ph.EP", "two words", 'say "so"', "a:b", "(x)", "-no", "é*"], 2),
                "cited": chance.randint(0, 9),
                "half": chance.choice([1, 2]),
                "site": chance.choice(["north", "far south"]),
            }
        )
    return made


@pytest.fixture(scope="module")
def made() -> list[dict[str, Any]]:
    return records()


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory, made: list[dict[str, Any]]) -> Iterator[Columns]:
    path = tmp_path_factory.mktemp("where") / "x"
    roles = Roles(id="id", title="title", text=("text",), date="date", facets=("tags",))
    import_records(made, path, roles=roles, source="made", progress=Progress())
    with Library.open(path) as library:
        yield Columns.load(library.documents, Progress())


def has(*words: str) -> Test:
    return lambda d: all(word in d["title"].lower() or word in d["text"].lower() for word in words)


TERMS: dict[str, Test] = {
    "star": has("star"),
    '"dark matter"': has("dark matter"),
    "plan*": has("planet"),
    "tags:astro-ph.EP": lambda d: "astro-ph.EP" in d["tags"],
    "tags:ASTRO-PH.ep": lambda d: "astro-ph.EP" in d["tags"],
    'TAGS:"two words"': lambda d: "two words" in d["tags"],
    facet_term("tags", 'say "so"'): lambda d: 'say "so"' in d["tags"],
    facet_term("tags", "a:b"): lambda d: "a:b" in d["tags"],
    "tags:a:b": lambda d: "a:b" in d["tags"],
    facet_term("tags", "(x)"): lambda d: "(x)" in d["tags"],
    facet_term("tags", "-no"): lambda d: "-no" in d["tags"],
    facet_term("tags", "é*"): lambda d: "é*" in d["tags"],
    "tags:a*": lambda d: any(tag.startswith("a") for tag in d["tags"]),
    "year>=2020": lambda d: d["date"] >= "2020",
    "year < 2017": lambda d: d["date"] < "2017",
    "year:2018": lambda d: d["date"][:4] == "2018",
    "year:2018..2020": lambda d: "2018" <= d["date"][:4] <= "2020",
    "year:..2016": lambda d: d["date"] < "2017",
    "date<2021-05": lambda d: d["date"] < "2021-05",
    "date<=2021-05": lambda d: d["date"] < "2021-06",
    "date>2021-05": lambda d: d["date"] >= "2021-06",
    "date>2019-06-15": lambda d: d["date"] > "2019-06-15",
    "date:2019-06..2020": lambda d: "2019-06" <= d["date"] < "2021",
    "id:d17": lambda d: d["id"] == "d17",
    "id:d1*": lambda d: d["id"].startswith("d1"),
    "cited>3": lambda d: d["cited"] > 3,
    "cited≥3": lambda d: d["cited"] >= 3,
    "cited=4": lambda d: d["cited"] == 4,
    "cited:2..5": lambda d: 2 <= d["cited"] <= 5,
    "cited<-1": lambda d: False,
    "half>1": lambda d: d["half"] > 1,
    "half:1": lambda d: d["half"] == 1,
    "site:north": lambda d: d["site"] == "north",
    'site:"far south"': lambda d: d["site"] == "far south",
}


@pytest.mark.parametrize("term", TERMS)
def test_each_term(columns: Columns, made: list[dict[str, Any]], term: str) -> None:
    found = parse(term).rows(columns)
    assert found.tolist() == [TERMS[term](document) for document in made]


def _compound(chance: random.Random, depth: int) -> tuple[str, Test]:
    """A random filter and what it means."""
    kind = chance.choice(["term", "term", "not", "and", "or"]) if depth else "term"
    if kind == "term":
        term = chance.choice(list(TERMS))
        return term, TERMS[term]
    one, means = _compound(chance, depth - 1)
    if kind == "not":
        minus = chance.choice(["-", "NOT "])
        return f"{minus}({one})", lambda d: not means(d)
    other, also = _compound(chance, depth - 1)
    if kind == "and":
        joined = chance.choice([" ", " AND ", "  "])
        return f"({one}){joined}({other})", lambda d: means(d) and also(d)
    return f"({one}) OR ({other})", lambda d: means(d) or also(d)


@pytest.mark.parametrize("seed", range(60))
def test_random_filters(columns: Columns, made: list[dict[str, Any]], seed: int) -> None:
    text, means = _compound(random.Random(seed), 4)
    assert parse(text).rows(columns).tolist() == [means(document) for document in made], text


def test_and_binds_closer_than_or(columns: Columns, made: list[dict[str, Any]]) -> None:
    found = parse("star OR planet -dust year>=2019").rows(columns)
    star, planet, dust = has("star"), has("planet"), has("dust")
    assert found.tolist() == [star(d) or (planet(d) and not dust(d) and d["date"] >= "2019") for d in made]


def test_a_minus_inside_a_word_is_part_of_it(columns: Columns) -> None:
    assert parse("astro-ph").words() == "“astro-ph”"
    assert parse("-star").words() == "not “star”"


def test_nothing_typed_means_everything(columns: Columns) -> None:
    where = parse("   ")
    assert where.empty
    assert where.rows(columns).all()
    assert where.words() == "all documents"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tags:a:b year>=2020 -star", "tags is a:b and year at least 2020 and not “star”"),
        ("(star OR planet) cited:2..5", "(“star” or “planet”) and cited from 2 to 5"),
        ("#12 OR #3>0.2 year:2020..", "feature #12 active or (feature #3 over 0.2 and year from 2020)"),
        ('tags:"x..y"', "tags is x..y"),
    ],
)
def test_in_plain_words(text: str, words: str) -> None:
    assert parse(text).words() == words


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("star (planet", "character 6", "not closed"),
        ("star)", "character 5", "not opened"),
        ('tags:"open', "character 6", "no end"),
        ('"open', "character 1", "no end"),
        ("star OR", "character 6", "both sides"),
        ("OR star", "character 1", "both sides"),
        ("star AND", "at its end", "both sides"),
        ("tags:", "character 1", "value is missing"),
        ("()", "character 1", "nothing between"),
        ("#x", "character 1", "its number"),
        ("#3>high", "character 1", "compared with a number"),
        ("star -", "character 6", "no letter or digit"),
        ("(" * 60 + "a", "character", "too deep"),
        ("a" * 3000, "character", "longer than"),
    ],
)
def test_what_cannot_be_read_names_the_place(columns: Columns, text: str, place: str, why: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(text).rows(columns)
    assert place in caught.value.happened
    assert why in caught.value.happened
    assert "year:2018..2020" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tags:astroph.EP", "tags:astro-ph.EP"),
        ("tags:words", 'tags:"two words"'),
        ("tag:x", "tags"),
        ("citd>3", "cited"),
        ("nothing_like_it:3", "tags"),
        ("year>20", "2018..2020"),
        ("date>soon", "2021-05-07"),
        ("date>2021-13", "2021-05-07"),
        ("cited>x", "3..5"),
        ("cited>1..2", "3..5"),
        ("site>3", "with :"),
        ("tags>3", "with :"),
        ("id:d999", "id:abc*"),
        ("#3", "Train an SAE"),
    ],
)
def test_unknown_things_are_told_with_what_is_near(columns: Columns, text: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(text).rows(columns)
    assert said in str(caught.value)


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet='ab:"()-#<>=* \\.1ORNT', max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        where = parse(text)
    except UserError:
        return
    assert where.words()


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=20), st.text(min_size=1, max_size=20))
def test_a_facets_term_reads_back(name: str, value: str) -> None:
    if not name:
        return
    node = parse(facet_term(name, value)).node
    assert (node.name, node.value) == (name, value)  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Columns, FeatureSet]]:
    path = planted_library.make(tmp_path_factory.mktemp("planted") / "p")
    with Library.open(path, write=True) as library:
        features = build_features(library, planted_library.NAME, Progress())
        yield Columns.load(library.documents, Progress()), features


@pytest.mark.parametrize("sign", ["", ">0.3", ">=0.3", "<0.3", "<=0", "=0", ">-1"])
def test_activations(planted: tuple[Columns, FeatureSet], sign: str) -> None:
    columns, features = planted
    dense = np.zeros(columns.rows)
    for ids, values, row in zip(
        features.codes.indices, features.codes.values, range(columns.rows), strict=True
    ):
        dense[row] = sum(v for i, v in zip(ids, values, strict=True) if i == 5)
    bound = np.float32(0.3)
    wanted = {
        "": dense > 0,
        ">0.3": dense > 0.3,
        ">=0.3": dense >= 0.3,
        "<0.3": dense < bound,
        "<=0": dense <= 0,
        "=0": dense == 0,
        ">-1": dense > -1,
    }[sign]
    np.testing.assert_array_equal(parse(f"#5{sign}").rows(columns, features), wanted)
    with pytest.raises(UserError, match="no feature 999"):
        parse("#999").rows(columns, features)


def test_halves_of_characters_are_in_no_document(columns: Columns) -> None:
    for text in ("id:\ud800*", "tags:\udc00*", "\ud800*"):
        with contextlib.suppress(UserError):
            assert not parse(text).rows(columns).any()
    with pytest.raises(UserError, match="no document"):
        parse("id:\ud800").rows(columns)


@pytest.mark.parametrize("typed", ["year:2020", "year>=2020", "Date:2020", "date<2020-05-01"])
def test_without_dates_none_are_offered(tmp_path: Path, typed: str) -> None:
    made = [{"id": str(n), "text": f"x {n}", "kind": "ab"[n % 2], "yeast": n} for n in range(20)]
    roles = Roles(id="id", title=None, text=("text",), date=None, facets=("kind",))
    import_records(made, tmp_path / "x", roles=roles, source="made", progress=Progress())
    with Library.open(tmp_path / "x") as library:
        columns = Columns.load(library.documents, Progress())
        with pytest.raises(UserError) as caught:
            parse(typed).rows(columns)
        assert caught.value.happened == "The documents of this library have no dates."
        assert caught.value.remedy == "Filter by words, or by one of these: id, kind, yeast."
        with pytest.raises(UserError, match="nothing called “yea”") as caught:
            parse("yea:3").rows(columns)
        assert caught.value.remedy == "Did you mean yeast?"
        with pytest.raises(UserError) as caught:
            parse("zzz:3").rows(columns)
        assert caught.value.remedy.startswith("There are id, kind, yeast.")


def test_with_dates_they_are_offered(columns: Columns) -> None:
    with pytest.raises(UserError) as caught:
        parse("yaer:2020").rows(columns)
    assert caught.value.remedy == "Did you mean year?"


def test_years_without_days(tmp_path: Path) -> None:
    made = [{"id": str(n), "text": f"x {n}", "year": 2000 + n} for n in range(20)]
    roles = Roles(id="id", title=None, text=("text",), date=None, facets=())
    import_records(made, tmp_path / "x", roles=roles, source="made", progress=Progress())
    with Library.open(tmp_path / "x") as library:
        columns = Columns.load(library.documents, Progress())
        assert parse("year>=2010").rows(columns).sum() == 10
        with pytest.raises(UserError) as caught:
            parse("date>=2010").rows(columns)
    assert caught.value.happened == "The documents of this library have years but no days."
    assert "year" in caught.value.remedy
