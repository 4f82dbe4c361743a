"""Names as files: nothing lost on the way out and back, nothing overwritten, nothing hostile let in."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from planted_library import NAME

from saerch_desktop.errors import UserError
from saerch_desktop.features import label_exchange
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.imported import read_analysis
from saerch_desktop.features.label import Alternative, Detection, Label
from saerch_desktop.features.label_exchange import export_names, kind_of, read_names, require_same
from saerch_desktop.features.label_merging import keep_claims, merged
from saerch_desktop.features.labels import BROUGHT_FILE, LLM_FILE, Labels, load_labels, save_labels
from saerch_desktop.features.marks import Mark, load_marks, save_marks
from saerch_desktop.library.library import Library

TEST = Detection(auroc=0.93, low=0.9, high=0.96, positives=30, negatives=30, judge="minilm")
LLM = Label(
    feature=1,
    text="Spiral galaxies",
    source="llm: local",
    detection=TEST,
    pearson=0.8,
    f1=0.75,
    tests=20,
    examples=10,
    alternatives=(Alternative(text="Galaxies with arms", auroc=0.9),),
    reasoning="All of them say “spiral”.",
    made="2026-01-02T03:04:05+00:00",
    prompt="best 1",
)
MARKS = {
    1: Mark(feature=1, rejected=("nonsense",), flagged=True, tags=("Sky", "shape"), note="ask\nEva"),
    2: Mark(feature=2, text="=2+3", verified=True, detection=TEST, changed="2026-01-01T00:00:00+00:00"),
    3: Mark(
        feature=3, text="From a machine", verified=True, origin="llm: local", detection=TEST, pinned=True
    ),
}


@pytest.fixture
def named(own_library: Library) -> FeatureSet:
    """Features with claims of two sources, and decisions."""
    folder = own_library.sae_folder(NAME)
    count = FeatureSet.open(own_library, NAME).labels.features
    save_labels(folder, count, [LLM], LLM_FILE)
    save_marks(folder, count, MARKS.values())
    return FeatureSet.open(own_library, NAME)


def bare(features: FeatureSet) -> Labels:
    """The same SAE where nobody has named anything."""
    return Labels(features.labels.features, [])


def by_id(marks: tuple[Mark, ...]) -> dict[int, Mark]:
    return {mark.feature: mark.model_copy(update={"changed": ""}) for mark in marks}


def unstamped(marks: dict[int, Mark]) -> dict[int, Mark]:
    return {feature: mark.model_copy(update={"changed": ""}) for feature, mark in marks.items()}


def test_an_editor_s_byte_order_mark_is_no_fault(
    named: FeatureSet, own_library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "names.json"
    export_names(path, own_library, named, "json")
    plain = read_names(path, own_library, named)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_names(path, own_library, named) == plain


def test_json_holds_everything_and_gives_it_back(
    named: FeatureSet, own_library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "names.json"
    said = export_names(path, own_library, named, "json")
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["format"] == "saerch-names"
    assert content["sae"]["sha256"] == named.sae.sha256
    assert (
        said == len(content["features"]) == len(set(named.labels.marks()) | {f.feature for f in named.labels})
    )
    names = read_names(path, own_library, named)
    require_same(names)
    found = merged(bare(named), names)
    assert by_id(found.marks) == unstamped(MARKS)
    claims = {(c.feature, c.text): c for c in found.claims}
    ours = [claim for f in range(named.labels.features) for claim in named.labels.made(f)]
    assert claims.keys() == {(claim.feature, claim.text) for claim in ours}
    brought = claims[1, "Spiral galaxies"]
    assert brought.source == "imported: names.json, llm: local"
    assert brought.kind == "imported"
    assert brought == LLM.model_copy(update={"source": brought.source}), "with its test and its grounds"


def test_reading_back_what_is_there_changes_nothing(
    named: FeatureSet, own_library: Library, tmp_path: Path
) -> None:
    for kind in ("json", "csv", "paper"):
        path = tmp_path / f"names-{kind}.{'csv' if kind == 'csv' else 'json'}"
        export_names(path, own_library, named, kind)  # type: ignore[arg-type]
        found = merged(named.labels, read_names(path, own_library, named))
        human = {2, 3} if kind == "paper" else set()  # the paper's records do not tell who named them
        assert found.marks == ()
        assert {claim.feature for claim in found.claims} == human


def test_csv_is_a_table_that_no_spreadsheet_runs(
    named: FeatureSet, own_library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "names.csv"
    export_names(path, own_library, named, "csv")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = {int(row["feature"]): row for row in csv.DictReader(stream)}
    assert rows[2]["name"] == "'=2+3"
    assert (rows[2]["source"], rows[2]["grade"], rows[2]["verified"]) == ("human", "B", "yes")
    assert rows[1]["tags"] == "Sky; shape"
    assert rows[1]["note"] == "ask\nEva"
    assert float(rows[1]["auroc"]) == TEST.auroc
    assert int(rows[1]["count"]) == named.statistics.count[1]
    found = merged(bare(named), read_names(path, own_library, named))
    marks = by_id(found.marks)
    assert marks[2].text == "=2+3"
    assert (marks[3].text, marks[3].origin, marks[3].pinned) == ("From a machine", "llm: local", True)
    assert (marks[1].flagged, marks[1].tags, marks[1].note) == (True, ("Sky", "shape"), "ask\nEva")
    assert {c.text for c in found.claims if c.feature == 1} == {"Spiral galaxies"}
    assert all(claim.detection is None for claim in found.claims), "figures may stand beside another text"


def test_the_papers_records_both_ways(named: FeatureSet, own_library: Library, tmp_path: Path) -> None:
    path = tmp_path / "feature_analysis_results_9.json"
    export_names(path, own_library, named, "paper")
    records = json.loads(path.read_text(encoding="utf-8"))
    assert all(
        list(record) == ["index", "label", "reasoning", "f1", "pearson_correlation", "density"]
        for record in records
    )
    one = next(record for record in records if record["index"] == 1)
    assert (one["label"], one["pearson_correlation"], one["f1"]) == ("Spiral galaxies", 0.8, 0.75)
    assert one["density"] == pytest.approx(float(named.statistics.density[1]))
    assert len(read_analysis(path, named.labels.features).labels) == len(records)
    found = merged(bare(named), read_names(path, own_library, named))
    assert {(c.feature, c.text) for c in found.claims} == {(r["index"], r["label"]) for r in records}
    assert {c.source for c in found.claims} == {"imported: feature_analysis_results_9.json"}


def test_another_saes_names_are_refused_unless_wanted(
    named: FeatureSet, own_library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "names.json"
    export_names(path, own_library, named, "json")
    content = json.loads(path.read_text(encoding="utf-8"))
    content["sae"] |= {"sha256": "0" * 64, "name": "elsewhere"}
    path.write_text(json.dumps(content), encoding="utf-8")
    names = read_names(path, own_library, named)
    with pytest.raises(UserError, match="another SAE"):
        require_same(names)
    assert all(claim.detection is None for claim in names.claims)
    assert all(mark.detection is None for mark in names.marks.values())


def test_tests_on_other_vectors_are_not_taken_over(
    named: FeatureSet, own_library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "names.json"
    export_names(path, own_library, named, "json")
    content = json.loads(path.read_text(encoding="utf-8"))
    content["sae"]["vectors"] = "others"
    path.write_text(json.dumps(content), encoding="utf-8")
    names = read_names(path, own_library, named)
    require_same(names)
    assert all(claim.detection is None for claim in names.claims)


def test_merging_keeps_what_was_decided_here() -> None:
    ours = {
        1: Mark(feature=1, text="Ours", verified=True, tags=("a",), note="ours", rejected=("Bad",)),
        2: Mark(feature=2, rejected=("Theirs",)),
        3: Mark(feature=3, flagged=True),
    }
    labels = Labels(9, [Label(feature=4, text="known", source="phrases")], marks=ours)
    theirs = {
        f: Mark(feature=f, text="Theirs", verified=True, tags=("A", "b"), note="theirs", rejected=("Worse",))
        for f in (1, 2, 3)
    }
    claims = (
        Label(feature=4, text="known", source="imported: f, phrases"),
        Label(feature=4, text="new", source="imported: f, phrases"),
        Label(feature=4, text="new", source="imported: f, llm: x"),
    )
    names = label_exchange.Names(theirs, claims)
    kept = merged(labels, names)
    marks = by_id(kept.marks)
    assert (marks[1].text, marks[1].note, marks[1].tags) == ("Ours", "ours", ("a", "b"))
    assert marks[1].rejected == ("Bad", "Worse")
    assert marks[2].text is None, "turned down here"
    assert (marks[3].text, marks[3].flagged, marks[3].verified) == ("Theirs", True, True)
    assert (kept.names, kept.kept) == (1, 2)
    assert [claim.text for claim in kept.claims] == ["new"]
    taken = merged(labels, names, replace=True)
    marks = by_id(taken.marks)
    assert [marks[f].text for f in (1, 2, 3)] == ["Theirs"] * 3
    assert marks[1].note == "theirs"
    assert marks[1].rejected == ("Bad", "Worse")
    assert marks[2].rejected == ("Worse",), "a name that is given is not turned down"
    assert (taken.names, taken.kept) == (3, 0)


def test_brought_names_stay_beside_each_other(named: FeatureSet, own_library: Library) -> None:
    folder, count = named.folder, named.labels.features
    keep_claims(folder, count, [])
    assert not (folder / BROUGHT_FILE).exists()
    keep_claims(folder, count, [Label(feature=5, text="one", source="imported: a.json")])
    keep_claims(folder, count, [Label(feature=5, text="two", source="imported: b.json")])
    keep_claims(folder, count, [Label(feature=5, text="one", source="imported: a.json")])
    assert [label.text for label in load_labels(folder, count, BROUGHT_FILE)] == ["one", "two"]
    opened = FeatureSet.open(own_library, NAME)
    assert {"one", "two"} <= {label.text for label in opened.labels.made(5)}
    assert load_marks(folder, count) == MARKS


Change = Callable[[dict[str, Any]], object]
HOSTILE: dict[str, Change] = {
    "no SAE": lambda c: c.pop("sae"),
    "another version": lambda c: c.update(schema_version=9),
    "another format": lambda c: c.update(format="saerch-marks"),
    "feature out of range": lambda c: c["features"][0].update(feature=10**6),
    "negative feature": lambda c: c["features"][0].update(feature=-1),
    "feature as text": lambda c: c["features"][0].update(feature="zero"),
    "claim of another feature": lambda c: c["features"][0]["claims"][0].update(feature=5),
    "mark of another feature": lambda c: c["features"][0].update(mark={"feature": 7, "text": "x"}),
    "empty name": lambda c: c["features"][0]["claims"][0].update(text="  "),
    "endless name": lambda c: c["features"][0]["claims"][0].update(text="x" * 2000),
    "endless note": lambda c: c["features"][0].update(mark={"feature": 0, "note": "x" * 60_000}),
    "many tags": lambda c: c["features"][0].update(
        mark={"feature": 0, "tags": [f"t{n}" for n in range(2000)]}
    ),
    "impossible figure": lambda c: c["features"][0]["claims"][0].update(
        detection={"auroc": 3, "low": 0, "high": 1, "positives": 1, "negatives": 1}
    ),
    "claims no list": lambda c: c["features"][0].update(claims={"a": 1}),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_json_is_refused(
    change: Change, features: FeatureSet, library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "names.json"
    export_names(path, library, features, "json")
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["features"][0]["feature"] == 0
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UserError, match="cannot be used"):
        read_names(path, library, features)


TABLES = {
    "no columns": "a,b\n1,2\n",
    "no numbers": "feature,name\nzero,x\n",
    "negative": "feature,name\n-1,x\n",
    "out of range": "feature,name\n99999,x\n",
    "astronomical": f"feature,name\n{'9' * 40},x\n",
    "twice": "feature,name\n1,x\n1,y\n",
    "endless": f"feature,name\n1,{'x' * 2000}\n",
    "broken quotes": 'feature,name\n1,"x"y\n',
    "empty": "",
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES.keys())
def test_hostile_tables_are_refused(
    text: str, features: FeatureSet, library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "names.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="cannot be used"):
        read_names(path, library, features)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"{", b"{" * 100_000, b"[" * 100_000, b"[1]", b"7"])
@pytest.mark.parametrize("ending", [".json", ".csv"])
def test_what_is_no_file_of_names_is_refused(
    data: bytes, ending: str, features: FeatureSet, library: Library, tmp_path: Path
) -> None:
    path = tmp_path / f"names{ending}"
    path.write_bytes(data)
    with pytest.raises(UserError, match="cannot be used"):
        read_names(path, library, features)


def test_a_table_made_by_hand_gives_names(features: FeatureSet, library: Library, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("\ufeffindex;label;flagged\n2;  My   name ;\n\n3;;yes\n", encoding="utf-8")
    names = read_names(path, library, features)
    assert (names.marks[2].text, names.marks[2].verified) == ("My name", True)
    assert (names.marks[3].text, names.marks[3].flagged) == (None, True)
    assert names.claims == ()


def test_too_large_and_absent_files_are_refused(
    features: FeatureSet, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match="not there"):
        read_names(tmp_path / "none.json", library, features)
    path = tmp_path / "names.json"
    export_names(path, library, features, "json")
    monkeypatch.setattr(label_exchange, "LARGEST_FILE", 10)
    with pytest.raises(UserError, match="too large"):
        read_names(path, library, features)


def test_kinds_go_by_the_ending() -> None:
    assert kind_of(Path("a.JSON")) == "json"
    assert kind_of(Path("a.csv")) == "csv"
    assert kind_of(Path("a.json"), paper=True) == "paper"
    for name, paper in (("a.txt", False), ("a.csv", True), ("a", False)):
        with pytest.raises(UserError):
            kind_of(Path(name), paper=paper)
