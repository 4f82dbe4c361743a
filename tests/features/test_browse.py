"""The browser's columns: filter and order equal a plain look at every feature; changes reach them."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.browse import FeatureTable, Sort
from saerch_desktop.features.browse_export import COLUMNS, features_table
from saerch_desktop.features.browse_filter import Filter, parse
from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.family import Families, Family, FamilyName
from saerch_desktop.features.label import GRADES, Detection, Label
from saerch_desktop.features.labels import Labels
from saerch_desktop.features.marks import Mark
from saerch_desktop.features.statistics import FeatureStatistics
from saerch_desktop.progress import Progress
from saerch_desktop.tables import write_table

N = 400
WORDS = ("dark", "matter", "halo", "semidark", "Übersee", "stars", "dust")
SOURCES = ("phrases", "llm: some-model", "imported: a.json", "carried: small")


def labels_of(seed: int = 1) -> Labels:
    chance = random.Random(seed)
    made = []
    for feature in range(N):
        if chance.random() < 0.1:
            continue
        auroc = chance.choice([None, *np.linspace(0.5, 1.0, 11).tolist()])
        detection = (
            None
            if auroc is None
            else Detection(auroc=auroc, low=max(0.0, auroc - 0.03), high=auroc, positives=9, negatives=9)
        )
        text = " ".join(chance.choices(WORDS, k=2))
        source = chance.choice(SOURCES)
        made.append(Label(feature=feature, text=text, source=source, detection=detection, f1=auroc))
    marks = {}
    for feature in chance.sample(range(N), 120):
        marks[feature] = Mark(
            feature=feature,
            text="my own name" if chance.random() < 0.2 else None,
            verified=chance.random() < 0.5,
            flagged=chance.random() < 0.3,
            pinned=chance.random() < 0.1,
            tags=tuple(chance.sample(["odd", "Ödland", "two words"], chance.randint(0, 2))),
            note=chance.choice(["", "Check this", "fine"]),
        )
    return Labels(N, made, marks=marks)


@pytest.fixture
def features() -> Any:
    chance = np.random.default_rng(4)
    count = chance.integers(0, 60, N) * chance.integers(0, 2, N)
    figures = [chance.random(N).astype(np.float32) for _ in range(3)]
    statistics = FeatureStatistics(count, (count / 1000).astype(np.float32), *figures)
    junk = statistics.live & (chance.random(N) < 0.2)
    return SimpleNamespace(labels=labels_of(), statistics=statistics, junk=junk, cohesion=chance.random(N))


@pytest.fixture
def table(features: Any) -> FeatureTable:
    return FeatureTable(features)


def better(label: Label | None, *letters: str) -> bool:
    return label is not None and label.grade in letters


Plain = Callable[[Any, int, Label | None, Mark], bool]

CONDITIONS: list[tuple[str, Plain]] = [
    ("density<1%", lambda s, f, label, mark: s.count[f] / 1000 < 0.01),
    ("density>=0.02", lambda s, f, label, mark: s.count[f] / 1000 >= 0.02),
    ("density=1%", lambda s, f, label, mark: s.count[f] == 10),
    ("documents>20", lambda s, f, label, mark: s.count[f] > 20),
    ("max>0.5", lambda s, f, label, mark: s.maximum[f] > 0.5),
    ("mean<=0.5", lambda s, f, label, mark: s.mean[f] <= 0.5),
    ("grade>=B", lambda s, f, label, mark: better(label, "A", "B")),
    ("grade>B", lambda s, f, label, mark: better(label, "A")),
    ("grade<B", lambda s, f, label, mark: better(label, "C", "D", "E", "F")),
    ("grade<=C", lambda s, f, label, mark: better(label, "C", "D", "E", "F")),
    ("grade=F", lambda s, f, label, mark: better(label, "F")),
    ("grade=?", lambda s, f, label, mark: better(label, "?")),
    ("-grade>=B", lambda s, f, label, mark: not better(label, "A", "B")),
    ("auroc>0.8", lambda s, f, label, mark: bool(label and label.detection and label.detection.auroc > 0.8)),
    ("f1<0.7", lambda s, f, label, mark: bool(label and label.f1 is not None and label.f1 < 0.7)),
    ("verified", lambda s, f, label, mark: mark.verified),
    ("unverified", lambda s, f, label, mark: not mark.verified),
    ("flagged", lambda s, f, label, mark: mark.flagged),
    ("pinned", lambda s, f, label, mark: mark.pinned),
    ("tagged", lambda s, f, label, mark: bool(mark.tags)),
    ("noted", lambda s, f, label, mark: bool(mark.note)),
    ("dead", lambda s, f, label, mark: s.count[f] == 0),
    ("live", lambda s, f, label, mark: s.count[f] > 0),
    ("labelled", lambda s, f, label, mark: label is not None),
    ("unlabelled", lambda s, f, label, mark: label is None),
    ("untested", lambda s, f, label, mark: label is None or label.grade == "?"),
    ("tag:od", lambda s, f, label, mark: any(t in ("odd", "Ödland") for t in mark.tags)),
    ('tag:"two w"', lambda s, f, label, mark: "two words" in mark.tags),
    ("source:llm", lambda s, f, label, mark: label is not None and label.source.startswith("llm")),
    ("source:you", lambda s, f, label, mark: label is not None and label.source == "human"),
    ("note:check", lambda s, f, label, mark: "Check" in mark.note),
    ("dark", lambda s, f, label, mark: label is not None and "dark" in label.text),
    ("-dark", lambda s, f, label, mark: label is None or "dark" not in label.text),
    ("ubersee", lambda s, f, label, mark: label is not None and "Übersee" in label.text),
    ("-#7", lambda s, f, label, mark: f != 7),
    ("#3", lambda s, f, label, mark: str(f).startswith("3")),
    ("#3 #31 #5", lambda s, f, label, mark: f in (3, 31, 5)),
]


@pytest.mark.parametrize(("typed", "plain"), CONDITIONS, ids=[typed for typed, _ in CONDITIONS])
def test_each_condition_is_that_of_a_plain_look(
    features: Any, table: FeatureTable, typed: str, plain: Plain
) -> None:
    wanted = parse(typed, table.absent)
    assert wanted.problems == ()
    expected = [
        f for f in range(N) if plain(features.statistics, f, features.labels.get(f), features.labels.mark(f))
    ]
    assert sorted(table.select(wanted, Sort("number")).tolist()) == expected


def test_all_conditions_must_hold_together(features: Any, table: FeatureTable) -> None:
    chance = random.Random(11)
    for _ in range(60):
        chosen = [c for c in chance.sample(CONDITIONS, 3) if not c[0].startswith("#")]
        found = table.select(parse(" ".join(t for t, _ in chosen), table.absent), Sort("number"))
        expected = [
            f
            for f in range(N)
            if all(
                plain(features.statistics, f, features.labels.get(f), features.labels.mark(f))
                for _, plain in chosen
            )
        ]
        assert sorted(found.tolist()) == expected


def test_words_at_the_beginning_come_first_and_pins_before_all(features: Any, table: FeatureTable) -> None:
    found = table.select(parse("dark"), Sort()).tolist()
    pinned = [f for f in found if features.labels.mark(f).pinned]
    assert found[: len(pinned)] == sorted(pinned, key=lambda f: (kind(features, f), f))
    rest = found[len(pinned) :]
    assert rest == sorted(rest, key=lambda f: (kind(features, f), f))
    assert {kind(features, f) for f in rest} == {0, 1, 2}


def kind(features: Any, feature: int) -> int:
    text = features.labels.get(feature).text
    return 0 if text.startswith("dark") else 1 if " dark" in text else 2


@pytest.mark.parametrize("falling", [False, True])
def test_every_order_is_that_of_a_plain_sort(features: Any, table: FeatureTable, falling: bool) -> None:
    labels, statistics = features.labels, features.statistics
    activity = np.random.default_rng(8).random(N).astype(np.float32)
    table.set_now(activity)
    table.set_relevance(-activity.astype(np.float64))

    def known(feature: int, value: Any) -> tuple[bool, Any]:
        return (value is None, value)

    def label_of(f: int) -> Any:
        return None if labels.get(f) is None else labels.get(f).text.casefold().replace("ü", "u")

    def grade_of(f: int) -> Any:
        label = labels.get(f)
        if label is None or label.grade == "?":
            return None
        return GRADES.index(label.grade), -round(label.detection.auroc, 6)

    keys: dict[str, Callable[[int], Any]] = {
        "number": lambda f: f,
        "label": label_of,
        "grade": grade_of,
        "density": lambda f: float(statistics.density[f]),
        "now": lambda f: float(activity[f]),
        "relevance": lambda f: -float(activity[f]),
        "source": lambda f: None if labels.get(f) is None else labels.get(f).source,
        "tags": lambda f: ", ".join(labels.mark(f).tags).casefold().replace("ö", "o") or None,
    }
    for name, value in keys.items():
        found = table.order(Sort(name, falling)).tolist()  # type: ignore[arg-type]
        known_ones = [f for f in range(N) if value(f) is not None]
        known_ones.sort(key=value, reverse=falling)
        if falling:  # equal ones by number, also backwards
            known_ones = stable_backwards(known_ones, value) if name != "number" else known_ones
        expected = known_ones + [f for f in range(N) if value(f) is None]
        assert found == expected, name


def stable_backwards(ordered: list[int], value: Callable[[int], Any]) -> list[int]:
    out: list[int] = []
    for feature in ordered:
        if out and value(out[-1]) == value(feature):
            at = next(i for i, other in enumerate(out) if value(other) == value(feature))
            place = at
            while place < len(out) and out[place] < feature:
                place += 1
            out.insert(place, feature)
        else:
            out.append(feature)
    return out


def test_decisions_reach_every_column(features: Any, table: FeatureTable) -> None:
    for sort in (Sort("label"), Sort("tags"), Sort("grade"), Sort("source"), Sort("marks")):
        table.order(sort)  # kept from now on
    changes = [
        Mark(feature=0, text="aaa first", tags=("new tag",), pinned=True, note="why"),
        Mark(feature=1, rejected=tuple(claim.text for claim in features.labels.claims(1)), flagged=True),
        Mark(feature=2),
    ]
    features.labels.change(changes)
    table.refresh([0, 1, 2])
    anew = FeatureTable(features)
    for key in ("label", "tags", "grade", "source", "marks", "density"):
        assert table.order(Sort(key)).tolist() == anew.order(Sort(key)).tolist(), key  # type: ignore[arg-type]
    for name in ("verified", "flagged", "pinned", "noted", "labelled", "grade", "tagged"):
        np.testing.assert_array_equal(getattr(table, name), getattr(anew, name))
    assert table.order(Sort("label"))[0] == 0
    assert table.select(parse("tag:new"), Sort()).tolist() == [0]
    assert "new tag" in table.known_tags()


def test_what_nothing_is_known_about_is_said(features: Any) -> None:
    features.cohesion, features.junk = None, np.zeros(N, np.bool_)
    table = FeatureTable(features)
    assert set(table.absent) == {"junk", "now", "relevance", "family"}
    table.set_now(np.ones(N, np.float32))
    table.set_relevance(np.ones(N))
    assert set(table.absent) == {"junk", "family"}
    assert table.select(parse("now>0.5"), Sort()).size == N
    table.set_now(None)
    assert "now" in table.absent
    assert not table.now.any()


def test_junk_is_a_condition(features: Any, table: FeatureTable) -> None:
    found = table.select(parse("junk", table.absent), Sort("number"))
    assert sorted(found.tolist()) == np.flatnonzero(features.junk).tolist()


def book_of(*families: tuple[str, str | None, tuple[int, ...]], hidden: str = "") -> FamilyBook:
    """Families of (key, name, members)."""
    made = [
        Family(key=key, members=members, name=None if name is None else FamilyName(text=name, source="human"))
        for key, name, members in families
    ]
    return FamilyBook.of(Families(method="own", families=tuple(made)), frozenset({hidden} - {""}))


def test_the_narrowest_family_shown_is_a_features_own(table: FeatureTable) -> None:
    names = {"aa11": ("Dark halos", (1, 2, 3, 4, 5)), "bb22": ("Dust lanes", (2, 3)), "cc33": ("Hid", (3,))}
    book = book_of(*((key, name, members) for key, (name, members) in names.items()), hidden="cc33")
    table.set_book(book)
    told = {f: table.families[int(table.family[f])].name for f in range(N) if table.family[f]}
    expected = {f: book.text(book.of_feature(f)[0].key, str) for f in range(N) if book.of_feature(f)}
    assert (
        told
        == expected
        == {1: "Dark halos", 2: "Dust lanes", 3: "Dust lanes", 4: "Dark halos", 5: "Dark halos"}
    )
    assert [family.name for family in table.families_of(3)] == ["Dust lanes", "Dark halos"]
    ordered = table.select(parse("family:", table.absent), Sort("family")).tolist()
    assert sorted(ordered[:3]) == [1, 4, 5]
    assert sorted(ordered[3:]) == [2, 3]
    assert table.order(Sort("family"))[5:].tolist() == [f for f in range(N) if f not in told]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("family:halo", {1, 2, 3, 4, 5}),
        ('family:"halos dark"', {1, 2, 3, 4, 5}),
        ("family:DUST", {2, 3, 7}),
        ("family:bb2", {2, 3}),
        ("family:b2", set()),
        ("family:hid", set()),
        ("family:", {1, 2, 3, 4, 5, 7}),
        ("family:dust -family:halo", {7}),
    ],
)
def test_features_of_a_family_are_found_by_words_of_its_name_or_its_key(
    table: FeatureTable, typed: str, expected: set[int]
) -> None:
    table.set_book(
        book_of(
            ("aa11", "Dark halos", (1, 2, 3, 4, 5)),
            ("bb22", "Dust lanes", (2, 3)),
            ("cc33", "Hidden", (9,)),
            ("dd44", "Dust tails", (7, N + 5)),
            hidden="cc33",
        )
    )
    wanted = parse(typed, table.absent)
    assert wanted.problems == ()
    shown = set(table.select(wanted, Sort("number")).tolist())
    assert shown == expected


def test_families_without_a_name_follow_their_features(features: Any, table: FeatureTable) -> None:
    table.set_book(book_of(("aa11", None, (1, 2))))
    features.labels.change([Mark(feature=1, text="a new word")])
    table.refresh([1])
    assert "a new word" in table.families[int(table.family[1])].name
    assert set(table.select(parse('family:"a new word"', table.absent), Sort("number")).tolist()) == {1, 2}
    table.set_book(None)
    assert not table.family.any()
    assert "Build families" in table.absent["family"]


def test_the_list_is_written_as_shown(features: Any, table: FeatureTable, tmp_path: Path) -> None:
    path = tmp_path / "features.csv"
    table.set_book(book_of(("aa11", "Own family", tuple(range(N // 2)))))
    shown = table.select(parse("dark"), Sort("density", True))
    assert write_table(path, features_table(features, table, shown), "csv", Progress()) == shown.size
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == tuple(column.name for column in COLUMNS)
    assert [int(row["feature"]) for row in rows] == shown.tolist()
    for row in rows:
        label = features.labels.get(int(row["feature"]))
        assert (row["name"], row["source"]) == (label.text, label.source)
        assert row["grade"] == label.grade
        assert (row["auroc"] == "") == (label.detection is None)
        assert row["activation_now"] == ""
        own = int(row["feature"]) < N // 2
        assert (row["family"], row["family_key"]) == (("Own family", "aa11") if own else ("", ""))
        assert tuple(row["tags"].split("; ")) == (features.labels.mark(int(row["feature"])).tags or ("",))
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        write_table(path, features_table(features, table, shown[:1]), "csv", progress)
    assert len(path.read_text(encoding="utf-8").splitlines()) == len(rows) + 1
    with pytest.raises(UserError):
        write_table(
            tmp_path / "no folder" / "x.csv", features_table(features, table, shown), "csv", Progress()
        )


def test_an_empty_filter_shows_all(table: FeatureTable) -> None:
    assert table.select(Filter(), Sort("number")).size == N
