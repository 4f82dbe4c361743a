"""Families as files: other programs read what was written, and the paper's file comes in."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.families import edits as made
from saerch_desktop.features.families.book import FamilyBook, open_book
from saerch_desktop.features.families.cooccurrence import count_pairs
from saerch_desktop.features.families.exchange import (
    as_paper,
    export_families,
    family_graph,
    import_families,
    kind_of,
)
from saerch_desktop.features.families.family import Families, Family, FamilyName, Figures, Link, key_of
from saerch_desktop.features.families.family_table import COLUMNS
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.imported import (
    ImportedFamilies,
    ImportedFamily,
    ImportedLabel,
    Member,
    read_families,
    with_roots,
)
from saerch_desktop.features.label import Detection
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress

NAME = "planted"
A, B, C = (0, 1, 2, 3), (1, 2), (5, 6, 7)
ODD = "=cmd()\ufffe <&>\U0001f30d"


@pytest.fixture
def book() -> FamilyBook:
    keys = [key_of("default", members) for members in (A, B, C)]
    detection = Detection(auroc=0.97, low=0.9, high=0.99, positives=9, negatives=9)
    families = (
        Family(
            key=keys[0],
            members=A,
            root=0,
            name=FamilyName(text="Broad", source="members", detection=detection),
            figures=Figures(density=0.25, r=4.123456789),
        ),
        Family(key=keys[1], members=B, parents=(keys[0],), level=1),
        Family(key=keys[2], members=C, name=FamilyName(text=ODD, source="human")),
    )
    links = (Link(parent=0, child=1, containment=0.75, gain=0.1), Link(parent=0, child=9, containment=0.5))
    return FamilyBook.with_edits(Families(method="default", live=20, families=families, links=links), ())


@pytest.mark.parametrize("ending", ["graphml", "gexf"])
def test_graph_programs_find_families_members_parts_and_links(
    book: FamilyBook, features: FeatureSet, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"families.{ending}"
    assert export_families(path, book, features) == 3
    graph = nx.read_graphml(path) if ending == "graphml" else nx.read_gexf(path)
    broad, part, odd = (key_of("default", members) for members in (A, B, C))
    assert set(graph) == {broad, part, odd, *(f"f{feature}" for feature in (*A, *C))}
    assert graph.nodes[broad]["label"] == "Broad"
    assert (graph.nodes[broad]["kind"], graph.nodes[broad]["grade"]) == ("family", "A")
    assert graph.nodes[broad]["size"] == 4
    assert graph.nodes[broad]["r"] == pytest.approx(4.12346)
    assert graph.nodes[odd]["label"] == "=cmd() <&>\U0001f30d", "what no XML file can hold is left out"
    assert graph.nodes["f5"]["label"] == features.labels.text(5)
    assert graph.nodes["f5"]["density"] == pytest.approx(float(features.statistics.density[5]), rel=1e-4)
    kinds = {ends: about["kind"] for *ends, about in graph.edges(data=True) for ends in [tuple(ends)]}
    assert kinds[broad, part] == "part"
    assert kinds["f0", "f1"] == "general"
    assert graph.edges["f0", "f1"]["weight"] == 0.75
    assert {target for (source, target), kind in kinds.items() if source == part} == {"f1", "f2"}
    assert ("f0", "f9") not in kinds, "9 is in no family"


def test_given_the_pairs_what_meets_most_is_joined(features: FeatureSet) -> None:
    every = Family(key="all", members=tuple(range(32)))
    book = FamilyBook.of(Families(method="default", families=(every,)))
    pairs = count_pairs(features, Progress(), similarity=False)
    graph = family_graph(book, features, pairs)
    found = {(one, two): about for one, two, about in graph.edges(data=True) if about["kind"] == "together"}
    ends = zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
    weights = {pair: float(weight) for pair, weight in zip(ends, pairs.npmi(), strict=True) if weight > 0}
    wanted: set[tuple[int, int]] = set()
    for feature in range(32):
        own = [pair for pair in weights if feature in pair]
        wanted.update(sorted(own, key=lambda pair: -weights[pair])[:5])
    assert 5 < len(wanted) < len(weights)
    assert set(found) == {(f"f{left}", f"f{right}") for left, right in wanted}
    for left, right in wanted:
        weight = found[f"f{left}", f"f{right}"]["weight"]
        assert weight == pytest.approx(weights[left, right], rel=1e-4)


def test_the_paper_s_schema_comes_back(book: FamilyBook, features: FeatureSet, tmp_path: Path) -> None:
    path = tmp_path / "clean_families_6_32.json"
    assert export_families(path, book, features) == 3
    text = features.labels.text
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content == as_paper(book, features)
    assert content[text(0)] == {"parent": [text(0), 4], "children": [[text(f), f] for f in (1, 2, 3)]}
    assert content[ODD]["parent"] == [ODD, 3]
    families = read_families(path, features.sae.config.features).families
    assert [[child.feature for child in family.children] for family in families] == [
        [1, 2, 3],
        [5, 6, 7],
        [1, 2],
    ]


def test_families_of_the_same_name_stay_apart(features: FeatureSet) -> None:
    name = FamilyName(text="Same", source="human")
    families = tuple(Family(key=key_of("own", m), members=m, name=name) for m in (A, B, C))
    content = as_paper(FamilyBook.of(Families(method="own", families=families)), features)
    assert len(content) == 3


def test_a_table_runs_nothing_and_has_a_line_for_each_member(
    book: FamilyBook, features: FeatureSet, tmp_path: Path
) -> None:
    path = tmp_path / "families.CSV"
    hidden = book.edited([made.hide(book, key_of("default", B))])
    assert export_families(path, hidden, features) == 2
    with path.open(encoding="utf-8-sig", newline="") as stream:
        head, *lines = csv.reader(stream)
    assert tuple(head) == tuple(column.name for column in COLUMNS)
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    assert [int(row["feature"]) for row in rows] == [*A, *C]
    assert [row["role"] for row in rows] == ["root", *["member"] * 6]
    assert rows[0]["name"] == "Broad"
    assert rows[0]["r"] == "4.123456789", "exactly as measured"
    assert rows[4]["name"].startswith("'=cmd()")
    assert {row["part_of"] for row in rows} == {""}


def test_other_endings_full_folders_and_stopping(
    book: FamilyBook, features: FeatureSet, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"\.graphml, \.gexf, \.json or \.csv"):
        kind_of(tmp_path / "families.xls")
    with pytest.raises(UserError):
        export_families(tmp_path / "nowhere" / "families.json", book, features)
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        export_families(tmp_path / "families.gexf", book, features, None, progress)
    assert list(tmp_path.iterdir()) == []


# In ------------------------------------------------------------------------------------------------------


def test_the_paper_s_file_is_taken_in_and_can_be_edited(own_library: Library, tmp_path: Path) -> None:
    features = FeatureSet.open(own_library, NAME)
    path = tmp_path / "clean_families_6_32.json"
    content = {
        "Dark matter": {"parent": ["Dark matter", 4], "children": [["halo", 1], ["cluster", 2], ["x", 3]]},
        "Bread": {"parent": ["Bread", 3], "children": [["yeast", 5], ["oven", 6]]},
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    assert open_book(features) is None
    assert import_families(path, features) == 2
    book = open_book(features)
    assert book is not None
    assert book.method == "imported"
    assert {book.text(family.key, str): family.members for family in book} == {
        "Dark matter": (1, 2, 3),
        "Bread": (5, 6),
    }
    (bread,) = book.of_feature(5)
    edits = made.save_edits(features.folder, 32, [made.move(book, 3, None, bread.key)])
    again = open_book(features, "imported")
    assert again is not None
    assert again.edits == edits
    assert again.families[bread.key].members == (5, 6, 3)


def test_roots_are_found_by_what_the_paper_calls_them() -> None:
    def label(feature: int, text: str, f1: float | None = None) -> ImportedLabel:
        return ImportedLabel(feature=feature, text=text, f1=f1, pearson=f1)

    def family(root: str, *children: int) -> ImportedFamily:
        members = tuple(Member(label=str(child), feature=child) for child in children)
        return ImportedFamily(root=root, size=len(members) + 1, children=members)

    found = ImportedFamilies(
        source="clean_families.json",
        families=(family("Gas dynamics", 1, 2), family("Twice", 1), family("Unknown", 2), family("Child", 5)),
    )
    labels = [
        label(3, "Gas dynamics in astrophysics", 0.9),
        label(4, "Twice", 0.8),
        label(6, "Twice", 0.9),
        label(5, "Child"),
    ]
    rooted = with_roots(found, labels)
    assert [one.feature for one in rooted.families] == [3, 6, None, None]
    assert [one.feature for one in with_roots(found, ()).families] == [None] * 4


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{}",
        '{"a": {"parent": ["a", 2], "children": []}}',
        '{"a": {"parent": ["a", 2], "children": [["b", 32]]}}',
        '{"a": {"parent": ["a", 2], "children": [["b", -1]]}}',
        '{"a": {"parent": ["a", 2], "children": [["b", 1e400]]}}',
        '{"a": {"children": [["b", 1]]}}',
        '{"a": ' * 5000,
    ],
)
def test_what_is_no_such_file_changes_nothing(own_library: Library, tmp_path: Path, content: str) -> None:
    features = FeatureSet.open(own_library, NAME)
    path = tmp_path / "families.json"
    path.write_text(content, encoding="utf-8")
    before = sorted(entry.name for entry in features.folder.iterdir())
    with pytest.raises(UserError):
        import_families(path, features)
    assert sorted(entry.name for entry in features.folder.iterdir()) == before


# The book that is opened ---------------------------------------------------------------------------------


def test_the_best_there_is_is_opened_with_the_analyst_s_changes(own_library: Library) -> None:
    from saerch_desktop.features.families.family_files import save_families

    features = FeatureSet.open(own_library, NAME)
    empty = FamilyBook.of(Families(method="own"))
    create = made.create(empty, [4, 8], "Mine")
    made.save_edits(features.folder, 32, [create])
    own = open_book(features)
    assert own is not None
    assert (own.method, [family.key for family in own]) == ("own", [create.key])
    assert open_book(features, "paper") is None
    for method, members in (("paper", A), ("default", C)):
        family = Family(key=key_of(method, members), members=members)
        save_families(features.folder, Families(method=method, families=(family,)))
        book = open_book(features)
        assert book is not None
        assert (book.method, len(book)) == (method, 2)
        assert [family.key for family in book.of_feature(4)] == [create.key]
    paper = open_book(features, "paper")
    assert paper is not None
    assert key_of("paper", A) in paper.families
    assert np.array_equal(paper.families[create.key].members, [4, 8])
